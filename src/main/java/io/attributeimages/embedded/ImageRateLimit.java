package io.attributeimages.embedded;

import java.util.ArrayDeque;
import java.util.Deque;

/** Images per minute of one model, over a sliding window of 60 seconds. */
final class ImageRateLimit {
  private static final long WINDOW_MILLIS = 60_000;

  private final Deque<Long> started = new ArrayDeque<>();

  /**
   * Starts the images, all or none.
   *
   * @param limit 0: none
   */
  synchronized boolean tryStart(int images, int limit, long nowMillis) {
    while (!started.isEmpty() && started.peekFirst() <= nowMillis - WINDOW_MILLIS) {
      started.removeFirst();
    }
    if (limit > 0 && started.size() + images > limit) {
      return false;
    }
    for (int i = 0; i < images; i++) {
      started.addLast(nowMillis);
    }
    return true;
  }
}
