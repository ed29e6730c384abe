package io.attributeimages.pipeline;

import jakarta.enterprise.context.ApplicationScoped;
import org.apache.camel.builder.RouteBuilder;

/** Where an image ends that failed. The dead letters are the tasks in state FAILED. */
@ApplicationScoped
public class DeadLetterRoute extends RouteBuilder {

  @Override
  public void configure() {
    // In: properties task and failure. Out: the task in state FAILED, with reason, status, message and attempts.
    from("direct:dead-letter")
        .routeId("dead-letter")
        .routeConfigurationId("outcome-errors")
        .to("sql:classpath:sql/dead-letter.sql?noop=true")
        .log("Dead letter ${exchangeProperty.task.image}: ${exchangeProperty.failure.sentence}");
  }
}
