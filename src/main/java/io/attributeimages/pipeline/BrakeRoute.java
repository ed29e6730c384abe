package io.attributeimages.pipeline;

import jakarta.enterprise.context.ApplicationScoped;
import org.apache.camel.LoggingLevel;
import org.apache.camel.builder.RouteBuilder;

/** Stops all runs before more money is spent on what will fail. What is paid goes on being collected. */
@ApplicationScoped
public class BrakeRoute extends RouteBuilder {

  /**
   * The exchange property that says what went wrong once more: an {@code ANSWER} to a submit was lost,
   * a {@code GATEWAY} answered with an error page, a paid {@code PICTURE} could not be stored, or the {@code STORE} refused it.
   */
  static final String BRAKE = "brake";

  /** One of them. */
  static final String PICTURE = "PICTURE";

  @Override
  public void configure() {
    // Every image of the model would fail the same way. In: properties task and failure.
    from("direct:halt")
        .routeId("halt")
        .routeConfigurationId("outcome-errors")
        .to("sql:classpath:sql/run/halt-runs.sql?noop=true")
        .filter(header("CamelSqlUpdateCount").isGreaterThan(0))
            .log(LoggingLevel.ERROR, "Runs submit nothing more to ${exchangeProperty.task.model}: ${exchangeProperty.failure.sentence}")
            .to("sql:classpath:sql/run/halt-left.sql?noop=true")
        .end()
        .filter(exchange -> TaskExchange.task(exchange).providerTaskId() == null)
            .to("sql:classpath:sql/submit/free-permit.sql?noop=true")
        .end();

    // Once may be chance, many times in a row is none. In: properties task, failure and brake. Whoever stores a picture,
    // or resumes a run, lets them go on.
    from("direct:brake")
        .routeId("brake")
        .routeConfigurationId("ledger-errors")
        .to("sql:classpath:sql/run/brake.sql?noop=true")
        .filter(header("CamelSqlUpdateCount").isGreaterThan(0))
        .log(LoggingLevel.ERROR, "The brake has halted the runs, after ${exchangeProperty.failure.sentence}");
  }
}
