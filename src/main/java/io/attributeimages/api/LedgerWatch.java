package io.attributeimages.api;

import io.attributeimages.ledger.Snapshot;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangePropertyKey;

/**
 * Remembers what the listeners have been told of the ledger, and tells them the rest. Used by the
 * one thread of the route {@code watch-ledger}.
 */
@ApplicationScoped
public class LedgerWatch {

  /** With more changes than that at once, listeners are told to ask anew. */
  private static final int MAX_CHANGES = 2000;

  /** So many runs are counted in one turn; others wait for the next. */
  private static final int MAX_RUNS = 20;

  private static final Duration REFRESH = Duration.ofSeconds(5);

  /**
   * Counting runs with many tasks takes a while; then it rests for so many times that. What took
   * long only once was held up by something else.
   */
  private static final int SHARE = 10;

  private static final Duration LONGEST_REST = Duration.ofSeconds(30);

  private final Listeners listeners;
  private final RunView runs;

  private Snapshot seen;
  private Snapshot before;

  /**
   * What a listener comes back with that has not heard of all runs that are still to be counted.
   */
  private Snapshot told;

  private boolean news;
  private boolean unfinished;
  private boolean someoneIsBack;
  private long lastRefresh = System.nanoTime();
  private final Set<UUID> changedRuns = new LinkedHashSet<>();
  private List<UUID> counting = List.of();
  private long countingSince;
  private long lastTimePerRun;
  private long restUntil = System.nanoTime();

  /** Tells those listeners. */
  public LedgerWatch(Listeners listeners, RunView runs) {
    this.listeners = listeners;
    this.runs = runs;
  }

  /** Whether anyone listens; where nobody does, all is forgotten. */
  boolean isWanted(Exchange exchange) {
    if (!listeners.isAnyone()) {
      seen = null;
      told = null;
      news = false;
      unfinished = false;
      changedRuns.clear();
      return false;
    }
    return true;
  }

  /** The listeners that have come back, as a list in the body. */
  List<Listener> returning(Exchange exchange) {
    return listeners.returning();
  }

  /**
   * Parameters of {@code sql/read/select-changed-tasks.sql} for the listener in the body, which is
   * kept as an exchange property.
   */
  void beginCatchUp(Exchange exchange) {
    Listener listener = exchange.getMessage().getBody(Listener.class);
    exchange.setProperty("listener", listener);
    exchange.getMessage().setBody(since(listener.seen().orElse(null)));
  }

  /**
   * Keeps the tasks it missed, and leaves parameters of {@code sql/read/select-changed-runs.sql}.
   */
  void missedTasks(Exchange exchange) {
    List<Map<String, Object>> rows = rows(exchange);
    exchange.setProperty("missedTasks", rows);
    Snapshot last = exchange.getProperty("listener", Listener.class).seen().orElse(null);
    boolean known = last != null && last.isNotAfter(snapshot(rows));
    exchange.getMessage().setBody(changedRunsSince(known ? last : null, false));
  }

  /** Tells the listener the tasks it missed; the runs are told to all when they are counted. */
  @SuppressWarnings("unchecked")
  void catchUp(Exchange exchange) {
    Listener listener = exchange.getProperty("listener", Listener.class);
    List<Map<String, Object>> tasks = exchange.getProperty("missedTasks", List.class);
    List<Map<String, Object>> missedRuns = rows(exchange);
    Snapshot now = snapshot(tasks);
    // what all are told next begins earlier than this, so nothing is missed in between
    if (seen == null) {
      seen = now;
      told = now;
    }
    Optional<Snapshot> last = listener.seen().filter(l -> l.isNotAfter(now));
    if (last.isEmpty() || isTooMuch(tasks) || isTooMuch(missedRuns)) {
      Snapshot begin = last.orElse(now);
      listeners.admit(listener, Events.beginning(begin).appendBuffer(Events.reset(now)));
    } else {
      listeners.admit(
          listener,
          Events.beginning(last.get()).appendBuffer(Events.tasks(changes(tasks), last.get())));
      missedRuns.forEach(row -> changedRuns.add((UUID) row.get("id")));
      changes(tasks).forEach(row -> changedRuns.add((UUID) row.get("run_id")));
      told = last.get().isNotAfter(told) ? last.get() : told;
      news = true;
    }
    someoneIsBack = true;
  }

  /** Parameters of {@code sql/read/select-changed-tasks.sql} for all who listen. */
  void begin(Exchange exchange) {
    before = seen;
    if (unfinished) {
      // what the database has told before may no longer be so, as after a failover
      before = null;
    }
    exchange.setProperty("lost", unfinished);
    unfinished = true;
    exchange.getMessage().setBody(since(before));
  }

  /**
   * Tells the changed tasks, and leaves parameters of {@code sql/read/select-changed-runs.sql}.
   *
   * <p>Whoever is here for the first time hears what changes from now on.
   */
  void tasks(Exchange exchange) {
    List<Map<String, Object>> rows = rows(exchange);
    seen = snapshot(rows);
    told = told == null ? seen : told;
    listeners.onceBehind(Events.reset(seen));
    List<Map<String, Object>> changes = changes(rows);
    if (isTooMuch(rows)) {
      askAnew();
    } else if (!changes.isEmpty()) {
      listeners.write(Events.tasks(changes, told));
      news = true;
    }
    listeners.newcomers().forEach(l -> listeners.admit(l, Events.beginning(seen)));
    changes.forEach(row -> changedRuns.add((UUID) row.get("run_id")));

    boolean lost = exchange.getProperty("lost", Boolean.class);
    boolean refresh = lost || someoneIsBack || System.nanoTime() - lastRefresh > REFRESH.toNanos();
    if (refresh) {
      someoneIsBack = false;
      lastRefresh = System.nanoTime();
    }
    exchange.getMessage().setBody(changedRunsSince(before, refresh));
  }

  /**
   * Parameters of {@code sql/read/select-runs.sql} for each run to count now, as a list. One that
   * could not be counted the last time comes after the others.
   */
  void runs(Exchange exchange) {
    List<Map<String, Object>> rows = rows(exchange);
    unfinished = false;
    boolean tooMuch = isTooMuch(rows);
    if (tooMuch || exchange.getProperty("lost", Boolean.class)) {
      askAnew();
    }
    if (!tooMuch) {
      rows.forEach(row -> changedRuns.add((UUID) row.get("id")));
    }
    counting.stream().filter(changedRuns::contains).findFirst().ifPresent(this::comesLast);
    countingSince = System.nanoTime();
    boolean rests = countingSince - restUntil < 0;
    counting = rests ? List.of() : changedRuns.stream().limit(MAX_RUNS).toList();
    exchange
        .getMessage()
        .setBody(
            counting.stream()
                .map(run -> Map.<String, Object>of("run", run.toString(), "limit", 1))
                .toList());
  }

  private void comesLast(UUID run) {
    changedRuns.remove(run);
    changedRuns.add(run);
  }

  /** Tells a run, or nothing where it was deleted meanwhile. */
  void run(Exchange exchange) {
    changedRuns.remove(
        counting.get(exchange.getProperty(ExchangePropertyKey.SPLIT_INDEX, Integer.class)));
    for (Map<String, Object> row : rows(exchange)) {
      listeners.write(Events.run(runs.view(row), told));
      news = true;
    }
  }

  /** The runs are counted; where none is left, who comes back later need not hear them again. */
  void counted(Exchange exchange) {
    if (!counting.isEmpty()) {
      long now = System.nanoTime();
      long timePerRun = (now - countingSince) / counting.size();
      long work = Math.min(timePerRun, lastTimePerRun) * counting.size();
      restUntil = now + Math.min(SHARE * work, LONGEST_REST.toNanos());
      lastTimePerRun = timePerRun;
    }
    if (changedRuns.isEmpty()) {
      told = seen;
      if (news) {
        listeners.write(Events.seen(seen));
        news = false;
      }
    }
  }

  private void askAnew() {
    listeners.write(Events.reset(seen));
    told = seen;
  }

  private static Map<String, Object> since(Snapshot snapshot) {
    Map<String, Object> parameters = new HashMap<>();
    parameters.put("since", snapshot == null ? null : snapshot.text());
    parameters.put("limit", MAX_CHANGES + 1);
    return parameters;
  }

  private static Map<String, Object> changedRunsSince(Snapshot snapshot, boolean refresh) {
    Map<String, Object> parameters = since(snapshot);
    parameters.put("refresh", refresh);
    parameters.put("refreshLimit", MAX_RUNS);
    return parameters;
  }

  private static Snapshot snapshot(List<Map<String, Object>> rows) {
    return Snapshot.of((String) rows.get(0).get("snapshot"));
  }

  private static boolean isTooMuch(List<Map<String, Object>> rows) {
    return rows.size() > MAX_CHANGES;
  }

  /** The answer without changes is one row that has the snapshot alone. */
  private static List<Map<String, Object>> changes(List<Map<String, Object>> rows) {
    return rows.get(0).get("id") == null ? List.of() : rows;
  }

  @SuppressWarnings("unchecked")
  private static List<Map<String, Object>> rows(Exchange exchange) {
    return exchange.getMessage().getBody(List.class);
  }
}
