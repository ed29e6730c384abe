package io.attributeimages.pipeline;

import io.attributeimages.ledger.Task;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.camel.Exchange;
import org.apache.camel.support.SynchronizationAdapter;

/**
 * What this instance has claimed of one kind of work and is still working on. Its size bounds the
 * next claim, so nothing is claimed that would have to wait; its ids are what the heartbeat keeps
 * alive.
 */
public class Claims {

  private final int limit;
  private final Set<UUID> tasks = ConcurrentHashMap.newKeySet();
  private final Duration confidence;
  private volatile boolean cautious;
  private volatile long confidentSince = System.nanoTime();

  /** Room for that many tasks at once. */
  public Claims(int limit) {
    this(limit, ChronoUnit.FOREVER.getDuration());
  }

  /**
   * Room for that many tasks at once, or for one while cautious.
   *
   * @param confidence how long after {@link #beConfident} the claims become cautious by themselves
   */
  public Claims(int limit, Duration confidence) {
    this.limit = limit;
    this.confidence = confidence;
  }

  /** How many more tasks may be claimed now. */
  public int room() {
    boolean expired =
        Duration.ofNanos(System.nanoTime() - confidentSince).compareTo(confidence) > 0;
    return Math.max(0, (cautious || expired ? 1 : limit) - tasks.size());
  }

  /** From now on, one task at a time: the next one shows whether the other side is well. */
  public void beCautious() {
    cautious = true;
  }

  /** The other side is well: use all the room. */
  public void beConfident() {
    confidentSince = System.nanoTime();
    cautious = false;
  }

  /** Remembers a task that was just claimed. */
  public void add(Task task) {
    tasks.add(task.id());
  }

  /** Forgets the task when the exchange that carries it is done, however it ends. */
  public void releaseWhenDone(Exchange exchange, Task task) {
    exchange
        .getExchangeExtension()
        .addOnCompletion(
            new SynchronizationAdapter() {
              @Override
              public void onDone(Exchange done) {
                tasks.remove(task.id());
              }
            });
  }

  /** The tasks that are worked on now. */
  public Set<UUID> tasks() {
    return Set.copyOf(tasks);
  }
}
