package io.attributeimages.pipeline;

import jakarta.enterprise.context.ApplicationScoped;
import org.apache.camel.builder.RouteBuilder;

/** Starts a run for a command. */
@ApplicationScoped
public class TriggerCliRoute extends RouteBuilder {

  @Override
  public void configure() {
    // In: a RunRequest. Out: the new row's id, from which the route plan goes on, here or in another instance.
    from("direct:trigger-cli")
        .routeId("trigger-cli")
        .errorHandler(noErrorHandler())
        .transform(body().method("parameters"))
        .to("sql:classpath:sql/run/create-joining-run.sql")
        .transform(simple("${body[0][id]}"))
        .log("Run ${body} starts by command");
  }
}
