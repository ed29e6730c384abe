package io.attributeimages.e2e;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.startsWith;

import io.attributeimages.support.Fault;
import io.attributeimages.support.NovitaDouble;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.path.json.JsonPath;
import io.restassured.response.ValidatableResponse;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What operators do to runs and dead letters, and the limits they set. */
@QuarkusTest
class ControlTest extends EndToEndTest {

  private static final String SEVEN_IMAGES = "{\"category\":\"age\",\"style\":\"anime\"}";
  private static final String NOBODY = "00000000-0000-0000-0000-000000000000";

  @Test
  void aPausedRunStoresWhatIsPaidAndSubmitsTheRestWhenItIsResumed() {
    String run = startedSlowly();

    verb(run, "pause").statusCode(200).body("state", equalTo("PAUSED"));
    awaitThat(() -> count("ledger.task WHERE state IN ('SUBMITTING', 'SUBMITTED')") == 0);
    int paid = novita.acceptedSubmits();
    assertThat(paid).isBetween(1, REQUIRED - 1);
    assertThat(run(run).getInt("stored")).isEqualTo(paid);
    assertThat(run(run).getString("state")).isEqualTo("PAUSED");

    verb(run, "resume").statusCode(200).body("state", equalTo("RUNNING"));
    assertThat(complete(run).getInt("stored")).isEqualTo(REQUIRED);
    assertThat(novita.acceptedSubmits()).isEqualTo(REQUIRED);
  }

  @Test
  void aCancelledRunStoresWhatIsPaidAndLeavesTheRest() {
    String run = startedSlowly();

    verb(run, "cancel").statusCode(200).body("state", equalTo("CANCELLED"));

    awaitThat(() -> count("ledger.task WHERE finished_at IS NULL") == 0);
    assertThat(run(run).getInt("stored")).isEqualTo(novita.paid()).isLessThan(REQUIRED);
    assertThat(run(run).getInt("failed")).isZero();
    assertThat(objects()).isEqualTo(keysOfRows());
    verb(run, "resume").statusCode(409).body("detail", startsWith("The run is CANCELLED"));
    complete(start("{}"));
    assertThat(novita.acceptedByPrompt().values()).hasSize(REQUIRED).containsOnly(1);
  }

  private String startedSlowly() {
    novita.configure(NovitaDouble.Options.defaults().withSubmitLatency(Duration.ofMillis(600)));
    String run = start("{}");
    awaitThat(() -> novita.acceptedSubmits() > 0);
    return run;
  }

  @ParameterizedTest
  @ValueSource(strings = {"pause", "resume", "cancel"})
  void aVerbForARunThatIsNotThereIsNotFound(String verb) {
    for (String id : new String[] {NOBODY, "nobody", "'; DROP TABLE ledger.run; --"}) {
      given()
          .post("/api/runs/{id}/{verb}", id, verb)
          .then()
          .statusCode(404)
          .contentType("application/problem+json");
    }
  }

  @Test
  void aCallThatIsSentAgainWithItsKeyStartsNoSecondRun() {
    String key = UUID.randomUUID().toString();
    String regenerate =
        "{\"category\":\"age\",\"values\":[\"30s\"],\"style\":\"anime\",\"mode\":\"regenerate\"}";

    String run = keyed(key, regenerate).statusCode(202).extract().path("id");
    complete(run);
    keyed(key, regenerate)
        .statusCode(202)
        .header("Location", "/api/runs/" + run)
        .body("id", equalTo(run), "state", equalTo("COMPLETED"));

    assertThat(novita.acceptedSubmits()).isEqualTo(1);
    keyed(key, "{}").statusCode(422).body("detail", containsString(run));
    keyed("twice", "{}").statusCode(400).body("detail", containsString("Idempotency-Key"));
  }

  private static ValidatableResponse keyed(String key, String body) {
    return given()
        .contentType(ContentType.JSON)
        .header("Idempotency-Key", key)
        .body(body)
        .post("/api/runs")
        .then();
  }

  @Test
  void aVerbTakesNoFields() {
    String run = start(ONE_IMAGE);

    given()
        .contentType(ContentType.JSON)
        .body("{\"force\":true}")
        .post("/api/runs/" + run + "/cancel")
        .then()
        .statusCode(400)
        .body("detail", containsString("Unknown field 'force'"));

    assertThat(complete(run).getInt("stored")).isEqualTo(1);
  }

  @Test
  void aHaltedRunIsResumedByCommand() {
    novita.onSubmit(submit -> true, Fault.status(403, "INVALID_API_KEY"));
    String run = start(SEVEN_IMAGES);
    awaitThat(() -> "HALTED".equals(run(run).getString("state")));
    assertThat(run(run).getString("reason")).contains("INVALID_API_KEY");
    assertThat(novita.submits()).hasSize(1);
    novita.clearFaults();

    verb(run, "resume").statusCode(200).body("reason", equalTo(null));

    assertThat(complete(run).getInt("stored")).isEqualTo(7);
  }

  @Test
  void aSecondRunJoinsWhatIsUnderWayAndEndsWithIt() {
    novita.configure(NovitaDouble.Options.defaults().withImageLatency(Duration.ofHours(1)));
    String first = start(SEVEN_IMAGES);
    awaitThat(() -> novita.acceptedSubmits() == 7);

    String second = start(SEVEN_IMAGES);
    awaitThat(() -> run(second).getInt("joined") == 7);
    assertThat(run(second).getString("state")).isEqualTo("RUNNING");
    assertThat(run(second).getInt("planned")).isZero();

    novita.advance(Duration.ofHours(2));
    complete(first);
    assertThat(complete(second).getDouble("costUsd")).isZero();
    assertThat(novita.submits()).hasSize(7);
  }

  @Test
  void aRunThatWaitsForAPausedOneIsAnAlertUntilItGoesOn() {
    String paused = startedSlowly();
    given().post("/api/runs/" + paused + "/pause").then().statusCode(200);
    assertThat(alerts()).doesNotContain(paused);

    String waiting = start("{}");
    awaitThat(() -> alerts().contains(paused));
    assertThat(run(waiting).getString("state")).isEqualTo("RUNNING");
    given().post("/api/runs/" + paused + "/resume").then().statusCode(200);

    complete(waiting);
    awaitThat(() -> alerts().isEmpty());
    assertThat(novita.acceptedByPrompt().values()).hasSize(REQUIRED).containsOnly(1);
  }

  /** As if somebody else changed an image first and then its run. */
  @Test
  void aCancellationThatTheDatabaseGivesUpForAnotherStatementIsTriedAgain() throws Exception {
    String run = startedSlowly();
    verb(run, "pause").statusCode(200);
    try (Connection other = dataSource.getConnection();
        Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      // the database gives up the one that has waited for so long: the other one
      statement.execute("SET LOCAL deadlock_timeout = '1 h'");
      statement.execute(
          "SELECT FROM ledger.task WHERE state = 'PLANNED' AND run_id = '%s' FOR UPDATE"
              .formatted(run));
      CompletableFuture<Integer> cancelled =
          CompletableFuture.supplyAsync(
              () -> given().post("/api/runs/" + run + "/cancel").statusCode());
      awaitThat(
          () ->
              count(
                      "pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
                  > 0);
      statement.execute("SELECT FROM ledger.run WHERE id = '%s' FOR UPDATE".formatted(run));
      other.rollback();

      assertThat(cancelled.get(30, TimeUnit.SECONDS)).isEqualTo(200);
    }
    assertThat(run(run).getString("state")).isEqualTo("CANCELLED");
  }

  private static List<String> alerts() {
    return given().get("/api/status").jsonPath().getList("alerts.runId");
  }

  @Test
  void aReplayBeyondTheBudgetIsCountedAndLeftAlone() {
    novita.nextSubmits(Fault.status(400, "ILLEGAL_PROMPT"));
    complete(start(ONE_IMAGE));
    sql.update("UPDATE ledger.task SET possible_cost_usd = 0.015");
    sql.update("UPDATE ledger.run SET max_cost_usd = committed_usd");

    replays("").statusCode(202).body("replayed", equalTo(0)).body("beyondBudget", equalTo(1));

    assertThat(count("ledger.task WHERE state = 'FAILED'")).isEqualTo(1);
    replays("{\"category\":\"body\"}").body("beyondBudget", equalTo(0));
  }

  @Test
  void aReplayOfAPaidImageFetchesItAndPaysNothing() throws IOException {
    novita.nextDownloads(Fault.body("image/jpeg", tinyPicture()));
    complete(start(ONE_IMAGE));
    String letter = deadLetter();

    replay(letter)
        .statusCode(202)
        .body("state", not(equalTo("FAILED")))
        .body("id", equalTo(letter));

    awaitThat(() -> count("attribute_images") == 1);
    assertThat(novita.submits()).hasSize(1);
    assertThat(given().get("/api/status").jsonPath().getInt("failed")).isZero();
  }

  @Test
  void aReplayOfARejectedImageSubmitsItAnewInItsRun() {
    novita.nextSubmits(Fault.status(400, "ILLEGAL_PROMPT"));
    String run = start(ONE_IMAGE);
    complete(run);

    replay(deadLetter()).statusCode(202).body("state", not(equalTo("FAILED")));

    awaitThat(() -> count("attribute_images") == 1);
    assertThat(novita.acceptedSubmits()).isEqualTo(1);
    assertThat(complete(run).getInt("stored")).isEqualTo(1);
    replay(NOBODY).statusCode(404);
  }

  @Test
  void severalAreReplayedByFilter() {
    novita.onSubmit(submit -> true, Fault.status(400, "ILLEGAL_PROMPT"));
    complete(start(SEVEN_IMAGES));
    novita.clearFaults();

    replays("{\"style\":\"realistic\"}").statusCode(202).body("replayed", equalTo(0));
    replays("{\"reason\":\"TASK_TIMEOUT\"}").statusCode(202).body("replayed", equalTo(0));
    replays("{\"values\":[\"30s\",\"40s\"],\"reason\":\"ILLEGAL_PROMPT\"}")
        .statusCode(202)
        .body("replayed", equalTo(2))
        .body("submitted", equalTo(2))
        .body("collected", equalTo(0));
    awaitThat(() -> count("attribute_images") == 2);
    replays("").statusCode(202).body("replayed", equalTo(5));
    awaitThat(() -> count("attribute_images") == 7);
    assertThat(novita.acceptedSubmits()).isEqualTo(7);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"id\":\"x\"}",
        "{\"category\":\"hair\"}",
        "{\"run\":\"all\"}",
        "{\"reason\":\"' OR 1=1\"}",
        "{\"values\":\"30s\"}",
        "[]"
      })
  void aFilterThatCannotBeRightReplaysNothing(String filter) {
    novita.nextSubmits(Fault.status(400, "ILLEGAL_PROMPT"));
    complete(start(ONE_IMAGE));

    replays(filter).statusCode(400).contentType("application/problem+json");

    assertThat(count("ledger.task WHERE state = 'FAILED'")).isEqualTo(1);
  }

  @Test
  void aDiscardedDeadLetterIsGoneAndWhatIsNoneCannotBeDiscarded() {
    novita.nextSubmits(Fault.status(400, "ILLEGAL_PROMPT"));
    complete(start(ONE_IMAGE));
    String letter = deadLetter();

    given().delete("/api/dead-letters/" + letter).then().statusCode(204);

    assertThat(given().get("/api/dead-letters").jsonPath().getList("deadLetters")).isEmpty();
    given().delete("/api/dead-letters/" + letter).then().statusCode(404);
    replay(letter).statusCode(409).body("detail", startsWith("The task is CANCELLED"));
  }

  @Test
  void lostAnswersDoNotLeadBeyondTheBudget() {
    novita.nextSubmits(
        Fault.resetAfterAccept(), Fault.resetAfterAccept(), Fault.taskFailed("out of memory"));

    JsonPath run = complete(start("{\"category\":\"age\",\"maxCostUsd\":0.075}"));

    assertThat(novita.paid()).isEqualTo(5);
    assertThat(run.getInt("stored")).isEqualTo(2);
    assertThat(run.getDouble("costUsd") + run.getDouble("possibleCostUsd")).isEqualTo(0.075);
    assertThat(run.getString("reason")).contains("the budget of 0.075 USD leaves out 9 images");
  }

  @Test
  void aBalanceThatWillNotDoIsSaidAndEndsInAHalt() {
    novita.balance(3 * NovitaDouble.PRICE);

    String run = start(SEVEN_IMAGES);

    awaitThat(() -> "HALTED".equals(run(run).getString("state")));
    assertThat(sql.queryForObject("SELECT notice FROM ledger.run", String.class))
        .startsWith("Novita's balance of 0.045 USD is less than the 0.105 USD this run needs");
    awaitThat(() -> count("attribute_images") == 3);
    novita.balance(1_000_000);
    verb(run, "resume").statusCode(200);
    assertThat(complete(run).getInt("stored")).isEqualTo(7);
  }

  @Test
  void aForgedWebhookWithTheRightTokenOnlyMakesUsAskNovita() {
    novita.nextSubmits(Fault.slow(Duration.ofSeconds(1)));
    String run = start(ONE_IMAGE);
    awaitThat(() -> novita.acceptedSubmits() == 1);
    UUID task = sql.queryForObject("SELECT id FROM ledger.task", UUID.class);

    given()
        .contentType(ContentType.JSON)
        .body(
            "{\"event_type\":\"ASYNC_TASK_RESULT\",\"payload\":{\"task\":{\"task_id\":\"forged\"}}}")
        .post(webhook(task))
        .then()
        .statusCode(204);

    assertThat(complete(run).getInt("stored")).isEqualTo(1);
    assertThat(novita.acceptedSubmits()).isEqualTo(1);
    assertThat(run(run).getDouble("costUsd")).isEqualTo(0.015);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "no json",
        "[]",
        "{\"event_type\":\"BALANCE_LOW\"}",
        "{\"event_type\":\"ASYNC_TASK_RESULT\"}",
        "{\"event_type\":\"ASYNC_TASK_RESULT\",\"payload\":{\"task\":{\"task_id\":\"../../x\"}}}",
        "{\"event_type\":{},\"payload\":7}"
      })
  void anEventThatIsNoneOfNovitasChangesNothing(String event) {
    complete(start(ONE_IMAGE));
    UUID task = sql.queryForObject("SELECT id FROM ledger.task", UUID.class);
    Object before = sql.queryForMap("SELECT * FROM ledger.task");

    given().contentType(ContentType.JSON).body(event).post(webhook(task)).then().statusCode(204);

    assertThat(sql.queryForMap("SELECT * FROM ledger.task")).hasToString(before.toString());
    assertThat(count("ledger.webhook_hint")).isZero();
  }

  private static byte[] tinyPicture() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageIO.write(new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB), "jpeg", bytes);
    return bytes.toByteArray();
  }

  private ValidatableResponse verb(String run, String verb) {
    return given().post("/api/runs/" + run + "/" + verb).then();
  }

  private ValidatableResponse replay(String letter) {
    return given().post("/api/dead-letters/" + letter + "/replay").then();
  }

  private ValidatableResponse replays(String filter) {
    return given()
        .contentType(ContentType.JSON)
        .body(filter)
        .post("/api/dead-letters/replay")
        .then();
  }

  private String deadLetter() {
    return given().get("/api/dead-letters").jsonPath().getString("deadLetters[0].id");
  }
}
