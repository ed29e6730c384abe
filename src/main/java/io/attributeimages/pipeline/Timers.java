package io.attributeimages.pipeline;

import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.apache.camel.RouteAware;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads of all routes that look for work now and then. A turn that throws, also an {@code
 * Error}, is not the last one of its route.
 */
@ApplicationScoped
public class Timers {

  private static final Logger LOG = LoggerFactory.getLogger(Timers.class);

  /** Nine routes may wait at once, for another side or for their work; the others are quick. */
  private static final int THREADS = 10;

  /** The longest turn is one that plans or cancels a million images. */
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private final Map<String, Long> due = new ConcurrentHashMap<>();
  private final Set<String> failing = ConcurrentHashMap.newKeySet();
  private final Pool pool = new Pool();
  private final LongSupplier nanoTime;

  /** Measures time with the clock of the JVM. */
  public Timers() {
    this(System::nanoTime);
  }

  Timers(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** For the endpoints of routes. */
  public ScheduledThreadPoolExecutor pool() {
    return pool;
  }

  /** The routes whose turn should have begun long ago, with the seconds since then. */
  public Map<String, Long> overdue() {
    Map<String, Long> overdue = new TreeMap<>();
    due.forEach(
        (route, at) -> {
          long nanos = nanoTime.getAsLong() - at;
          if (nanos > PATIENCE.toNanos()) {
            overdue.put(route, TimeUnit.NANOSECONDS.toSeconds(nanos));
          }
        });
    return overdue;
  }

  @PreDestroy
  void stop() {
    pool.shutdownNow();
  }

  private void turn(String route, Runnable work, long nanosBetween) {
    due.put(route, nanoTime.getAsLong() + nanosBetween);
    try {
      work.run();
      failing.remove(route);
    } catch (Throwable e) { // the pool would never run it again
      if (failing.add(route)) {
        LOG.error("The route {} failed and is run again", route, e);
      }
    }
  }

  private final class Pool extends ScheduledThreadPoolExecutor {

    Pool() {
      super(
          THREADS,
          work -> {
            Thread thread = new Thread(work, "timer");
            thread.setDaemon(true);
            return thread;
          });
      setRemoveOnCancelPolicy(true);
    }

    @Override
    public ScheduledFuture<?> scheduleWithFixedDelay(
        Runnable work, long initialDelay, long delay, TimeUnit unit) {
      String route = work instanceof RouteAware known ? known.getRoute().getRouteId() : "unknown";
      long first = unit.toNanos(initialDelay);
      due.put(route, nanoTime.getAsLong() + first);
      return super.scheduleWithFixedDelay(
          () -> turn(route, work, unit.toNanos(delay)), initialDelay, delay, unit);
    }
  }
}
