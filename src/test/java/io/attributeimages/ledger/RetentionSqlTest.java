package io.attributeimages.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What {@code remove-finished} takes out of the ledger, and what it leaves alone. */
class RetentionSqlTest extends LedgerTest {

  private static final String LONG_AGO = "finished_at=now() - interval '91 days'";
  private static final long KEEP_SECONDS = 90L * 24 * 60 * 60;

  private UUID old;

  @BeforeEach
  void newOldRun() {
    old = newRun("state='COMPLETED'", LONG_AGO);
    // what is removed stays counted
    delete("false");
  }

  @ParameterizedTest
  @EnumSource(names = {"STORED", "SKIPPED", "CANCELLED"})
  void whatEndedLongAgoIsRemovedAndStaysCounted(TaskState state) {
    newTask(old, "20s", state, LONG_AGO, "cost_usd=0.015");
    UUID recent = newTask(old, "30s", state, "finished_at=now() - interval '89 days'");

    assertThat(retain(100)).isEqualTo(1);

    assertThat(tasks()).containsExactly(recent);
    assertThat(value("SELECT sum(images)::text FROM ledger.run_count_now WHERE run_id = ?", old))
        .isEqualTo("2");
    Map<String, Object> status =
        one(run("select-status.sql", Map.of(), Map.of(), null).getMessage().getBody(List.class));
    assertThat(status.get("cost_usd")).hasToString("0.015");
  }

  @Test
  void whatTellsOfAPictureInPlaceStays() {
    newTask(old, "20s", TaskState.STORED, LONG_AGO, "object_key='old'");
    UUID shown = newTask(old, "20s", TaskState.STORED, LONG_AGO, "object_key='new'");
    newPicture("20s", "url", "new");

    retain(100);

    assertThat(tasks()).containsExactly(shown);
  }

  @Test
  void deadLettersAndTheirRunsStay() {
    newTask(old, "20s", TaskState.FAILED, LONG_AGO);
    newTask(old, "30s", TaskState.STORED, LONG_AGO);

    assertThat(retain(100)).isZero();
  }

  @Test
  void anObjectThatIsStillToBeRemovedKeepsItsTask() {
    newTask(old, "20s", TaskState.STORED, LONG_AGO, "obsolete_keys='{k}'", "obsolete_after=now()");

    assertThat(retain(100)).isZero();
  }

  @Test
  void whatAnUnfinishedRunHasMadeOrJoinedStays() {
    newTask(newRun(), "20s", TaskState.STORED, LONG_AGO);
    join(newRun("state='HALTED'"), newTask(old, "30s", TaskState.STORED, LONG_AGO));

    assertThat(retain(100)).isZero();
  }

  @Test
  void whatAnotherRunJoinedStaysWhileThatOneHasADeadLetter() {
    UUID other = newRun("state='COMPLETED'", LONG_AGO);
    join(other, newTask(old, "20s", TaskState.STORED, LONG_AGO));
    UUID letter = newTask(other, "30s", TaskState.FAILED, LONG_AGO);
    assertThat(retain(100)).isZero();

    database.update("UPDATE ledger.task SET state = 'CANCELLED' WHERE id = ?", letter);

    assertThat(retain(100)).isEqualTo(2);
    assertThat(
            one(run(
                        "select-runs.sql",
                        Map.of(),
                        Map.of(),
                        Map.of("run", other.toString(), "limit", 1))
                    .getMessage()
                    .getBody(List.class))
                .get("joined"))
        .as("what a run joined stays counted")
        .isEqualTo(1L);
  }

  @Test
  void whatIsLeftAloneIsPassedInBatches() {
    for (int i = 0; i < 5; i++) {
      newTask(old, "v" + i, TaskState.STORED, LONG_AGO, "object_key='k" + i + "'");
      newPicture("v" + i, "url", "k" + i);
      newTask(old, "v" + i, TaskState.STORED, LONG_AGO, "object_key='o" + i + "'");
      newTask(old, "v" + i, TaskState.CANCELLED, LONG_AGO);
    }

    assertThat(retain(2)).isEqualTo(10);

    assertThat(tasks()).hasSize(5);
  }

  @Test
  void whatAnotherInstanceIsAboutToRemoveIsPassedOver() throws Exception {
    UUID locked = newTask(old, "20s", TaskState.STORED, LONG_AGO);
    newTask(old, "30s", TaskState.STORED, LONG_AGO);
    try (Connection connection = database.getDataSource().getConnection();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("SELECT FROM ledger.task WHERE id = '" + locked + "' FOR UPDATE");

      assertThat(retain(100)).isEqualTo(1);
    }
    assertThat(tasks()).containsExactly(locked);
  }

  private void join(UUID run, UUID task) {
    database.update("INSERT INTO ledger.run_join (run_id, task_id) VALUES (?, ?)", run, task);
  }

  private List<UUID> tasks() {
    return database.queryForList("SELECT id FROM ledger.task", UUID.class);
  }

  /** A pass of the route {@code retain}, in batches; how many were removed. */
  private long retain(int batch) {
    Map<String, Object> parameters = new HashMap<>();
    parameters.put("keepSeconds", KEEP_SECONDS);
    parameters.put("batch", batch);
    parameters.put("afterTime", "-infinity");
    parameters.put("afterId", new UUID(0, 0).toString());
    long removed = 0;
    while (parameters.get("afterTime") != null) {
      Map<String, Object> row =
          one(
              run("remove-finished.sql", Map.of(), parameters, null)
                  .getMessage()
                  .getBody(List.class));
      removed += (Long) row.get("removed");
      parameters.put("afterTime", row.get("after_time"));
      parameters.put("afterId", row.get("after_id"));
    }
    return removed;
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> one(List<?> rows) {
    return (Map<String, Object>) rows.get(0);
  }
}
