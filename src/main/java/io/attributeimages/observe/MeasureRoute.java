package io.attributeimages.observe;

import io.attributeimages.pipeline.Broker;
import io.attributeimages.provider.ForeignText;
import io.attributeimages.pipeline.PipelineSettings;
import jakarta.enterprise.context.ApplicationScoped;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;

/** Reads on timers what metrics and health have to say of the ledger, so that looking at them costs nothing. */
@ApplicationScoped
public class MeasureRoute extends RouteBuilder {

  private final Dependencies dependencies;
  private final PipelineSettings settings;
  private final Broker broker;

  /** Tells those how the database and the broker do. */
  public MeasureRoute(Dependencies dependencies, PipelineSettings settings, Broker broker) {
    this.dependencies = dependencies;
    this.settings = settings;
    this.broker = broker;
  }

  @Override
  public void configure() {
    from("scheduler:check-database?delay=2000&scheduledExecutorService=#timers")
        .routeId("check-database")
        .routeConfigurationId("ledger-errors")
        .onException(Exception.class).handled(true).process(this::databaseFails).end()
        .to("sql:classpath:sql/read/check-database.sql?template.queryTimeout=5");

    if (settings.hasQueue()) {
      from("scheduler:check-broker?delay=2000&scheduledExecutorService=#timers")
          .routeId("check-broker")
          .onException(Exception.class).handled(true).process(this::brokerFails).end()
          .process(broker::check).id("check-connections")
          .process(exchange -> dependencies.broker().works()).id("broker-works");
    }

    from("scheduler:measure?delay={{metrics.measure-interval}}&scheduledExecutorService=#timers")
        .routeId("measure")
        .routeConfigurationId("ledger-errors")
        .to("sql:classpath:sql/read/select-measures.sql?outputType=SelectOne&template.queryTimeout=5")
        .bean("measures", "open");

    from("scheduler:measure-totals?delay={{metrics.total-interval}}&scheduledExecutorService=#timers")
        .routeId("measure-totals")
        .routeConfigurationId("ledger-errors")
        .to("sql:classpath:sql/read/select-totals.sql?outputType=SelectOne&template.queryTimeout=15")
        .bean("measures", "totals");
  }

  private void databaseFails(Exchange exchange) {
    dependencies.database().fails(message(exchange));
  }

  private void brokerFails(Exchange exchange) {
    dependencies.broker().fails(message(exchange));
  }

  private static String message(Exchange exchange) {
    return ForeignText.cause(exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Exception.class));
  }
}
