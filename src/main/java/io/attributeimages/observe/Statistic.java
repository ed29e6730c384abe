package io.attributeimages.observe;

import io.attributeimages.provider.ForeignText;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;

/** Counts of one route, or of one step of a route, since the program started. */
public final class Statistic {

  private static final double NANOS_PER_MILLI = 1e6;
  private static final int MAX_MESSAGE = 300;

  private final LongAdder begun = new LongAdder();
  private final LongAdder done = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final LongAdder redelivered = new LongAdder();
  private final LongAdder nanos = new LongAdder();
  private final LongAccumulator maxNanos = new LongAccumulator(Math::max, 0);
  private volatile long lastNanos;
  private volatile Instant lastDone;
  private volatile Failure lastFailure;

  /**
   * What failed last.
   *
   * @param at when
   * @param message what, in one line without the paths of URLs
   */
  public record Failure(Instant at, String message) {}

  void begin() {
    begun.increment();
  }

  void end(long took, Throwable failure) {
    nanos.add(took);
    maxNanos.accumulate(took);
    lastNanos = took;
    lastDone = Instant.now();
    if (failure != null) {
      failed.increment();
      String message = ForeignText.cause(failure);
      lastFailure =
          new Failure(
              lastDone,
              message.length() > MAX_MESSAGE ? message.substring(0, MAX_MESSAGE) + "…" : message);
    }
    done.increment();
  }

  void redelivered() {
    redelivered.increment();
  }

  /** How many exchanges came to their end, well or not. */
  public long exchanges() {
    return done.sum();
  }

  /** How many of them failed, whatever the error handling made of that. */
  public long failed() {
    return failed.sum();
  }

  /** How many are on their way now. */
  public long inFlight() {
    return Math.max(0, begun.sum() - done.sum());
  }

  /** How many calls were repeated by the redelivery policy. */
  public long redeliveries() {
    return redelivered.sum();
  }

  /** How long an exchange took on average, in milliseconds; 0 before the first. */
  public double meanMillis() {
    long exchanges = done.sum();
    return exchanges == 0 ? 0 : nanos.sum() / NANOS_PER_MILLI / exchanges;
  }

  /** How long the slowest took, in milliseconds. */
  public double maxMillis() {
    return maxNanos.get() / NANOS_PER_MILLI;
  }

  /** How long the last one took, in milliseconds. */
  public double lastMillis() {
    return lastNanos / NANOS_PER_MILLI;
  }

  /** When the last one came to its end. */
  public Optional<Instant> lastDone() {
    return Optional.ofNullable(lastDone);
  }

  /** The last failure. */
  public Optional<Failure> lastFailure() {
    return Optional.ofNullable(lastFailure);
  }
}
