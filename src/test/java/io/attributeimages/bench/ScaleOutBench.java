package io.attributeimages.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.attributeimages.support.NovitaDouble.Options;
import io.attributeimages.support.Program;
import java.time.Duration;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/**
 * What further instances on one database give, and whether they hold the account's limit together.
 */
@DisabledIfSystemProperty(
    named = "quick",
    matches = ".*",
    disabledReason = "a minute's limit takes a minute")
class ScaleOutBench extends Bench {

  private static final int IMAGES = 1000;
  private static final int LIMIT = 600;

  @Test
  void oneTwoAndThreeInstances() {
    String catalogue = catalogue(IMAGES - 1).toString();
    Result result = new Result("scale-out").with("images", IMAGES);
    double one = 0;
    for (int instances = 1; instances <= 3; instances++) {
      double rate = imagesPerSecond(instances, catalogue);
      one = instances == 1 ? rate : one;
      result.with("imagesPerSecond" + instances, rate).with("ratio" + instances, rate / one);
    }
    result
        .with("limitPerMinute", LIMIT)
        .atMost("mostInAnyMinute", mostInAnyMinute(catalogue), LIMIT)
        .print();
  }

  /** Pictures take half a second, so instances wait more than they work. */
  private double imagesPerSecond(int instances, String catalogue) {
    services.clear();
    novita.configure(
        Options.defaults()
            .withImageLatency(Duration.ofMillis(500))
            .withSubmitLatency(Duration.ofMillis(100)));
    Programs programs =
        programs(
            instances, Map.of("CATALOG_LOCATION", catalogue, "NOVITA_IMAGES_PER_MINUTE", "10000"));
    try (programs) {
      long begin = System.nanoTime();
      awaitComplete(startRun(programs.first(), "{}"));
      double seconds = seconds(begin);
      assertThat(novita.paid()).isEqualTo(IMAGES);
      return IMAGES / seconds;
    }
  }

  private int mostInAnyMinute(String catalogue) {
    services.clear();
    novita.configure(Options.defaults().withImagesPerMinute(LIMIT));
    Programs programs =
        programs(
            3,
            Map.of(
                "CATALOG_LOCATION", catalogue, "NOVITA_IMAGES_PER_MINUTE", String.valueOf(LIMIT)));
    try (programs) {
      awaitComplete(startRun(programs.first(), "{}"));
      assertThat(novita.submits()).as("refused for the limit").hasSize(IMAGES);
      return novita.maxAcceptedInAny(Duration.ofMinutes(1));
    }
  }

  private Programs programs(int instances, Map<String, String> settings) {
    Programs programs =
        new Programs(IntStream.range(0, instances).mapToObj(i -> start(settings)).toList());
    programs.all().forEach(Program::awaitAnswer);
    return programs;
  }

  private record Programs(java.util.List<Program> all) implements AutoCloseable {
    Program first() {
      return all.get(0);
    }

    @Override
    public void close() {
      Stream.of(all.toArray(Program[]::new)).forEach(Program::close);
    }
  }
}
