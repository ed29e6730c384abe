package io.attributeimages.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.attributeimages.support.Program;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * A hundred thousand images that are known to the ledger already: what it takes to plan a run of
 * them again, to join them, to take them over from a halted run, to fetch or replace their dead
 * letters, and to replay those, over what the first plan of as many takes. No statement may take
 * longer than ten seconds: the database gives it up then, and the program says that it does not get
 * on.
 */
class ReplanBench extends Bench {

  private static final int IMAGES = size(100_000, 20_000);
  private static final int TIMES = 2;

  private Result result;
  private double first;

  @Test
  void whatIsKnownAlready() throws Exception {
    Map<String, String> settings =
        Map.of(
            "CATALOG_LOCATION",
            csv().toString(),
            "NOVITA_IMAGES_PER_MINUTE",
            "1",
            "QUARKUS_DATASOURCE_JDBC_NEW_CONNECTION_SQL",
            "SET statement_timeout = '10s'; SET lock_timeout = '8s'; SET enable_seqscan = off; SET jit = off");
    try (Program program = start(settings, "-Xmx256m").awaitAnswer()) {
      result = new Result("plan again").with("images", IMAGES);
      long begin = System.nanoTime();
      String run = startRun(program, "{}");
      awaitPlanned(run);
      first = seconds(begin);
      result.with("firstPlanSeconds", first);

      begin = System.nanoTime();
      awaitPlanned(startRun(program, "{}"));
      measured("join", begin);

      post(program, "/api/runs/" + run + "/pause");
      begin = System.nanoTime();
      post(program, "/api/runs/" + run + "/resume");
      awaitPlanned(run);
      measured("resume", begin);

      sql("UPDATE ledger.run SET state = 'HALTED', reason = 'a test'");
      begin = System.nanoTime();
      String taking = startRun(program, "{}");
      awaitPlanned(taking);
      measured("takeOver", begin);
      assertThat(
              services.count("ledger.task WHERE state = 'PLANNED' AND run_id = '" + taking + "'"))
          .isGreaterThanOrEqualTo(IMAGES - 10);

      deadLetters("provider_task_id = NULL");
      begin = System.nanoTime();
      awaitPlanned(startRun(program, "{}"));
      measured("replaceDeadLetters", begin);

      deadLetters("provider_task_id = 'task-' || position");
      begin = System.nanoTime();
      awaitPlanned(startRun(program, "{}"));
      measured("fetchDeadLetters", begin);

      for (String paid : new String[] {"NULL", "'task-' || position"}) {
        deadLetters("provider_task_id = " + paid);
        begin = System.nanoTime();
        post(program, "/api/dead-letters/replay");
        measured(paid.equals("NULL") ? "replayUnpaid" : "replayPaid", begin);
      }
      result.print();
      assertThat(program.log()).doesNotContain("does not get on");
    }
  }

  private void measured(String name, long begin) {
    double taken = seconds(begin);
    result.with(name + "Seconds", taken).atMost(name + "Ratio", taken / first, TIMES);
  }

  /** All that is planned, or on its way, is a dead letter now, and no run goes on. */
  private void deadLetters(String paid) {
    sql("UPDATE ledger.run SET state = 'PAUSED' WHERE state = 'RUNNING'");
    sql(
        "UPDATE ledger.task SET state = 'SUBMITTED', provider_task_id = coalesce(provider_task_id, 'task-' || position),"
            + " next_poll_at = 'infinity', collecting_since = now(), submitted_at = now() WHERE state = 'PLANNED'");
    sql(
        "UPDATE ledger.task SET state = 'FAILED', error_reason = 'TASK_TIMEOUT', finished_at = now(), claimed_by = NULL, "
            + paid
            + " WHERE state IN ('SUBMITTED', 'UNCONFIRMED')");
    sql("UPDATE ledger.run SET state = 'COMPLETED', finished_at = now() WHERE state = 'PAUSED'");
  }

  private void sql(String statement) {
    services.sql().update(statement);
  }

  private static void post(Program program, String path) {
    assertThat(program.post(path, "").statusCode()).isBetween(200, 202);
  }

  private Path csv() throws IOException {
    Path csv = directory.resolve("known.csv");
    try (Writer rows = Files.newBufferedWriter(csv)) {
      rows.write("category,value,style,prompt\n");
      for (int i = 0; i < IMAGES; i++) {
        rows.write(
            "look,v%07d,plain,\"Portrait photograph of adult number %d, dressed\"\n"
                .formatted(i, i));
      }
    }
    return csv;
  }
}
