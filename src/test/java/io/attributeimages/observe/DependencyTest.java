package io.attributeimages.observe;

import static org.assertj.core.api.Assertions.assertThat;

import io.attributeimages.pipeline.Timers;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponse.Status;
import org.junit.jupiter.api.Test;

/** What counts as failing, by a clock that the test moves. */
class DependencyTest {

  private final MovedClock clock = new MovedClock();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final Dependencies dependencies = new Dependencies(meters, clock);
  private final HealthChecks health = new HealthChecks(dependencies, new Timers());

  @Test
  void oneFailureIsNoOutage() {
    dependencies.store().fails("STORAGE_FAILED: reset");
    clock.pass(Duration.ofMinutes(1));

    assertThat(dependencies.store().failing()).isEmpty();
    assertThat(up("store")).isEqualTo(1);
  }

  @Test
  void aBurstOfFailuresWithinSecondsIsNoOutage() {
    for (int i = 0; i < 20; i++) {
      dependencies.store().fails("STORAGE_FAILED: reset");
      clock.pass(Duration.ofMillis(200));
    }

    assertThat(dependencies.store().failing()).isEmpty();
  }

  @Test
  void failuresInARowOverSecondsAreAnOutageThatOneSuccessEnds() {
    Instant begin = clock.instant();
    for (int i = 0; i < 3; i++) {
      dependencies.novita().fails("UNREACHABLE: refused by https://api.novita.ai/v3/x?key=secret");
      clock.pass(Duration.ofSeconds(4));
    }

    assertThat(dependencies.novita().failing())
        .contains("UNREACHABLE: refused by https://api.novita.ai/…");
    assertThat(dependencies.novita().failingSince()).contains(begin);
    assertThat(up("novita")).isZero();
    HealthCheckResponse answer = health.novita().call();
    assertThat(answer.getStatus()).as("the program is ready without it").isEqualTo(Status.UP);
    assertThat(answer.getData().orElseThrow()).containsEntry("works", false);

    dependencies.novita().works();

    assertThat(dependencies.novita().failing()).isEmpty();
    assertThat(up("novita")).isEqualTo(1);
    assertThat(health.novita().call().getData().orElseThrow()).containsEntry("works", true);
  }

  @Test
  void successesBetweenFailuresKeepItUp() {
    for (int i = 0; i < 10; i++) {
      dependencies.store().fails("STORAGE_FAILED: reset");
      clock.pass(Duration.ofSeconds(4));
      dependencies.store().fails("STORAGE_FAILED: reset");
      clock.pass(Duration.ofSeconds(4));
      dependencies.store().works();
    }

    assertThat(dependencies.store().failing()).isEmpty();
  }

  @Test
  void aRefusalThatConcernsAllImagesIsAnOutageAtOnce() {
    dependencies.novita().isDown("INVALID_API_KEY (HTTP 403): no");

    assertThat(dependencies.novita().failing()).contains("INVALID_API_KEY (HTTP 403): no");
  }

  @Test
  void aDatabaseThatHangsIsNoticedWithoutAFailure() {
    clock.pass(Duration.ofSeconds(9));
    assertThat(health.database().call().getStatus()).isEqualTo(Status.UP);

    clock.pass(Duration.ofSeconds(2));

    HealthCheckResponse answer = health.database().call();
    assertThat(answer.getStatus()).isEqualTo(Status.DOWN);
    assertThat(answer.getData().orElseThrow())
        .containsEntry("message", "The database has not answered for 11 s");
    assertThat(up("database")).isZero();
    dependencies.database().works();
    assertThat(health.database().call().getStatus()).isEqualTo(Status.UP);
  }

  private double up(String dependency) {
    return meters
        .get("attribute.images.dependency.up")
        .tag("dependency", dependency)
        .gauge()
        .value();
  }

  private static final class MovedClock extends Clock {
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");

    void pass(Duration time) {
      now = now.plus(time);
    }

    @Override
    public Instant instant() {
      return now;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }
}
