package io.attributeimages.observe;

import io.attributeimages.provider.ForeignText;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Whether something the program depends on does its work, as the routes find it. It counts as
 * failing after several failures in a row over some seconds, and as working after one success, so
 * that it does not flap.
 */
public final class Dependency {

  private static final int FAILURES = 3;
  private static final Duration SECONDS = Duration.ofSeconds(5);

  private final String name;
  private final Clock clock;
  private int failures;
  private Instant failingSince;
  private boolean down;
  private String message;
  private Instant lastSuccess;

  Dependency(String name, Clock clock) {
    this.name = name;
    this.clock = clock;
    this.lastSuccess = clock.instant();
  }

  /** What it is called. */
  public String name() {
    return name;
  }

  synchronized void works() {
    failures = 0;
    failingSince = null;
    down = false;
    message = null;
    lastSuccess = clock.instant();
  }

  synchronized void fails(String what) {
    Instant now = clock.instant();
    if (failures++ == 0) {
      failingSince = now;
    }
    message = ForeignText.line(ForeignText.withoutPaths(what));
    down |= failures >= FAILURES && !failingSince.plus(SECONDS).isAfter(now);
  }

  /** It says itself that it will not do its work, so nobody has to try several times. */
  synchronized void isDown(String what) {
    fails(what);
    down = true;
  }

  /** Why it counts as failing, or nothing where it does not. */
  public synchronized Optional<String> failing() {
    return down ? Optional.of(message) : Optional.empty();
  }

  /** Since when it has been failing, where it does. */
  public synchronized Optional<Instant> failingSince() {
    return down ? Optional.of(failingSince) : Optional.empty();
  }

  /** Why it failed last, if nothing has succeeded since; it need not count as failing for that. */
  synchronized Optional<String> lastFailure() {
    return Optional.ofNullable(message);
  }

  /** How long nothing has succeeded; at the start of the program something just has. */
  synchronized Duration silence() {
    return Duration.between(lastSuccess, clock.instant());
  }
}
