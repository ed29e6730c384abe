package io.attributeimages.provider;

import java.time.Duration;

/**
 * Until when a request may be sent. Both clocks are asked, as neither of them counts every pause of
 * the program: the one stands still while the machine sleeps, the other one may be set.
 */
public record Deadline(long nanos, long millis) {

  /** So long from now. */
  public static Deadline in(Duration time) {
    return new Deadline(
        System.nanoTime() + time.toNanos(), System.currentTimeMillis() + time.toMillis());
  }

  /** That of a {@link #toString}. */
  static Deadline of(String text) {
    String[] clocks = text.split(" ");
    return new Deadline(Long.parseLong(clocks[0]), Long.parseLong(clocks[1]));
  }

  /** Whether it has passed. */
  public boolean isOver() {
    return System.nanoTime() - nanos >= 0 || System.currentTimeMillis() >= millis;
  }

  @Override
  public String toString() {
    return nanos + " " + millis;
  }
}
