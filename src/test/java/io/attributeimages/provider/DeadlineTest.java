package io.attributeimages.provider;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class DeadlineTest {

  private static final long HOUR_IN_NANOS = TimeUnit.HOURS.toNanos(1);
  private static final long HOUR_IN_MILLIS = TimeUnit.HOURS.toMillis(1);

  @Test
  void itIsOverWhenItsTimeIs() {
    assertThat(Deadline.in(Duration.ZERO).isOver()).isTrue();
    assertThat(Deadline.in(Duration.ofHours(1)).isOver()).isFalse();
  }

  @Test
  void itIsOverAsSoonAsOneOfTheClocksSaysSo() {
    long nanos = System.nanoTime();
    long millis = System.currentTimeMillis();

    assertThat(new Deadline(nanos - 1, millis + HOUR_IN_MILLIS).isOver()).isTrue();
    assertThat(new Deadline(nanos + HOUR_IN_NANOS, millis - 1).isOver()).isTrue();
    assertThat(new Deadline(nanos + HOUR_IN_NANOS, millis + HOUR_IN_MILLIS).isOver()).isFalse();
  }

  @Test
  void itComesBackFromItsText() {
    Deadline deadline = new Deadline(-5, 7);

    assertThat(Deadline.of(deadline.toString())).isEqualTo(deadline);
  }
}
