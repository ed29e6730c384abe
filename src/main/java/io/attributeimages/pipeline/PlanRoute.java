package io.attributeimages.pipeline;

import io.attributeimages.provider.Provider;
import io.attributeimages.ledger.Run;
import io.attributeimages.provider.Balance;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Map;
import org.apache.camel.Exchange;
import org.apache.camel.LoggingLevel;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.model.dataformat.JsonLibrary;

/** Enumerates the combinations of a run and plans those that do not exist. */
@ApplicationScoped
public class PlanRoute extends RouteBuilder {

  private final Enumeration enumeration;
  private final Provider provider;

  /** Plans from that enumeration. */
  public PlanRoute(Enumeration enumeration, Provider provider) {
    this.enumeration = enumeration;
    this.provider = provider;
  }

  @Override
  public void configure() {
    // Takes one run at a time that is still to be planned: a new one, or one whose planner died.
    from("scheduler:plan-claim?initialDelay=0&delay={{pipeline.claim-interval}}&scheduledExecutorService=#timers")
        .routeId("plan-claim")
        .routeConfigurationId("ledger-errors")
        .to("sql:classpath:sql/plan/claim-run.sql?outputType=SelectOne")
        .filter(body().isNotNull())
        .to("direct:plan");

    // In: the claimed row of ledger.run. Out: rows in ledger.task. Planning twice plans nothing twice.
    from("direct:plan")
        .routeId("plan")
        .routeConfigurationId("ledger-errors")
        .process(PlanRoute::begin).id("begin-planning")
        .setBody(exchange -> enumeration.chunks(exchange.getProperty("run", Run.class))).id("enumerate")
        .split(body())
            .streaming()
            .stopOnException()
            .setProperty("chunk", body())
            .setProperty("again", constant(true))
            .loopDoWhile(exchangeProperty("again").isEqualTo(true))
                .setBody(exchangeProperty("chunk"))
                .to("sql:classpath:sql/plan/plan-chunk.sql?outputType=SelectOne")
                .setProperty("again", body())
            .end()
        .end()
        .to("sql:classpath:sql/plan/select-pays.sql?outputType=SelectOne")
        .filter(exchange -> Boolean.TRUE.equals(exchange.getMessage().getBody(Boolean.class)) && provider.novita().isPresent())
            .to("direct:check-balance")
        .end()
        .to("sql:classpath:sql/plan/finish-plan.sql?outputType=SelectOne")
        .log("Run ${exchangeProperty.run.id} is planned")
        .filter(body().isNotNull())
            .log(LoggingLevel.WARN, "Run ${exchangeProperty.run.id}: ${body}");

    // Out: property balanceUsd, or none where Novita does not tell: a run does not fail for that.
    from("direct:check-balance")
        .routeId("check-balance")
        .errorHandler(noErrorHandler())
        .doTry()
            .to("direct:provider-balance")
            .setProperty("balanceUsd", body())
        .doCatch(Exception.class)
            .log(LoggingLevel.DEBUG, "Novita does not tell the balance: ${exception.message}")
        .end();
  }

  @SuppressWarnings("unchecked")
  private static void begin(Exchange exchange) {
    exchange.setProperty("run", Run.fromRow(exchange.getMessage().getBody(Map.class)));
  }
}
