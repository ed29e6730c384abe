package io.attributeimages.pipeline;

import io.attributeimages.ledger.ImageEvent;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.Map;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.LoggingLevel;
import org.apache.camel.builder.RouteBuilder;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * Tells routes of one's own that an image was stored, or failed for good. Such a route starts at
 * {@code seda:image-stored} or {@code seda:image-failed}.
 */
@ApplicationScoped
public class AnnounceRoute extends RouteBuilder {

  private static final Map<String, String> LISTENERS = Map.of("STORED", "seda:image-stored", "FAILED", "seda:image-failed");

  private final Duration keepFor;

  /** Events that nobody takes are kept for that long. */
  public AnnounceRoute(@ConfigProperty(name = "extensions.keep-for", defaultValue = "1h") Duration keepFor) {
    this.keepFor = keepFor;
  }

  @Override
  public void configure() {
    // The events stand in the ledger until a route has taken them; where no route listens, none are claimed.
    from("timer:announce?period=500")
        .routeId("announce")
        .routeConfigurationId("ledger-errors")
        .process(exchange -> exchange.getMessage().setHeader("events", listenedFor(exchange))).id("find-listeners")
        .filter(simple("${header.events.length} > 0"))
        .to("sql:classpath:sql/claim-events.sql")
        .split(body())
            .setBody(exchange -> ImageEvent.fromRow(row(exchange)))
            .to("direct:tell")
        .end();

    // In: an ImageEvent. Out: forgotten when every listener has come to its end, or told again later.
    from("direct:tell")
        .routeId("tell")
        .errorHandler(noErrorHandler())
        .setProperty("event", body())
        .removeHeaders("*")
        .doTry()
            .toD("seda:${body.queue}?waitForTaskToComplete=Always&timeout=20000")
            .to("sql:classpath:sql/forget-event.sql?noop=true")
        .doCatch(Exception.class)
            .log(LoggingLevel.DEBUG, "${exchangeProperty.event.image} ${exchangeProperty.event.event} is told again later: ${exception.message}")
            .to("sql:classpath:sql/delay-event.sql?noop=true")
        .end();

    from("timer:forget-events?period=60000")
        .routeId("forget-events")
        .routeConfigurationId("ledger-errors")
        .setHeader("keepSeconds", constant(keepFor.toMillis() / 1000.0))
        .to("sql:classpath:sql/forget-old-events.sql?noop=true")
        .filter(header("CamelSqlUpdateCount").isGreaterThan(0))
        .filter(exchange -> listenedFor(exchange).length > 0)
        .log(LoggingLevel.WARN, "${header.CamelSqlUpdateCount} events are forgotten, as no route has taken them in time");
  }

  /** The events that some route of this program starts with. */
  private static String[] listenedFor(Exchange exchange) {
    CamelContext camel = exchange.getContext();
    return LISTENERS.entrySet().stream()
        .filter(event -> camel.getRoutes().stream().anyMatch(route -> startsAt(route.getEndpoint().getEndpointUri(), event.getValue())))
        .map(Map.Entry::getKey)
        .toArray(String[]::new);
  }

  private static boolean startsAt(String uri, String start) {
    return uri.replaceFirst("\\?.*", "").replace("://", ":").equals(start);
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> row(Exchange exchange) {
    return exchange.getMessage().getBody(Map.class);
  }
}
