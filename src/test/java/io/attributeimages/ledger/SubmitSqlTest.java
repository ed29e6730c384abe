package io.attributeimages.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.attributeimages.pipeline.Failure;
import io.attributeimages.pipeline.PaidTask;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.dao.DuplicateKeyException;

/** From a planned task to a paid one: {@code claim-planned}, {@code record-accepted}, … */
class SubmitSqlTest extends LedgerTest {

  @Test
  void aClaimIsASubmitWithALeaseAndAPermit() throws Exception {
    permits(20);
    UUID task = newTask(newRun(), "20s", TaskState.PLANNED);

    assertThat(claim("claim-planned", 10)).containsExactly(task);

    assertThat(row("ledger.task", task))
        .containsEntry("state", "SUBMITTING")
        .containsEntry("attempts", 1)
        .containsEntry("claimed_by", "me");
    assertThat(isAway(task, "lease_until", 30, 30)).isTrue();
    assertThat(value("SELECT count(*) FROM ledger.permit WHERE task_id = ?", task)).isEqualTo("1");
  }

  @Test
  void noMoreIsClaimedThanTheAccountMaySubmit() throws Exception {
    permits(3);
    newTasks(5);

    assertThat(claim("claim-planned", 10)).hasSize(3);
    assertThat(claim("claim-planned", 10)).isEmpty();
  }

  @Test
  void noMoreIsClaimedThanThereIsRoomFor() throws Exception {
    permits(20);
    newTasks(5);

    assertThat(claim("claim-planned", 2)).hasSize(2);
  }

  @Test
  void eachModelHasItsOwnPace() throws Exception {
    permitsOfAllModels("pipeline.instance=me");
    UUID run = newRun();
    for (String model : List.of("flux-1-schnell", "txt2img")) {
      for (int i = 0; i < 22; i++) {
        newTask(run, model + i, TaskState.PLANNED, "model='" + model + "'");
      }
    }

    assertThat(claim("claim-planned", "flux-1-schnell", 30)).hasSize(10);
    assertThat(claim("claim-planned", "flux-1-schnell", 10)).isEmpty();
    assertThat(claim("claim-planned", "txt2img", 30)).hasSize(20);
    assertThat(claim("claim-planned", "a model that nobody knows", 10)).isEmpty();
    assertThat(
            database.queryForList(
                """
                SELECT DISTINCT t.model || ' ' || p.model || ' ' || p.cooldown
                FROM ledger.permit p JOIN ledger.task t ON t.id = p.task_id ORDER BY 1
                """,
                String.class))
        .containsExactly("flux-1-schnell flux-1-schnell 00:01:00.1", "txt2img txt2img 00:01:00.1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"accepted", "unconfirmed", "expired"})
  void aModelWithoutALimitPerMinuteIsFreeWithItsAnswer(String outcome) throws Exception {
    permitsOfAllModels("pipeline.instance=me");
    String webui = "model='stable-diffusion-webui'";
    UUID run = newRun();
    newTask(run, "20s", TaskState.PLANNED, webui);
    newTask(run, "30s", TaskState.PLANNED, webui);
    UUID first = claim("claim-planned", "stable-diffusion-webui", 10).get(0);
    assertThat(claim("claim-planned", "stable-diffusion-webui", 10)).isEmpty();

    switch (outcome) {
      case "accepted" -> recordAccepted(first, "task-1");
      case "unconfirmed" -> run("record-unconfirmed", first, FAILURE);
      default -> {
        database.update("UPDATE ledger.task SET lease_until = now() WHERE id = ?", first);
        run("recover-submitting");
      }
    }

    assertThat(claim("claim-planned", "stable-diffusion-webui", 10)).hasSize(1);
  }

  @Test
  void permitsAreNotUsedUpWithoutTasks() throws Exception {
    permits(3);
    newTasks(1);
    claim("claim-planned", 10);

    newTasks(5);

    assertThat(claim("claim-planned", 10)).hasSize(2);
  }

  @Test
  void instancesThatClaimAtOnceStayWithinTheLimitTogether() throws Exception {
    permits(20);
    newTasks(60);

    List<UUID> claimed = inParallel(8, () -> claim("claim-planned", 10));

    assertThat(claimed).doesNotHaveDuplicates().hasSizeLessThanOrEqualTo(20);
    claimed.addAll(claim("claim-planned", 20));
    assertThat(claimed).doesNotHaveDuplicates().hasSize(20);
    assertThat(value("SELECT count(*) FROM ledger.task WHERE state = 'SUBMITTING'"))
        .isEqualTo("20");
  }

  @Test
  void aPermitIsFreeAgainAMinuteAfterTheAnswer() throws Exception {
    permits(1);
    UUID first = newTasks(2).get(0);
    claim("claim-planned", 10);

    recordAccepted(first, "task-1");

    assertThat(
            value(
                "SELECT free_at - submitted_at BETWEEN interval '60 s' AND interval '61 s'"
                    + " FROM ledger.permit p, ledger.task WHERE p.model = 'txt2img' AND slot = 1 AND id = ?",
                first))
        .isEqualTo("t");
    assertThat(claim("claim-planned", 10)).isEmpty();
    timePasses("61 seconds");
    assertThat(claim("claim-planned", 10)).hasSize(1);
  }

  @Test
  void aPermitIsHeldWhileTheAnswerIsOutstanding() throws Exception {
    permits(1);
    newTasks(2);
    claim("claim-planned", 10);

    timePasses("61 seconds");

    assertThat(claim("claim-planned", 10)).isEmpty();
  }

  @Test
  void aLimitThatWasLoweredHolds() throws Exception {
    permits(20);
    permits(2);
    newTasks(5);

    assertThat(claim("claim-planned", 10)).hasSize(2);
  }

  @Test
  void whatWaitsLongestIsClaimedFirst() throws Exception {
    permits(20);
    UUID run = newRun();
    UUID second = newTask(run, "20s", TaskState.PLANNED, "submit_after=now() - interval '1 h'");
    UUID third = newTask(run, "30s", TaskState.PLANNED, "submit_after=now() - interval '1 m'");
    UUID first = newTask(run, "40s", TaskState.PLANNED, "submit_after=now() - interval '2 h'");
    UUID notYet = newTask(run, "50s", TaskState.PLANNED, "submit_after=now() + interval '1 m'");

    assertThat(claim("claim-planned", 1)).containsExactly(first);
    assertThat(claim("claim-planned", 1)).containsExactly(second);
    assertThat(claim("claim-planned", 10)).containsExactly(third);
    assertThat(state(notYet)).isEqualTo(TaskState.PLANNED);
  }

  @Test
  void amongEqualsTheOrderIsThatOfThePlan() throws Exception {
    permits(20);
    List<UUID> tasks = new ArrayList<>();
    UUID run = newRun();
    for (int i = 0; i < 3; i++) {
      tasks.add(newTask(run, "value " + i, TaskState.PLANNED, "submit_after='2026-01-01'"));
    }

    assertThat(claim("claim-planned", 1)).containsExactly(tasks.get(0));
    assertThat(claim("claim-planned", 1)).containsExactly(tasks.get(1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"PAUSED", "HALTED"})
  void aStoppedRunIsNotSubmitted(String state) throws Exception {
    permits(20);
    newTask(newRun("state='" + state + "'"), "20s", TaskState.PLANNED);

    assertThat(claim("claim-planned", 10)).isEmpty();
  }

  @Test
  void anAcceptedSubmitIsPaidAndToBeCollected() throws Exception {
    UUID task =
        newTask(newRun(), "20s", TaskState.SUBMITTING, "setbacks=3", "error_reason='HTTP_502'");

    assertThat(recordAccepted(task, "task-1")).isEqualTo(1);

    assertThat(row("ledger.task", task))
        .containsEntry("state", "SUBMITTED")
        .containsEntry("provider_task_id", "task-1")
        .containsEntry("cost_usd", new BigDecimal("0.015"))
        .containsEntry("setbacks", 0)
        .containsEntry("claimed_by", null)
        .containsEntry("lease_until", null)
        .containsEntry("error_reason", null);
    assertThat(holds(task, "next_poll_at = submitted_at + interval '2 s'")).isTrue();
  }

  @Test
  void aWebhookMayClearUpALostAnswer() {
    UUID task = newTask(newRun(), "20s", TaskState.UNCONFIRMED);

    assertThat(recordAccepted(task, "task-1")).isEqualTo(1);

    assertThat(row("ledger.task", task))
        .containsEntry("state", "SUBMITTED")
        .containsEntry("unconfirmed_at", null);
  }

  @ParameterizedTest
  @EnumSource(names = {"SUBMITTING", "UNCONFIRMED", "PLANNED"})
  void whatAWebhookSaysOfALostAnswerIsOnlyAHint(TaskState state) {
    UUID task = newTask(newRun(), "20s", state, "attempts=1");

    recordWebhook(task, "task-1");
    recordWebhook(task, "task-1");

    assertThat(state(task)).isEqualTo(state);
    assertThat(hints(task)).containsExactly("task-1");
  }

  @ParameterizedTest
  @EnumSource(names = {"UNCONFIRMED", "PLANNED"})
  void aHintThatNovitaConfirmsBringsTheTaskId(TaskState state) {
    UUID task = newTask(newRun(), "20s", state, "attempts=1");
    recordWebhook(task, "task-1");

    assertThat(confirmHint()).isEqualTo(1);

    assertThat(row("ledger.task", task))
        .containsEntry("state", "SUBMITTED")
        .containsEntry("provider_task_id", "task-1")
        .containsEntry("cost_usd", new BigDecimal("0.015"))
        .containsEntry("unconfirmed_at", null);
  }

  @Test
  void aHintSavesAlsoWhatWasGivenUpAsUnconfirmed() {
    UUID run = newRun("state='COMPLETED'", "finished_at=now()");
    UUID task =
        newTask(
            run,
            "20s",
            TaskState.FAILED,
            "attempts=1",
            "error_reason='UNCONFIRMED'",
            "possible_cost_usd=0.015");
    recordWebhook(task, "task-1");

    confirmHint();

    assertThat(row("ledger.task", task))
        .containsEntry("state", "SUBMITTED")
        .containsEntry("finished_at", null)
        .containsEntry("cost_usd", new BigDecimal("0.015"))
        .containsEntry("possible_cost_usd", BigDecimal.ZERO);
    assertThat(row("ledger.run", run)).containsEntry("state", "RUNNING");
  }

  @Test
  void whatWasNeverSubmittedTakesNoHint() {
    UUID task = newTask(newRun(), "20s", TaskState.PLANNED);

    recordWebhook(task, "task-1");

    assertThat(hints(task)).isEmpty();
  }

  /** A gateway may have said that nothing was started although Novita had accepted the image. */
  @ParameterizedTest
  @EnumSource(names = {"SUBMITTED", "STORED", "FAILED", "CANCELLED"})
  void aSecondTaskThatAWebhookNamesIsAccountedFor(TaskState state) {
    UUID task =
        newTask(
            newRun(), "20s", state, "attempts=1", "provider_task_id='task-1'", "cost_usd=0.015");
    recordWebhook(task, "task-2");
    PaidTask hint = hint();

    assertThat(record("record-accepted", hint)).isZero();
    record("record-extra", hint);

    assertThat(state(task)).isEqualTo(state);
    assertThat(row("ledger.task", task)).containsEntry("cost_usd", new BigDecimal("0.030"));
    assertThat(holds(task, "lost_task_ids = '{task-2}'")).isTrue();
  }

  @Test
  void aTaskIdOfAnotherImageIsNobodysSecondOne() {
    newTask(newRun(), "30s", TaskState.SUBMITTED, "provider_task_id='task-1'");
    UUID task = newTask(newRun(), "20s", TaskState.UNCONFIRMED);
    recordWebhook(task, "task-1");
    PaidTask hint = hint();

    assertThat(record("record-accepted", hint)).isZero();
    record("record-extra", hint);

    assertThat(row("ledger.task", task))
        .containsEntry("state", "UNCONFIRMED")
        .containsEntry("cost_usd", BigDecimal.ZERO);
  }

  @Test
  void aHintThatCannotBeSettledHoldsNothingUpForEver() {
    UUID task = unconfirmed(newRun(), "20s");
    recordWebhook(task, "task-1");
    database.update("UPDATE ledger.webhook_hint SET created_at = now() - interval '25 hours'");

    claimHints();
    run("resolve-unconfirmed");

    assertThat(state(task)).isEqualTo(TaskState.PLANNED);
  }

  @Test
  void whatAHintIsAboutIsNotClaimedForAnotherSubmit() throws Exception {
    permits(20);
    UUID task = newTask(newRun(), "20s", TaskState.PLANNED, "attempts=1");
    recordWebhook(task, "task-1");

    assertThat(claim("claim-planned", 10)).isEmpty();
  }

  @Test
  void aLateAnswerSavesWhatWasParked() {
    UUID task =
        newTask(
            newRun(),
            "20s",
            TaskState.FAILED,
            "error_reason='UNCONFIRMED'",
            "possible_cost_usd=0.015");

    assertThat(recordAccepted(task, "task-1")).isEqualTo(1);

    assertThat(row("ledger.task", task))
        .containsEntry("state", "SUBMITTED")
        .containsEntry("finished_at", null)
        .containsEntry("possible_cost_usd", BigDecimal.ZERO);
  }

  @Test
  void noHintIsAskedForWhileTheAnswerMayStillCome() {
    UUID task = newTask(newRun(), "20s", TaskState.SUBMITTING);
    recordWebhook(task, "task-1");

    assertThat(claimHints()).isEmpty();
    recordAccepted(task, "task-1");
    assertThat(claimHints()).isEmpty();

    assertThat(hints(task)).as("the answer came, so it is of no use").isEmpty();
  }

  @Test
  void aHintIsAskedForByOneInstanceAtATime() {
    UUID task = newTask(newRun(), "20s", TaskState.UNCONFIRMED);
    recordWebhook(task, "task-1");

    assertThat(claimHints()).hasSize(1);
    assertThat(claimHints()).isEmpty();
  }

  @Test
  void whatAHintIsAboutIsNotSubmittedAgain() {
    UUID task = unconfirmed(newRun(), "20s");
    recordWebhook(task, "task-1");

    run("resolve-unconfirmed");

    assertThat(state(task)).isEqualTo(TaskState.UNCONFIRMED);
  }

  @Test
  void hintsAreBounded() {
    UUID task = newTask(newRun(), "20s", TaskState.UNCONFIRMED);

    for (int i = 0; i < 20; i++) {
      recordWebhook(task, "task-" + i);
    }

    assertThat(hints(task)).hasSize(10);
  }

  @Test
  void aWebhookMakesItsTaskDue() {
    UUID task =
        newTask(
            newRun(),
            "20s",
            TaskState.SUBMITTED,
            "provider_task_id='task-1'",
            "next_poll_at=now() + interval '1 h'");

    recordWebhook(task, "task-1");

    assertThat(claim("claim-due", 10)).containsExactly(task);
  }

  private List<String> hints(UUID task) {
    return database.queryForList(
        "SELECT provider_task_id FROM ledger.webhook_hint WHERE task_id = ?", String.class, task);
  }

  @SuppressWarnings("unchecked")
  private List<Map<String, Object>> claimHints() {
    return run("claim-hints.sql", Map.of(), Map.of(), null).getMessage().getBody(List.class);
  }

  private int confirmHint() {
    return record("record-accepted", hint());
  }

  /** What a webhook says that is due now. */
  private PaidTask hint() {
    Map<String, Object> hint = claimHints().get(0);
    return new PaidTask((UUID) hint.get("id"), (String) hint.get("provider_task_id"));
  }

  @ParameterizedTest
  @EnumSource(names = {"SUBMITTING", "UNCONFIRMED", "PLANNED"})
  void aWebhookAboutAnEarlierAttemptChangesNothing(TaskState state) {
    UUID task = newTask(newRun(), "20s", state, "lost_task_ids='{task-1}'");

    recordWebhook(task, "task-1");

    assertThat(state(task)).isEqualTo(state);
    assertThat(hints(task)).isEmpty();
  }

  @Test
  void aWebhookAboutAnotherTaskChangesNothing() {
    UUID task = newTask(newRun(), "20s", TaskState.SUBMITTED, "provider_task_id='task-2'");
    Object due = row("ledger.task", task).get("next_poll_at");

    recordWebhook(task, "task-1");

    assertThat(row("ledger.task", task))
        .containsEntry("provider_task_id", "task-2")
        .containsEntry("next_poll_at", due);
  }

  private void recordWebhook(UUID task, String providerTaskId) {
    run("record-webhook.sql?noop=true", Map.of(), Map.of(), new PaidTask(task, providerTaskId));
  }

  @Test
  void aLateAnswerSavesAnImageThatWaitsForASecondSubmit() {
    UUID task = newTask(newRun(), "20s", TaskState.PLANNED, "possible_cost_usd=0.015");

    assertThat(recordAccepted(task, "task-1")).isEqualTo(1);

    assertThat(row("ledger.task", task))
        .containsEntry("state", "SUBMITTED")
        .containsEntry("provider_task_id", "task-1")
        .containsEntry("cost_usd", new BigDecimal("0.015"))
        .containsEntry("possible_cost_usd", BigDecimal.ZERO);
  }

  @Test
  void aSecondPaidTaskForAnImageIsAccountedFor() {
    UUID task =
        newTask(
            newRun(), "20s", TaskState.SUBMITTED, "provider_task_id='task-1'", "cost_usd=0.015");

    recordExtra(task, "task-2");
    recordExtra(task, "task-2");
    recordExtra(task, "task-1");

    assertThat(row("ledger.task", task)).containsEntry("cost_usd", new BigDecimal("0.030"));
    assertThat(holds(task, "lost_task_ids = '{task-2}'")).isTrue();
  }

  @Test
  void anInstanceThatLostItsClaimChangesNothing() {
    for (String statement : List.of("give-back", "record-unconfirmed", "halt-runs")) {
      UUID task = newTask(newRun(), "20s", TaskState.SUBMITTING, "claimed_by='another'");

      run(statement, task, FAILURE);

      assertThat(state(task)).as(statement).isEqualTo(TaskState.SUBMITTING);
      delete("id = ?", task);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"SUBMITTED", "STORED", "SKIPPED", "CANCELLED"})
  void anAnswerThatComesTooLateChangesNothing(TaskState state) {
    UUID task = newTask(newRun(), "20s", state);

    assertThat(recordAccepted(task, "task-1")).isZero();
    assertThat(state(task)).isEqualTo(state);
  }

  @Test
  void noTwoRowsHaveTheSamePaidTask() {
    newTask(newRun(), "20s", TaskState.SUBMITTED, "provider_task_id='task-1'");
    UUID task = newTask(newRun(), "30s", TaskState.SUBMITTING);

    assertThatThrownBy(() -> recordAccepted(task, "task-1"))
        .hasRootCauseMessage(
            "ERROR: duplicate key value violates unique constraint"
                + " \"task_provider_task_id_key\"\n"
                + "  Detail: Key (provider_task_id)=(task-1) already exists.")
        .hasCauseInstanceOf(DuplicateKeyException.class);
  }

  @ParameterizedTest
  @CsvSource({"0, 1.5, 2.5", "1, 3, 5", "2, 6, 10", "6, 90, 150", "1000, 90, 150"})
  void thePauseGrowsWithEverySetbackInARow(int setbacks, double least, double most) {
    UUID task = newTask(newRun(), "20s", TaskState.SUBMITTING, "setbacks=" + setbacks);

    run("give-back", task, FAILURE);

    assertThat(row("ledger.task", task))
        .containsEntry("state", "PLANNED")
        .containsEntry("setbacks", setbacks + 1)
        .containsEntry("error_reason", "HTTP_502")
        .containsEntry("error_status", 502)
        .containsEntry("error_message", "Bad gateway");
    assertThat(isAway(task, "submit_after", least, most)).isTrue();
  }

  @Test
  void aLongerPauseThatNovitaAsksForIsKept() {
    UUID task = newTask(newRun(), "20s", TaskState.SUBMITTING);

    run("give-back", task, new Failure("RATE_LIMIT_EXCEEDED", 429, "slow down", 0, 60, false));

    assertThat(isAway(task, "submit_after", 60, 60)).isTrue();
  }

  @Test
  void whatWasGivenBackFreesItsPermitAtOnceAndCountsItsRepetitions() throws Exception {
    permits(1);
    UUID task = newTasks(2).get(0);
    claim("claim-planned", 10);

    run("give-back", task, new Failure("HTTP_502", 502, "Bad gateway", 3, 0, false));

    assertThat(row("ledger.task", task)).containsEntry("attempts", 4);
    assertThat(claim("claim-planned", 10)).hasSize(1).doesNotContain(task);
  }

  @Test
  void aLostAnswerKeepsItsPermitForAMinute() throws Exception {
    permits(1);
    UUID task = newTasks(2).get(0);
    claim("claim-planned", 10);

    run("record-unconfirmed", task, new Failure("ANSWER_LOST", null, "reset", 1, 0, false));

    assertThat(row("ledger.task", task))
        .containsEntry("state", "UNCONFIRMED")
        .containsEntry("attempts", 2)
        .containsEntry("error_reason", "ANSWER_LOST")
        .containsEntry("error_status", null)
        .containsEntry("lease_until", null);
    assertThat(claim("claim-planned", 10)).isEmpty();
    timePasses("61 seconds");
    assertThat(claim("claim-planned", 10)).hasSize(1);
  }

  @Test
  void aSubmitWhoseInstanceIsGoneIsUnconfirmed() throws Exception {
    permits(1);
    UUID task = newTasks(2).get(0);
    claim("claim-planned", 10);
    database.update(
        "UPDATE ledger.task SET lease_until = now() - interval '1 s' WHERE id = ?", task);

    run("recover-submitting");

    assertThat(row("ledger.task", task))
        .containsEntry("state", "UNCONFIRMED")
        .containsEntry("error_reason", "INSTANCE_GONE")
        .containsEntry("claimed_by", null);
    assertThat(claim("claim-planned", 10)).isEmpty();
    timePasses("61 seconds");
    assertThat(claim("claim-planned", 10)).hasSize(1);
  }

  @Test
  void aSubmitWithALeaseIsNotRecovered() {
    UUID task = newTask(newRun(), "20s", TaskState.SUBMITTING);

    run("recover-submitting");

    assertThat(state(task)).isEqualTo(TaskState.SUBMITTING);
  }

  @Test
  void aSignOfLifeKeepsOurClaimsOnly() {
    String lapsing = "lease_until=now() + interval '1 s'";
    UUID ours = newTask(newRun(), "20s", TaskState.SUBMITTING, lapsing);
    UUID theirs = newTask(newRun(), "30s", TaskState.SUBMITTING, lapsing, "claimed_by='them'");
    UUID notNamed = newTask(newRun(), "40s", TaskState.SUBMITTING, lapsing);
    UUID done = newTask(newRun(), "50s", TaskState.STORED, "claimed_by='me'");

    run(
        "extend-leases.sql?noop=true",
        Map.of(),
        Map.of(),
        Map.of("taskIds", new String[] {ours.toString(), theirs.toString(), done.toString()}));

    assertThat(isAway(ours, "lease_until", 30, 30)).isTrue();
    assertThat(holds(theirs, "lease_until > now() + interval '20 s'")).isFalse();
    assertThat(holds(notNamed, "lease_until > now() + interval '20 s'")).isFalse();
    assertThat(holds(done, "lease_until IS NULL")).isTrue();
  }

  @Test
  void aHaltStopsAllRunsThatGoOnAndGivesTheTaskBack() {
    UUID run = newRun();
    UUID other = newRun();
    UUID paused = newRun("state='PAUSED'");
    UUID task = newTask(run, "20s", TaskState.SUBMITTING);

    run("halt-runs", task, new Failure("INVALID_API_KEY", 403, "no such key", 0, 0, false));
    run("halt-left");

    assertThat(row("ledger.run", run)).containsEntry("state", "HALTED");
    for (UUID halted : List.of(run, other)) {
      assertThat(row("ledger.run", halted))
          .containsEntry("reason", "INVALID_API_KEY (HTTP 403): no such key");
    }
    assertThat(row("ledger.run", paused)).containsEntry("state", "PAUSED");
    assertThat(row("ledger.task", task))
        .containsEntry("state", "PLANNED")
        .containsEntry("setbacks", 0)
        .containsEntry("error_reason", "INVALID_API_KEY");
  }

  @Test
  void whatARunHasHaltedIsOfNoAccountOnceItIsOver() {
    UUID run = newRun();
    run("halt-runs", newTask(run, "20s", TaskState.SUBMITTING), FAILURE);
    assertThat(value("SELECT count(*) FROM ledger.run_halt")).isEqualTo("1");

    database.update("UPDATE ledger.run SET state = 'CANCELLED', finished_at = now()");

    assertThat(value("SELECT count(*) FROM ledger.run_halt")).isEqualTo("0");
  }

  @Test
  void aModelThatIsInNoFileHaltsTheRunsThatNeedIt() {
    UUID run = newRun();
    UUID planning = newRun("planned_at=NULL");
    newTask(run, "20s", TaskState.PLANNED, "model='gone'");
    newTask(planning, "30s", TaskState.PLANNED, "model='gone'");

    run("halt-unknown");
    run("halt-left");

    assertThat(row("ledger.run", run))
        .containsEntry("state", "HALTED")
        .containsEntry("reason", "MODEL_GONE: the models' file has no model gone any more");
    assertThat(row("ledger.run", planning)).containsEntry("state", "RUNNING");
  }

  /** Else it would be looked for in the bucket while it is on its way there. */
  @ParameterizedTest
  @EnumSource(names = {"SUBMITTING", "UNCONFIRMED", "PLANNED"})
  void anAnswerWithThePictureIsUploadedByWhoHasIt(TaskState state) {
    UUID task = newTask(newRun(), "20s", state, "attempts=1");

    record(
        "record-accepted", new PaidTask(task, 1, task + "-1", "s3:key", null, "key", null, null));

    assertThat(row("ledger.task", task))
        .containsEntry("state", "SUBMITTED")
        .containsEntry("claimed_by", "me");
    assertThat(isAway(task, "lease_until", 1, 120)).isTrue();
    assertThat(claim("claim-due", 10)).isEmpty();
  }

  @Test
  void aHaltLeavesAPaidTaskAlone() {
    UUID task = newTask(newRun(), "20s", TaskState.SUBMITTED);

    run("halt-runs", task, FAILURE);

    assertThat(state(task)).isEqualTo(TaskState.SUBMITTED);
  }

  @Test
  void anUnconfirmedImageIsSubmittedAgainAfterTheGracePeriodAndSaysWhatItMayHaveCost() {
    UUID task = unconfirmed(newRun(), "20s", "error_message='reset'");

    run("resolve-unconfirmed");

    assertThat(row("ledger.task", task))
        .containsEntry("state", "PLANNED")
        .containsEntry("possible_cost_usd", new BigDecimal("0.015"))
        .containsEntry("cost_usd", BigDecimal.ZERO)
        .containsEntry("unconfirmed_at", null)
        .containsEntry("error_reason", "UNCONFIRMED")
        .containsEntry(
            "error_message",
            "The answer to the submit was lost; the image may have been paid for. reset");
  }

  @Test
  void anImageWhoseRunIsHeldIsDecidedLater() throws Exception {
    UUID run = newRun();
    UUID task = unconfirmed(run, "20s");
    UUID other = unconfirmed(newRun(), "30s");
    try (Connection holder = database.getDataSource().getConnection();
        Statement statement = holder.createStatement()) {
      holder.setAutoCommit(false);
      statement.execute("SELECT FROM ledger.run WHERE id = '" + run + "' FOR UPDATE");

      run("resolve-unconfirmed");

      assertThat(state(task)).isEqualTo(TaskState.UNCONFIRMED);
      assertThat(state(other)).isEqualTo(TaskState.PLANNED);
      holder.rollback();
    }

    run("resolve-unconfirmed");

    assertThat(state(task)).isEqualTo(TaskState.PLANNED);
  }

  @Test
  void withinTheGracePeriodAWebhookMayStillCome() {
    UUID task =
        newTask(
            newRun(), "20s", TaskState.UNCONFIRMED, "unconfirmed_at=now() - interval '60 seconds'");

    run("resolve-unconfirmed");

    assertThat(state(task)).isEqualTo(TaskState.UNCONFIRMED);
  }

  @Test
  void aParkedImageIsADeadLetterForAPerson() throws Exception {
    configure("novita.unconfirmed-policy=park");
    UUID task = unconfirmed(newRun(), "20s");

    run("resolve-unconfirmed");

    assertThat(row("ledger.task", task))
        .containsEntry("state", "FAILED")
        .containsEntry("possible_cost_usd", new BigDecimal("0.015"));
    assertThat(holds(task, "finished_at IS NOT NULL")).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "0, '{}', PLANNED",
    "0.015, '{}', PLANNED",
    "0.030, '{}', FAILED",
    "0.015, '{a}', FAILED"
  })
  void anImageIsNotPaidMoreOftenThanAllowed(String possibly, String lost, TaskState expected) {
    UUID task =
        unconfirmed(
            newRun(),
            "20s",
            "attempts=9",
            "possible_cost_usd=" + possibly,
            "lost_answers=" + possibly + " / 0.015",
            "lost_task_ids='" + lost + "'");

    run("resolve-unconfirmed");

    assertThat(state(task)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"0.030, PLANNED", "0.029, FAILED"})
  void payingTwiceMustFitTheBudget(String budget, TaskState expected) {
    UUID task = unconfirmed(newRun("max_cost_usd=" + budget, "committed_usd=0.015"), "20s");

    run("resolve-unconfirmed");

    assertThat(state(task)).isEqualTo(expected);
  }

  @Test
  void payingTwiceForSeveralImagesMustFitTheBudgetTogether() {
    // three submits that may have cost 0.045; 0.015 is left for one of them
    UUID run = newRun("max_cost_usd=0.06", "committed_usd=0.045");
    List<UUID> tasks =
        List.of(unconfirmed(run, "20s"), unconfirmed(run, "30s"), unconfirmed(run, "40s"));

    run("resolve-unconfirmed");

    assertThat(tasks)
        .extracting(this::state)
        .containsExactlyInAnyOrder(TaskState.PLANNED, TaskState.FAILED, TaskState.FAILED);
    assertThat(row("ledger.run", run)).containsEntry("committed_usd", new BigDecimal("0.060"));
  }

  @Test
  void inACancelledRunNothingIsSubmittedAgain() {
    UUID task = unconfirmed(newRun("state='CANCELLED'", "finished_at=now()"), "20s");

    run("resolve-unconfirmed");

    assertThat(row("ledger.task", task))
        .containsEntry("state", "FAILED")
        .containsEntry("error_reason", "UNCONFIRMED");
  }

  /** It was planned for 0.015 USD, and costs 0.045 by now. */
  @ParameterizedTest
  @CsvSource({"0.030, 0.045, 1", "0.029, 0.015, 0", ", 0.045, 1"})
  void aPriceThatRoseIsPaidWithinTheBudgetOnly(String left, String priceUsd, int changed)
      throws Exception {
    String max = left == null ? "NULL" : "0.015 + " + left;
    UUID run = newRun("max_cost_usd=" + max, "committed_usd=0.015");
    UUID task = newTask(run, "20s", TaskState.SUBMITTING);

    assertThat(reprice(task, "0.045")).isEqualTo(changed);

    assertThat(row("ledger.task", task)).containsEntry("price_usd", new BigDecimal(priceUsd));
    assertThat(row("ledger.run", run)).containsEntry("committed_usd", new BigDecimal(priceUsd));
  }

  @Test
  void aPriceThatFellIsGivenBack() throws Exception {
    UUID run = newRun("max_cost_usd=0.015", "committed_usd=0.015");
    UUID task = newTask(run, "20s", TaskState.SUBMITTING);

    reprice(task, "0.005");

    assertThat(row("ledger.run", run)).containsEntry("committed_usd", new BigDecimal("0.005"));
    recordAccepted(task, "task-1");
    assertThat(row("ledger.task", task)).containsEntry("cost_usd", new BigDecimal("0.005"));
  }

  private int reprice(UUID task, String price) {
    Map<String, Object> properties = Map.of("task", task(task), "price", new BigDecimal(price));
    return updated(run("reprice-task.sql?noop=true", properties, Map.of(), null));
  }

  @Test
  void lostAnswersAreCountedWhateverAnImageCostsByNow() {
    UUID task =
        unconfirmed(newRun(), "20s", "lost_answers=2", "possible_cost_usd=0.03", "price_usd=0.045");

    run("resolve-unconfirmed");

    assertThat(row("ledger.task", task))
        .as("submitted three times in all")
        .containsEntry("state", "FAILED")
        .containsEntry("lost_answers", 3)
        .containsEntry("possible_cost_usd", new BigDecimal("0.075"));
  }

  @Test
  void aRunThatIsNotPlannedYetIsNotSubmitted() throws Exception {
    permits(20);
    newTask(newRun("planned_at=NULL"), "20s", TaskState.PLANNED);

    assertThat(claim("claim-planned", 10)).isEmpty();
  }

  @Test
  void preparingPermitsTwiceMakesNoMoreOfThem() throws Exception {
    permits(3);
    permits(3);

    assertThat(value("SELECT count(*) FROM ledger.permit WHERE model = 'txt2img'")).isEqualTo("3");
  }

  private List<UUID> newTasks(int count) {
    UUID run = newRun();
    List<UUID> tasks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      tasks.add(newTask(run, UUID.randomUUID().toString(), TaskState.PLANNED));
    }
    return tasks;
  }

  private UUID unconfirmed(UUID run, String value, String... columns) {
    UUID task = newTask(run, value, TaskState.UNCONFIRMED, columns);
    database.update(
        "UPDATE ledger.task SET unconfirmed_at = now() - interval '121 seconds' WHERE id = ?",
        task);
    return task;
  }

  /** As if so much time had passed for the permits. */
  private void timePasses(String interval) {
    database.update("UPDATE ledger.permit SET free_at = free_at - ?::interval", interval);
  }

  private static List<UUID> inParallel(int count, Callable<List<UUID>> work) throws Exception {
    CyclicBarrier together = new CyclicBarrier(count);
    ExecutorService threads = Executors.newFixedThreadPool(count);
    try {
      List<Future<List<UUID>>> results = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        results.add(
            threads.submit(
                () -> {
                  together.await();
                  return work.call();
                }));
      }
      List<UUID> all = new ArrayList<>();
      for (Future<List<UUID>> result : results) {
        all.addAll(result.get());
      }
      return all;
    } finally {
      threads.shutdownNow();
    }
  }
}
