package io.attributeimages.pipeline;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Map;
import org.apache.camel.Exchange;
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
        .to("sql:classpath:sql/dead-letter/dead-letter.sql?noop=true")
        .log("Dead letter ${exchangeProperty.task.image}: ${exchangeProperty.failure.sentence}")
        .choice()
            .when(exchange -> TaskExchange.task(exchange).providerTaskId() != null)
                .setProperty(BrakeRoute.BRAKE, constant(BrakeRoute.PICTURE))
                .to("direct:brake")
            .otherwise()
                .to("sql:classpath:sql/submit/free-permit.sql?noop=true")
        .end();

    // In: the choice of dead letters, as a Map. Out: properties replayed and collected, how many go on and how many of
    // those are paid. A statement for all of a million letters would be too long; one that is repeated goes on where it was.
    from("direct:replay")
        .routeId("replay")
        .errorHandler(noErrorHandler())
        .setProperty("choice", body())
        .loopDoWhile(simple("${exchangeProperty.choice[afterCategory]} != null"))
            .setBody(exchangeProperty("choice"))
            .to("sql:classpath:sql/dead-letter/replay-dead-letters.sql?outputType=SelectOne")
            .process(DeadLetterRoute::goOn).id("go-on-replaying")
        .end()
        .log("${exchangeProperty.replayed} dead letters are replayed");

    // In: the id of a dead letter. Out: nobody wants it any more.
    from("direct:discard")
        .routeId("discard")
        .errorHandler(noErrorHandler())
        .to("sql:classpath:sql/dead-letter/discard-dead-letter.sql?noop=true");
  }

  @SuppressWarnings("unchecked")
  private static void goOn(Exchange exchange) {
    Map<String, Object> piece = exchange.getMessage().getBody(Map.class);
    Map<String, Object> choice = exchange.getProperty("choice", Map.class);
    choice.put("afterCategory", piece.get("after_category"));
    choice.put("afterValue", piece.get("after_value"));
    choice.put("afterStyle", piece.get("after_style"));
    for (String count : List.of("replayed", "collected")) {
      exchange.setProperty(count, exchange.getProperty(count, 0L, Long.class) + (Long) piece.get(count));
    }
  }
}
