package io.attributeimages.access;

import java.time.Duration;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says that credentials were refused: at once, and then once a minute how often. What was sent is
 * never said, not even the name: people type passwords there.
 */
final class RefusalLog {

  private static final Logger LOG = LoggerFactory.getLogger(RefusalLog.class);
  private static final long PAUSE = Duration.ofMinutes(1).toNanos();

  private final LongSupplier nanoTime;
  private long silentUntil;
  private long count;

  /** Measures time with that clock. */
  RefusalLog(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.silentUntil = nanoTime.getAsLong();
  }

  /**
   * A call was refused.
   *
   * @param network where it came from, as {@link io.attributeimages.api.Caller#network} has it
   * @param why what was wrong, in words of ours
   */
  synchronized void refused(String network, String why) {
    count++;
    long now = nanoTime.getAsLong();
    if (now - silentUntil >= 0) {
      LOG.warn(
          "{} refused since this was last said; the latest from {}: {}",
          count == 1 ? "1 call was" : count + " calls were",
          network,
          why);
      count = 0;
      silentUntil = now + PAUSE;
    }
  }
}
