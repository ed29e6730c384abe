package io.attributeimages.api;

import jakarta.enterprise.context.ApplicationScoped;
import org.apache.camel.builder.RouteBuilder;

/** What {@code GET /api/events} tells: the changes of the ledger, whichever instance made them. */
@ApplicationScoped
public class EventsRoute extends RouteBuilder {

  private final LedgerWatch watch;
  private final Listeners listeners;

  /** Watches for those listeners. */
  public EventsRoute(LedgerWatch watch, Listeners listeners) {
    this.watch = watch;
    this.listeners = listeners;
  }

  @Override
  public void configure() {
    // Twice a second while anyone listens. Out: events. While the database is away, listeners wait; then they ask anew.
    from("scheduler:watch-ledger?delay=500&scheduledExecutorService=#timers")
        .routeId("watch-ledger")
        .routeConfigurationId("ledger-errors")
        .filter(watch::isWanted)
        // Who has come back is told what it missed, and from then on what all are told.
        .setBody(watch::returning)
        .split(body())
            .process(watch::beginCatchUp)
            .to("sql:classpath:sql/read/select-changed-tasks.sql")
            .process(watch::missedTasks)
            .to("sql:classpath:sql/read/select-changed-runs.sql")
            .process(watch::catchUp)
        .end()
        .process(watch::begin)
        .to("sql:classpath:sql/read/select-changed-tasks.sql")
        .process(watch::tasks)
        .to("sql:classpath:sql/read/select-changed-runs.sql")
        .process(watch::runs)
        .split(body()).stopOnException()
            .to("sql:classpath:sql/read/select-runs.sql")
            .process(watch::run)
        .end()
        .process(watch::counted);

    // Calls that are no stream of events, as they are not understood, or the program stops. Out: the problem.
    from("direct:get-events").routeId("get-events").routeConfigurationId("api-errors")
        .process(listeners::refuse);
  }
}
