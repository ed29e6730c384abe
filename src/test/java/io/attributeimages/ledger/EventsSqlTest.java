package io.attributeimages.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is told of changes: {@code select-changed-tasks} and {@code select-changed-runs}. */
class EventsSqlTest extends LedgerTest {

  @Test
  void aChangeIsToldOnce() {
    UUID run = newRun();
    newTask(run, "20s", TaskState.SUBMITTED);
    String before = snapshot();
    UUID task = newTask(run, "30s", TaskState.SUBMITTED);

    List<Map<String, Object>> rows = changedTasks(before, 10);

    assertThat(idsOf(rows)).containsExactly(task);
    assertThat(idsOf(changedTasks(snapshotIn(rows), 10))).isEmpty();
  }

  @Test
  void whatASlowTransactionChangedIsToldWhenItIsCommittedAndWhatCameAfterItNotAgain()
      throws SQLException {
    UUID run = newRun();
    UUID slow = newTask(run, "20s", TaskState.PLANNED);
    UUID fast = newTask(run, "30s", TaskState.PLANNED);
    String before = snapshot();

    try (Connection connection = connection();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute(submitting(slow));
      database.execute(submitting(fast));

      List<Map<String, Object>> early = changedTasks(before, 10);
      assertThat(idsOf(early)).containsExactly(fast);
      assertThat(idsOf(changedTasks(snapshotIn(early), 10))).isEmpty();

      connection.commit();
      List<Map<String, Object>> late = changedTasks(snapshotIn(early), 10);
      assertThat(idsOf(late)).containsExactly(slow);
      assertThat(idsOf(changedTasks(snapshotIn(late), 10))).isEmpty();
    }
  }

  @Test
  void whatATransactionTookBackIsNotTold() throws SQLException {
    UUID task = newTask(newRun(), "20s", TaskState.PLANNED);
    String before = snapshot();

    try (Connection connection = connection();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute(submitting(task));
      connection.rollback();
    }

    assertThat(idsOf(changedTasks(before, 10))).isEmpty();
  }

  @Test
  void everyChangeOfATaskIsTold() {
    UUID task = newTask(newRun(), "20s", TaskState.PLANNED);
    for (String change :
        List.of(
            "state = 'SUBMITTING', attempts = 1, claimed_by = 'me', lease_until = now()",
            "state = 'SUBMITTED', provider_task_id = 't-1', next_poll_at = now()",
            "storing_since = now()",
            "storing_since = NULL",
            "error_reason = 'STORAGE_FAILED', error_message = 'away'",
            "state = 'STORED', object_key = 'key', image_url = 'url', finished_at = now()")) {
      String before = snapshot();

      database.execute("UPDATE ledger.task SET " + change);

      assertThat(idsOf(changedTasks(before, 10))).as(change).containsExactly(task);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "claimed_by = 'other', lease_until = now() + interval '1 h'",
        "next_poll_at = now() + interval '1 h'",
        "setbacks = setbacks + 1, submit_after = now(), interruptions = 1",
        "obsolete_keys = '{key}', obsolete_after = now()",
        "state = state"
      })
  void whatNobodySeesIsNotTold(String change) {
    newTask(newRun(), "20s", TaskState.SUBMITTED);
    String before = snapshot();

    database.execute("UPDATE ledger.task SET " + change);

    assertThat(idsOf(changedTasks(before, 10))).isEmpty();
  }

  @Test
  void plannedImagesAreNotToldUntilTheyAreSubmitted() {
    String before = snapshot();
    UUID run = newRun();
    UUID task = newTask(run, "20s", TaskState.PLANNED);
    newTask(run, "30s", TaskState.PLANNED);

    assertThat(idsOf(changedTasks(before, 10))).isEmpty();

    database.execute(submitting(task));
    assertThat(idsOf(changedTasks(before, 10))).containsExactly(task);
  }

  @Test
  void notMoreIsToldThanWasAskedFor() {
    UUID run = newRun();
    String before = snapshot();
    List.of("20s", "30s", "40s").forEach(value -> newTask(run, value, TaskState.SUBMITTED));

    assertThat(idsOf(changedTasks(before, 2))).hasSize(2);
  }

  @Test
  void rowsOfAnotherServerThatAreAheadAreNotTold() {
    UUID task = newTask(newRun(), "20s", TaskState.SUBMITTED);
    database.execute("ALTER TABLE ledger.task DISABLE TRIGGER task_changed");
    database.update("UPDATE ledger.task SET changed = '900000000' WHERE id = ?", task);
    database.execute("ALTER TABLE ledger.task ENABLE TRIGGER task_changed");

    assertThat(idsOf(changedTasks("1:1:", 10))).isEmpty();
  }

  @Test
  void aRunIsToldWhenItChangesOrGoesOnPlanning() {
    UUID run = newRun();
    newRun("state='COMPLETED'", "finished_at=now() - interval '1 h'");
    for (String change :
        List.of(
            "committed_usd = 1",
            "beyond_budget = 3",
            "notice = 'the balance'",
            "state = 'HALTED', reason = 'INVALID_API_KEY'")) {
      String before = snapshot();

      database.execute("UPDATE ledger.run SET " + change + " WHERE id = '" + run + "'");

      assertThat(changedRuns(before, false)).as(change).containsExactly(run);
    }
    String before = snapshot();
    database.execute("UPDATE ledger.run SET plan_lease_until = now(), plan_token = NULL");
    assertThat(changedRuns(before, false)).isEmpty();
  }

  @Test
  void onRequestTheRunsThatGoOnAreToldAsWell() {
    UUID running = newRun();
    newRun("state='HALTED'");
    newRun("state='COMPLETED'", "finished_at=now() - interval '1 h'");
    UUID justFinished = newRun("state='COMPLETED'", "finished_at=now()");

    assertThat(changedRuns(snapshot(), true)).containsExactlyInAnyOrder(running, justFinished);
    assertThat(changedRuns(null, true)).containsExactlyInAnyOrder(running, justFinished);
  }

  @Test
  void runsThatOnlyGoOnTakeNoPlaceOfThoseThatChanged() {
    for (int i = 0; i < 10; i++) {
      newRun();
    }
    String before = snapshot();
    UUID paused = newRun("state='PAUSED'", "started_at=now() - interval '1 h'");

    assertThat(changedRuns(before, true)).hasSize(3).contains(paused);
  }

  private static String submitting(UUID task) {
    return "UPDATE ledger.task SET state = 'SUBMITTING', attempts = 1, claimed_by = 'me',"
        + " lease_until = now() WHERE id = '"
        + task
        + "'";
  }

  private Connection connection() throws SQLException {
    return Objects.requireNonNull(database.getDataSource()).getConnection();
  }

  private String snapshot() {
    return snapshotIn(changedTasks(null, 1));
  }

  @SuppressWarnings("unchecked")
  private List<Map<String, Object>> changedTasks(String since, int limit) {
    Map<String, Object> parameters = new HashMap<>();
    parameters.put("since", since);
    parameters.put("limit", limit);
    return run("select-changed-tasks.sql", Map.of(), Map.of(), parameters)
        .getMessage()
        .getBody(List.class);
  }

  private List<UUID> changedRuns(String since, boolean refresh) {
    Map<String, Object> parameters = new HashMap<>();
    parameters.put("since", since);
    parameters.put("refresh", refresh);
    parameters.put("limit", 10);
    parameters.put("refreshLimit", 2);
    return ids(run("select-changed-runs.sql", Map.of(), Map.of(), parameters));
  }

  private static String snapshotIn(List<Map<String, Object>> rows) {
    return (String) rows.get(0).get("snapshot");
  }

  private static List<Object> idsOf(List<Map<String, Object>> rows) {
    return rows.stream().map(row -> row.get("id")).filter(Objects::nonNull).toList();
  }
}
