package io.attributeimages.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.attributeimages.pipeline.RunRequest;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.apache.camel.Exchange;
import org.junit.jupiter.api.Test;

/**
 * What a command needs that waits for a run: {@code create-joining-run}, {@code select-progress}.
 */
class ProgressSqlTest extends LedgerTest {

  @Test
  void theRunsOwnImagesAndThoseItJoinedAreCounted() {
    UUID other = newRun();
    UUID run = newRun("notice='the budget of 0.1 USD leaves out 3 images'", "beyond_budget=3");
    newTask(run, "20s", TaskState.PLANNED);
    newTask(
        run, "30s", TaskState.SUBMITTED, "cost_usd=0.015", "submitted_at=now() - interval '1 h'");
    newTask(run, "40s", TaskState.UNCONFIRMED, "possible_cost_usd=0.015");
    newTask(run, "50s", TaskState.STORED, "cost_usd=0.03");
    newTask(run, "60s", TaskState.FAILED);
    newTask(run, "70s", TaskState.CANCELLED);
    join(run, newTask(other, "80s", TaskState.PLANNED, "cost_usd=0.015"));
    join(run, newTask(other, "90s", TaskState.SKIPPED, "cost_usd=0.015"));
    newTask(other, "95s", TaskState.PLANNED);

    Map<String, Object> progress = progress(run);

    assertThat(progress)
        .containsEntry("state", "RUNNING")
        .containsEntry("reason", "the budget of 0.1 USD leaves out 3 images")
        .containsEntry("planned", true)
        .containsEntry("beyond_budget", 3)
        .containsEntry("images", 7L)
        .containsEntry("joined", 2L)
        .containsEntry("waiting", 2L)
        .containsEntry("to_pay_usd", new BigDecimal("0.015"))
        .containsEntry("in_flight", 2L)
        .containsEntry("stored", 2L)
        .containsEntry("failed", 1L);
    assertThat(((Number) progress.get("seconds_since_submit")).longValue()).isBetween(3600L, 4000L);
    assertThat((BigDecimal) progress.get("cost_usd")).isEqualByComparingTo("0.045");
    assertThat((BigDecimal) progress.get("possible_cost_usd"))
        .as("that of the unconfirmed one included")
        .isEqualByComparingTo("0.03");
  }

  @Test
  void aRunWithoutAnImageHasNothingToDo() {
    UUID run = newRun("planned_at=NULL");

    assertThat(progress(run))
        .containsEntry("planned", false)
        .containsEntry("images", 0L)
        .containsEntry("seconds_per_image", null)
        .containsEntry("seconds_since_submit", null);
  }

  /** They have been free for ever, which is no time that can be subtracted from another. */
  @Test
  void permitsThatNobodyHasUsedYetAreFreeNow() throws Exception {
    permits(2);
    UUID run = newRun();
    for (String value : List.of("20s", "30s", "40s")) {
      newTask(run, value, TaskState.PLANNED);
    }

    Exchange listed = run("select-runs.sql", Map.of(), Map.of("run", run, "limit", 1), null);

    assertThat(seconds(rows(listed).get(0))).as("two at once, one a minute later").isEqualTo(60);
    assertThat(seconds(progress(run))).isEqualTo(60);
  }

  private static double seconds(Map<String, Object> row) {
    return ((Number) row.get("seconds_until_submit")).doubleValue();
  }

  @Test
  void aRunThatSomebodyWaitsForWaitsForAllOfItsChoiceThatIsUnderWay() {
    UUID other = newRun();
    UUID replayed = newTask(other, "30s", TaskState.SUBMITTED, "replaces=true");
    newTask(other, "40s", TaskState.SUBMITTED);
    newTask(other, "30s", TaskState.STORED);
    newTask(newRun("state='PAUSED'"), "50s", TaskState.PLANNED);
    newPicture("30s", "url", "key");

    UUID run = create(List.of("30s", "50s"));
    UUID another = create(List.of());

    assertThat(joined(run)).containsExactly(replayed);
    assertThat(joined(another)).hasSize(2);
    database.update("UPDATE ledger.run SET planned_at = now() WHERE id = ?", run);
    run("complete-runs");
    assertThat(row("ledger.run", run)).containsEntry("state", "RUNNING");
  }

  private UUID create(List<String> values) {
    RunRequest request =
        new RunRequest(
            RunTrigger.CLI,
            null,
            RunMode.MISSING,
            new ImageFilter(Optional.of("age"), values, Optional.empty()),
            null);
    var done = run("create-joining-run.sql", Map.of(), Map.of(), request.parameters());
    return ids(done).get(0);
  }

  private List<UUID> joined(UUID run) {
    return database.queryForList(
        "SELECT task_id FROM ledger.run_join WHERE run_id = ?", UUID.class, run);
  }

  private void join(UUID run, UUID task) {
    database.update("INSERT INTO ledger.run_join (run_id, task_id) VALUES (?, ?)", run, task);
  }

  @SuppressWarnings("unchecked")
  private Map<String, Object> progress(UUID run) {
    var done = run("select-progress.sql", Map.of(), Map.of(), Map.of("run", run.toString()));
    return (Map<String, Object>) done.getMessage().getBody(List.class).get(0);
  }
}
