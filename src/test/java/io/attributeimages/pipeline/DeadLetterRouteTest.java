package io.attributeimages.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.attributeimages.ledger.Task;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.Test;
import org.springframework.dao.DataIntegrityViolationException;

class DeadLetterRouteTest extends RouteTest {

  private static final Failure FAILURE = Failure.of("WRONG_SIZE", "the picture is too small");

  @Test
  void theLedgerLearnsWhichImageFailedAndWhy() throws Exception {
    start();
    Task task = paid();

    deadLetter(task);

    assertThat(effects()).startsWith("dead-letter");
    assertThat(seenBy("dead-letter").getProperty("task", Task.class)).isEqualTo(task);
    assertThat(failureSeenBy("dead-letter")).isEqualTo(FAILURE);
  }

  @Test
  void aPaidPictureThatNobodyGetsCountsForTheBrake() throws Exception {
    start();
    Task task = paid();

    deadLetter(task);

    assertThat(effects()).containsExactly("dead-letter", "brake");
    assertThat(seenBy("brake").getProperty("brake")).isEqualTo("PICTURE");
    assertThat(seenBy("brake").getProperty("task", Task.class)).isEqualTo(task);
    assertThat(failureSeenBy("brake")).isEqualTo(FAILURE);
  }

  @Test
  void anImageThatIsNotPaidDoesNotCountForTheBrake() throws Exception {
    start();

    deadLetter(planned());

    assertThat(effects()).containsExactly("dead-letter");
  }

  @Test
  void aDeadLetterIsNotForgottenWhileTheDatabaseIsAway() throws Exception {
    start();
    answers(sql("dead-letter"), databaseAway(), exchange -> {});

    deadLetter(paid());

    assertThat(effects()).containsExactly("dead-letter", "dead-letter", "brake");
  }

  @Test
  void aDeadLetterTheLedgerRefusesIsNotTriedForEver() throws Exception {
    start();
    answers(sql("dead-letter"), failure(new DataIntegrityViolationException("no")));

    Exchange done = deadLetter(paid());

    assertThat(effects()).containsExactly("dead-letter");
    assertThat(done.getException()).isNull();
  }

  @Test
  void deadLettersAreReplayedPieceByPiece() throws Exception {
    start();
    List<List<Object>> begun = new ArrayList<>();
    answers(
        sql("replay-dead-letters"),
        seeing(begun, piece(10_000, 3_000, "age", "30s", "anime")),
        seeing(begun, piece(7_000, 0, "body", "Slim", "oil")),
        seeing(begun, piece(5, 2, null, null, null)));

    Exchange done = template.send("direct:replay", e -> e.getMessage().setBody(choice()));

    assertThat(begun)
        .containsExactly(
            List.of("", "", ""), List.of("age", "30s", "anime"), List.of("body", "Slim", "oil"));
    assertThat(done.getException()).isNull();
    assertThat(done.getProperty("replayed")).isEqualTo(17_005L);
    assertThat(done.getProperty("collected")).isEqualTo(3_002L);
  }

  @Test
  void whereThereIsNoDeadLetterNoneIsReplayed() throws Exception {
    start();
    answers(sql("replay-dead-letters"), body(piece(0, 0, null, null, null)));

    Exchange done = template.send("direct:replay", e -> e.getMessage().setBody(choice()));

    assertThat(effects()).containsExactly("replay-dead-letters");
    assertThat(done.getProperty("replayed")).isEqualTo(0L);
    assertThat(done.getProperty("collected")).isEqualTo(0L);
  }

  @Test
  void everyPieceIsOfTheSameChoice() throws Exception {
    start();
    answers(
        sql("replay-dead-letters"),
        body(piece(10_000, 0, "age", "30s", "anime")),
        body(piece(1, 0, null, null, null)));

    template.send("direct:replay", e -> e.getMessage().setBody(choice()));

    assertThat(sql("replay-dead-letters").getReceivedExchanges())
        .hasSize(2)
        .allSatisfy(
            piece ->
                assertThat(piece.getMessage().getBody(Map.class)).containsEntry("reason", "SO"));
  }

  @Test
  void aReplayThatTheDatabaseGaveUpForAnotherStatementGoesOnWhereItWas() throws Exception {
    start();
    context.addRoutes(
        new RouteBuilder() {
          @Override
          public void configure() {
            from("direct:caller").routeConfigurationId("ledger-errors").to("direct:replay");
          }
        });
    List<List<Object>> begun = new ArrayList<>();
    answers(
        sql("replay-dead-letters"),
        seeing(begun, piece(10_000, 4_000, "age", "30s", "anime")),
        deadlock(),
        seeing(begun, piece(1, 1, null, null, null)));

    Exchange done = template.send("direct:caller", e -> e.getMessage().setBody(choice()));

    assertThat(effects()).hasSize(3);
    assertThat(begun).containsExactly(List.of("", "", ""), List.of("age", "30s", "anime"));
    assertThat(done.getProperty("replayed")).isEqualTo(10_001L);
    assertThat(done.getProperty("collected")).isEqualTo(4_001L);
  }

  private static Map<String, Object> choice() {
    Map<String, Object> choice = new HashMap<>();
    choice.put("reason", "SO");
    choice.put("afterCategory", "");
    choice.put("afterValue", "");
    choice.put("afterStyle", "");
    return choice;
  }

  private static Map<String, Object> piece(
      long replayed, long collected, String category, String value, String style) {
    Map<String, Object> row = new HashMap<>();
    row.put("replayed", replayed);
    row.put("collected", collected);
    row.put("after_category", category);
    row.put("after_value", value);
    row.put("after_style", style);
    return row;
  }

  /** Answers with that piece, and notes behind which image it was to begin. */
  private static Processor seeing(List<List<Object>> begun, Map<String, Object> piece) {
    return exchange -> {
      Map<?, ?> choice = exchange.getMessage().getBody(Map.class);
      begun.add(
          List.of(choice.get("afterCategory"), choice.get("afterValue"), choice.get("afterStyle")));
      body(piece).process(exchange);
    };
  }

  private Exchange deadLetter(Task task) {
    return template.send(
        "direct:dead-letter",
        exchange -> {
          exchange.setProperty("task", task);
          exchange.setProperty(Failure.PROPERTY, FAILURE);
        });
  }
}
