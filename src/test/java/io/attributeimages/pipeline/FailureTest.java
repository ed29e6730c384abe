package io.attributeimages.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.attributeimages.provider.ProviderFailure;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FailureTest {

  @Test
  void aRetryKeepsThePauseThatIsAskedFor() {
    assertThat(Failure.of(retry(Duration.ofMillis(1500)), 3, 120))
        .isEqualTo(new Failure("RATE_LIMIT_EXCEEDED", 429, "Novita: slow down", 3, 1.5, false));
  }

  @Test
  void anAbsurdPauseIsClamped() {
    assertThat(Failure.of(retry(Duration.ofDays(10_000)), 0, 120).pauseSeconds()).isEqualTo(120);
  }

  @Test
  void whereNoPauseIsAskedForThereIsNone() {
    ProviderFailure reject = new ProviderFailure.Reject("ILLEGAL_PROMPT", 400, "Novita: no");

    assertThat(Failure.of(retry(Duration.ZERO), 0, 120).pauseSeconds()).isZero();
    assertThat(Failure.of(reject, 0, 120))
        .isEqualTo(new Failure("ILLEGAL_PROMPT", 400, "Novita: no", 0, 0, false));
  }

  @Test
  void aTaskThatIsGoneIsLostAndSaysSo() {
    ProviderFailure gone = new ProviderFailure.Lost("TASK_NOT_FOUND", 404, "Novita: no such task");

    assertThat(Failure.of(gone, 2, 120))
        .isEqualTo(
            new Failure(
                "TASK_NOT_FOUND",
                404,
                "Novita: no such task. What was paid for the image is lost",
                2,
                0,
                true));
  }

  @Test
  void anAmbiguousSubmitIsNotLost() {
    ProviderFailure ambiguous =
        new ProviderFailure.Ambiguous("ANSWER_LOST", null, "SocketException: reset");

    assertThat(Failure.of(ambiguous, 0, 120).lost()).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      value = {"502, true", "503, true", "504, false", "500, false", "522, false", "-, false"},
      nullValues = "-")
  void aGatewayThatIsNotWellIsToldFromALostAnswer(Integer status, boolean gateway) {
    assertThat(
            Failure.of(new ProviderFailure.Ambiguous("SO", status, "it was"), 0, 120).isGateway())
        .isEqualTo(gateway);
  }

  @Test
  void aSentenceNamesTheStatusWhereThereIsOne() {
    assertThat(Failure.of("TASK_TIMEOUT", "not finished").sentence())
        .isEqualTo("TASK_TIMEOUT: not finished");
    assertThat(new Failure("TASK_NOT_FOUND", 404, "gone", 0, 0, true).sentence())
        .isEqualTo("TASK_NOT_FOUND (HTTP 404): gone");
  }

  private static ProviderFailure retry(Duration pause) {
    return new ProviderFailure.Retry("RATE_LIMIT_EXCEEDED", 429, "Novita: slow down", pause, true);
  }
}
