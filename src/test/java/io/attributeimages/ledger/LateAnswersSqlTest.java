package io.attributeimages.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.attributeimages.pipeline.Failure;
import io.attributeimages.pipeline.PaidTask;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers and outcomes that come when somebody else is at the same image by then. */
class LateAnswersSqlTest extends LedgerTest {

  private static final BigDecimal NOTHING = BigDecimal.ZERO;
  private static final BigDecimal ONE = new BigDecimal("0.015");

  /** Its first answer was lost; the second submit was rejected, or given up. */
  @ParameterizedTest
  @ValueSource(strings = {"ILLEGAL_PROMPT", "HTTP_429", "UNCONFIRMED", "BEYOND_BUDGET"})
  void aPaidTaskSavesAnImageThatFailedForAnotherReason(String reason) {
    for (int attempt : new int[] {0, 1}) {
      UUID run = newRun("state='COMPLETED'", "finished_at=now()");
      UUID task =
          newTask(
              run,
              "20s-" + attempt,
              TaskState.FAILED,
              "attempts=2",
              "error_reason='" + reason + "'",
              "lost_answers=1",
              "possible_cost_usd=0.015");

      assertThat(record("record-accepted", new PaidTask(task, attempt, "task-" + attempt)))
          .isEqualTo(1);

      assertThat(row("ledger.task", task))
          .containsEntry("state", "SUBMITTED")
          .containsEntry("provider_task_id", "task-" + attempt)
          .containsEntry("cost_usd", ONE)
          .containsEntry("lost_answers", 0)
          .containsEntry("possible_cost_usd", NOTHING);
      assertThat(row("ledger.run", run)).containsEntry("state", "RUNNING");
    }
  }

  @ParameterizedTest
  @CsvSource({"CANCELLED, PLANNED", "FAILED, PLANNED"})
  void aPaidTaskIsTheLaterRunsThatHasNotPaidForThePicture(TaskState earlier, TaskState later) {
    UUID earlierRun = newRun("committed_usd=0.015");
    UUID superseded =
        newTask(
            earlierRun,
            "20s",
            earlier,
            "attempts=1",
            "lost_answers=1",
            "possible_cost_usd=0.015",
            "recipe=" + RECIPE + " || '{\"seed\": 1}'");
    UUID heir = newTask(newRun(), "20s", later, "recipe=" + RECIPE + " || '{\"seed\": 2}'");

    assertThat(record("record-accepted", new PaidTask(superseded, "task-1"))).isEqualTo(1);

    assertThat(row("ledger.task", heir))
        .containsEntry("state", "SUBMITTED")
        .containsEntry("provider_task_id", "task-1")
        .containsEntry("cost_usd", ONE);
    assertThat(task(heir).recipe().field("seed").asLong()).as("the one that was sent").isEqualTo(1);
    assertThat(row("ledger.task", superseded))
        .containsEntry("state", earlier.name())
        .containsEntry("lost_answers", 0)
        .containsEntry("cost_usd", NOTHING)
        .containsEntry("possible_cost_usd", NOTHING);
    assertThat(row("ledger.run", earlierRun)).containsEntry("committed_usd", NOTHING);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "recipe=" + RECIPE + " || '{\"prompt\": \"another\"}'",
        "model='another'",
        "recipe=" + RECIPE + " || '{\"steps\": 31}'",
        "recipe=" + RECIPE + " - 'width'",
        "SUBMITTED",
        "UNCONFIRMED",
        "SUBMITTING"
      })
  void aPictureOfAnotherKindIsNobodysHeir(String difference) {
    UUID superseded = newTask(newRun(), "20s", TaskState.CANCELLED, "attempts=1");
    UUID other =
        difference.matches("[A-Z]+")
            ? newTask(newRun(), "20s", TaskState.valueOf(difference))
            : newTask(newRun(), "20s", TaskState.PLANNED, difference);
    String before = text(other);

    assertThat(record("record-accepted", new PaidTask(superseded, "task-1"))).isZero();
    record("record-extra", new PaidTask(superseded, "task-1"));

    assertThat(text(other)).isEqualTo(before);
    assertThat(holds(superseded, "lost_task_ids = '{task-1}' AND cost_usd = 0.015")).isTrue();
  }

  /** The submit of B is still out when the late answer to that of A comes. */
  @ParameterizedTest
  @ValueSource(strings = {"give-back", "halt-runs", "dead-letter"})
  void aLateAnswerFreesNoOtherSubmitsPermit(String refusal) throws Exception {
    permits(2);
    UUID task = newTask(newRun(), "20s", TaskState.PLANNED);
    claim("claim-planned", 1);
    Task first = task(task);
    expire(task);
    run("recover-submitting");
    database.update("UPDATE ledger.task SET unconfirmed_at = now() - interval '1 hour'");
    run("resolve-unconfirmed");
    claim("claim-planned", 1);
    Task second = task(task);

    record("record-accepted", new PaidTask(task, first.attempts(), "task-1"));

    assertThat(row("ledger.task", task))
        .as("B may be paid as well")
        .containsEntry("cost_usd", ONE)
        .containsEntry("lost_answers", 1)
        .containsEntry("possible_cost_usd", ONE);
    assertThat(value("SELECT attempt FROM ledger.permit WHERE task_id IS NOT NULL"))
        .as("B's permit")
        .isEqualTo(String.valueOf(second.attempts()));

    run(refusal, second, new Failure("RATE_LIMIT_EXCEEDED", 429, "later", 0, 0, false));
    assertThat(row("ledger.task", task))
        .containsEntry("state", "SUBMITTED")
        .containsEntry("lost_answers", 0)
        .containsEntry("possible_cost_usd", NOTHING);
    assertThat(value("SELECT count(*) FROM ledger.permit WHERE task_id IS NOT NULL"))
        .as("nothing was started by B")
        .isEqualTo("0");
  }

  @Test
  void aLateAnswerLeavesTheDoubtOfALostOne() throws Exception {
    permits(2);
    UUID task =
        newTask(
            newRun(),
            "20s",
            TaskState.SUBMITTING,
            "attempts=2",
            "lost_answers=1",
            "possible_cost_usd=0.015");
    Task second = task(task);
    record("record-accepted", new PaidTask(task, 1, "task-1"));

    outcome("record-unconfirmed", second);

    assertThat(row("ledger.task", task))
        .as("two may be paid")
        .containsEntry("state", "SUBMITTED")
        .containsEntry("cost_usd", ONE)
        .containsEntry("possible_cost_usd", ONE);
  }

  @Test
  void whatWasCommittedForAnotherSubmitIsFreeAgain() {
    UUID run = newRun("max_cost_usd=0.03", "committed_usd=0.03");
    UUID task =
        newTask(
            run,
            "20s",
            TaskState.PLANNED,
            "attempts=1",
            "lost_answers=1",
            "possible_cost_usd=0.015");

    record("record-accepted", new PaidTask(task, 1, "task-1"));

    assertThat(row("ledger.run", run)).containsEntry("committed_usd", ONE);
  }

  @Test
  void aWebhookThatWasFasterThanTheAnswerMakesTheTaskDueAtOnce() {
    UUID task = newTask(newRun(), "20s", TaskState.SUBMITTING);
    recordWebhook(task, "task-1");

    recordAccepted(task, "task-1");

    assertThat(isAway(task, "next_poll_at", 0, 0)).isTrue();
    assertThat(claim("claim-due", 10)).containsExactly(task);
  }

  @Test
  void aWebhookThatComesWhileNovitaIsAskedMakesTheTaskDueAtOnce() {
    newTask(newRun(), "20s", TaskState.SUBMITTED, "provider_task_id='task-1'", "claimed_by=NULL");
    Task claimed = claimDue();

    recordWebhook(claimed.id(), "task-1");
    outcome("poll-later", claimed);

    assertThat(claim("claim-due", 10)).containsExactly(claimed.id());
  }

  @Test
  void withoutOneTheTaskIsAskedForLater() {
    newTask(newRun(), "20s", TaskState.SUBMITTED, "claimed_by=NULL");
    Task claimed = claimDue();

    outcome("poll-later", claimed);

    assertThat(isAway(claimed.id(), "next_poll_at", 2, 2)).isTrue();
  }

  /** A's claim has run out and B stores the picture when A is done with the same task. */
  @ParameterizedTest
  @ValueSource(strings = {"poll-later", "collect-later", "dead-letter", "resubmit-failed"})
  void whoseClaimHasRunOutSaysNothingOfAPaidTask(String statement) throws Exception {
    UUID task = newTask(newRun(), "20s", TaskState.SUBMITTED, "claimed_by='b'");
    String before = text(task);

    assertThat(outcome(statement, task(task))).isZero();

    assertThat(text(task)).isEqualTo(before);
  }

  @Test
  void whatWasClaimedMayHaveBeenSentWhoeverHasClaimedIt() throws Exception {
    permits(1);
    UUID task = newTask(newRun(), "20s", TaskState.PLANNED);
    claim("claim-planned", 1);
    expire(task);

    run("recover-submitting");

    assertThat(state(task)).isEqualTo(TaskState.UNCONFIRMED);
    assertThat(
            value(
                "SELECT free_at > now() + interval '55 s' FROM ledger.permit WHERE task_id IS NULL AND free_at > now()"))
        .isEqualTo("t");
  }

  @Test
  void aClockThatWasSetBackHoldsNothingUp() throws Exception {
    permits(1);
    UUID task = newTask(newRun(), "20s", TaskState.PLANNED);
    database.update("UPDATE ledger.permit SET free_at = now() + interval '2 hours'");
    assertThat(claim("claim-planned", 1)).containsExactly(task);

    database.update("UPDATE ledger.task SET lease_until = now() + interval '2 hours'");
    run("recover-submitting");

    assertThat(state(task)).isEqualTo(TaskState.UNCONFIRMED);
  }

  @Test
  void whatWaitsForAClockThatWasSetBackWaitsNoLonger() {
    UUID run = newRun();
    String ahead = "now() + interval '2 hours'";
    UUID planned = newTask(run, "20s", TaskState.PLANNED, "submit_after=" + ahead);
    UUID paid =
        newTask(run, "30s", TaskState.SUBMITTED, "next_poll_at=" + ahead, "claimed_by=NULL");
    UUID fetched =
        newTask(run, "40s", TaskState.SUBMITTED, "lease_until=" + ahead, "claimed_by='gone'");
    String pause = "submit_after=now() + interval '2 min'";
    UUID pausing = newTask(run, "50s", TaskState.PLANNED, pause);

    run("recover-clock");
    run("recover-collecting");

    assertThat(isAway(planned, "submit_after", 0, 0)).isTrue();
    assertThat(isAway(paid, "next_poll_at", 0, 0)).isTrue();
    assertThat(row("ledger.task", fetched)).containsEntry("lease_until", null);
    assertThat(holds(pausing, "submit_after > now() + interval '1 min'")).isTrue();
  }

  private String text(UUID task) {
    return value("SELECT t::text FROM ledger.task t WHERE id = ?", task);
  }

  private void expire(UUID task) {
    database.update(
        "UPDATE ledger.task SET lease_until = now() - interval '1 s' WHERE id = ?", task);
  }

  private Task claimDue() {
    Map<String, Object> batch = Map.of("batch", 1, "overdueSeconds", 0);
    return Task.fromRow(rows(run("claim-due.sql", Map.of(), batch, null)).get(0));
  }

  private int outcome(String statement, Task task) {
    Map<String, Object> properties = new HashMap<>();
    properties.put("task", task);
    properties.put("failure", FAILURE);
    return updated(run(statement + ".sql?noop=true", properties, Map.of(), null));
  }

  private void recordWebhook(UUID task, String providerTaskId) {
    run("record-webhook.sql?noop=true", Map.of(), Map.of(), new PaidTask(task, providerTaskId));
  }
}
