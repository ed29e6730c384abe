package io.attributeimages.pipeline;

import jakarta.enterprise.context.ApplicationScoped;
import org.apache.camel.builder.RouteBuilder;

/** Starts a run on demand. */
@ApplicationScoped
public class TriggerRestRoute extends RouteBuilder {

  @Override
  public void configure() {
    // In: a RunRequest. Out: the new row's id, from which the route plan goes on.
    from("direct:trigger-rest")
        .routeId("trigger-rest")
        .errorHandler(noErrorHandler())
        .transform(body().method("parameters"))
        .to("sql:classpath:sql/create-run.sql")
        .transform(simple("${body[0][id]}"))
        .log("Run ${body} starts on demand");
  }
}
