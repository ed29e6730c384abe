package io.attributeimages.provider;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hc.core5.concurrent.Cancellable;

/** The calls that are under way, which a program that has to end cannot wait for. */
final class OpenCalls {

  private final Set<Cancellable> calls = ConcurrentHashMap.newKeySet();
  private volatile boolean over;

  /**
   * One more.
   *
   * @throws NotSentException if it is too late for that
   */
  void add(Cancellable call) throws NotSentException {
    calls.add(call);
    if (over) {
      throw new NotSentException();
    }
  }

  void remove(Cancellable call) {
    calls.remove(call);
  }

  /** Closes their connections; none comes later. */
  void cutOff() {
    over = true;
    calls.forEach(Cancellable::cancel);
  }
}
