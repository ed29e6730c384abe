package io.attributeimages.pipeline;

import static java.util.stream.Collectors.toSet;

import io.attributeimages.ledger.Task;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.camel.Exchange;
import org.apache.camel.support.SynchronizationAdapter;

/**
 * What this instance has claimed of one kind of work and has not finished. Its size bounds the next
 * claim, so that nothing is claimed that would have to wait for long; its ids are what the
 * heartbeat keeps alive.
 */
public class Claims {

  private static final Duration PATIENCE = Duration.ofSeconds(1);
  private static final Duration LONGEST_TURN = Duration.ofMinutes(1);

  /** How many times what one instance works on at once may wait for all of them. */
  private static final int BACKLOG = 10;

  private final int hands;
  private final int limit;
  private final Map<UUID, Task> tasks = new ConcurrentHashMap<>();
  private final Duration confidence;
  private final Duration patience;
  private volatile boolean cautious;
  private volatile long confidentSince = System.nanoTime();
  private volatile Instant gotOnAt = Instant.EPOCH;
  private volatile boolean gettingOn;
  private int pauses;
  private volatile long pausedUntil = System.nanoTime();

  /** Room for that many tasks at once. */
  public Claims(int hands) {
    this(hands, ChronoUnit.FOREVER.getDuration());
  }

  /**
   * Room for that many tasks at once, or for one while cautious.
   *
   * @param confidence how long after {@link #beConfident} the claims become cautious by themselves
   */
  public Claims(int hands, Duration confidence) {
    this(hands, hands, confidence, PATIENCE);
  }

  /** The same, with a reserve up to that limit, and so much patience. */
  Claims(int hands, int limit, Duration confidence, Duration patience) {
    this.hands = hands;
    this.limit = limit;
    this.confidence = confidence;
    this.patience = patience;
  }

  /**
   * Room for that many tasks at once and as many that wait for their turn, so that nobody who works
   * waits for the next claim.
   */
  public static Claims withReserve(int hands) {
    return new Claims(hands, 2 * hands, ChronoUnit.FOREVER.getDuration(), PATIENCE);
  }

  /** How many more tasks may be claimed now; the reserve is room while images get on. */
  public int room() {
    if (System.nanoTime() - pausedUntil < 0) {
      return 0;
    }
    int most = gettingOn ? limit : hands;
    return Math.max(0, (isCautious() ? 1 : most) - tasks.size());
  }

  private boolean isCautious() {
    return cautious
        || Duration.ofNanos(System.nanoTime() - confidentSince).compareTo(confidence) > 0;
  }

  /**
   * Whether another claim is worth its while in the same turn of the timer: a first one where there
   * is room; a further one where the last got all it asked for and some of that has got on, once
   * half of the room is free. So a backlog is worked off at full speed, while what only waits is
   * looked at with each turn. Nothing more is claimed when the program stops, or when the turn has
   * taken so long that the timer might be thought dead.
   */
  public boolean goesOn(Exchange exchange) {
    BooleanSupplier stopping = exchange.getContext()::isStopping;
    Integer asked = exchange.getMessage().getHeader("batch", Integer.class);
    if (asked == null) {
      return room() > 0 && !stopping.getAsBoolean();
    }
    List<?> got = exchange.getMessage().getBody(List.class);
    if (got == null || got.size() != asked) {
      return false;
    }
    Set<?> claimed = got.stream().map(row -> ((Map<?, ?>) row).get("id")).collect(toSet());
    BooleanSupplier done = () -> Collections.disjoint(tasks.keySet(), claimed);
    BooleanSupplier halfIsFree = () -> gettingOn && room() >= (limit + 1) / 2;
    return awaitThat(
            () -> stopping.getAsBoolean() || done.getAsBoolean() || halfIsFree.getAsBoolean())
        && exchange.getClock().elapsed() < LONGEST_TURN.toMillis()
        && gettingOn
        && room() > 0
        && !stopping.getAsBoolean();
  }

  /**
   * Waits a moment until there is room for another task; whether there is. The program's stop ends
   * the wait.
   */
  public boolean awaitRoom(Exchange exchange) {
    BooleanSupplier stopping = exchange.getContext()::isStopping;
    return awaitThat(() -> room() > 0 || stopping.getAsBoolean())
        && room() > 0
        && !stopping.getAsBoolean();
  }

  /** Waits until it is so, but a moment only; false where the thread is to end. */
  private synchronized boolean awaitThat(BooleanSupplier condition) {
    long until = System.nanoTime() + patience.toNanos();
    long left = patience.toNanos();
    while (left > 0 && !condition.getAsBoolean()) {
      try {
        TimeUnit.NANOSECONDS.timedWait(this, left);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
      left = until - System.nanoTime();
    }
    return true;
  }

  /**
   * How many tasks may wait in a queue for all instances: few while they only wait or this instance
   * is cautious, as with a claim; while they get on, enough to keep everybody busy until the next
   * turn of the timer.
   */
  public int toHandOut() {
    boolean backlog = gettingOn;
    gettingOn = false;
    if (isCautious()) {
      return 1;
    }
    return backlog ? limit * BACKLOG : limit;
  }

  /**
   * How many tasks to claim: no more than can be worked on at once. From now on it counts what they
   * come to.
   */
  public int claim() {
    int claim = Math.min(room(), hands);
    gettingOn = false;
    return claim;
  }

  /**
   * Waits before the next task, longer each time until {@link #beConfident}: nobody knows what a
   * call of the other side costs while it is like that.
   *
   * @param first the first pause
   * @param longest the last one
   */
  public synchronized void pause(Duration first, Duration longest) {
    beCautious();
    long now = System.nanoTime();
    if (now - pausedUntil >= 0) {
      pausedUntil = now + Math.min(first.toNanos() << Math.min(pauses++, 20), longest.toNanos());
    }
  }

  /** An image has got on with this kind of work. */
  public void gotOn() {
    gettingOn = true;
  }

  /** From now on, one task at a time: the next one shows whether the other side is well. */
  public void beCautious() {
    cautious = true;
  }

  /** The other side is well: use all the room. */
  public synchronized void beConfident() {
    confidentSince = System.nanoTime();
    gotOnAt = Instant.now();
    pauses = 0;
    pausedUntil = confidentSince;
    cautious = false;
    gettingOn = true;
  }

  /** Whether the other side was well at some time after that. */
  public boolean gotOnAfter(Instant time) {
    return gotOnAt.isAfter(time);
  }

  /** Remembers a task that was just claimed. */
  public void add(Task task) {
    tasks.put(task.id(), task);
  }

  /** Forgets the task when the exchange that carries it is done, however it ends. */
  public void releaseWhenDone(Exchange exchange, Task task) {
    exchange
        .getExchangeExtension()
        .addOnCompletion(
            new SynchronizationAdapter() {
              @Override
              public void onDone(Exchange done) {
                release(task);
              }
            });
  }

  /** One that was claimed again meanwhile is still worked on. */
  private synchronized void release(Task task) {
    tasks.remove(task.id(), task);
    notifyAll();
  }

  /** Whether nothing but this task is worked on now. */
  public boolean holdsOnly(Task task) {
    return tasks.size() == 1 && tasks.containsKey(task.id());
  }

  /** The tasks that are worked on now. */
  public Set<UUID> tasks() {
    return Set.copyOf(tasks.keySet());
  }
}
