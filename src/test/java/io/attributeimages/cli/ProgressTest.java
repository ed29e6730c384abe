package io.attributeimages.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProgressTest {

  static final BigDecimal PRICE = new BigDecimal("0.015");

  /** A run of so many images, all its own. */
  static Progress progress(long waiting, long inFlight, long stored, long failed) {
    return new Progress(
        "RUNNING",
        null,
        true,
        0,
        waiting + inFlight + stored + failed,
        0,
        waiting,
        PRICE.multiply(BigDecimal.valueOf(waiting)),
        inFlight,
        stored,
        failed,
        PRICE.multiply(BigDecimal.valueOf(inFlight + stored + failed)).setScale(4),
        BigDecimal.ZERO,
        stored == 0 ? null : 8.4,
        inFlight == 0 ? null : 3.0,
        inFlight == 0 ? null : 1.0,
        waiting == 0 ? null : (waiting - 1) / 20 * 60.0,
        null,
        false,
        null);
  }

  @Test
  void oneLineTellsHowFarItIsWhatItCostAndHowLongItTakes() {
    assertThat(progress(25, 4, 13, 2).line())
        .isEqualTo(
            "13 of 44 stored, 2 failed, 0.285 USD, 0.375 USD to come, about 1 min 08 s to go");
  }

  @Test
  void aRunThatIsDoneHasNothingToGo() {
    assertThat(progress(0, 0, 44, 0).line()).isEqualTo("44 of 44 stored, 0.66 USD");
  }

  @Test
  void whatLostAnswersMayHaveCostIsSaid() {
    Progress done = progress(0, 0, 2, 0);
    Progress inDoubt =
        new Progress(
            "COMPLETED",
            null,
            true,
            0,
            2,
            0,
            0,
            BigDecimal.ZERO,
            0,
            2,
            0,
            done.costUsd(),
            PRICE,
            8.4,
            null,
            null,
            null,
            null,
            false,
            null);

    assertThat(inDoubt.result()).isEqualTo("2 of 2 stored, 0.03 USD (and perhaps 0.015 USD)");
  }

  @Test
  void whatOthersMakeCostsThisRunNothing() {
    Progress joined =
        new Progress(
            "RUNNING",
            null,
            true,
            0,
            7,
            7,
            5,
            BigDecimal.ZERO,
            2,
            0,
            0,
            BigDecimal.ZERO,
            BigDecimal.ZERO,
            null,
            null,
            null,
            0.0,
            null,
            false,
            null);

    assertThat(joined.line()).isEqualTo("0 of 7 stored, 0.00 USD, about 15 s to go");
  }

  @ParameterizedTest
  @CsvSource({"0, 0, 0", "0, 3, 13", "1, 3, 16", "20, 0, 15", "21, 0, 75", "61, 0, 195"})
  void theAccountsLimitSetsThePace(long waiting, long inFlight, long seconds) {
    assertThat(progress(waiting, inFlight, 0, 0).etaSeconds()).isEqualTo(seconds);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0 s",
    "59, 59 s",
    "60, 1 min 00 s",
    "3599, 59 min 59 s",
    "3600, 1 h 00 min",
    "90061, 25 h 01 min"
  })
  void durationsAreWords(long seconds, String words) {
    assertThat(Progress.duration(seconds)).isEqualTo(words);
  }

  @ParameterizedTest
  @CsvSource({
    "0.0000, 0.00 USD",
    "0.0150, 0.015 USD",
    "100, 100.00 USD",
    "1E+2, 100.00 USD",
    "0.66, 0.66 USD"
  })
  void amountsHaveAtLeastCents(BigDecimal amount, String words) {
    assertThat(Progress.usd(amount)).isEqualTo(words);
  }

  @ParameterizedTest
  @CsvSource({
    "RUNNING, false",
    "PAUSED, false",
    "HALTED, true",
    "COMPLETED, true",
    "CANCELLED, true"
  })
  void whatWillNotGoOnByItselfIsOver(String state, boolean over) {
    Progress p = progress(1, 0, 0, 0);

    assertThat(
            new Progress(
                    state,
                    null,
                    true,
                    0,
                    1,
                    0,
                    1,
                    PRICE.multiply(BigDecimal.valueOf(1)),
                    0,
                    0,
                    0,
                    p.costUsd(),
                    p.possibleCostUsd(),
                    null,
                    null,
                    null,
                    null,
                    null,
                    false,
                    null)
                .isOver())
        .isEqualTo(over);
  }

  /** Nobody but a person can change a setting of the store. */
  @Test
  void whatWaitsForAStoreThatRefusesItIsOver() {
    Progress p = progress(0, 2, 5, 0);
    assertThat(p.isOver()).isFalse();

    assertThat(
            new Progress(
                    p.state(),
                    null,
                    true,
                    0,
                    7,
                    0,
                    0,
                    p.toPayUsd(),
                    2,
                    5,
                    0,
                    p.costUsd(),
                    p.possibleCostUsd(),
                    null,
                    null,
                    null,
                    null,
                    null,
                    false,
                    "The store refuses it")
                .isOver())
        .isTrue();
  }

  /** What the brake has halted goes on by itself as long as something paid may still be stored. */
  @ParameterizedTest
  @CsvSource({"true, 1, false", "true, 0, true", "false, 1, true"})
  void whatTheBrakeHaltedIsNotOverWhileSomethingIsPaid(
      boolean braked, long inFlight, boolean over) {
    Progress p = progress(1, inFlight, 0, 0);

    assertThat(
            new Progress(
                    "HALTED",
                    "The last 10 paid pictures could not be stored",
                    true,
                    0,
                    p.images(),
                    0,
                    1,
                    PRICE.multiply(BigDecimal.valueOf(1)),
                    inFlight,
                    0,
                    0,
                    p.costUsd(),
                    p.possibleCostUsd(),
                    null,
                    null,
                    null,
                    null,
                    null,
                    braked,
                    null)
                .isOver())
        .isEqualTo(over);
  }
}
