package io.attributeimages.cli;

import io.quarkus.runtime.ShutdownEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/** Tells a command that is at work that it is asked to stop, by Ctrl-C or SIGTERM. */
@ApplicationScoped
class Interruption {

  private final CountDownLatch asked = new CountDownLatch(1);
  private final AtomicReference<Runnable> farewell = new AtomicReference<>();

  /** Done when the program is asked to stop, before anything of it has stopped. */
  void say(Runnable farewell) {
    this.farewell.set(farewell);
  }

  /** The command is done; whether it was so before it was asked to stop. */
  boolean isDone() {
    return farewell.getAndSet(null) != null;
  }

  void stop(@Observes ShutdownEvent event) {
    asked.countDown();
    Runnable last = farewell.getAndSet(null);
    if (last != null) {
      last.run();
    }
  }

  /** Whether the program is asked to stop, within that time. */
  boolean within(Duration time) {
    try {
      return asked.await(time.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
  }
}
