package io.attributeimages.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.attributeimages.support.Fault;
import io.attributeimages.support.NovitaDouble.Options;
import io.attributeimages.support.NovitaDouble.Submit;
import io.attributeimages.support.Services;
import io.attributeimages.support.Services.Sums;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What stands between the program and Novita takes the money and gives nothing for it. */
class MoneyIT extends OnServices {

  /** No webhook can name a task. */
  private static final Map<String, String> ALONE = Map.of("NOVITA_WEBHOOK_URL", "");

  private static final Map<String, String> ONE_AFTER_THE_OTHER =
      Map.of("PIPELINE_SUBMIT_CONCURRENCY", "1", "PIPELINE_MAX_UNSTORED_PICTURES", "3");

  @Override
  Map<String, String> settings() {
    return Map.of(
        "PIPELINE_LEASE", "5s",
        "PIPELINE_HEARTBEAT", "500ms",
        "PIPELINE_MAX_PAUSE", "500ms",
        "NOVITA_UNCONFIRMED_GRACE", "2s");
  }

  @Test
  void aGatewaysErrorPageAfterThePaymentCountsAsPossiblyPaid() {
    restart(ALONE);
    novita.onSubmit(threeOfTen(), Fault.gatewayAfterAccept(502));

    startRun("{}");
    awaitCompletion();

    Sums sums = assertNothingIsLost(REQUIRED);
    assertThat(sums.paid()).isGreaterThan(REQUIRED);
    assertThat(sums.cost().add(sums.possibleCost()))
        .as("every payment is in the ledger")
        .isEqualByComparingTo(Services.PRICE.multiply(BigDecimal.valueOf(sums.paid())));
    program.kill();
  }

  @ParameterizedTest
  @ValueSource(ints = {502, 500})
  void noMoreIsPaidThanTheBudgetWhateverAGatewaySays(int status) {
    restart(ALONE);
    novita.onSubmit(threeOfTen(), Fault.gatewayAfterAccept(status));

    startRun("{\"maxCostUsd\": 0.66}");
    awaitCompletion();

    Sums sums = services.sums();
    assertThat(sums.paid()).isEqualTo(REQUIRED);
    assertThat(sums.cost().add(sums.possibleCost())).isEqualByComparingTo("0.66");
    assertThat(sums.rows() + sums.failed()).isEqualTo(REQUIRED);
    program.kill();
  }

  @Test
  void aWebhookBringsWhatAGatewayHasSwallowed() {
    restart(Map.of("NOVITA_UNCONFIRMED_GRACE", "10m"));
    novita.configure(Options.defaults().withImageLatency(Duration.ofMillis(200)));
    novita.deliverWebhooks(true);
    novita.onSubmit(threeOfTen(), Fault.gatewayAfterAccept(503));

    startRun("{}");
    awaitCompletion();

    assertThat(assertNothingIsLostOrPaidTwice(REQUIRED).possibleCost()).isZero();
    program.kill();
  }

  @Test
  void anAnswerInAnEnvelopeIsRead() {
    restart(ALONE);
    novita.answerInOtherForm("txt2img");

    startRun(AGES_IN_ANIME);
    awaitCompletion();

    assertNothingIsLostOrPaidTwice(AGES);
    program.kill();
  }

  @Test
  void answersThatNameNoTaskHaltTheRunsWhatTheySayIsInTheLog() {
    restart(Map.of("NOVITA_WEBHOOK_URL", ""));
    byte[] unreadable =
        "{\"result\":{\"id\":\"task-of-another-kind\"}}".getBytes(StandardCharsets.UTF_8);
    novita.onSubmit(submit -> true, Fault.body("application/json", unreadable));

    startRun("{}");
    awaitThat(() -> services.count("ledger.run WHERE state = 'HALTED'") == 1);

    assertThat(novita.paid()).isBetween(3, 5);
    assertThat(program.log())
        .contains("task-of-another-kind")
        .contains("The brake has halted the runs");
    assertThat(services.sql().queryForObject("SELECT reason FROM ledger.run", String.class))
        .startsWith("The last 3 submits were answered with neither a task nor an error")
        .contains("each may be paid for", "task-of-another-kind");
    program.kill();
  }

  @Test
  void picturesThatCannotBeStoredHaltTheRunsAndOneThatCanLetsThemGoOn() {
    restart(ONE_AFTER_THE_OTHER);
    novita.configure(Options.defaults().withSubmitLatency(Duration.ofMillis(1500)));
    services.store().cut();

    startRun("{}");
    awaitThat(() -> services.count("ledger.run WHERE state = 'HALTED'") == 1);
    assertThat(novita.paid()).isLessThan(REQUIRED);

    services.mendWires();
    awaitCompletion();

    assertNothingIsLostOrPaidTwice(REQUIRED);
    program.kill();
  }

  @Test
  void picturesOfAnotherSizeAreNotPaidForAllTheTime() {
    restart(ONE_AFTER_THE_OTHER);
    novita.configure(Options.defaults().withSubmitLatency(Duration.ofMillis(500)));
    novita.answerSize(100, 100);

    startRun("{}");
    awaitThat(() -> services.count("ledger.run WHERE state = 'HALTED'") == 1);

    assertThat(novita.paid()).isBetween(3, 30);
    assertThat(services.sql().queryForObject("SELECT reason FROM ledger.run", String.class))
        .contains("paid pictures could not be stored", "WRONG_SIZE");
    program.kill();
  }

  /** Without a file the ids of the paid tasks would be in memory alone. */
  @Test
  void anEndWhileTheDatabaseIsAwayForgetsNoPaidTask() {
    restart(ALONE);
    novita.configure(Options.defaults().withSubmitLatency(Duration.ofSeconds(2)));
    startRun(AGES_IN_ANIME);
    awaitThat(() -> novita.paid() >= 1);
    services.database().cut();
    awaitThat(() -> novita.inFlight() == 0);
    awaitThat(() -> spooled() == novita.paid());
    program.kill();

    services.mendWires();
    restart(ALONE);
    awaitCompletion();

    assertThat(assertNothingIsLostOrPaidTwice(AGES).possibleCost()).isZero();
    program.kill();
  }

  private static Predicate<Submit> threeOfTen() {
    Random random = new Random(1);
    return submit -> random.nextInt(10) < 3;
  }
}
