package io.attributeimages.e2e;

import io.attributeimages.support.Fault;
import io.attributeimages.support.NovitaDouble.Options;
import io.attributeimages.support.Report;
import io.attributeimages.support.Services.Sums;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code kill -9} at moments that nobody has chosen. The system property {@code reliability.kills}
 * says how many.
 */
class RandomKillsIT extends OnServices {

  private static final int KILLS = Integer.getInteger("reliability.kills", 4);
  private static final int SEED = 42;
  private static final int LATEST_KILL_MILLIS = 4000;

  @Override
  Map<String, String> settings() {
    return Map.of(
        "PIPELINE_LEASE", "3s",
        "PIPELINE_HEARTBEAT", "500ms",
        "PIPELINE_MAX_ATTEMPTS", "20",
        "PIPELINE_SUBMIT_CONCURRENCY", "3",
        "STORAGE_REMOVE_REPLACED_AFTER", "0s",
        // longer than any restart takes, so that the webhook comes first
        "NOVITA_UNCONFIRMED_GRACE", "10m");
  }

  @ParameterizedTest(name = "{0} % of the answers lost")
  @ValueSource(ints = {0, 5})
  void whateverTheMomentNothingIsLostOrPaidTwice(int lostAnswers) {
    Random random = new Random(SEED);
    Random losses = new Random(SEED);
    novita.onSubmit(submit -> losses.nextInt(100) < lostAnswers, Fault.resetAfterAccept());
    novita.configure(
        Options.defaults()
            .withSubmitLatency(Duration.ofMillis(300))
            .withImageLatency(Duration.ofSeconds(1)));
    startRun("{}");

    for (int kill = 0; kill < KILLS; kill++) {
      novita.deliverWebhooks(true);
      if (onlyDoubtIsLeft()) {
        letTheGracePass();
      }
      if (services.openWork().isEmpty()) {
        startRun("{\"mode\":\"regenerate\"}");
      }
      awaitMoment(Duration.ofMillis(random.nextInt(LATEST_KILL_MILLIS)));
      novita.deliverWebhooks(false);
      program.kill();
      restart(Map.of());
    }
    novita.deliverWebhooks(true);
    letTheGracePass();
    awaitCompletion();

    Sums sums = assertNothingIsLostOrPaidTwice(REQUIRED);
    Report.add(
        "%d kills at random moments, %d %% of the answers lost".formatted(KILLS, lostAnswers),
        services.count("ledger.run"),
        sums,
        0);
  }

  private static void awaitMoment(Duration fromNow) {
    long moment = System.nanoTime() + fromNow.toNanos();
    patiently().until(() -> System.nanoTime() >= moment);
  }
}
