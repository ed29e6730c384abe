package io.attributeimages.pipeline;

import io.attributeimages.ledger.Run;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Map;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;

/** Enumerates the combinations of a run and plans those that do not exist. */
@ApplicationScoped
public class PlanRoute extends RouteBuilder {

  private final Enumeration enumeration;

  /** Plans from that enumeration. */
  public PlanRoute(Enumeration enumeration) {
    this.enumeration = enumeration;
  }

  @Override
  public void configure() {
    // Takes one run at a time that is still to be planned: a new one, or one whose planner died.
    from("timer:plan-claim?period={{pipeline.claim-interval}}")
        .routeId("plan-claim")
        .routeConfigurationId("ledger-errors")
        .to("sql:classpath:sql/claim-run.sql?outputType=SelectOne")
        .filter(body().isNotNull())
        .to("direct:plan");

    // In: the claimed row of generation_run. Out: rows in generation_task. Planning twice plans nothing twice.
    from("direct:plan")
        .routeId("plan")
        .routeConfigurationId("ledger-errors")
        .process(PlanRoute::begin)
        .setBody(exchange -> enumeration.chunks(exchange.getProperty("run", Run.class).filter()))
        .split(body())
            .streaming()
            .stopOnException()
            .to("sql:classpath:sql/plan-chunk.sql?noop=true")
        .end()
        .to("sql:classpath:sql/finish-plan.sql?noop=true")
        .log("Run ${exchangeProperty.run.id} is planned");
  }

  @SuppressWarnings("unchecked")
  private static void begin(Exchange exchange) {
    exchange.setProperty("run", Run.fromRow(exchange.getMessage().getBody(Map.class)));
  }
}
