package io.attributeimages.pipeline;

import io.attributeimages.provider.ForeignText;
import io.attributeimages.ledger.ImageEvent;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.LoggingLevel;
import org.apache.camel.Route;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.component.seda.SedaEndpoint;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * Tells routes of one's own that an image was stored, or failed for good. Such a route starts at
 * {@code seda:image-stored} or {@code seda:image-failed}.
 */
@ApplicationScoped
public class AnnounceRoute extends RouteBuilder {

  private static final Map<String, String> QUEUES = Map.of("STORED", "image-stored", "FAILED", "image-failed");

  /** However many events a route takes at once, no more of its kind are on their way. */
  private static final int MOST_AT_ONCE = 5;

  private final Duration keepFor;

  /** Tells a route that fails for that long, and keeps for that long what nobody listens for. */
  public AnnounceRoute(@ConfigProperty(name = "extensions.keep-for", defaultValue = "1h") Duration keepFor) {
    this.keepFor = keepFor;
  }

  @Override
  public void configure() {
    // Each kind by itself: a route that hangs on the one does not hold up the other.
    from("scheduler:announce-stored?delay={{pipeline.claim-interval}}&scheduledExecutorService=#timers")
        .routeId("announce-stored")
        .routeConfigurationId("ledger-errors")
        .setHeader("kind", constant("STORED"))
        .to("direct:announce");

    from("scheduler:announce-failed?delay={{pipeline.claim-interval}}&scheduledExecutorService=#timers")
        .routeId("announce-failed")
        .routeConfigurationId("ledger-errors")
        .setHeader("kind", constant("FAILED"))
        .to("direct:announce");

    // In: the header kind. Out: as many of its events are told as the route that listens takes at once; the timer waits
    // for them. The others stay in the ledger, and so do all of them where no route listens.
    from("direct:announce")
        .routeId("announce")
        .errorHandler(noErrorHandler())
        .process(exchange -> exchange.getMessage().setHeader("batch", room(exchange))).id("find-room")
        .filter(header("batch").isGreaterThan(0))
        .to("sql:classpath:sql/events/claim-events.sql")
        .split(body()).parallelProcessing().synchronous()
            .setBody(exchange -> ImageEvent.fromRow(row(exchange)))
            .to("direct:tell")
        .end();

    // In: an ImageEvent. Out: forgotten when every listener has come to its end, or told again later; or given up, where
    // that has failed for too long.
    from("direct:tell")
        .routeId("tell")
        .errorHandler(noErrorHandler())
        .setProperty("event", body())
        .removeHeaders("*")
        .doTry()
            .toD("seda:${body.queue}?waitForTaskToComplete=Always&timeout=20000")
            .to("sql:classpath:sql/events/forget-event.sql?noop=true")
        .doCatch(Exception.class)
            .process(exchange -> exchange.setProperty("reason", reason(exchange))).id("find-reason")
            .log(LoggingLevel.DEBUG, "${exchangeProperty.event.image} ${exchangeProperty.event.event} is told again later: ${exchangeProperty.reason}")
            .to("sql:classpath:sql/events/delay-event.sql?noop=true")
            .setHeader("keepSeconds", constant(keepSeconds()))
            .to("sql:classpath:sql/events/give-up-event.sql?noop=true")
            .filter(header("CamelSqlUpdateCount").isGreaterThan(0))
                .log(LoggingLevel.WARN, "${exchangeProperty.event.image} ${exchangeProperty.event.event} is forgotten, as no route has taken it in time: ${exchangeProperty.reason}")
        .end();

    from("scheduler:forget-events?delay=60000&scheduledExecutorService=#timers")
        .routeId("forget-events")
        .routeConfigurationId("ledger-errors")
        .process(exchange -> exchange.getMessage().setHeader("listenedFor", listenedFor(exchange))).id("find-listeners")
        .setHeader("keepSeconds", constant(keepSeconds()))
        .to("sql:classpath:sql/events/forget-old-events.sql?noop=true");

    // In: a run's id. Out: how many of the events since its start routes of one's own are still to be told.
    from("direct:count-untold")
        .routeId("count-untold")
        .errorHandler(noErrorHandler())
        .setHeader("run", body())
        .process(exchange -> exchange.getMessage().setHeader("listenedFor", listenedFor(exchange))).id("find-listeners-again")
        .to("sql:classpath:sql/events/count-untold.sql?outputType=SelectOne");
  }

  private double keepSeconds() {
    return keepFor.toMillis() / 1000.0;
  }

  /** How many events of the kind are told at once: what is claimed does not wait for its turn, in which it might expire. */
  private static int room(Exchange exchange) {
    return listeners(exchange.getContext(), exchange.getMessage().getHeader("kind", String.class))
        .mapToInt(SedaEndpoint::getConcurrentConsumers)
        .map(consumers -> Math.min(consumers, MOST_AT_ONCE))
        .min()
        .orElse(0);
  }

  /** The kinds of events that some route of this program starts with. */
  private static String[] listenedFor(Exchange exchange) {
    return QUEUES.keySet().stream()
        .filter(kind -> listeners(exchange.getContext(), kind).findAny().isPresent())
        .toArray(String[]::new);
  }

  private static Stream<SedaEndpoint> listeners(CamelContext camel, String kind) {
    return camel.getRoutes().stream()
        .map(Route::getEndpoint)
        .filter(SedaEndpoint.class::isInstance)
        .map(SedaEndpoint.class::cast)
        .filter(endpoint -> endpoint.getName().equals(QUEUES.get(kind)));
  }

  private static String reason(Exchange exchange) {
    return ForeignText.cause(exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Exception.class));
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> row(Exchange exchange) {
    return exchange.getMessage().getBody(Map.class);
  }
}
