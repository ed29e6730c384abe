package io.attributeimages.api;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Map;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;

/** What an operator does with runs and dead letters that are there. */
@ApplicationScoped
public class ControlRoute extends RouteBuilder {

  private final Queries queries;
  private final ReplayRequests replays;
  private final Answers answers;

  /** Answers with those answers. */
  public ControlRoute(Queries queries, ReplayRequests replays, Answers answers) {
    this.queries = queries;
    this.replays = replays;
    this.answers = answers;
  }

  @Override
  public void configure() {
    // In: header id. Out: the run, in the state that was asked for. A verb that changes nothing is no mistake.
    from("direct:pause-run").routeId("pause-run").routeConfigurationId("api-errors")
        .process(this::readRun)
        .to("sql:classpath:sql/run/pause-run.sql?noop=true")
        .to("sql:classpath:sql/read/select-runs.sql")
        .process(exchange -> require(exchange, "PAUSED", "a run that is RUNNING can be paused"))
        .log("Run ${body[0][id]} is paused")
        .process(answers::run);

    from("direct:resume-run").routeId("resume-run").routeConfigurationId("api-errors")
        .process(this::readRun)
        .to("sql:classpath:sql/run/resume-run.sql?noop=true")
        .to("sql:classpath:sql/read/select-runs.sql")
        .process(exchange -> require(exchange, "RUNNING", "a run that is PAUSED or HALTED can be resumed"))
        .log("Run ${body[0][id]} is resumed")
        .process(answers::run);

    from("direct:cancel-run").routeId("cancel-run").routeConfigurationId("api-errors")
        .process(this::readRun)
        .to("sql:classpath:sql/run/begin-cancelling.sql?noop=true")
        .to("direct:cancel-in-pieces")
        .to("sql:classpath:sql/read/select-runs.sql")
        .process(exchange -> require(exchange, "CANCELLED", "a run that is not over can be cancelled, as long as nobody resumes it meanwhile"))
        .log("Run ${body[0][id]} is cancelled")
        .process(answers::run);

    // In: header id. Out: the task, on its way again.
    from("direct:replay-dead-letter").routeId("replay-dead-letter").routeConfigurationId("api-errors")
        .process(replays::one)
        .to("direct:replay")
        .setBody(exchangeProperty("choice"))
        .to("sql:classpath:sql/read/select-task.sql")
        .process(answers::replayed);

    // In: which ones. Out: how many are on their way again.
    from("direct:replay-dead-letters").routeId("replay-dead-letters").routeConfigurationId("api-errors")
        .process(replays::several)
        .to("direct:replay")
        .setBody(exchangeProperty("choice"))
        .to("sql:classpath:sql/dead-letter/count-left-dead-letters.sql?outputType=SelectOne")
        .process(answers::replays);

    from("direct:discard-dead-letter").routeId("discard-dead-letter").routeConfigurationId("api-errors")
        .process(replays::one)
        .to("direct:discard")
        .process(answers::discarded);
  }

  private void readRun(Exchange exchange) {
    RequestBody.of(exchange);
    queries.run(exchange);
  }

  /** Checks the state of the run, if there is one. */
  @SuppressWarnings("unchecked")
  private static void require(Exchange exchange, String state, String allowed) {
    List<Map<String, Object>> runs = exchange.getMessage().getBody(List.class);
    if (runs.isEmpty()) {
      throw Problem.notFound("There is no such run");
    }
    Object actual = runs.get(0).get("state");
    if (!state.equals(actual)) {
      throw new Problem(409, "Conflict", "The run is " + actual + "; only " + allowed);
    }
  }
}
