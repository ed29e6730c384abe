package io.attributeimages.observe;

import io.attributeimages.pipeline.OutageLog;
import jakarta.enterprise.context.ApplicationScoped;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;

/** Reads on timers what metrics and health have to say of the ledger, so that looking at them costs nothing. */
@ApplicationScoped
public class MeasureRoute extends RouteBuilder {

  private final Dependencies dependencies;

  /** Tells those how the database does. */
  public MeasureRoute(Dependencies dependencies) {
    this.dependencies = dependencies;
  }

  @Override
  public void configure() {
    from("scheduler:check-database?delay=2000&scheduledExecutorService=#timers")
        .routeId("check-database")
        .routeConfigurationId("ledger-errors")
        .onException(Exception.class).handled(true).process(this::databaseFails).end()
        .to("sql:classpath:sql/check-database.sql?template.queryTimeout=5");

    from("scheduler:measure?delay={{metrics.measure-interval}}&scheduledExecutorService=#timers")
        .routeId("measure")
        .routeConfigurationId("ledger-errors")
        .to("sql:classpath:sql/select-measures.sql?outputType=SelectOne&template.queryTimeout=5")
        .bean("measures", "open");

    from("scheduler:measure-totals?delay={{metrics.total-interval}}&scheduledExecutorService=#timers")
        .routeId("measure-totals")
        .routeConfigurationId("ledger-errors")
        .to("sql:classpath:sql/select-totals.sql?outputType=SelectOne&template.queryTimeout=15")
        .bean("measures", "totals");
  }

  private void databaseFails(Exchange exchange) {
    dependencies.database().fails(
        OutageLog.rootMessage(exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Exception.class)));
  }
}
