package io.attributeimages.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.attributeimages.catalog.CatalogueReader;
import io.attributeimages.ledger.ImageFilter;
import io.attributeimages.ledger.RunMode;
import io.attributeimages.ledger.RunTrigger;
import io.attributeimages.pipeline.PipelineSettings;
import io.attributeimages.pipeline.RunRequest;
import io.attributeimages.support.TestSettings;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class RunRequestsTest {

  private static final RunRequest EVERYTHING_MISSING =
      new RunRequest(RunTrigger.REST, null, RunMode.MISSING, ImageFilter.ALL, null);

  private final DefaultCamelContext camel = new DefaultCamelContext();

  // ------------------------------------------------------------------------------- right

  @Test
  void allFieldsAreRead() throws Exception {
    Exchange exchange =
        read(
            """
            {"category": "age", "values": ["30s", "40s"], "style": "anime", "mode": "regenerate",
             "dryRun": true, "maxCostUsd": 1.25}
            """);

    assertSame(
        request(exchange),
        new RunRequest(
            RunTrigger.REST,
            null,
            RunMode.REGENERATE,
            new ImageFilter(Optional.of("age"), List.of("30s", "40s"), Optional.of("anime")),
            new BigDecimal("1.25")));
    assertThat(exchange.getMessage().getHeader("dryRun")).isEqualTo(true);
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(
      strings = {
        "",
        "{}",
        "{\"category\":null,\"values\":null,\"style\":null,\"mode\":null,\"dryRun\":null,"
            + "\"maxCostUsd\":null}"
      })
  void everyFieldIsOptional(String body) throws Exception {
    Exchange exchange = read(body);

    assertSame(request(exchange), EVERYTHING_MISSING);
    assertThat(exchange.getMessage().getHeader("dryRun")).isEqualTo(false);
  }

  @Test
  void coversCanBeAskedFor() throws Exception {
    Exchange exchange = read("{\"category\":\"style\",\"values\":[\"cover\"]}");

    assertThat(request(exchange).filter().matches("style", "cover", "anime")).isTrue();
  }

  @Test
  void onlyTheBodySaysWhetherARunIsDry() throws Exception {
    Exchange exchange = exchange("{}");
    exchange.getMessage().setHeader("dryRun", "true");

    requests().read(exchange);

    assertThat(exchange.getMessage().getHeader("dryRun")).isEqualTo(false);
  }

  @ParameterizedTest
  @CsvSource({
    ", , ",
    "2.5, , 2.5",
    ", 0.5, 0.5",
    "2.5, 0.5, 0.5",
    "2.5, 9, 2.5",
    "2.5, 0, 0",
    ", 1000000, 1000000",
    ", 1e2, 100",
    ", 0.15000, 0.15",
  })
  void theLowerOfBothBudgetsHolds(BigDecimal configured, String asked, BigDecimal expected)
      throws Exception {
    RunRequests requests =
        requests("pipeline.max-cost-usd=" + (configured == null ? "" : configured));
    Exchange exchange = exchange(asked == null ? "{}" : "{\"maxCostUsd\":" + asked + "}");

    requests.read(exchange);

    assertThat(request(exchange).maxCostUsd())
        .usingComparator((a, b) -> a == b ? 0 : a == null || b == null ? 1 : a.compareTo(b))
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(
      strings = {
        "application/json",
        "application/json;charset=utf-8",
        "Application/JSON ; charset=UTF-8"
      })
  void jsonIsAccepted(String type) throws Exception {
    Exchange exchange = exchange("{}");
    exchange.getMessage().setHeader(Exchange.CONTENT_TYPE, type);

    requests().read(exchange);

    assertSame(request(exchange), EVERYTHING_MISSING);
  }

  // ------------------------------------------------------------------------------- wrong

  @ParameterizedTest
  @ValueSource(
      strings = {
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/jsonp",
        "application/json, text/plain",
        "multipart/form-data; boundary=application/json"
      })
  void anyOtherTypeIsRefused(String type) {
    Exchange exchange = exchange("{}");
    exchange.getMessage().setHeader(Exchange.CONTENT_TYPE, type);

    Problem problem = catchThrowableOfType(Problem.class, () -> requests().read(exchange));

    assertThat(problem.status()).isEqualTo(415);
    assertThat(problem)
        .hasMessage("The body is " + type + "; send it as Content-Type: application/json");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"dryrun":true} | Unknown field 'dryrun'; known are category, dryRun, maxCostUsd, mode, style, values
          {"":1} | Unknown field ''; known are category, dryRun, maxCostUsd, mode, style, values
          {"a\\u0007\\n":1} | Unknown field 'a??'; known are category, dryRun, maxCostUsd, mode, style, values
          {"category":"hair"} | Unknown category 'hair'; known are age, body, ethnicity, style
          {"category":"Age"} | Unknown category 'Age'; known are age, body, ethnicity, style
          {"category":""} | Unknown category ''; known are age, body, ethnicity, style
          {"category":"a\\u0000b"} | Unknown category 'a?b'; known are age, body, ethnicity, style
          {"category":"age","values":["Cub"]} | Unknown value 'Cub'; known are 20s, 30s, 40s, 50s, 60s, 70s, 80s
          {"category":"style","values":["30s"]} | Unknown value '30s'; known are cover
          {"style":"oil"} | Unknown style 'oil'; known are realistic, anime
          {"mode":"all"} | Field mode is "all"; allowed is missing or regenerate
          {"mode":"MISSING"} | Field mode is "MISSING"; allowed is missing or regenerate
          {"mode":1} | Field mode is 1; allowed is a text
          {"category":["age"]} | Field category is ["age"]; allowed is a text
          {"category":{"a":1}} | Field category is {"a":1}; allowed is a text
          {"style":true} | Field style is true; allowed is a text
          {"values":"30s"} | Field values is "30s"; allowed is a list of 1 to 1000 texts
          {"values":[]} | Field values is []; allowed is a list of 1 to 1000 texts
          {"values":[30]} | Field values is [30]; allowed is a list of texts
          {"values":[null]} | Field values is [null]; allowed is a list of texts
          {"dryRun":"true"} | Field dryRun is "true"; allowed is true or false
          {"dryRun":1} | Field dryRun is 1; allowed is true or false
          {"maxCostUsd":"1"} | Field maxCostUsd is "1"; allowed is an amount in US dollars from 0 to 1000000 with at most four decimals
          {"maxCostUsd":-0.01} | Field maxCostUsd is -0.01; allowed is an amount in US dollars from 0 to 1000000 with at most four decimals
          {"maxCostUsd":1000000.1} | Field maxCostUsd is 1000000.1; allowed is an amount in US dollars from 0 to 1000000 with at most four decimals
          {"maxCostUsd":0.00001} | Field maxCostUsd is 0.00001; allowed is an amount in US dollars from 0 to 1000000 with at most four decimals
          {"maxCostUsd":true} | Field maxCostUsd is true; allowed is an amount in US dollars from 0 to 1000000 with at most four decimals
          [] | The body is no JSON object, such as {"category":"age"}
          "age" | The body is no JSON object, such as {"category":"age"}
          null | The body is no JSON object, such as {"category":"age"}
          42 | The body is no JSON object, such as {"category":"age"}
          {"category":"age" | The body is no valid JSON at line 1; expected is an object such as {"category":"age"}
          {"style":"anime","style":"realistic"} | The body is no valid JSON at line 1; expected is an object such as {"category":"age"}
          {} {} | The body is no valid JSON at line 1; expected is an object such as {"category":"age"}
          {'category':1} | The body is no valid JSON at line 1; expected is an object such as {"category":"age"}
          {"maxCostUsd":NaN} | The body is no valid JSON at line 1; expected is an object such as {"category":"age"}
          """,
      quoteCharacter = '`')
  void aMistakeIsAnsweredWithWhatIsAllowed(String body, String message) {
    assertThat(problem(body.getBytes(StandardCharsets.UTF_8)))
        .hasMessage(message)
        .extracting(Problem::status)
        .isEqualTo(400);
  }

  static Stream<byte[]> hostileBodies() {
    return Stream.of(
            "{\"category\":".repeat(10_000),
            "{\"category\":" + "[".repeat(30) + "]".repeat(30) + "}",
            "[".repeat(200_000),
            "{\"maxCostUsd\":1e999999999}",
            "{\"maxCostUsd\":1e-999999999}",
            "{\"maxCostUsd\":1e99999999999999999999}",
            "{\"maxCostUsd\":" + "9".repeat(30) + "}",
            "{\"maxCostUsd\":" + "9".repeat(10_000) + "}",
            "{\"maxCostUsd\":0." + "0".repeat(10_000) + "1}",
            "{\"category\":\"" + "x".repeat(100_000) + "\"}",
            "{\"" + "x".repeat(100_000) + "\":1}",
            "{\"category\":\"\\ud800\"}",
            "{\"values\":"
                + IntStream.range(0, 1001)
                    .mapToObj(i -> "\"30s\"")
                    .collect(Collectors.joining(",", "[", "]"))
                + "}",
            " \n ",
            "\u0000",
            "a=b&c=d",
            "<xml/>")
        .map(body -> body.getBytes(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @MethodSource("hostileBodies")
  void aHostileBodyIsABadRequestWithAShortMessage(byte[] body) {
    Problem problem = problem(body);

    assertThat(problem.status()).isEqualTo(400);
    assertThat(problem.getMessage()).hasSizeLessThan(400).doesNotContainPattern("\\p{Cntrl}");
  }

  static Stream<byte[]> brokenEncodings() {
    return Stream.of(
        new byte[] {'{', '"', (byte) 0xFF, '"', ':', '1', '}'},
        new byte[] {'{', '"', (byte) 0xC3},
        new byte[] {0, 0, 0, '{', (byte) 0xFF, (byte) 0xFF, (byte) 0xFF, (byte) 0xFF},
        new byte[] {0, 0, 0, '{', 0, 0},
        new byte[] {0, '{', 0},
        new byte[] {0, 0, (byte) 0xFF, (byte) 0xFE, 0, 0, 0, '{'});
  }

  @ParameterizedTest
  @MethodSource("brokenEncodings")
  void aBodyInABrokenEncodingIsABadRequest(byte[] body) {
    assertThat(problem(body).status()).isEqualTo(400);
  }

  @Test
  void aParameterInTheUrlIsNotSilentlyIgnored() {
    Exchange exchange = exchange("{}");
    exchange.getMessage().setHeader(Exchange.HTTP_QUERY, "dryRun=true");

    Problem problem = catchThrowableOfType(Problem.class, () -> requests().read(exchange));

    assertThat(problem).isNotNull().hasMessageContaining("dryRun");
    assertThat(problem.status()).isEqualTo(400);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "1-1-1-1-1", "7430e9a7-963d-49c6-8cf6-c57b8d545a32 "})
  void aKeyThatIsNoUuidIsRefused(String key) {
    Exchange exchange = exchange("{}");
    exchange.getMessage().setHeader("Idempotency-Key", key);

    Problem problem = catchThrowableOfType(Problem.class, () -> requests().read(exchange));

    assertThat(problem)
        .hasMessage(
            "Header Idempotency-Key is '" + key + "'; allowed is a UUID, a new one for each run");
    assertThat(problem.status()).isEqualTo(400);
  }

  // ------------------------------------------------------------------------------- helpers

  /** But for their ids, of which every run has one of its own. */
  private static void assertSame(RunRequest actual, RunRequest expected) {
    assertThat(actual).usingRecursiveComparison().ignoringFields("id").isEqualTo(expected);
  }

  private Exchange read(String body) throws Exception {
    Exchange exchange = exchange(body);
    requests().read(exchange);
    return exchange;
  }

  private Problem problem(byte[] body) {
    Exchange exchange = exchange(body);
    Problem problem = catchThrowableOfType(Problem.class, () -> requests().read(exchange));
    assertThat(problem).as("the problem with %d bytes", body.length).isNotNull();
    return problem;
  }

  private Exchange exchange(Object body) {
    Exchange exchange = new DefaultExchange(camel);
    exchange.getMessage().setBody(body);
    return exchange;
  }

  private static RunRequest request(Exchange exchange) {
    return exchange.getMessage().getBody(RunRequest.class);
  }

  private static RunRequests requests(String... settings) {
    return new RunRequests(
        new Queries(CatalogueReader.builtIn()), TestSettings.of(PipelineSettings.class, settings));
  }
}
