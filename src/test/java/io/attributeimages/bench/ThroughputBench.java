package io.attributeimages.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.attributeimages.support.NovitaDouble.Options;
import io.attributeimages.support.Program;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * What the ledger, its safety and Camel cost: images a second over a loop that has none of it. Once
 * with the JVM as it is by itself, and once as the container image starts it: without the compiler
 * that takes its time, as most runs are over long before that one has paid off.
 */
class ThroughputBench extends Bench {

  private static final int WARM_UP = size(500, 200);
  private static final int IMAGES = size(2000, 500);
  private static final int CONCURRENCY = 10;
  private static final int ROUNDS = size(2, 1);

  /** From the call that asks for the run to its last image. */
  private static final String SECONDS =
      "SELECT extract(epoch FROM finished_at - started_at)::float8 FROM ledger.run WHERE id = ?::uuid";

  @Test
  void imagesOverABareLoop() throws Exception {
    novita.configure(Options.defaults());
    // Postgres, store and double get faster at first, to the good of whatever is measured last
    seconds(this::pipeline, AS_IN_THE_IMAGE);
    for (int i = 0; i < ROUNDS; i++) {
      seconds(this::loop, AS_IN_THE_IMAGE);
    }
    Result result =
        new Result("throughput").with("images", IMAGES).with("concurrency", CONCURRENCY);
    compare(result, "", List.of());
    compare(result, "OfTheImage", AS_IN_THE_IMAGE);
    result.print();
  }

  private void compare(Result result, String name, List<String> jvmOptions) throws Exception {
    double pipeline = 0;
    double loop = 0;
    for (int i = 0; i < ROUNDS; i++) {
      pipeline += seconds(this::pipeline, jvmOptions);
      loop += seconds(this::loop, jvmOptions);
    }
    result
        .with("imagesPerSecond" + name, ROUNDS * IMAGES / pipeline)
        .with("bareImagesPerSecond" + name, ROUNDS * IMAGES / loop)
        .atLeast("ratio" + name, loop / pipeline, 0.8);
  }

  /** Makes the images, after others to warm up, and says in how many seconds. */
  @FunctionalInterface
  private interface Maker {
    double seconds(List<String> jvmOptions) throws Exception;
  }

  /** On tables without a trace of what was before. */
  private double seconds(Maker maker, List<String> jvmOptions) throws Exception {
    services.clear();
    services.sql().execute("VACUUM ANALYZE");
    double seconds = maker.seconds(jvmOptions);
    assertThat(novita.paid()).isEqualTo(WARM_UP + IMAGES);
    return seconds;
  }

  private double loop(List<String> jvmOptions) throws Exception {
    return BareLoop.seconds(services, jvmOptions, CONCURRENCY, WARM_UP, IMAGES);
  }

  private double pipeline(List<String> jvmOptions) {
    // looked for as often as suits pictures that are ready at once
    Map<String, String> settings =
        Map.of(
            "CATALOG_LOCATION",
            catalogue(IMAGES - 1).toString(),
            "NOVITA_IMAGES_PER_MINUTE",
            "10000",
            "NOVITA_POLL_INTERVAL",
            "20ms",
            "PIPELINE_CLAIM_INTERVAL",
            "50ms",
            "PIPELINE_SUBMIT_CONCURRENCY",
            String.valueOf(CONCURRENCY),
            "PIPELINE_COLLECT_CONCURRENCY",
            String.valueOf(CONCURRENCY));
    try (Program program = start(settings, jvmOptions.toArray(String[]::new)).awaitAnswer()) {
      String values =
          IntStream.range(0, WARM_UP)
              .mapToObj("\"v%07d\""::formatted)
              .collect(Collectors.joining(",", "[", "]"));
      awaitComplete(startRun(program, "{\"category\":\"look\",\"values\":" + values + "}"));
      services.sql().execute("TRUNCATE attribute_images");
      String run = startRun(program, "{}");
      awaitComplete(run);
      return services.sql().queryForObject(SECONDS, Double.class, run);
    }
  }
}
