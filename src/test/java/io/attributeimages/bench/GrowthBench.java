package io.attributeimages.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.attributeimages.support.NovitaDouble.Options;
import io.attributeimages.support.Program;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * What an image and a question cost in a ledger of a million rows, over the same in one that is
 * nearly empty. Reads {@code /proc}, so Linux only.
 */
class GrowthBench extends Bench {

  private static final int IMAGES = 500;
  private static final int WARM_UPS = size(6, 3);
  private static final int RUNS = size(3, 1);
  private static final int CALLS = 20;

  private static final int FINISHED = Integer.getInteger("growth.rows", size(1_000_000, 100_000));

  /** Stored images of 20 large runs and of a thousand small ones, with their pictures. */
  private static final String GROW =
      """
      WITH run AS (
        INSERT INTO ledger.run (trigger, mode, state, started_at, planned_at, finished_at)
        SELECT 'REST', 'missing', 'COMPLETED', at, at, at + interval '20 minutes'
        FROM generate_series(1, 1020) n, LATERAL (SELECT now() - n * interval '30 minutes' AS at) t
        RETURNING id, started_at
      ),
      numbered AS (
        SELECT id, started_at, row_number() OVER (ORDER BY started_at) AS n FROM run
      ),
      task AS (
        INSERT INTO ledger.task (run_id, category, value, style, model, price_usd, recipe, state, attempts, provider_task_id, cost_usd, object_key, image_url,
          created_at, submit_after, submitted_at, collecting_since, finished_at)
        SELECT r.id, 'past', 'v' || i, 'plain', 'txt2img', 0.015,
               jsonb_build_object(
                 'prompt', 'portrait of an adult number ' || i || ', looking at the camera',
                 'negative_prompt', 'child, minor, teenager, nude, naked, nsfw, suggestive pose, deformed, extra limbs, blurry, text',
                 'model', 'sd_xl_base_1.0.safetensors', 'sampler', 'DPM++ 2M Karras', 'steps', 30, 'guidance_scale', 7.5,
                 'width', 512, 'height', 768, 'seed', i),
               'STORED', 1, 'past-' || i, 0.015,
               'attribute-images/past/plain/v' || i || '.jpg',
               'https://project.supabase.co/storage/v1/object/public/assets/attribute-images/past/plain/v' || i || '.jpg',
               r.started_at, r.started_at, r.started_at, r.started_at, r.started_at + interval '10 minutes'
        FROM generate_series(1, ?) i
        JOIN numbered r ON r.n = CASE WHEN i % 100 = 0 THEN 21 + i / 100 % 1000 ELSE 1 + i % 20 END
        RETURNING category, value, style, image_url, object_key
      )
      INSERT INTO attribute_images (category, value, style, image_url, object_key) SELECT * FROM task
      """;

  @Test
  void theSameRunInASmallLedgerAndInALargeOne() {
    novita.configure(Options.defaults());
    Map<String, String> settings =
        Map.of(
            "CATALOG_LOCATION", catalogue(IMAGES - 1).toString(),
            "NOVITA_IMAGES_PER_MINUTE", "10000",
            "NOVITA_POLL_INTERVAL", "100ms");
    try (Program program = start(settings).awaitAnswer()) {
      for (int i = 0; i < WARM_UPS; i++) {
        cost(program);
      }
      Cost before = median(program);
      double statusBefore = milliseconds(program, "/api/status");
      services.sql().update(GROW, FINISHED);
      services.sql().execute("VACUUM ANALYZE");
      Cost large = median(program);
      double status = milliseconds(program, "/api/status");
      double runs = milliseconds(program, "/api/runs");
      double tasks = milliseconds(program, "/api/tasks");
      services.sql().execute("DELETE FROM ledger.task WHERE category = 'past'");
      services.sql().execute("DELETE FROM attribute_images WHERE category = 'past'");
      services.sql().execute("VACUUM ANALYZE");
      Cost after = median(program);

      // the JVM gets faster all the time, so what is compared stands in the middle
      double smallCpu = (before.cpu() + after.cpu()) / 2;
      double smallPostgres = (before.postgres() + after.postgres()) / 2;
      new Result("growth")
          .with("images", IMAGES)
          .with("finishedRows", FINISHED)
          .with("imagesPerSecondBefore", IMAGES / before.seconds())
          .with("imagesPerSecondLarge", IMAGES / large.seconds())
          .with("imagesPerSecondAfter", IMAGES / after.seconds())
          .with("cpuMillisPerImageSmall", smallCpu * 1000 / IMAGES)
          .with("cpuMillisPerImageLarge", large.cpu() * 1000 / IMAGES)
          .with("postgresMillisPerImageSmall", smallPostgres * 1000 / IMAGES)
          .with("postgresMillisPerImageLarge", large.postgres() * 1000 / IMAGES)
          .atMost("cpuRatio", large.cpu() / smallCpu, 1.1)
          .with("postgresRatio", large.postgres() / smallPostgres)
          .with("statusMillisSmall", statusBefore)
          .atMost("statusMillis", status, 50)
          .atMost("runsMillis", runs, 50)
          .atMost("tasksMillis", tasks, 50)
          .print();
    }
  }

  /**
   * What a run cost: from its request to its end, and in processor time of program and Postgres.
   */
  private record Cost(double seconds, double cpu, double postgres) {}

  private Cost median(Program program) {
    List<Cost> costs = new ArrayList<>();
    for (int i = 0; i < RUNS; i++) {
      costs.add(cost(program));
    }
    costs.sort((one, other) -> Double.compare(one.cpu(), other.cpu()));
    return costs.get(RUNS / 2);
  }

  /** Makes all images of the catalogue anew. */
  private Cost cost(Program program) {
    services.sql().execute("DELETE FROM attribute_images WHERE category = 'look'");
    services.sql().execute("DELETE FROM style_images");
    int paid = novita.paid();
    double database = postgres();
    double cpu = Processes.cpuSeconds(program.pid());
    long begin = System.nanoTime();
    awaitComplete(startRun(program, "{}"));
    double seconds = seconds(begin);
    database = postgres() - database;
    assertThat(novita.paid() - paid).isEqualTo(IMAGES);
    return new Cost(seconds, Processes.cpuSeconds(program.pid()) - cpu + database, database);
  }

  /** What the database server has used, with all it has started. */
  private double postgres() {
    try (var connection = services.sql().getDataSource().getConnection();
        var row = connection.createStatement().executeQuery("SELECT pg_backend_pid()")) {
      row.next();
      ProcessHandle server =
          ProcessHandle.of(row.getLong(1)).flatMap(ProcessHandle::parent).orElseThrow();
      return Processes.cpuSecondsOfAll(server.pid());
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The median time of a call, in milliseconds. */
  private static double milliseconds(Program program, String path) {
    List<Double> times = new ArrayList<>();
    for (int i = 0; i < 2 * CALLS; i++) {
      long begin = System.nanoTime();
      assertThat(program.get(path).statusCode()).isEqualTo(200);
      if (i >= CALLS) {
        times.add(seconds(begin) * 1000);
      }
    }
    Collections.sort(times);
    return times.get(CALLS / 2);
  }
}
