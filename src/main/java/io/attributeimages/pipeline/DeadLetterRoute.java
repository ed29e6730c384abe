package io.attributeimages.pipeline;

import jakarta.enterprise.context.ApplicationScoped;
import org.apache.camel.builder.RouteBuilder;

/** Where an image ends that failed, and how it leaves. The dead letters are the tasks in state FAILED. */
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

    // In: the choice of dead letters. Out: the rows that go on: what was paid is collected, what was not is submitted.
    from("direct:replay")
        .routeId("replay")
        .errorHandler(noErrorHandler())
        .to("sql:classpath:sql/replay-dead-letters.sql")
        .log("${body.size} dead letters are replayed");

    // In: the id of a dead letter. Out: nobody wants it any more.
    from("direct:discard")
        .routeId("discard")
        .errorHandler(noErrorHandler())
        .to("sql:classpath:sql/discard-dead-letter.sql?noop=true");
  }
}
