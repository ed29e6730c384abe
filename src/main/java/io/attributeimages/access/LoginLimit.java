package io.attributeimages.access;

import io.attributeimages.api.Caller;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * How often a password may be guessed. An address has {@value #FREE_FAILURES} wrong ones; after
 * each further one it waits, twice as long as before, up to {@value #LONGEST_PAUSE_SECONDS}
 * seconds. All addresses together have {@value #ACCOUNT_FAILURES} wrong ones, and then one every
 * {@value #SECONDS_PER_FAILURE} seconds: beyond it, only an address that has logged in before is
 * listened to. Nothing locks an address out because of what others do, but for one that was never
 * right before, as long as an attack from many addresses lasts.
 */
final class LoginLimit {

  /** Wrong passwords in a row before an address has to wait. */
  static final int FREE_FAILURES = 10;

  /** The longest wait of an address. */
  static final int LONGEST_PAUSE_SECONDS = 300;

  /** Wrong passwords of all addresses together. */
  static final int ACCOUNT_FAILURES = 100;

  /** How long it takes until they have one more. */
  static final int SECONDS_PER_FAILURE = 6;

  /** How many addresses are remembered, those of the last attempts. */
  static final int MAX_ADDRESSES = 10_000;

  private static final long SECOND = Duration.ofSeconds(1).toNanos();
  private static final long FORGET = Duration.ofHours(1).toNanos();
  private static final long REFILL = SECONDS_PER_FAILURE * SECOND;

  private final LongSupplier nanoTime;
  private final Map<String, Failures> failing = new Bounded<>();
  private final Map<String, Boolean> trusted = new Bounded<>();
  private long left = ACCOUNT_FAILURES;
  private long refilledAt;

  /** Measures time with that clock. */
  LoginLimit(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.refilledAt = nanoTime.getAsLong();
  }

  /**
   * What became of an attempt.
   *
   * @param right whether the password was right; it is not looked at where the caller has to wait
   * @param retryAfterSeconds how long the caller has to wait; 0 where the password was looked at
   */
  record Outcome(boolean right, long retryAfterSeconds) {}

  /** Lets an address try, if it may. */
  synchronized Outcome attempt(String address, BooleanSupplier password) {
    long now = nanoTime.getAsLong();
    String client = Caller.network(address);
    Failures failures = failing.get(client);
    if (failures != null && now - failures.until > FORGET) {
      failing.remove(client);
      failures = null;
    }
    refill(now);
    if (failures != null && failures.until - now > 0) {
      return new Outcome(false, seconds(failures.until - now));
    }
    if (left == 0 && trusted.get(client) == null) {
      return new Outcome(false, seconds(REFILL - (now - refilledAt)));
    }
    if (password.getAsBoolean()) {
      failing.remove(client);
      trusted.put(client, true);
      return new Outcome(true, 0);
    }
    int count = failures == null ? 1 : failures.count + 1;
    failing.put(client, new Failures(count, now + pause(count)));
    left = Math.max(left - 1, 0);
    return new Outcome(false, 0);
  }

  private void refill(long now) {
    long gained = (now - refilledAt) / REFILL;
    left = Math.min(left + gained, ACCOUNT_FAILURES);
    refilledAt += gained * REFILL;
  }

  private static long pause(int count) {
    int doublings = count - FREE_FAILURES;
    return doublings < 0
        ? 0
        : Math.min(1L << Math.min(doublings, 30), LONGEST_PAUSE_SECONDS) * SECOND;
  }

  private static long seconds(long nanos) {
    return Math.max(1, (nanos + SECOND - 1) / SECOND);
  }

  /** How many addresses are remembered. */
  synchronized int size() {
    return failing.size() + trusted.size();
  }

  private record Failures(int count, long until) {}

  private static final class Bounded<V> extends LinkedHashMap<String, V> {
    private static final long serialVersionUID = 1L;

    Bounded() {
      super(16, 0.75f, true);
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<String, V> eldest) {
      return size() > MAX_ADDRESSES;
    }
  }
}
