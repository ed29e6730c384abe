package io.attributeimages.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.attributeimages.support.Fault;
import io.attributeimages.support.NovitaDouble.Options;
import io.attributeimages.support.Report;
import io.attributeimages.support.Services.Sums;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A bad day: every kind of fault at once, each now and then. The system property {@code
 * reliability.seeds} says on how many days.
 */
class FaultMixIT extends OnServices {

  @Override
  Map<String, String> settings() {
    return Map.of(
        "PIPELINE_LEASE", "10s",
        "PIPELINE_HEARTBEAT", "1s",
        "PIPELINE_MAX_ATTEMPTS", "20",
        "NOVITA_UNCONFIRMED_GRACE", "3s");
  }

  static IntStream seeds() {
    return IntStream.rangeClosed(1, Integer.getInteger("reliability.seeds", 2));
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void everyImageIsStoredAndOnlyWhatNovitaFailedIsPaidAgain(int seed) {
    Random random = new Random(seed);
    AtomicInteger failedByNovita = new AtomicInteger();
    AtomicInteger unanswered = new AtomicInteger();
    novita.configure(Options.defaults().withImageLatency(Duration.ofMillis(500)));
    novita.onSubmit(counted(percent(3, random), unanswered), Fault.gateway(502));
    novita.onSubmit(counted(percent(3, random), unanswered), Fault.gateway(503));
    novita.onSubmit(percent(5, random), Fault.gateway(522));
    novita.onSubmit(counted(percent(3, random), unanswered), Fault.resetBeforeRead());
    novita.onSubmit(counted(percent(2, random), failedByNovita), Fault.taskFailed("out of memory"));
    novita.onSubmit(percent(2, random), Fault.slow(Duration.ofSeconds(3)));
    novita.onPoll(percent(3, random), Fault.gateway(502));
    novita.onPoll(percent(2, random), Fault.resetAfterAccept());
    novita.onDownload(percent(5, random), Fault.resetDuringBody(0.5));
    novita.onDownload(percent(5, random), Fault.truncatedCleanClose(0.5));
    novita.deliverWebhooks(true);

    startRun("{}");
    awaitCompletion();

    Sums sums = assertNothingIsLost(REQUIRED);
    assertThat(sums.paid()).as("paid").isEqualTo(sums.stored() + failedByNovita.get());
    assertThat(sums.lost()).as("lost, by the ledger").isEqualTo(failedByNovita.get());
    assertThat(sums.possiblyPaidTwice()).as("in doubt").isEqualTo(unanswered.get());
    Report.add("fault mix, seed " + seed, 1, sums, failedByNovita.get());
  }

  private static <T> Predicate<T> percent(int share, Random random) {
    return call -> random.nextInt(100) < share;
  }

  private static <T> Predicate<T> counted(Predicate<T> when, AtomicInteger count) {
    return call -> {
      boolean hit = when.test(call);
      if (hit) {
        count.incrementAndGet();
      }
      return hit;
    };
  }
}
