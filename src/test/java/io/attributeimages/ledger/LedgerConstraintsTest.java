package io.attributeimages.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.dao.DataIntegrityViolationException;

/** The rules that no program can break. */
class LedgerConstraintsTest extends LedgerTest {

  @Test
  void statesMoveOnlyAsTheyMay() {
    Map<TaskState, Set<TaskState>> allowed = new EnumMap<>(TaskState.class);
    UUID run = newRun();
    for (TaskState from : TaskState.values()) {
      allowed.put(from, EnumSet.noneOf(TaskState.class));
      for (TaskState to : TaskState.values()) {
        if (from != to && moves(newTask(run, from + " to " + to, from), to)) {
          allowed.get(from).add(to);
        }
      }
    }

    assertThat(allowed)
        .isEqualTo(
            Map.of(
                TaskState.PLANNED,
                Set.of(
                    TaskState.SUBMITTING,
                    TaskState.SUBMITTED,
                    TaskState.SKIPPED,
                    TaskState.CANCELLED),
                TaskState.SUBMITTING,
                Set.of(
                    TaskState.SUBMITTED,
                    TaskState.PLANNED,
                    TaskState.UNCONFIRMED,
                    TaskState.FAILED,
                    TaskState.CANCELLED),
                TaskState.UNCONFIRMED,
                Set.of(
                    TaskState.SUBMITTED, TaskState.PLANNED, TaskState.FAILED, TaskState.CANCELLED),
                TaskState.SUBMITTED,
                Set.of(TaskState.STORED, TaskState.SKIPPED, TaskState.PLANNED, TaskState.FAILED),
                TaskState.FAILED,
                Set.of(TaskState.PLANNED, TaskState.SUBMITTED, TaskState.CANCELLED),
                TaskState.STORED,
                Set.of(),
                TaskState.SKIPPED,
                Set.of(),
                TaskState.CANCELLED,
                Set.of()));
  }

  @ParameterizedTest
  @EnumSource(names = {"PLANNED", "SUBMITTING", "SUBMITTED", "UNCONFIRMED"})
  void anImageHasAtMostOneUnfinishedTask(TaskState state) {
    newTask(newRun(), "20s", TaskState.PLANNED);

    refused("task_unfinished", () -> newTask(newRun(), "20s", state));
  }

  @ParameterizedTest
  @EnumSource(names = {"STORED", "FAILED", "SKIPPED", "CANCELLED"})
  void anImageMayHaveManyFinishedTasks(TaskState state) {
    newTask(newRun(), "20s", TaskState.PLANNED);
    newTask(newRun(), "20s", state);
    newTask(newRun(), "20s", state);

    assertThat(value("SELECT count(*) FROM ledger.task")).isEqualTo("3");
  }

  @Test
  void aDeadLetterIsNotReplayedBesideAnUnfinishedTask() {
    UUID dead = newTask(newRun(), "20s", TaskState.FAILED);
    newTask(newRun(), "20s", TaskState.SUBMITTED);

    refused("task_unfinished", () -> move(dead, TaskState.PLANNED));
  }

  @ParameterizedTest
  @EnumSource(names = {"PLANNED", "SUBMITTING", "UNCONFIRMED"})
  void whatWaitsForASubmitIsNotPaid(TaskState state) {
    refused("task_check", () -> newTask(newRun(), "20s", state, "provider_task_id='task-1'"));
  }

  @ParameterizedTest
  @CsvSource({
    "SUBMITTED, provider_task_id",
    "SUBMITTED, next_poll_at",
    "STORED, provider_task_id",
    "STORED, object_key",
    "STORED, image_url",
    "STORED, finished_at",
    "SUBMITTING, claimed_by",
    "SUBMITTING, lease_until",
    "UNCONFIRMED, unconfirmed_at",
    "FAILED, error_reason",
    "FAILED, finished_at",
    "SKIPPED, finished_at",
    "CANCELLED, finished_at"
  })
  void aStateHasWhatItNeeds(TaskState state, String column) {
    refused("task_check", () -> newTask(newRun(), "20s", state, column + "=NULL"));
  }

  @Test
  void aPictureIsOfAPaidTask() {
    refused(
        "task_check", () -> newTask(newRun(), "20s", TaskState.PLANNED, "picture_url='https://x'"));
  }

  @Test
  void anUnfinishedTaskHasNotEnded() {
    refused("task_check", () -> newTask(newRun(), "20s", TaskState.PLANNED, "finished_at=now()"));
  }

  @Test
  void aTaskBelongsToARun() {
    refused("task_run_id_fkey", () -> newTask(UUID.randomUUID(), "20s", TaskState.PLANNED));
  }

  @Test
  void aSlotOfTheScheduleHasOneRun() {
    String[] scheduled = {"trigger='SCHEDULE'", "schedule_slot='2026-01-01 03:00Z'"};
    newRun(scheduled);

    refused("run_schedule_slot_key", () -> newRun(scheduled));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "trigger='SCHEDULE'",
        "schedule_slot=now()",
        "trigger='NOBODY'",
        "mode='everything'",
        "state='LOST'",
        "state='COMPLETED'",
        "finished_at=now()",
        "max_cost_usd=-1"
      })
  void aRunThatMakesNoSenseIsRefused(String column) {
    refused("run", () -> newRun(column));
  }

  private boolean moves(UUID task, TaskState to) {
    try {
      move(task, to);
      return true;
    } catch (DataIntegrityViolationException e) {
      assertThat(e).hasMessageContaining("cannot go from");
      return false;
    }
  }

  /** Sets the state and all that it needs, so that nothing but the move itself can be refused. */
  private void move(UUID task, TaskState to) {
    Map<String, String> columns = new LinkedHashMap<>();
    columns.put("provider_task_id", "NULL");
    columns.put("finished_at", "NULL");
    columns.putAll(columnsOf(to));
    columns.put("state", "'" + to + "'");
    database.update(
        "UPDATE ledger.task SET "
            + columns.entrySet().stream().map(Object::toString).collect(Collectors.joining(", "))
            + " WHERE id = ?",
        task);
  }

  private static void refused(
      String constraint, org.assertj.core.api.ThrowableAssert.ThrowingCallable change) {
    assertThatThrownBy(change)
        .isInstanceOf(DataIntegrityViolationException.class)
        .hasMessageContaining(constraint);
  }
}
