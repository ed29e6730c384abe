package io.attributeimages.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.attributeimages.pipeline.Failure;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What slows submits down, or stops them, before money is spent on what will fail. */
class BrakeSqlTest extends LedgerTest {

  private static final String[] LIMITS = {
    "pipeline.instance=me",
    "pipeline.max-lost-answers=3",
    "pipeline.max-unstored-pictures=3",
    "pipeline.max-gateway-errors=3"
  };

  private static final Failure LOST = Failure.of("ANSWER_LOST", "Read timed out");
  private static final Failure REFUSED = Failure.of("WRONG_SIZE", "1024x1024");

  @BeforeEach
  void threeAreEnough() throws Exception {
    configure(LIMITS);
  }

  @Test
  void someLostAnswersInARowHaltEverythingAndSayWhy() {
    UUID run = newRun();
    UUID other = newRun();

    assertThat(brake("ANSWER", newTask(run, "20s", TaskState.UNCONFIRMED), LOST)).isZero();
    assertThat(brake("ANSWER", newTask(run, "30s", TaskState.UNCONFIRMED), LOST)).isZero();
    assertThat(brake("ANSWER", newTask(run, "40s", TaskState.UNCONFIRMED), LOST)).isEqualTo(2);

    run("halt-left");
    assertThat(row("ledger.run", run)).containsEntry("state", "HALTED");
    for (UUID halted : List.of(run, other)) {
      assertThat(row("ledger.run", halted))
          .containsEntry(
              "reason",
              "The answers to the last 3 submits were lost, and each may be paid for; the last one:"
                  + " ANSWER_LOST: Read timed out");
    }
  }

  @Test
  void everyLostAnswerOfOneImageCountsAndOneAnswerIsToldOnce() {
    UUID run = newRun();
    UUID task = newTask(run, "20s", TaskState.UNCONFIRMED);

    for (int told = 0; told < 5; told++) {
      assertThat(brake("ANSWER", task, LOST)).isZero();
    }
    database.update("UPDATE ledger.task SET attempts = 2");
    assertThat(brake("ANSWER", task, LOST)).isZero();
    database.update("UPDATE ledger.task SET attempts = 3");
    assertThat(brake("ANSWER", task, LOST)).isEqualTo(1);
  }

  @Test
  void anAcceptedSubmitInBetweenBeginsTheRowAnew() {
    UUID run = newRun();
    brake("ANSWER", newTask(run, "20s", TaskState.UNCONFIRMED), LOST);
    brake("ANSWER", newTask(run, "30s", TaskState.UNCONFIRMED), LOST);

    recordAccepted(newTask(run, "40s", TaskState.SUBMITTING), "task-1");

    assertThat(brake("ANSWER", newTask(run, "50s", TaskState.UNCONFIRMED), LOST)).isZero();
  }

  /** Another model's answers say nothing about this one. */
  @Test
  void lostAnswersAreCountedForEachModel() {
    UUID run = newRun();
    String flux = "model='flux-1-schnell'";
    brake("ANSWER", newTask(run, "20s", TaskState.UNCONFIRMED, flux), LOST);
    brake("ANSWER", newTask(run, "30s", TaskState.UNCONFIRMED, flux), LOST);

    assertThat(brake("ANSWER", newTask(run, "40s", TaskState.UNCONFIRMED), LOST)).isZero();
    recordAccepted(newTask(run, "50s", TaskState.SUBMITTING), "task-1");

    UUID last = newTask(run, "60s", TaskState.UNCONFIRMED, flux);
    assertThat(brake("ANSWER", last, LOST)).isEqualTo(1);
  }

  /** A model that paints nothing that can be used halts no other. */
  @ParameterizedTest
  @ValueSource(strings = {"ANSWER", "GATEWAY", "UNREADABLE", "PICTURE", "STORE"})
  void whatAnotherModelMakesGoesOn(String kind) throws Exception {
    permitsOfAllModels(LIMITS);
    UUID run = newRun();
    UUID alive = newTask(run, "80s", TaskState.PLANNED, "model='flux-1-schnell'");

    haltBy(kind, run);

    assertThat(row("ledger.run", run)).containsEntry("state", "RUNNING");
    assertThat(claim("claim-planned", "txt2img", 5)).isEmpty();
    assertThat(claim("claim-planned", "flux-1-schnell", 5)).containsExactly(alive);

    store(recorded(alive));
    run("release-brake");
    assertThat(claim("claim-planned", "txt2img", 5)).as("another model's picture").isEmpty();
    run("halt-left");
    assertThat(row("ledger.run", run)).containsEntry("state", "HALTED");
  }

  private UUID recorded(UUID task) {
    recordAccepted(task, "task-" + task);
    return task;
  }

  @Test
  void differentPicturesThatCannotBeStoredHaltEverything() {
    UUID run = newRun();
    UUID first = newTask(run, "20s", TaskState.SUBMITTED);

    for (int told = 0; told < 5; told++) {
      assertThat(brake("PICTURE", first, REFUSED)).as("the same picture").isZero();
    }
    database.update("UPDATE ledger.task SET attempts = 2");
    assertThat(brake("PICTURE", first, REFUSED)).as("paid once more").isZero();
    assertThat(brake("PICTURE", newTask(run, "30s", TaskState.SUBMITTED), REFUSED)).isZero();
    assertThat(brake("PICTURE", newTask(run, "40s", TaskState.SUBMITTED), REFUSED)).isEqualTo(1);

    assertThat(value("SELECT reason FROM ledger.run WHERE id = ?", run))
        .isEqualTo(
            "The last 3 paid pictures could not be stored, and more would be paid for; the last"
                + " one: WRONG_SIZE: 1024x1024");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ANSWER", "GATEWAY", "UNREADABLE", "PICTURE", "STORE"})
  void aStoredPictureLetsTheRunsGoOn(String kind) {
    UUID run = newRun();
    UUID good = newTask(run, "80s", TaskState.SUBMITTED);
    haltBy(kind, run);
    assertThat(row("ledger.run", run)).containsEntry("state", "HALTED");
    run("release-brake");
    assertThat(value("SELECT state FROM ledger.run")).isEqualTo("HALTED");

    store(good);
    run("release-brake");

    assertThat(row("ledger.run", run))
        .containsEntry("state", "RUNNING")
        .containsEntry("reason", null);
    assertThat(holds(good, "(SELECT planned_at IS NOT NULL FROM ledger.run)"))
        .as("nothing of it is another run's")
        .isTrue();
    assertThat(value("SELECT count(*) FROM ledger.brake_cause WHERE kind IN ('PICTURE', 'STORE')"))
        .isEqualTo("0");
  }

  /** Whatever the settings say of what may be chance. */
  @ParameterizedTest
  @CsvSource({
    "STORE, SUBMITTED, 'The store has refused the last 3 paid pictures, and more would be paid for; '",
    "UNREADABLE, UNCONFIRMED, 'The last 3 submits were answered with neither a task nor an error that is known, and each may be paid for; '"
  })
  void ofAClearWordThreeAreEnough(String kind, TaskState state, String reason) throws Exception {
    configure("pipeline.instance=me");
    UUID run = newRun();
    assertThat(brake(kind, newTask(run, "20s", state), REFUSED)).isZero();
    assertThat(brake(kind, newTask(run, "30s", state), REFUSED)).isZero();
    assertThat(brake(kind, newTask(run, "40s", state), REFUSED)).isEqualTo(1);

    assertThat(row("ledger.run", run))
        .containsEntry("reason", reason + "the last one: WRONG_SIZE: 1024x1024");
  }

  @Test
  void whatAnotherRunHasTakenOverMeanwhileIsWaitedFor() {
    UUID run = newRun();
    UUID good = newTask(run, "80s", TaskState.SUBMITTED);
    newTask(run, "70s", TaskState.CANCELLED, "error_reason='TAKEN_OVER'");
    haltBy("PICTURE", run);

    store(good);
    run("release-brake");

    assertThat(row("ledger.run", run))
        .containsEntry("state", "RUNNING")
        .containsEntry("planned_at", null);
  }

  /** What a person has to mend is not mended by a picture that was under way. */
  @Test
  void aRunThatTheAccountHaltedWaitsForAPerson() {
    UUID run = newRun();
    UUID good = newTask(run, "80s", TaskState.SUBMITTED);
    run(
        "halt-runs",
        newTask(run, "20s", TaskState.SUBMITTING),
        new Failure("INVALID_API_KEY", 403, "no such key", 0, 0, false));

    run("halt-left");
    store(good);
    run("release-brake");

    assertThat(row("ledger.run", run)).containsEntry("state", "HALTED");
  }

  @Test
  void aRunThatAPersonResumesGoesOnUntilThereAreAsManyAgain() {
    UUID run = newRun();
    haltBy("PICTURE", run);
    run("resume-run.sql?noop=true", Map.of(), Map.of(), Map.of("run", run.toString()));

    assertThat(brake("PICTURE", newTask(run, "60s", TaskState.SUBMITTED), REFUSED)).isZero();
    assertThat(brake("PICTURE", newTask(run, "70s", TaskState.SUBMITTED), REFUSED)).isZero();
    assertThat(brake("PICTURE", newTask(run, "80s", TaskState.SUBMITTED), REFUSED)).isEqualTo(1);
  }

  /** A new run, too, is somebody's: what is known to fail already does not halt it. */
  @Test
  void whatIsToldOnceMoreHaltsNothing() {
    UUID run = newRun();
    haltBy("PICTURE", run);
    UUID later = newRun();
    UUID known = UUID.fromString(value("SELECT task_id FROM ledger.brake_cause LIMIT 1"));

    assertThat(brake("PICTURE", known, REFUSED)).isZero();
    assertThat(row("ledger.run", later)).containsEntry("state", "RUNNING");
    assertThat(brake("PICTURE", newTask(later, "80s", TaskState.SUBMITTED), REFUSED)).isEqualTo(1);
  }

  @Test
  void answersAreCountedWhateverIsStoredMeanwhile() {
    UUID run = newRun();
    brake("ANSWER", newTask(run, "20s", TaskState.UNCONFIRMED), LOST);
    brake("ANSWER", newTask(run, "30s", TaskState.UNCONFIRMED), LOST);

    store(newTask(run, "80s", TaskState.SUBMITTED));

    assertThat(brake("ANSWER", newTask(run, "40s", TaskState.UNCONFIRMED), LOST)).isEqualTo(1);
  }

  @Test
  void gatewaysThatStayUnwellHaltEverythingInTheEnd() {
    UUID run = newRun();
    UUID task = newTask(run, "20s", TaskState.UNCONFIRMED);
    for (int attempt = 1; attempt <= 2; attempt++) {
      database.update("UPDATE ledger.task SET attempts = ?", attempt);
      assertThat(brake("GATEWAY", task, FAILURE)).isZero();
    }
    database.update("UPDATE ledger.task SET attempts = 3");

    assertThat(brake("GATEWAY", task, FAILURE)).isEqualTo(1);

    assertThat(value("SELECT reason FROM ledger.run"))
        .isEqualTo(
            "A gateway has answered the last 3 submits with an error page, and each may be paid"
                + " for; the last one: HTTP_502 (HTTP 502): Bad gateway");
  }

  @Test
  void aGatewaysErrorPageIsPossiblyPaidAndTriedAgainLater() throws Exception {
    UUID run = newRun("max_cost_usd=0.03", "committed_usd=0.015");
    UUID task = newTask(run, "20s", TaskState.UNCONFIRMED, "error_status=503");

    run("resolve-unconfirmed");

    assertThat(row("ledger.task", task))
        .containsEntry("state", "PLANNED")
        .containsEntry("setbacks", 1)
        .containsEntry("lost_answers", 1)
        .containsEntry("possible_cost_usd", new BigDecimal("0.015"));
    assertThat(isAway(task, "submit_after", 1.5, 2.5)).isTrue();
    assertThat(row("ledger.run", run)).containsEntry("committed_usd", new BigDecimal("0.030"));
  }

  @Test
  void aGatewaysErrorPageIsNotTriedAgainBeyondTheBudget() {
    UUID run = newRun("max_cost_usd=0.029", "committed_usd=0.015");
    UUID task = newTask(run, "20s", TaskState.UNCONFIRMED, "error_status=502");

    run("resolve-unconfirmed");

    assertThat(row("ledger.task", task))
        .containsEntry("state", "FAILED")
        .containsEntry("error_reason", "UNCONFIRMED")
        .containsEntry("possible_cost_usd", new BigDecimal("0.015"));
  }

  @ParameterizedTest
  @CsvSource({"502, PLANNED", "503, PLANNED", "504, UNCONFIRMED", "520, UNCONFIRMED"})
  void onlyWhatSaysThatTheGatewayIsNotWellIsDecidedAtOnce(int status, TaskState expected) {
    UUID task = newTask(newRun(), "20s", TaskState.UNCONFIRMED, "error_status=" + status);

    run("resolve-unconfirmed");

    assertThat(state(task)).isEqualTo(expected);
  }

  @Test
  void whereAWebhookMayNameTheTaskItIsWaitedFor() throws Exception {
    configure("pipeline.instance=me", "novita.webhook-url=https://cards.test");
    UUID task = newTask(newRun(), "20s", TaskState.UNCONFIRMED, "error_status=502");

    run("resolve-unconfirmed");

    assertThat(state(task)).isEqualTo(TaskState.UNCONFIRMED);

    database.update(
        "UPDATE ledger.task SET unconfirmed_at = now() - interval '3 min', lost_answers = 5");
    run("resolve-unconfirmed");
    assertThat(row("ledger.task", task))
        .as("while nothing else gets on either, for as long as it takes")
        .containsEntry("state", "PLANNED")
        .containsEntry("setbacks", 1);
  }

  @Test
  void whoParksLostAnswersParksThoseOfGateways() throws Exception {
    configure("novita.unconfirmed-policy=park");
    UUID task = newTask(newRun(), "20s", TaskState.UNCONFIRMED, "error_status=502");

    run("resolve-unconfirmed");

    assertThat(state(task)).isEqualTo(TaskState.FAILED);
  }

  /** Three are allowed: the third in a row is the image's own fault if others get on. */
  @ParameterizedTest
  @CsvSource({
    "1, true, PLANNED",
    "2, true, FAILED",
    "2, false, PLANNED",
    "50, false, PLANNED",
  })
  void anImageIsAtFaultOnlyWhileOthersGetOn(int setbacks, boolean others, TaskState expected) {
    UUID run = newRun();
    UUID task =
        newTask(
            run,
            "20s",
            TaskState.UNCONFIRMED,
            "error_status=502",
            "setbacks=" + setbacks,
            "setback_since=now() - interval '1 min'");
    newTask(
        run,
        "30s",
        TaskState.STORED,
        "submitted_at=now() - interval '" + (others ? "30 s" : "2 min") + "'");

    run("resolve-unconfirmed");

    assertThat(state(task)).isEqualTo(expected);
  }

  @Test
  void setbacksKnowSinceWhenTheyAreUntilOneIsOver() throws Exception {
    permits(1);
    UUID task = newTask(newRun(), "20s", TaskState.SUBMITTING);
    run("give-back", task, FAILURE);
    assertThat(isAway(task, "setback_since", 0, 0)).isTrue();
    String since = value("SELECT setback_since FROM ledger.task");

    database.update("UPDATE ledger.task SET submit_after = now()");
    claim("claim-planned", 1);
    run("give-back", task, FAILURE);
    assertThat(value("SELECT setback_since FROM ledger.task")).isEqualTo(since);

    database.update("UPDATE ledger.task SET submit_after = now()");
    database.update("UPDATE ledger.permit SET free_at = now()");
    claim("claim-planned", 1);
    recordAccepted(task, "task-1");
    assertThat(row("ledger.task", task)).containsEntry("setback_since", null);
  }

  private void haltBy(String kind, UUID run) {
    newTask(run, "90s", TaskState.PLANNED);
    for (String value : List.of("20s", "30s", "40s")) {
      brake(kind, newTask(run, value, TaskState.SUBMITTED), LOST);
    }
    assertThat(row("ledger.run", run)).extractingByKey("reason").asString().contains("last 3");
    run("halt-left");
  }

  private int brake(String kind, UUID task, Failure failure) {
    Map<String, Object> properties = Map.of("brake", kind, "task", task(task), "failure", failure);
    return updated(run("brake.sql?noop=true", properties, Map.of(), null));
  }

  private void store(UUID task) {
    Map<String, Object> properties = new HashMap<>();
    properties.put("task", task(task));
    properties.put("objectKey", "key");
    properties.put("imageUrl", "https://cdn.test/key");
    properties.put("seed", 1L);
    run("store-image.sql?outputType=SelectOne", properties, Map.of(), null);
  }
}
