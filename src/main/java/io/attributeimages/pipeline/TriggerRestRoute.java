package io.attributeimages.pipeline;

import jakarta.enterprise.context.ApplicationScoped;
import org.apache.camel.builder.RouteBuilder;

/** Starts a run on demand. */
@ApplicationScoped
public class TriggerRestRoute extends RouteBuilder {

  @Override
  public void configure() {
    // In: a RunRequest. Out: the id of its row, from which the route plan goes on; asked twice, there is one.
    from("direct:trigger-rest")
        .routeId("trigger-rest")
        .errorHandler(noErrorHandler())
        .setProperty("run", body().method("id"))
        .transform(body().method("parameters"))
        .to("sql:classpath:sql/run/create-run.sql")
        .filter(body().method("isEmpty").isEqualTo(false))
            .log("Run ${exchangeProperty.run} starts on demand")
        .end()
        .transform(exchangeProperty("run"));
  }
}
