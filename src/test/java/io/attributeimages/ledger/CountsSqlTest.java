package io.attributeimages.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The counts of the ledger: what the triggers of migration V7 write, {@code fold-counts} adds up,
 * and {@code ledger.run_count_now} says.
 */
class CountsSqlTest extends LedgerTest {

  private static final int WRITERS = 3;
  private static final int STEPS = 150;

  private final AtomicInteger values = new AtomicInteger();

  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void everySnapshotSaysWhatAFullCountSays(long seed) throws Exception {
    List<UUID> runs = List.of(newRun(), newRun(), newRun());
    AtomicBoolean writing = new AtomicBoolean(true);
    ExecutorService threads = Executors.newFixedThreadPool(WRITERS + 3);
    try {
      List<Future<?>> writers = new ArrayList<>();
      for (int i = 0; i < WRITERS; i++) {
        Random random = new Random(seed * 1000 + i);
        writers.add(threads.submit(() -> write(random, runs)));
      }
      List<Future<?>> others = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        others.add(threads.submit(() -> whileTrue(writing, () -> run("fold-counts"))));
      }
      others.add(threads.submit(() -> whileTrue(writing, this::assertNothingIsMiscounted)));
      for (Future<?> writer : writers) {
        writer.get();
      }
      writing.set(false);
      for (Future<?> other : others) {
        other.get();
      }
    } finally {
      threads.shutdownNow();
    }

    assertThat(miscounted()).isEmpty();
    run("fold-counts");
    assertThat(count("ledger.count_delta")).isZero();
    assertThat(miscounted()).isEmpty();
  }

  @Test
  void whatIsFoldedTwiceIsCountedOnce() {
    UUID run = newRun();
    newTask(run, "20s", TaskState.SUBMITTED);
    run("fold-counts");
    run("fold-counts");

    assertThat(images(run, "SUBMITTED")).isEqualTo(1);
    assertThat(costs(run)).isEqualTo("0.015");
  }

  @Test
  void aStatementWritesOneRowForEachRunAndState() {
    UUID run = newRun("state='PAUSED'", "cancelling_at=now()");
    newRun();
    for (int i = 0; i < 50; i++) {
      newTask(run, "v" + i, TaskState.PLANNED);
    }
    run("fold-counts");

    run("cancel-run.sql?noop=true", Map.of(), Map.of(), Map.of("run", run.toString()));

    assertThat(count("ledger.count_delta")).isEqualTo(2);
    assertThat(images(run, "PLANNED")).isZero();
    assertThat(images(run, "CANCELLED")).isEqualTo(50);
  }

  @Test
  void claimsAndLeasesCountNothing() {
    UUID task = newTask(newRun(), "20s", TaskState.SUBMITTED);
    run("fold-counts");

    claim("claim-due", 10);
    database.update("UPDATE ledger.task SET setbacks = 3 WHERE id = ?", task);

    assertThat(count("ledger.count_delta")).isZero();
  }

  @ParameterizedTest
  @EnumSource(names = {"PLANNED", "SUBMITTING", "SUBMITTED", "UNCONFIRMED", "FAILED"})
  void whatSomebodyDeletesThatIsNotHistoryIsNotCountedAnyMore(TaskState state) {
    UUID run = newRun();
    newTask(run, "20s", state, "cost_usd=0.015");
    newTask(run, "30s", state, "cost_usd=0.015");
    run("fold-counts");

    delete("value = '20s'");

    assertThat(images(run, state.name())).isEqualTo(1);
    assertThat(costs(run)).as("paid is paid").isEqualTo("0.030");
  }

  @Test
  void whatIsDeletedStaysCountedAndATruncatedLedgerIsEmpty() {
    UUID run = newRun();
    UUID task = newTask(run, "20s", TaskState.STORED, "cost_usd=0.015");
    database.update("INSERT INTO ledger.run_join (run_id, task_id) VALUES (?, ?)", newRun(), task);
    run("fold-counts");
    delete("true");

    assertThat(images(run, "STORED")).isEqualTo(1);
    assertThat(costs(run)).isEqualTo("0.015");
    assertThat(value("SELECT sum(images)::text FROM ledger.run_count_now WHERE state = 'JOINED'"))
        .isEqualTo("1");

    database.execute("TRUNCATE ledger.task CASCADE");

    assertThat(miscounted()).isEmpty();
    assertThat(count("ledger.run_count_now")).isZero();
    assertThat(count("ledger.total_count_now")).isZero();
  }

  @Test
  void whatIsNoLongerJoinedIsNoLongerCounted() {
    UUID run = newRun();
    UUID task = newTask(newRun(), "20s", TaskState.PLANNED);
    database.update("INSERT INTO ledger.run_join (run_id, task_id) VALUES (?, ?)", run, task);
    assertThat(images(run, "JOINED")).isEqualTo(1);

    database.update("DELETE FROM ledger.run_join WHERE run_id = ?", run);

    assertThat(images(run, "JOINED")).isZero();
  }

  private Void write(Random random, List<UUID> runs) throws SQLException {
    for (int i = 0; i < STEPS; i++) {
      UUID run = runs.get(random.nextInt(runs.size()));
      switch (random.nextInt(12)) {
        case 0, 1, 2 -> newTask(run, "v" + values.incrementAndGet(), TaskState.PLANNED);
        case 3 -> planSeveral(run, 2 + random.nextInt(20));
        case 4 ->
            database.update(
                "UPDATE ledger.task SET state = 'CANCELLED', finished_at = now() WHERE id IN (SELECT"
                    + " id FROM ledger.task WHERE run_id = ? AND state = 'PLANNED' LIMIT 5 FOR"
                    + " UPDATE SKIP LOCKED)",
                run);
        case 5 -> undone(random);
        default -> database.update(step(random));
      }
    }
    return null;
  }

  private void planSeveral(UUID run, int images) {
    database.update(
        """
        INSERT INTO ledger.task (run_id, category, value, style, model, price_usd, recipe)
        SELECT ?, 'age', ? || n, 'realistic', 'txt2img', 0.015, '{"prompt": "p"}' FROM generate_series(1, ?) n
        """,
        run,
        "s" + values.incrementAndGet() + "-",
        images);
  }

  /** A transaction that comes to nothing, as when its program is killed. */
  private void undone(Random random) throws SQLException {
    try (Connection connection = database.getDataSource().getConnection();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.executeUpdate(step(random));
      connection.rollback();
    }
  }

  /**
   * What the program does with an image, of which another may do the next step at the same time.
   */
  private static String step(Random random) {
    String[] steps = {
      "state = 'SUBMITTING', attempts = attempts + 1, claimed_by = 'me', lease_until = now()|PLANNED",
      "state = 'PLANNED'|SUBMITTING",
      "state = 'UNCONFIRMED', unconfirmed_at = now()|SUBMITTING",
      "state = 'SUBMITTED', provider_task_id = gen_random_uuid(), next_poll_at = now(), submitted_at"
          + " = clock_timestamp(), collecting_since = clock_timestamp(), cost_usd = cost_usd +"
          + " 0.015|SUBMITTING",
      "state = 'SUBMITTED', provider_task_id = gen_random_uuid(), next_poll_at = now(), submitted_at"
          + " = clock_timestamp(), collecting_since = clock_timestamp(), cost_usd = cost_usd +"
          + " 0.015|UNCONFIRMED",
      "state = 'PLANNED', possible_cost_usd = possible_cost_usd + 0.015|UNCONFIRMED",
      "state = 'STORED', object_key = 'k', image_url = 'u', finished_at ="
          + " clock_timestamp()|SUBMITTED",
      "state = 'FAILED', error_reason = 'HTTP_502', finished_at = now()|SUBMITTED",
      "state = 'CANCELLED'|FAILED",
      "state = 'PLANNED', provider_task_id = NULL, finished_at = NULL|FAILED",
      "lease_until = now()|SUBMITTED",
      "cost_usd = cost_usd + 0.015|STORED",
    };
    String[] step = steps[random.nextInt(steps.length)].split("\\|");
    return "UPDATE ledger.task SET "
        + step[0]
        + " WHERE id IN (SELECT id FROM ledger.task WHERE state = '"
        + step[1]
        + "' LIMIT "
        + (1 + random.nextInt(3))
        + " FOR UPDATE SKIP LOCKED)";
  }

  private Void assertNothingIsMiscounted() {
    assertThat(miscounted()).isEmpty();
    return null;
  }

  private static Void whileTrue(AtomicBoolean condition, Callable<?> work) throws Exception {
    while (condition.get()) {
      work.call();
    }
    return null;
  }

  private int images(UUID run, String state) {
    return database.queryForObject(
        "SELECT coalesce(sum(images), 0) FROM ledger.run_count_now WHERE run_id = ? AND state = ?",
        Integer.class,
        run,
        state);
  }

  private String costs(UUID run) {
    return value("SELECT sum(cost_usd)::text FROM ledger.run_count_now WHERE run_id = ?", run);
  }

  private int count(String table) {
    return database.queryForObject("SELECT count(*) FROM " + table, Integer.class);
  }
}
