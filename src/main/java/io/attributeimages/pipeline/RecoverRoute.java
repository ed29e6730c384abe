package io.attributeimages.pipeline;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Named;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;

/** Puts right what crashes, lost answers and replacements left behind, at start and while running. */
@ApplicationScoped
public class RecoverRoute extends RouteBuilder {

  private final Submitters submitters;
  private final Claims collecting;
  private final PipelineSettings settings;
  private boolean recovered = true;
  private long trustedFrom = System.nanoTime();

  /** Keeps those claims alive. */
  public RecoverRoute(
      Submitters submitters, @Named("collecting") Claims collecting, PipelineSettings settings) {
    this.submitters = submitters;
    this.collecting = collecting;
    this.settings = settings;
  }

  @Override
  public void configure() {
    from("scheduler:recover?delay=1000&scheduledExecutorService=#timers")
        .routeId("recover")
        .routeConfigurationId("ledger-errors")
        // after an outage of the database, signs of life come first
        .filter(exchange -> signsOfLifeAreKnown())
            .to("sql:classpath:sql/recover/recover-submitting.sql?noop=true")
            .to("sql:classpath:sql/recover/recover-collecting.sql?noop=true")
        .end()
        .to("sql:classpath:sql/recover/recover-clock.sql?noop=true")
        .to("sql:classpath:sql/recover/resolve-unconfirmed.sql?noop=true")
        .to("sql:classpath:sql/run/cancel-left.sql?noop=true")
        .to("sql:classpath:sql/run/release-brake.sql?noop=true")
        .to("sql:classpath:sql/run/halt-unknown.sql?noop=true")
        .to("sql:classpath:sql/run/halt-left.sql?noop=true")
        .to("sql:classpath:sql/plan/replan-runs.sql?noop=true")
        .to("direct:complete-runs")
        .to("sql:classpath:sql/run/reopen-runs.sql?noop=true")
        .process(exchange -> recovered = true).id("note-end-of-recovery");

    // What every step of an image wrote down is added up, so that whoever counts images reads a few rows.
    from("scheduler:fold-counts?delay=1000&scheduledExecutorService=#timers")
        .routeId("fold-counts")
        .routeConfigurationId("ledger-errors")
        .to("sql:classpath:sql/retain/fold-counts.sql?noop=true")
        .to("sql:classpath:sql/retain/fold-catalogue.sql?noop=true");

    // Whoever stores the last image it has in hand asks whether that was the last of a run, as nobody likes to wait for a timer.
    from("direct:complete-runs")
        .routeId("complete-runs")
        .routeConfigurationId("ledger-errors")
        .to("sql:classpath:sql/run/complete-runs.sql?outputHeader=completed")
        .split(header("completed"))
            // what is said of a run is not about the image that was its last
            .removeProperty("task")
            .setProperty("run", simple("${body[id]}"))
            .log("Run ${body[id]} is completed: ${body[stored]} of ${body[images]} images are stored; see them at"
                + " http://{{quarkus.http.host}}:{{quarkus.http.port}}/create-character/, and the board at http://{{quarkus.http.host}}:{{quarkus.http.port}}/")
        .end();

    // A run that an instance stopped cancelling halfway, however large it is, holds up nothing else.
    from("scheduler:cancel-rest?delay=10000&scheduledExecutorService=#timers")
        .routeId("cancel-rest")
        .routeConfigurationId("ledger-errors")
        .to("sql:classpath:sql/run/claim-cancelling.sql?outputType=SelectOne&outputHeader=run")
        .filter(header("run").isNotNull())
            .to("direct:cancel-in-pieces")
            .log("Run ${header.run} is cancelled, which another instance had begun");

    // In: the id "run" in body or header, of a run marked as being cancelled. Out: the run cancelled, unless it was resumed
    // meanwhile; a statement for all of a million images would be too long.
    from("direct:cancel-in-pieces")
        .routeId("cancel-in-pieces")
        .errorHandler(noErrorHandler())
        .removeHeader("CamelSqlUpdateCount")
        .loopDoWhile(header("CamelSqlUpdateCount").isNotEqualTo(0))
            .to("sql:classpath:sql/run/cancel-ahead.sql?noop=true")
        .end()
        .to("sql:classpath:sql/run/cancel-run.sql?noop=true");

    // A slow store holds up nothing else. What cannot be removed now is claimed again a quarter of an hour later.
    from("scheduler:remove-obsolete?delay=1000&scheduledExecutorService=#timers")
        .routeId("remove-obsolete")
        .routeConfigurationId("ledger-errors")
        .to("sql:classpath:sql/store/claim-obsolete.sql")
        .split(body())
            .to("direct:remove-object")
        .end();

    // In: a row with obsolete_key and in_use. Out: the object is gone, unless a row points to it again.
    from("direct:remove-object")
        .routeId("remove-object")
        .routeConfigurationId("ledger-errors")
        .setProperty("obsoleteTask", simple("${body[id]}"))
        .setProperty("obsoleteKey", simple("${body[obsolete_key]}"))
        .filter(simple("${body[in_use]} == false"))
            // the key may be of an address that somebody else wrote: in a header, it would be evaluated as Simple
            .to("aws2-s3://{{storage.bucket}}?operation=deleteObject&keyName=${exchangeProperty.obsoleteKey}&lazyStartProducer=true&fileName=unused")
        .end()
        .to("sql:classpath:sql/store/forget-obsolete.sql?noop=true");

    // A sign of life for what this instance has claimed and is still working on.
    from("timer:heartbeat?period={{pipeline.heartbeat}}")
        .routeId("heartbeat")
        .routeConfigurationId("ledger-errors")
        .setBody(this::claimed)
        .filter(simple("${body[taskIds].length} > 0"))
        .to("sql:classpath:sql/recover/extend-leases.sql?noop=true");
  }

  /** Not for two heartbeats after a turn that did not come to its end: leases may have run out without anybody being gone. */
  private boolean signsOfLifeAreKnown() {
    if (!recovered) {
      trustedFrom = System.nanoTime() + 2 * settings.heartbeat().toNanos();
    }
    recovered = false;
    return System.nanoTime() - trustedFrom >= 0;
  }

  private Object claimed(Exchange exchange) {
    return Map.of(
        "taskIds",
        Stream.concat(submitters.tasks().stream(), collecting.tasks().stream())
            .map(UUID::toString)
            .toArray(String[]::new));
  }
}
