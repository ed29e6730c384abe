package io.attributeimages.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.attributeimages.support.Fault;
import io.attributeimages.support.NovitaDouble.Options;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** SIGTERM: what is under way is finished or given back, in the time that a supervisor allows. */
class ShutdownIT extends OnServices {

  private static final Duration ALLOWED = Duration.ofSeconds(35);

  @Override
  Map<String, String> settings() {
    return Map.of("PIPELINE_LEASE", "10s", "PIPELINE_HEARTBEAT", "1s");
  }

  @Test
  void whatIsUnderWayIsFinished() {
    novita.configure(Options.defaults().withSubmitLatency(Duration.ofSeconds(2)));
    novita.onDownload(task -> true, Fault.slow(Duration.ofSeconds(2)));
    startRun("{}");
    awaitThat(() -> !novita.downloads().isEmpty() && isAnySubmitUnderWay());

    assertThat(program.stopsWithin(ALLOWED)).as("ends in time").isTrue();
    assertNothingIsHeld();
    assertThat(services.count("ledger.task WHERE provider_task_id IS NOT NULL"))
        .as("written down of what is paid")
        .isEqualTo(novita.paid());

    novita.clearFaults();
    novita.configure(Options.defaults());
    restart(Map.of());
    awaitCompletion();
    assertNothingIsLostOrPaidTwice(REQUIRED);
  }

  @Test
  void whatNovitaKeepsWaitingIsGivenBackUnpaid() {
    novita.onSubmit(submit -> true, Fault.rateLimited(Duration.ofSeconds(60)));
    startRun(AGES_IN_ANIME);
    awaitThat(() -> !novita.submits().isEmpty() && novita.inFlight() == 0);

    assertThat(program.stopsWithin(ALLOWED)).as("ends in time").isTrue();
    assertNothingIsHeld();
    assertThat(services.count("ledger.task WHERE state = 'UNCONFIRMED'")).isZero();

    novita.clearFaults();
    services.sql().update("UPDATE ledger.task SET submit_after = now()");
    restart(Map.of());
    awaitCompletion();
    assertThat(assertNothingIsLostOrPaidTwice(AGES).possibleCost()).isZero();
  }

  /** However quickly Novita answers, what was not claimed before stays unpaid. */
  @Test
  void nothingMoreIsSubmitted() {
    alone();
    restart(Map.of("PIPELINE_SUBMIT_CONCURRENCY", "2"));
    novita.configure(Options.defaults().withSubmitLatency(Duration.ofMillis(700)));
    startRun("{}");
    awaitThat(() -> novita.submits().size() >= 4);

    assertThat(program.stopsWithin(ALLOWED)).as("ends in time").isTrue();
    assertNothingIsHeld();
    assertThat(novita.paid()).isLessThan(REQUIRED);

    novita.configure(Options.defaults());
    restart(Map.of());
    awaitCompletion();
    assertNothingIsLostOrPaidTwice(REQUIRED);
  }

  @Test
  void anUploadThatHangsIsGivenBack() {
    running();
    services.store().stall();
    startRun("{}");
    awaitThat(() -> novita.paid() == REQUIRED && services.store().held() > 0);

    assertThat(program.stopsWithin(ALLOWED)).as("ends in time").isTrue();
    assertNothingIsHeld();

    assertThat(services.count("ledger.task WHERE interruptions > 0")).isZero();

    services.store().cut();
    services.mendWires();
    restart(Map.of());
    awaitCompletion();
    assertNothingIsLostOrPaidTwice(REQUIRED);
  }

  /** A picture at a byte a second, or an answer that does not come, would take minutes. */
  @Test
  void whatTakesTooLongIsCutOffAndWrittenDown() {
    alone();
    restart(Map.of("NOVITA_RESPONSE_TIMEOUT", "3m", "PIPELINE_LEASE", "1m"));
    novita.onDownload(task -> true, Fault.slow(Duration.ofSeconds(60)));
    startRun("{\"category\":\"age\",\"style\":\"realistic\"}");
    awaitThat(() -> novita.downloads().size() >= AGES - 1);
    novita.onSubmit(submit -> true, Fault.hang(Duration.ofSeconds(60)));
    startRun(AGES_IN_ANIME);
    awaitThat(this::isAnySubmitUnderWay);

    assertThat(program.stopsWithin(ALLOWED)).as("ends in time").isTrue();
    assertNothingIsHeld();
    assertThat(services.count("ledger.task WHERE state = 'UNCONFIRMED'")).isPositive();

    novita.clearFaults();
    awaitThat(() -> novita.inFlight() == 0);
    restart(Map.of("NOVITA_UNCONFIRMED_GRACE", "1s"));
    awaitCompletion();
    assertThat(services.count("attribute_images")).isEqualTo(2 * AGES);
  }

  private boolean isAnySubmitUnderWay() {
    return services.count("ledger.task WHERE state = 'SUBMITTING'") > 0;
  }

  private void assertNothingIsHeld() {
    assertThat(services.count("ledger.task WHERE state = 'SUBMITTING'"))
        .as("still submitting")
        .isZero();
    assertThat(
            services.count("ledger.task WHERE claimed_by IS NOT NULL OR lease_until IS NOT NULL"))
        .as("still claimed")
        .isZero();
  }
}
