package io.attributeimages.embedded;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/** Images per minute of one account, over a sliding window of 60 seconds. */
final class ImageRateLimit {
  static final long WINDOW_MILLIS = Duration.ofMinutes(1).toMillis();

  private final int limit;
  private final Deque<Long> started = new ArrayDeque<>();

  ImageRateLimit(int limit) {
    this.limit = limit;
  }

  /** Counts images that were started before this object was made. Oldest first. */
  synchronized void restore(int images, long startedAtMillis) {
    for (int i = 0; i < images; i++) {
      started.addLast(startedAtMillis);
    }
  }

  /**
   * Starts the images, all or none.
   *
   * @return 0 when they were started, otherwise the whole seconds after which to try again
   */
  synchronized long tryStart(int images, long nowMillis) {
    while (!started.isEmpty() && started.peekFirst() <= nowMillis - WINDOW_MILLIS) {
      started.removeFirst();
    }
    int surplus = started.size() + images - limit;
    if (surplus <= 0) {
      restore(images, nowMillis);
      return 0;
    }
    // more images in one task than the whole limit never fit; the provider answers 429 all the same
    long blocking = started.stream().skip(surplus - 1L).findFirst().orElse(nowMillis);
    return Math.max(1, (blocking + WINDOW_MILLIS - nowMillis + 999) / 1000);
  }
}
