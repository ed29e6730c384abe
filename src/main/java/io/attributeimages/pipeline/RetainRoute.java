package io.attributeimages.pipeline;

import io.attributeimages.ledger.LedgerSettings;
import io.quarkus.runtime.configuration.DurationConverter;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Map;
import org.apache.camel.Exchange;
import org.apache.camel.LoggingLevel;
import org.apache.camel.builder.RouteBuilder;

/** Removes what is of no use any more, so that the database does not grow for ever: tasks that ended long ago, and catalogues that no program has. */
@ApplicationScoped
public class RetainRoute extends RouteBuilder {

  private final LedgerSettings settings;

  /** Keeps what those settings say. */
  public RetainRoute(LedgerSettings settings) {
    this.settings = settings;
  }

  @Override
  public void configure() {
    from("scheduler:forget-catalogues?delay=3600000&scheduledExecutorService=#timers")
        .routeId("forget-catalogues")
        .routeConfigurationId("ledger-errors")
        .to("sql:classpath:sql/retain/forget-catalogues.sql?noop=true");

    if (settings.keepFinished().equals("off")) {
      return;
    }
    double keepSeconds = DurationConverter.parseDuration(settings.keepFinished()).toMillis() / 1000.0;

    // Four times a day, from the oldest task on, a thousand at a time with a pause after each, so that images come first.
    // What is left alone is looked at again with the next turn. Several instances may do so at once.
    from("timer:retain?delay=60000&period=21600000")
        .routeId("retain")
        .routeConfigurationId("ledger-errors")
        .setProperty("removed", constant(0L))
        .setHeader("keepSeconds", constant(keepSeconds))
        .setHeader("batch", constant(1000))
        .setHeader("afterTime", constant("-infinity"))
        .setHeader("afterId", constant("00000000-0000-0000-0000-000000000000"))
        .loopDoWhile(header("afterTime").isNotNull())
            .to("sql:classpath:sql/retain/remove-finished.sql?outputType=SelectOne")
            .process(RetainRoute::goOn).id("go-on")
            .delay(100).syncDelayed().end()
        .end()
        .filter(exchangeProperty("removed").isGreaterThan(0))
            .log(LoggingLevel.INFO, "Removed ${exchangeProperty.removed} tasks from the ledger that ended more than " + settings.keepFinished() + " ago");
  }

  /** Adds up what was removed, and goes on after the last task that was looked at: nowhere after the end, or when the program stops. */
  @SuppressWarnings("unchecked")
  private static void goOn(Exchange exchange) {
    Map<String, Object> looked = exchange.getMessage().getBody(Map.class);
    exchange.getMessage().setBody(null);
    exchange.getMessage().setHeader("afterTime", exchange.getContext().isStopping() ? null : looked.get("after_time"));
    exchange.getMessage().setHeader("afterId", looked.get("after_id"));
    exchange.setProperty("removed", exchange.getProperty("removed", Long.class) + (Long) looked.get("removed"));
  }
}
