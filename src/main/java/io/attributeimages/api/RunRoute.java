package io.attributeimages.api;

import io.attributeimages.ledger.RunMode;
import io.attributeimages.pipeline.Enumeration;
import io.attributeimages.pipeline.RunRequest;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Iterator;
import java.util.Map;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;

/** What {@code POST /api/runs} does. */
@ApplicationScoped
public class RunRoute extends RouteBuilder {

  private final RunRequests requests;
  private final Enumeration enumeration;
  private final Queries queries;
  private final Answers answers;

  /** Starts runs from those requests. */
  public RunRoute(RunRequests requests, Enumeration enumeration, Queries queries, Answers answers) {
    this.requests = requests;
    this.enumeration = enumeration;
    this.queries = queries;
    this.answers = answers;
  }

  @Override
  public void configure() {
    from("direct:post-run").routeId("post-run").routeConfigurationId("api-errors")
        .process(requests::read)
        .setProperty("request", body())
        .choice()
            .when(header("dryRun"))
                .to("direct:dry-run")
            .otherwise()
                .to("direct:trigger-rest")
                .setHeader("id", body())
                .process(queries::run)
                .setProperty("run", simple("${body[run]}"))
                .to("sql:classpath:sql/read/select-runs.sql")
                .process(requests::checkSame)
                .process(answers::run)
                .setHeader(Exchange.HTTP_RESPONSE_CODE, constant(202))
                .setHeader("Location", simple("/api/runs/${exchangeProperty.run}"))
        .end();

    // In: a RunRequest. Out: what it would make and cost; nothing is written or paid.
    from("direct:dry-run").routeId("dry-run").routeConfigurationId("api-errors")
        .setProperty("request", body())
        .process(exchange -> exchange.setProperty("dryRun", new DryRun(exchange.getMessage().getBody(RunRequest.class).maxCostUsd()))).id("begin-dry-run")
        .setBody(this::chunks)
        .split(body()).streaming().stopOnException()
            .to("sql:classpath:sql/plan/select-plannable.sql")
            .process(DryRun::add).id("add-chunk")
        .end()
        .process(answers::dryRun);
  }

  private Iterator<Map<String, Object>> chunks(Exchange exchange) {
    RunRequest request = exchange.getMessage().getBody(RunRequest.class);
    exchange.getMessage().setHeader("regenerate", request.mode() == RunMode.REGENERATE);
    exchange.getMessage().setHeader("limit", DryRun.NAMED);
    return enumeration.chunks(request.filter());
  }
}
