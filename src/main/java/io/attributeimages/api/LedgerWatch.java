package io.attributeimages.api;

import io.attributeimages.ledger.Snapshot;
import io.vertx.core.buffer.Buffer;
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

/**
 * Remembers what the listeners have been told of the ledger, and tells them the rest. Used by the
 * one thread of the route {@code watch-ledger}.
 */
@ApplicationScoped
public class LedgerWatch {

  /** With more changes than that at once, listeners are told to ask anew. */
  private static final int MAX_TASKS = 2000;

  private static final int MAX_RUNS = 20;
  private static final Duration REFRESH = Duration.ofSeconds(5);

  /** Counting a run with many tasks takes a while: it may take one part in so many of the time. */
  private static final int SHARE = 10;

  private final Listeners listeners;
  private final RunView runs;

  private Snapshot seen;
  private Snapshot before;
  private boolean unfinished;
  private boolean someoneIsBack;
  private long lastRefresh = System.nanoTime();
  private final Set<UUID> changedRuns = new LinkedHashSet<>();
  private long countingSince;
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
   * Parameters of {@code sql/select-changed-tasks.sql} for the listener in the body, which is kept
   * as an exchange property.
   */
  void beginCatchUp(Exchange exchange) {
    Listener listener = exchange.getMessage().getBody(Listener.class);
    exchange.setProperty("listener", listener);
    exchange.getMessage().setBody(since(listener.seen().orElse(null)));
  }

  /** Tells the listener what it missed. */
  void catchUp(Exchange exchange) {
    Listener listener = exchange.getProperty("listener", Listener.class);
    List<Map<String, Object>> rows = rows(exchange);
    Snapshot now = snapshot(rows);
    Optional<Snapshot> last = listener.seen();
    boolean known = last.isPresent() && last.get().isNotAfter(now);
    Buffer missed =
        known && !isTooMuch(rows)
            ? Events.tasks(changes(rows), last.get(), now)
            : Events.reset(now);
    // what all are told next begins earlier than this, so nothing is missed in between
    if (seen == null) {
      seen = now;
    }
    listeners.admit(listener, Events.beginning(known ? last.get() : now).appendBuffer(missed));
    someoneIsBack = true;
  }

  /** Parameters of {@code sql/select-changed-tasks.sql} for all who listen. */
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
   * Tells the changed tasks, and leaves parameters of {@code sql/select-changed-runs.sql}.
   *
   * <p>Whoever is here for the first time hears what changes from now on.
   */
  void tasks(Exchange exchange) {
    List<Map<String, Object>> rows = rows(exchange);
    seen = snapshot(rows);
    unfinished = false;
    listeners.onceBehind(Events.reset(seen));
    List<Map<String, Object>> changes = changes(rows);
    if (exchange.getProperty("lost", Boolean.class) || isTooMuch(rows)) {
      listeners.write(Events.reset(seen));
    } else if (!changes.isEmpty()) {
      listeners.write(Events.tasks(changes, before, seen));
    }
    listeners.newcomers().forEach(l -> listeners.admit(l, Events.beginning(seen)));
    changes.forEach(row -> changedRuns.add((UUID) row.get("run_id")));

    boolean lost = exchange.getProperty("lost", Boolean.class);
    boolean refresh = lost || someoneIsBack || System.nanoTime() - lastRefresh > REFRESH.toNanos();
    if (refresh) {
      someoneIsBack = false;
      lastRefresh = System.nanoTime();
    }
    Map<String, Object> parameters = since(before);
    parameters.put("refresh", refresh);
    parameters.put("limit", MAX_RUNS);
    exchange.getMessage().setBody(parameters);
  }

  /** Parameters of {@code sql/select-runs.sql} for each run to count now, as a list. */
  void runs(Exchange exchange) {
    rows(exchange).forEach(row -> changedRuns.add((UUID) row.get("id")));
    countingSince = System.nanoTime();
    boolean rests = countingSince - restUntil < 0;
    exchange
        .getMessage()
        .setBody(
            rests
                ? List.of()
                : changedRuns.stream()
                    .limit(MAX_RUNS)
                    .map(run -> Map.<String, Object>of("run", run.toString(), "limit", 1))
                    .toList());
  }

  /** Tells a run. */
  void run(Exchange exchange) {
    for (Map<String, Object> row : rows(exchange)) {
      changedRuns.remove((UUID) row.get("id"));
      listeners.write(Events.run(runs.view(row), seen));
    }
  }

  /** The runs are counted. */
  void counted(Exchange exchange) {
    long now = System.nanoTime();
    if (now - restUntil >= 0) {
      restUntil = now + SHARE * (now - countingSince);
    }
  }

  private static Map<String, Object> since(Snapshot snapshot) {
    Map<String, Object> parameters = new HashMap<>();
    parameters.put("since", snapshot == null ? null : snapshot.text());
    parameters.put("limit", MAX_TASKS + 1);
    return parameters;
  }

  private static Snapshot snapshot(List<Map<String, Object>> rows) {
    return Snapshot.of((String) rows.get(0).get("snapshot"));
  }

  private static boolean isTooMuch(List<Map<String, Object>> rows) {
    return rows.size() > MAX_TASKS;
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
