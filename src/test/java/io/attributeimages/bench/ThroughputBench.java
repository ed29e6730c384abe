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

  private static final int WARM_UP = 500;
  private static final int IMAGES = 2000;
  private static final int CONCURRENCY = 10;

  @Test
  void twoThousandImagesOverABareLoop() throws Exception {
    novita.configure(Options.defaults());
    // Postgres, store and double have JVMs and caches of their own, which the first one would warm.
    pipeline(AS_IN_THE_IMAGE);
    Result result =
        new Result("throughput").with("images", IMAGES).with("concurrency", CONCURRENCY);
    compare(result, "", List.of());
    compare(result, "OfTheImage", AS_IN_THE_IMAGE);
    result.print();
  }

  private void compare(Result result, String name, List<String> jvmOptions) throws Exception {
    double pipeline = pipeline(jvmOptions);
    double loop = loop(jvmOptions);
    result
        .with("imagesPerSecond" + name, pipeline)
        .with("bareImagesPerSecond" + name, loop)
        .atLeast("ratio" + name, pipeline / loop, 0.8);
  }

  private double loop(List<String> jvmOptions) throws Exception {
    services.clear();
    double loop = BareLoop.imagesPerSecond(services, jvmOptions, CONCURRENCY, WARM_UP, IMAGES);
    assertThat(novita.paid()).isEqualTo(WARM_UP + IMAGES);
    return loop;
  }

  private double pipeline(List<String> jvmOptions) {
    services.clear();
    Map<String, String> settings =
        Map.of(
            "CATALOG_LOCATION",
            catalogue(IMAGES - 1).toString(),
            "NOVITA_IMAGES_PER_MINUTE",
            "100000",
            "NOVITA_POLL_INTERVAL",
            "100ms",
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
      long begin = System.nanoTime();
      awaitComplete(startRun(program, "{}"));
      return IMAGES / seconds(begin);
    }
  }
}
