package io.attributeimages.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Work that messages hand over: {@code hand-out-planned}, {@code take-planned}, {@code
 * hand-out-due}, {@code take-due}, …
 */
class HandOverSqlTest extends LedgerTest {

  private static final String PLANNED = "planned";
  private static final String DUE = "due";

  @ParameterizedTest
  @ValueSource(strings = {PLANNED, DUE})
  void whatIsHandedOutIsNotClaimedYet(String step) throws Exception {
    permits(20);
    UUID task = newDue(step, "20s");

    assertThat(handOut(step, 10)).containsExactly(task);

    assertThat(row("ledger.task", task))
        .containsEntry("claimed_by", null)
        .containsEntry("lease_until", null);
    assertThat(value("SELECT count(*) FROM ledger.permit WHERE task_id IS NOT NULL"))
        .isEqualTo("0");
  }

  @ParameterizedTest
  @ValueSource(strings = {PLANNED, DUE})
  void whatIsHandedOutIsHandedOutAgainWhenItsMessageIsLost(String step) throws Exception {
    permits(20);
    UUID task = newDue(step, "20s");
    handOut(step, 10);

    assertThat(handOut(step, 10)).isEmpty();
    timePassesForMarks("20 s");
    assertThat(handOut(step, 10)).isEmpty();
    timePassesForMarks("20 s");
    assertThat(handOut(step, 10)).containsExactly(task);
  }

  @ParameterizedTest
  @ValueSource(strings = {PLANNED, DUE})
  void aMessageThatClaimsNothingIsReplacedAtOnce(String step) throws Exception {
    permits(20);
    UUID task = newDue(step, "20s");
    handOut(step, 10);
    database.update(
        "UPDATE ledger.task SET submit_after = now() + interval '1 m',"
            + " next_poll_at = now() + interval '1 m'");

    assertThat(take(step, task)).isEmpty();
    assertThat(handOut(step, 10)).isEmpty();
    database.update("UPDATE ledger.task SET submit_after = now(), next_poll_at = now()");

    assertThat(handOut(step, 10)).containsExactly(task);
  }

  @ParameterizedTest
  @ValueSource(strings = {PLANNED, DUE})
  void noMoreWaitInTheQueueThanAsked(String step) throws Exception {
    permits(20);
    List<UUID> tasks = IntStream.range(0, 5).mapToObj(i -> newDue(step, "value " + i)).toList();

    assertThat(handOut(step, 2)).containsExactlyElementsOf(tasks.subList(0, 2));
    assertThat(handOut(step, 2)).isEmpty();
    assertThat(handOut(step, 3)).containsExactly(tasks.get(2));
    take(step, tasks.get(0));
    assertThat(handOut(step, 3)).containsExactly(tasks.get(3));
  }

  @Test
  void noMoreIsHandedOutForASubmitThanTheAccountMaySubmit() throws Exception {
    permits(3);
    IntStream.range(0, 5).forEach(i -> newDue(PLANNED, "value " + i));

    List<UUID> handed = handOut(PLANNED, 10);

    assertThat(handed).hasSize(3);
    assertThat(handOut(PLANNED, 10)).isEmpty();
    handed.forEach(task -> assertThat(take(PLANNED, task)).containsExactly(task));
    assertThat(handOut(PLANNED, 10)).isEmpty();
  }

  @Test
  void aTakenTaskIsASubmitWithALeaseAndAPermit() throws Exception {
    permits(20);
    UUID task = newDue(PLANNED, "20s");

    assertThat(take(PLANNED, task)).containsExactly(task);

    assertThat(row("ledger.task", task))
        .containsEntry("state", "SUBMITTING")
        .containsEntry("attempts", 1)
        .containsEntry("claimed_by", "me");
    assertThat(isAway(task, "lease_until", 30, 30)).isTrue();
    assertThat(value("SELECT count(*) FROM ledger.permit WHERE task_id = ?", task)).isEqualTo("1");
    assertThat(
            value(
                "SELECT free_at > now() + interval '59 minutes' FROM ledger.permit WHERE task_id = ?",
                task))
        .isEqualTo("t");
  }

  @Test
  void aTakenPictureHasALease() {
    UUID task = newDue(DUE, "20s");

    assertThat(take(DUE, task)).containsExactly(task);

    assertThat(row("ledger.task", task))
        .containsEntry("state", "SUBMITTED")
        .containsEntry("claimed_by", "me");
    assertThat(isAway(task, "lease_until", 30, 30)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {PLANNED, DUE})
  void aDoubledMessageFindsNothingToTake(String step) throws Exception {
    permits(20);
    UUID task = newDue(step, "20s");

    assertThat(take(step, task)).containsExactly(task);
    assertThat(take(step, task)).isEmpty();

    assertThat(row("ledger.task", task).get("attempts")).isEqualTo(1);
  }

  @Test
  void aTaskIsTakenOnlyWithAPermit() throws Exception {
    permits(1);
    UUID first = newDue(PLANNED, "20s");
    UUID second = newDue(PLANNED, "30s");

    assertThat(take(PLANNED, first)).containsExactly(first);
    assertThat(take(PLANNED, second)).isEmpty();

    assertThat(state(second)).isEqualTo(TaskState.PLANNED);
  }

  @Test
  void eachModelHasItsOwnPaceInTheQueueAsWell() throws Exception {
    permitsOfAllModels("pipeline.instance=me");
    UUID run = newRun();
    List<UUID> flux = new ArrayList<>();
    for (int i = 0; i < 11; i++) {
      newTask(run, "txt2img" + i, TaskState.PLANNED);
      flux.add(newTask(run, "flux" + i, TaskState.PLANNED, "model='flux-1-schnell'"));
    }

    assertThat(handOut(PLANNED, 30)).hasSize(11).doesNotContainAnyElementsOf(flux);
    for (UUID task : flux.subList(0, 10)) {
      assertThat(take(PLANNED, task)).isEmpty();
      assertThat(take(PLANNED, "flux-1-schnell", task)).hasSize(1);
    }
    assertThat(take(PLANNED, "flux-1-schnell", flux.get(10))).isEmpty();
    assertThat(
            value(
                "SELECT count(*) FROM ledger.permit WHERE task_id IS NOT NULL AND model = 'flux-1-schnell'"))
        .isEqualTo("10");
  }

  /** Each with a change of a task or its run that an ordinary claim respects. */
  static Stream<String> reasonsNotToSubmit() {
    return Stream.of(
        "UPDATE ledger.run SET state = 'PAUSED'",
        "UPDATE ledger.run SET state = 'HALTED'",
        "UPDATE ledger.run SET planned_at = NULL",
        "UPDATE ledger.task SET submit_after = now() + interval '1 m'",
        "UPDATE ledger.task SET state = 'CANCELLED', finished_at = now()",
        "UPDATE ledger.permit SET free_at = now() + interval '1 m'",
        "INSERT INTO ledger.webhook_hint (task_id, provider_task_id) SELECT id, 'n' FROM ledger.task");
  }

  @ParameterizedTest
  @MethodSource("reasonsNotToSubmit")
  void whatIsNotClaimedIsNeitherHandedOutNorTaken(String reason) throws Exception {
    permits(1);
    UUID task = newDue(PLANNED, "20s");
    database.execute(reason);

    assertThat(claim("claim-planned", 10)).isEmpty();
    assertThat(handOut(PLANNED, 10)).isEmpty();
    assertThat(take(PLANNED, task)).isEmpty();
    assertThat(value("SELECT count(*) FROM ledger.permit WHERE task_id IS NOT NULL"))
        .isEqualTo("0");
  }

  static Stream<String> reasonsNotToCollect() {
    return Stream.of(
        "UPDATE ledger.task SET next_poll_at = now() + interval '1 m'",
        "UPDATE ledger.task SET claimed_by = 'another', lease_until = now() + interval '1 m'",
        "UPDATE ledger.task SET state = 'STORED', object_key = 'k', image_url = 'u',"
            + " finished_at = now()");
  }

  @ParameterizedTest
  @MethodSource("reasonsNotToCollect")
  void whatIsNotCollectedIsNeitherHandedOutNorTaken(String reason) {
    UUID task = newDue(DUE, "20s");
    database.execute(reason);

    assertThat(claim("claim-due", 10)).isEmpty();
    assertThat(handOut(DUE, 10)).isEmpty();
    assertThat(take(DUE, task)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {PLANNED, DUE})
  void whatAnInstanceHasNoRoomForIsHandedOutAgain(String step) throws Exception {
    permits(20);
    UUID task = newDue(step, "20s");
    handOut(step, 10);

    run(
        "hand-back.sql?noop=true",
        Map.of(),
        Map.of("step", step.equals(PLANNED) ? "submit" : "collect", "taskId", task.toString()),
        null);

    assertThat(handOut(step, 10)).containsExactly(task);
  }

  @Test
  void oldMarksAreForgotten() throws Exception {
    permits(20);
    newDue(PLANNED, "20s");
    newDue(DUE, "30s");
    handOut(PLANNED, 10);
    timePassesForMarks("2 hours");
    handOut(DUE, 10);

    run("forget-handed");

    assertThat(value("SELECT string_agg(step, ' ') FROM ledger.handed_task")).isEqualTo("collect");
  }

  private UUID newDue(String step, String value) {
    return newTask(
        newRun(),
        value,
        step.equals(PLANNED) ? TaskState.PLANNED : TaskState.SUBMITTED,
        "claimed_by=NULL");
  }

  @SuppressWarnings("unchecked")
  private List<UUID> handOut(String step, int batch) {
    List<Map<String, Object>> rows =
        run("hand-out-" + step + ".sql", Map.of(), Map.of("batch", batch, "model", "txt2img"), null)
            .getMessage()
            .getBody(List.class);
    return rows.stream().map(row -> (UUID) row.get("task_id")).toList();
  }

  private List<UUID> take(String step, UUID task) {
    return take(step, "txt2img", task);
  }

  private List<UUID> take(String step, String model, UUID task) {
    Map<String, Object> message = Map.of("taskId", task.toString(), "model", model);
    return ids(run("take-" + step + ".sql", Map.of(), message, null));
  }

  private void timePassesForMarks(String time) {
    database.update("UPDATE ledger.handed_task SET until = until - ?::interval", time);
  }
}
