package io.attributeimages.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.Statement;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.dao.DuplicateKeyException;

/** What operators do: {@code pause-run}, {@code resume-run}, {@code replay-dead-letters}, … */
class ControlSqlTest extends LedgerTest {

  @Test
  void aLargeRunIsCancelledInPiecesAndPausedMeanwhile() {
    UUID run = newRun();
    UUID submitted = newTask(run, "20s", TaskState.SUBMITTED);
    planMany(run);

    verb("begin-cancelling", run);
    assertThat(row("ledger.run", run)).containsEntry("state", "PAUSED");
    assertThat(cancel("cancel-ahead", run)).isEqualTo(10_000);
    assertThat(cancel("cancel-ahead", run)).as("two are left for cancel-run").isZero();
    assertThat(cancel("cancel-run", run)).isEqualTo(2);

    assertThat(row("ledger.run", run)).containsEntry("state", "CANCELLED");
    assertThat(state(submitted)).isEqualTo(TaskState.SUBMITTED);
  }

  @Test
  void aCancellationThatAnInstanceDidNotFinishIsFinishedByAnother() {
    UUID run = newRun();
    planMany(run);
    verb("begin-cancelling", run);
    assertThat(claimCancelling()).as("it is still at work").isNull();

    database.update("UPDATE ledger.run SET cancelling_at = now() - interval '31 seconds'");
    cancel("cancel-ahead", run);
    assertThat(claimCancelling()).as("each piece is a sign of life").isNull();

    database.update("UPDATE ledger.run SET cancelling_at = now() - interval '31 seconds'");

    assertThat(claimCancelling()).isEqualTo(run);
    assertThat(claimCancelling()).as("somebody is at work again").isNull();
    cancel("cancel-run", run);
    database.update("UPDATE ledger.run SET cancelling_at = cancelling_at - interval '31 seconds'");
    assertThat(claimCancelling()).isNull();
    assertThat(row("ledger.run", run)).containsEntry("state", "CANCELLED");
  }

  /** An older version resumes, cancels and pauses without a look at the mark. */
  @ParameterizedTest
  @ValueSource(strings = {"RUNNING", "CANCELLED", "COMPLETED", "HALTED"})
  void whateverTakesARunOutOfThePauseEndsItsCancellation(String state) {
    UUID run = newRun("state='PAUSED'", "cancelling_at=now() - interval '1 minute'");

    for (String next : List.of(state, "PAUSED")) {
      database.update(
          "UPDATE ledger.run SET state = ?,"
              + " finished_at = CASE WHEN ? IN ('CANCELLED', 'COMPLETED') THEN now() END WHERE id = ?",
          next,
          next,
          run);
    }

    assertThat(row("ledger.run", run)).containsEntry("cancelling_at", null);
    assertThat(claimCancelling()).isNull();
  }

  @Test
  void aRunOfWhichNothingIsLeftToCancelIsCompleteAndSaysNothingElse() {
    UUID run = newRun();
    newTask(run, "20s", TaskState.STORED);
    verb("begin-cancelling", run);

    run("complete-runs");

    assertThat(row("ledger.run", run))
        .containsEntry("state", "COMPLETED")
        .containsEntry("reason", null);
    assertThat(cancel("cancel-run", run)).isZero();
  }

  @Test
  void aRunThatIsResumedMeanwhileIsNotCancelled() {
    UUID run = newRun("state='HALTED'");
    planMany(run);
    verb("begin-cancelling", run);
    cancel("cancel-ahead", run);

    verb("resume-run", run);

    planMore(run, 10_000);
    assertThat(cancel("cancel-ahead", run)).isZero();
    assertThat(cancel("cancel-run", run)).isZero();
    assertThat(row("ledger.run", run))
        .containsEntry("state", "RUNNING")
        .containsEntry("cancelling_at", null);
  }

  /** More images than one statement cancels. */
  private void planMany(UUID run) {
    planMore(run, 10_002);
  }

  private void planMore(UUID run, int images) {
    database.update(
        """
        INSERT INTO ledger.task (run_id, category, value, style, model, price_usd, recipe)
        SELECT ?, 'age', gen_random_uuid(), 'realistic', 'txt2img', 0.015, '{"prompt": "p"}' FROM generate_series(1, ?)
        """,
        run,
        images);
  }

  private UUID claimCancelling() {
    return run("claim-cancelling.sql?outputType=SelectOne", Map.of(), Map.of(), null)
        .getMessage()
        .getBody(UUID.class);
  }

  private int cancel(String statement, UUID run) {
    return updated(
        run(statement + ".sql?noop=true", Map.of(), Map.of(), Map.of("run", run.toString())));
  }

  @Test
  void nothingOfAPausedRunIsSubmittedUntilItIsResumed() throws Exception {
    permits(20);
    UUID run = newRun();
    UUID task =
        newTask(run, "20s", TaskState.PLANNED, "setbacks=5", "submit_after=now() + interval '2 m'");

    verb("pause-run", run);
    assertThat(row("ledger.run", run)).containsEntry("state", "PAUSED");
    timePasses();
    assertThat(claim("claim-planned", 10)).isEmpty();

    verb("resume-run", run);
    assertThat(row("ledger.run", run))
        .containsEntry("state", "RUNNING")
        .containsEntry("reason", null)
        .containsEntry("planned_at", null);
    database.update("UPDATE ledger.run SET planned_at = now()");
    assertThat(claim("claim-planned", 10)).containsExactly(task);
  }

  private void timePasses() {
    database.update("UPDATE ledger.task SET submit_after = now()");
  }

  @Test
  void aHaltedRunIsResumedByHandOrByTheSchedule() {
    UUID byHand = newRun("state='HALTED'", "reason='INVALID_API_KEY'");
    UUID bySchedule = newRun("state='HALTED'", "reason='INVALID_API_KEY'");
    UUID paused = newRun("state='PAUSED'");

    verb("resume-run", byHand);
    assertThat(row("ledger.run", bySchedule)).containsEntry("state", "HALTED");
    resumeHalted();

    for (UUID run : List.of(byHand, bySchedule)) {
      assertThat(row("ledger.run", run))
          .containsEntry("state", "RUNNING")
          .containsEntry("reason", null);
    }
    assertThat(row("ledger.run", paused))
        .as("what a person paused stays so")
        .containsEntry("state", "PAUSED");
  }

  @ParameterizedTest
  @ValueSource(strings = {"pause-run", "resume-run", "begin-cancelling", "cancel-run"})
  void aRunThatIsOverStaysAsItIs(String verb) {
    UUID completed = newRun("state='COMPLETED'", "finished_at=now()");
    UUID cancelled = newRun("state='CANCELLED'", "finished_at=now()");

    verb(verb, completed);
    verb(verb, cancelled);

    assertThat(row("ledger.run", completed)).containsEntry("state", "COMPLETED");
    assertThat(row("ledger.run", cancelled)).containsEntry("state", "CANCELLED");
  }

  @ParameterizedTest
  @ValueSource(strings = {"RUNNING", "PAUSED", "HALTED"})
  void aCancelledRunMakesNothingMoreAndLosesNothingPaid(String state) {
    UUID run = newRun("state='" + state + "'", "planned_at=NULL");
    UUID planned = newTask(run, "20s", TaskState.PLANNED);
    UUID paid = newTask(run, "30s", TaskState.SUBMITTED);
    UUID inDoubt = newTask(run, "40s", TaskState.UNCONFIRMED);

    verb("begin-cancelling", run);
    verb("cancel-run", run);

    assertThat(row("ledger.run", run)).containsEntry("state", "CANCELLED");
    assertThat(row("ledger.run", run).get("planned_at")).isNotNull();
    assertThat(state(planned)).isEqualTo(TaskState.CANCELLED);
    assertThat(state(paid)).isEqualTo(TaskState.SUBMITTED);
    assertThat(state(inDoubt)).isEqualTo(TaskState.UNCONFIRMED);
    assertThat(claim("claim-due", 10)).containsExactly(paid);
  }

  @Test
  void aRunThatJoinedACancelledOneIsPlannedAgain() {
    UUID cancelled = newRun();
    UUID task = newTask(cancelled, "20s", TaskState.PLANNED);
    UUID paid = newTask(cancelled, "30s", TaskState.SUBMITTED);
    UUID joined = newRun();
    UUID other = newRun();
    join(joined, task);
    join(other, paid);

    verb("begin-cancelling", cancelled);
    verb("cancel-run", cancelled);
    run("replan-runs");
    run("complete-runs");

    assertThat(row("ledger.run", joined))
        .containsEntry("state", "RUNNING")
        .containsEntry("planned_at", null);
    assertThat(row("ledger.run", other).get("planned_at")).isNotNull();
  }

  private void join(UUID run, UUID task) {
    database.update("INSERT INTO ledger.run_join (run_id, task_id) VALUES (?, ?)", run, task);
  }

  @Test
  void aSubmitThatComesBackUnpaidIntoACancelledRunIsCancelled() {
    UUID left = newTask(newRun("state='CANCELLED'", "finished_at=now()"), "20s", TaskState.PLANNED);
    UUID other = newTask(newRun(), "30s", TaskState.PLANNED);

    run("cancel-left");

    assertThat(state(left)).isEqualTo(TaskState.CANCELLED);
    assertThat(holds(left, "finished_at IS NOT NULL")).isTrue();
    assertThat(state(other)).isEqualTo(TaskState.PLANNED);
  }

  @Test
  void aCancelledRunIsNotPaidForAnew() {
    UUID run = newRun("state='CANCELLED'", "finished_at=now()");
    UUID task = newTask(run, "20s", TaskState.SUBMITTED);

    assertThat(run("resubmit-failed", task, FAILURE)).isZero();

    assertThat(state(task)).isEqualTo(TaskState.SUBMITTED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"COMPLETED", "CANCELLED"})
  void aReplayOfAPaidTaskCollectsItInItsOwnRun(String state) {
    UUID run = newRun("state='" + state + "'", "finished_at=now()");
    UUID dead =
        newTask(
            run,
            "20s",
            TaskState.FAILED,
            "provider_task_id='task-1'",
            "cost_usd=0.015",
            "setbacks=9",
            "storing_since=now()",
            "interruptions=10");

    assertThat(replay(Map.of("id", dead.toString()))).containsExactly(dead);

    assertThat(row("ledger.task", dead))
        .containsEntry("state", "SUBMITTED")
        .containsEntry("provider_task_id", "task-1")
        .containsEntry("setbacks", 0)
        .containsEntry("storing_since", null)
        .containsEntry("interruptions", 0)
        .containsEntry("finished_at", null);
    assertThat(row("ledger.run", run))
        .containsEntry("state", "RUNNING")
        .containsEntry("finished_at", null)
        .containsEntry("committed_usd", BigDecimal.ZERO);
    assertThat(claim("claim-due", 10)).containsExactly(dead);
  }

  @Test
  void aReplayOfARejectedTaskIsSubmittedAnewFromTheBudgetThatWasMeantForIt() throws Exception {
    permits(20);
    UUID run =
        newRun(
            "state='COMPLETED'", "finished_at=now()", "max_cost_usd=0.015", "committed_usd=0.015");
    UUID dead = newTask(run, "20s", TaskState.FAILED);

    assertThat(replay(Map.of())).containsExactly(dead);

    assertThat(claim("claim-planned", 10)).containsExactly(dead);
  }

  @Test
  void aReplayThatPaysAgainMustFitTheBudget() {
    UUID run =
        newRun(
            "state='COMPLETED'", "finished_at=now()", "max_cost_usd=0.06", "committed_usd=0.045");
    Stream.of("20s", "30s", "40s")
        .forEach(value -> newTask(run, value, TaskState.FAILED, "cost_usd=0.015"));

    assertThat(replay(Map.of())).hasSize(1);

    assertThat(row("ledger.run", run)).containsEntry("committed_usd", new BigDecimal("0.060"));
    assertThat(replay(Map.of())).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"PAUSED", "HALTED"})
  void aReplayDoesNotResumeARun(String state) {
    UUID run = newRun("state='" + state + "'");
    UUID dead = newTask(run, "20s", TaskState.FAILED);

    assertThat(replay(Map.of())).containsExactly(dead);

    assertThat(row("ledger.run", run)).containsEntry("state", state);
    assertThat(state(dead)).isEqualTo(TaskState.PLANNED);
  }

  @Test
  void aReplayChoosesByEveryField() {
    UUID run = newRun();
    UUID other = newRun();
    UUID one = newTask(run, "20s", TaskState.FAILED, "error_reason='HTTP_400'");
    newTask(run, "30s", TaskState.FAILED, "error_reason='TASK_TIMEOUT'");
    newTask(other, "40s", TaskState.FAILED, "error_reason='HTTP_400'");

    assertThat(replay(Map.of("category", "body"))).isEmpty();
    assertThat(replay(Map.of("style", "anime"))).isEmpty();
    assertThat(replay(Map.of("values", new String[] {"50s"}))).isEmpty();
    assertThat(replay(Map.of("run", run.toString(), "reason", "HTTP_400"))).containsExactly(one);
    assertThat(
            replay(
                Map.of(
                    "category",
                    "age",
                    "style",
                    "realistic",
                    "values",
                    new String[] {"30s", "40s"})))
        .hasSize(2);
  }

  @ParameterizedTest
  @EnumSource(names = {"PLANNED", "SUBMITTING", "SUBMITTED", "UNCONFIRMED"})
  void anImageThatIsUnderWayIsNotReplayed(TaskState state) {
    UUID dead = newTask(newRun(), "20s", TaskState.FAILED);
    newTask(newRun(), "20s", state);

    assertThat(replay(Map.of())).isEmpty();

    assertThat(state(dead)).isEqualTo(TaskState.FAILED);
  }

  @Test
  void ofSeveralDeadLettersOfOneImageTheNewestPaidOneIsReplayed() {
    newTask(newRun(), "20s", TaskState.FAILED, "provider_task_id='task-1'");
    UUID paid = newTask(newRun(), "20s", TaskState.FAILED, "provider_task_id='task-2'");
    newTask(newRun(), "20s", TaskState.FAILED);

    assertThat(replay(Map.of())).containsExactly(paid);
  }

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"FAILED"})
  void onlyDeadLettersAreReplayedOrDiscarded(TaskState state) {
    UUID task = newTask(newRun(), "20s", state);

    assertThat(replay(Map.of("id", task.toString()))).isEmpty();
    assertThat(discard(task)).isZero();

    assertThat(state(task)).isEqualTo(state);
  }

  @Test
  void aReplayGoesOnBehindTheImageItIsTold() {
    UUID run = newRun();
    newTask(run, "20s", TaskState.FAILED);
    UUID second = newTask(run, "30s", TaskState.FAILED);

    assertThat(
            replay(Map.of("afterCategory", "age", "afterValue", "20s", "afterStyle", "realistic")))
        .containsExactly(second);
  }

  /** Two replays at once: the second one must not bring an older letter of the same image. */
  @Test
  void whatAnotherReplayHasTakenIsLeftToIt() throws Exception {
    UUID older = newTask(newRun(), "20s", TaskState.FAILED);
    UUID newer = newTask(newRun(), "20s", TaskState.FAILED);
    try (Connection other = database.getDataSource().getConnection();
        Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute(
          "UPDATE ledger.task SET state = 'PLANNED', finished_at = NULL WHERE id = '"
              + newer
              + "'");
      CompletableFuture<Object> replay =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return replay(Map.of());
                } catch (RuntimeException e) {
                  return e.getCause();
                }
              });
      await()
          .until(
              () ->
                  value(
                          "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
                      .equals("1"));
      other.commit();
      assertThat(replay.get(30, TimeUnit.SECONDS))
          .as("said again by whoever replays")
          .isInstanceOf(DuplicateKeyException.class);
    }

    assertThat(replay(Map.of())).isEmpty();
    assertThat(state(older)).isEqualTo(TaskState.FAILED);
  }

  @Test
  void theSlotOfAScheduleResumesWhatIsHaltedOnce() {
    UUID run = newRun("state='HALTED'", "reason='INVALID_API_KEY'");
    newRun("trigger='SCHEDULE'", "schedule_slot='epoch'");

    resumeHalted();

    assertThat(row("ledger.run", run)).containsEntry("state", "HALTED");
  }

  @Test
  void aDiscardedDeadLetterIsNoneAnyMore() {
    UUID dead = newTask(newRun(), "20s", TaskState.FAILED, "provider_task_id='task-1'");

    assertThat(discard(dead)).isEqualTo(1);

    assertThat(row("ledger.task", dead))
        .containsEntry("state", "CANCELLED")
        .containsEntry("provider_task_id", "task-1")
        .containsEntry("error_reason", "HTTP_502");
    assertThat(replay(Map.of())).isEmpty();
  }

  private void verb(String statement, UUID run) {
    run(statement + ".sql?noop=true", Map.of(), Map.of(), Map.of("run", run.toString()));
  }

  private void resumeHalted() {
    Map<String, Object> slot = new HashMap<>();
    slot.put("slot", new Timestamp(0));
    run("resume-halted.sql?noop=true", Map.of(), Map.of(), slot);
  }

  private List<UUID> replay(Map<String, Object> filter) {
    Map<String, Object> parameters = new HashMap<>();
    for (String name : List.of("id", "run", "reason", "category", "style")) {
      parameters.put(name, null);
    }
    parameters.put("values", new String[0]);
    for (String after : List.of("afterCategory", "afterValue", "afterStyle")) {
      parameters.put(after, "");
    }
    parameters.putAll(filter);
    String dead = "SELECT id FROM ledger.task WHERE state = 'FAILED'";
    List<UUID> replayed = new ArrayList<>(database.queryForList(dead, UUID.class));
    Map<String, Object> told =
        rows(run("replay-dead-letters.sql", Map.of(), Map.of(), parameters)).get(0);
    replayed.removeAll(database.queryForList(dead, UUID.class));
    assertThat(told).containsEntry("replayed", (long) replayed.size());
    return replayed;
  }

  private int discard(UUID task) {
    return updated(
        run(
            "discard-dead-letter.sql?noop=true",
            Map.of(),
            Map.of(),
            Map.of("id", task.toString())));
  }
}
