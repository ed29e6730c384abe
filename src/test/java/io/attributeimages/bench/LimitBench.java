package io.attributeimages.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.attributeimages.support.NovitaDouble.Options;
import io.attributeimages.support.NovitaDouble.Submit;
import io.attributeimages.support.Program;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** How close a run comes to what the account's limit and the latency of pictures allow. */
@DisabledIfSystemProperty(
    named = "quick",
    matches = ".*",
    disabledReason = "a minute's limit takes a minute")
class LimitBench extends Bench {

  private static final int LIMIT = 20;
  private static final int MINUTE = 60;

  @Test
  void theBuiltInCatalogueAtTwentyImagesAMinute() {
    novita.configure(
        Options.defaults()
            .withImagesPerMinute(LIMIT)
            .withImageLatency(Duration.ofSeconds(10))
            .withLatencySpread(Duration.ofSeconds(2)));
    Map<String, String> settings = Map.of("NOVITA_IMAGES_PER_MINUTE", String.valueOf(LIMIT));
    try (Program program = start(settings).awaitAnswer()) {
      long begin = System.nanoTime();
      awaitComplete(startRun(program, "{}"));
      double taken = seconds(begin);

      List<Submit> accepted = novita.submits().stream().filter(Submit::accepted).toList();
      double bound = 0;
      for (int i = 0; i < accepted.size(); i++) {
        double latency = novita.latency(accepted.get(i).taskId()).toMillis() / 1000.0;
        bound = Math.max(bound, i / LIMIT * MINUTE + latency);
      }
      assertThat(novita.submits()).hasSameSizeAs(accepted);
      new Result("limit")
          .with("images", accepted.size())
          .with("imagesPerMinute", LIMIT)
          .with("seconds", taken)
          .with("boundSeconds", bound)
          .with("mostInAnyMinute", novita.maxAcceptedInAny(Duration.ofMinutes(1)))
          .atMost("ratio", taken / bound, 1.03)
          .print();
    }
  }
}
