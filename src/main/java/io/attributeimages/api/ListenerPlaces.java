package io.attributeimages.api;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The places for listeners: so many in all, of which some are kept for operators, and so many for
 * one network.
 */
final class ListenerPlaces {

  private static final int MAX = 100;
  private static final int MAX_OF_OTHERS = 80;
  private static final int MAX_OF_NETWORK = 20;
  private static final List<String> RETRY_AFTER = List.of("30");

  private final Map<String, Integer> taken = new HashMap<>();
  private int all;
  private int others;

  /**
   * Takes a place.
   *
   * @param network the listener's, or null where it may have as many as there are
   * @param operator whether the listener is one
   * @throws Problem if there is none
   */
  synchronized void take(String network, boolean operator) {
    if (all == MAX || !operator && others == MAX_OF_OTHERS) {
      throw new Problem(
              503,
              "Busy",
              "There are " + all + " listeners already; ask GET /api/status now and then instead")
          .with("Retry-After", RETRY_AFTER);
    }
    if (network != null && taken.getOrDefault(network, 0) == MAX_OF_NETWORK) {
      throw new Problem(
              429,
              "Too many requests",
              "There are "
                  + MAX_OF_NETWORK
                  + " listeners from your network address already; ask GET /api/status now and then"
                  + " instead")
          .with("Retry-After", RETRY_AFTER);
    }
    all++;
    others += operator ? 0 : 1;
    if (network != null) {
      taken.merge(network, 1, Integer::sum);
    }
  }

  /** Gives back the place that such a listener took. */
  synchronized void leave(String network, boolean operator) {
    all--;
    others -= operator ? 0 : 1;
    if (network != null) {
      taken.computeIfPresent(network, (n, count) -> count == 1 ? null : count - 1);
    }
  }
}
