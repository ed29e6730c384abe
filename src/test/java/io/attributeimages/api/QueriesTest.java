package io.attributeimages.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.attributeimages.catalog.CatalogueReader;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class QueriesTest {

  private static final String ID = "0b0e4f2c-0000-4000-8000-00000000002a";

  private final DefaultCamelContext camel = new DefaultCamelContext();
  private final Queries queries = new Queries(CatalogueReader.builtIn());

  // ------------------------------------------------------------------------------- right

  @Test
  void withoutParametersTasksAreAllTasks() {
    assertThat(parameters(Queries::tasks))
        .isEqualTo(
            values(
                "run",
                null,
                "state",
                null,
                "category",
                null,
                "value",
                null,
                "style",
                null,
                "before",
                null,
                "limit",
                100));
  }

  @Test
  void everyParameterOfTasksIsRead() {
    assertThat(
            parameters(
                Queries::tasks,
                "run=" + ID.toUpperCase(),
                "state=stored",
                "category=age",
                "value=30s",
                "style=anime",
                "before=9223372036854775807",
                "limit=500"))
        .isEqualTo(
            values(
                "run",
                ID,
                "state",
                "STORED",
                "category",
                "age",
                "value",
                "30s",
                "style",
                "anime",
                "before",
                Long.MAX_VALUE,
                "limit",
                500));
  }

  @Test
  void deadLettersAreTheFailedTasks() {
    assertThat(parameters(Queries::deadLetters, "category=body", "limit=1"))
        .containsEntry("state", "FAILED")
        .containsEntry("category", "body")
        .containsEntry("limit", 1);
  }

  @Test
  void runsHaveOnlyALimit() {
    assertThat(parameters(Queries::runs, "limit=7")).isEqualTo(values("run", null, "limit", 7));
  }

  @Test
  void aRunIsThatOfThePath() {
    Exchange exchange = exchange();
    exchange.getMessage().setHeader("id", ID);

    queries.run(exchange);

    assertThat(exchange.getMessage().getBody()).isEqualTo(values("run", ID, "limit", 1));
  }

  @Test
  void anImageIsNamedByThreeParameters() {
    assertThat(
            parameters(Queries::attributeImages, "category=body", "value=Cub", "style=realistic"))
        .containsEntry("category", "body")
        .containsEntry("value", "Cub")
        .containsEntry("style", "realistic");
  }

  @Test
  void anEmptyParameterIsNone() {
    assertThat(parameters(Queries::attributeImages, "category=", "value=", "style="))
        .containsEntry("category", null)
        .containsEntry("value", null)
        .containsEntry("style", null);
  }

  // ------------------------------------------------------------------------------- wrong

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          categori=age   | Unknown parameter 'categori'; known are before, category, limit, run, state, style, value
          category=hair  | Unknown category 'hair'; known are age, body, ethnicity, style
          value=Tall     | Unknown value 'Tall'; known are 20s, 30s, 40s, 50s, 60s, 70s, 80s, Muscular, Athletic, Slim, Chubby, Cub, Average, Curvy, Caucasian, Asian, Arab, Indian, Latina, African, Mixed, cover
          style=oil      | Unknown style 'oil'; known are realistic, anime
          state=lost     | Unknown state 'lost'; known are PLANNED, SUBMITTING, SUBMITTED, UNCONFIRMED, STORED, FAILED, SKIPPED, CANCELLED
          run=7          | Parameter run is '7'; allowed is the id of a run
          limit=0        | Parameter limit is '0'; allowed is a whole number from 1 to 500
          limit=501      | Parameter limit is '501'; allowed is a whole number from 1 to 500
          limit=ten      | Parameter limit is 'ten'; allowed is a whole number from 1 to 500
          limit=99999999999999999999 | Parameter limit is '99999999999999999999'; allowed is a whole number from 1 to 500
          before=-1      | Parameter before is '-1'; allowed is a whole number from 0
          before=1.5     | Parameter before is '1.5'; allowed is a whole number from 0
          """)
  void aMistakeIsAnsweredWithWhatIsAllowed(String parameter, String message) {
    assertThat(problem(Queries::tasks, parameter))
        .hasMessage(message)
        .extracting(Problem::status)
        .isEqualTo(400);
  }

  @Test
  void aValueOfAnotherCategoryIsUnknownThere() {
    assertThat(problem(Queries::tasks, "category=age", "value=Cub"))
        .hasMessage("Unknown value 'Cub'; known are 20s, 30s, 40s, 50s, 60s, 70s, 80s");
  }

  @Test
  void aHeaderIsNoParameter() {
    Exchange exchange = exchange();
    exchange.getMessage().setHeader("state", "STORED");
    exchange.getMessage().setHeader("limit", "7");

    queries.tasks(exchange);

    assertThat(exchange.getMessage().getBody(Map.class).get("state")).isNull();
    assertThat(exchange.getMessage().getBody(Map.class).get("limit")).isEqualTo(100);
  }

  @Test
  void anEmptyValueIsNoValue() {
    assertThat(parameters(Queries::attributeImages, "category=age", "value="))
        .containsEntry("value", null);
  }

  @ParameterizedTest
  @ValueSource(strings = {"run", "state", "category", "value", "style", "before", "limit"})
  void aRepeatedParameterIsRefused(String name) {
    Exchange exchange = exchange();
    exchange.getMessage().setHeader(Exchange.HTTP_QUERY, name + "=1&" + name + "=2");

    Problem problem = catchThrowableOfType(Problem.class, () -> queries.tasks(exchange));

    assertThat(problem).hasMessage("Parameter " + name + " is there several times; allowed is one");
    assertThat(problem.status()).isEqualTo(400);
  }

  @ParameterizedTest
  @ValueSource(strings = {"run", "state", "category", "value", "style", "before", "limit"})
  void aTextThatIsTooLongOrNotPrintableIsRefusedUnseen(String name) {
    for (String text : List.of("x".repeat(201), "a\u0000b", "a\nb", "\u001b[31m")) {
      assertThat(problem(Queries::tasks, name + "=" + text))
          .hasMessage(
              "Parameter "
                  + name
                  + " has a value that cannot be right; allowed are at most 200 printable"
                  + " characters");
    }
  }

  @Test
  void aLongForeignTextIsCutInTheMessage() {
    assertThat(problem(Queries::tasks, "category=" + "x".repeat(200)).getMessage())
        .contains("x".repeat(60) + "…")
        .doesNotContain("x".repeat(61));
    assertThat(problem(Queries::tasks, "y".repeat(5_000) + "=1").getMessage())
        .contains("y".repeat(60) + "…")
        .hasSizeLessThan(200);
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(
      strings = {
        "",
        "7",
        "0b0e4f2c-0000-4000-8000-00000000002",
        "0b0e4f2c-0000-4000-8000-00000000002g",
        "0-0-0-0-1",
        "' OR 1=1 --"
      })
  void aRunThatCannotExistIsNotFound(String id) {
    Exchange exchange = exchange();
    exchange.getMessage().setHeader("id", id);

    Problem problem = catchThrowableOfType(Problem.class, () -> queries.run(exchange));

    assertThat(problem).hasMessage("There is no run '" + id + "'");
    assertThat(problem.status()).isEqualTo(404);
  }

  @ParameterizedTest
  @ValueSource(strings = {"value=30s", "value=30s category=age", "value=30s style=anime"})
  void aValueAloneNamesNoImage(String parameters) {
    assertThat(problem(Queries::attributeImages, parameters.split(" ")))
        .hasMessage("Parameter value names one image only together with category and style");
  }

  @Test
  void whatBelongsToAnotherCallIsUnknown() {
    assertThat(problem(Queries::runs, "category=age"))
        .hasMessage("Unknown parameter 'category'; known are limit");
    assertThat(problem(Queries::deadLetters, "state=STORED"))
        .hasMessage(
            "Unknown parameter 'state'; known are before, category, limit, run, style, value");
    assertThat(problem(Queries::attributeImages, "before=1"))
        .hasMessage("Unknown parameter 'before'; known are after, category, limit, style, value");
    assertThat(problem(Queries::attributeImages, "after=1"))
        .hasMessage(
            "Parameter after is '1'; allowed is what the field next of the page before says");
    assertThat(problem(Queries::attributeImages, "limit=1001"))
        .hasMessage("Parameter limit is '1001'; allowed is a whole number from 1 to 1000");
  }

  // ------------------------------------------------------------------------------- helpers

  @SuppressWarnings("unchecked")
  private Map<String, Object> parameters(BiConsumer<Queries, Exchange> query, String... url) {
    Exchange exchange = exchange(url);
    query.accept(queries, exchange);
    return exchange.getMessage().getBody(Map.class);
  }

  private Problem problem(BiConsumer<Queries, Exchange> query, String... url) {
    Exchange exchange = exchange(url);
    Problem problem = catchThrowableOfType(Problem.class, () -> query.accept(queries, exchange));
    assertThat(problem).as("the problem with %s", List.of(url)).isNotNull();
    return problem;
  }

  /** An exchange as a call with these parameters makes it. */
  private Exchange exchange(String... url) {
    Exchange exchange = new DefaultExchange(camel);
    if (url.length > 0) {
      exchange
          .getMessage()
          .setHeader(
              Exchange.HTTP_QUERY,
              Arrays.stream(url).map(QueriesTest::encoded).collect(Collectors.joining("&")));
    }
    return exchange;
  }

  private static String encoded(String parameter) {
    String[] parts = parameter.split("=", 2);
    String name = URLEncoder.encode(parts[0], StandardCharsets.UTF_8);
    return parts.length == 1
        ? name
        : name + "=" + URLEncoder.encode(parts[1], StandardCharsets.UTF_8);
  }

  private static Map<String, Object> values(Object... namesAndValues) {
    Map<String, Object> values = new HashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      values.put((String) namesAndValues[i], namesAndValues[i + 1]);
    }
    return values;
  }
}
