package io.attributeimages.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.attributeimages.support.NovitaDouble.Options;
import io.attributeimages.support.Program;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * What the ledger, its safety and Camel cost: images a second over a loop that has none of it. Once
 * as the JVM is by itself, and once without the compiler that takes its time, as the program is run
 * long before that one has paid off.
 */
class ThroughputBench extends Bench {

  private static final int WARM_UP = 500;
  private static final int IMAGES = 2000;
  private static final int CONCURRENCY = 10;

  @Test
  void twoThousandImagesOverABareLoop() throws Exception {
    novita.configure(Options.defaults());
    double pipeline = pipeline();
    services.clear();
    double image = pipeline(AS_IN_THE_IMAGE.toArray(String[]::new));
    services.clear();
    double loop;
    try (BareLoop bare = new BareLoop(services, CONCURRENCY)) {
      bare.make(WARM_UP, "warm-up");
      loop = IMAGES / bare.make(IMAGES, "look");
    }
    assertThat(novita.paid()).isEqualTo(WARM_UP + IMAGES);
    new Result("throughput")
        .with("images", IMAGES)
        .with("concurrency", CONCURRENCY)
        .with("imagesPerSecond", pipeline)
        .with("imagesPerSecondOfTheImage", image)
        .with("bareImagesPerSecond", loop)
        .atLeast("ratio", pipeline / loop, 0.8)
        .atLeast("ratioOfTheImage", image / loop, 0.8)
        .print();
  }

  private double pipeline(String... jvmOptions) {
    Map<String, String> settings =
        Map.of(
            "NOVITA_IMAGES_PER_MINUTE",
            "100000",
            "NOVITA_POLL_INTERVAL",
            "100ms",
            "PIPELINE_SUBMIT_CONCURRENCY",
            String.valueOf(CONCURRENCY),
            "PIPELINE_COLLECT_CONCURRENCY",
            String.valueOf(CONCURRENCY));
    try (Program program = start(with(settings, catalogue(IMAGES - 1)), jvmOptions).awaitAnswer()) {
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

  private static Map<String, String> with(Map<String, String> settings, Path catalogue) {
    Map<String, String> all = new HashMap<>(settings);
    all.put("CATALOG_LOCATION", catalogue.toString());
    return all;
  }
}
