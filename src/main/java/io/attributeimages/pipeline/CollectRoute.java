package io.attributeimages.pipeline;

import io.attributeimages.ledger.Task;
import io.attributeimages.novita.NovitaRequests;
import io.attributeimages.novita.NovitaSettings;
import io.attributeimages.novita.OtherTaskException;
import io.attributeimages.novita.TaskResult;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Named;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.model.dataformat.JsonLibrary;

/** Asks Novita for the paid tasks that are due. No thread waits for a picture: a task that is not ready gets a new due time. */
@ApplicationScoped
public class CollectRoute extends RouteBuilder {

  private final Claims collecting;
  private final NovitaRequests requests;
  private final NovitaSettings novita;
  private final PipelineSettings settings;

  /** Collects with those requests. */
  public CollectRoute(
      @Named("collecting") Claims collecting,
      NovitaRequests requests,
      NovitaSettings novita,
      PipelineSettings settings) {
    this.collecting = collecting;
    this.settings = settings;
    this.requests = requests;
    this.novita = novita;
  }

  @Override
  public void configure() {
    from("scheduler:collect-claim?initialDelay=0&delay={{pipeline.claim-interval}}&scheduledExecutorService=#timers")
        .routeId("collect-claim")
        .precondition("'{{pipeline.queue}}' == 'ledger'")
        .routeConfigurationId("ledger-errors")
        .loopDoWhile(collecting::goesOn)
            .setHeader("batch", collecting::claim)
            .setHeader("overdueSeconds", constant(0))
            .to("sql:classpath:sql/collect/claim-due.sql")
            .split(body())
                .setBody(TaskExchange::claimedTask)
                .process(exchange -> collecting.add(exchange.getMessage().getBody(Task.class))).id("hold-due-task")
                .to("seda:collect?waitForTaskToComplete=Never")
            .end()
        .end();

    // In: a claimed Task with a Novita task id. Out: stored, or due again, or a dead letter. Errors: collect-errors.
    from("seda:collect?concurrentConsumers={{pipeline.collect-concurrency}}")
        .routeId("collect")
        .routeConfigurationId("collect-errors")
        .process(exchange -> TaskExchange.begin(exchange, collecting)).id("begin-collecting")
        .filter(exchange -> exchange.getContext().isStopping())
            .to("sql:classpath:sql/collect/release-claim.sql?noop=true")
            .stop()
        .end()
        .setBody(simple("${exchangeProperty.task.providerTaskId}"))
        .to("direct:ask-novita")
        .choice()
            .when(body().method("succeeded"))
                .to("direct:store")
                .process(exchange -> collecting.gotOn()).id("got-on")
                .filter(exchange -> collecting.holdsOnly(TaskExchange.task(exchange)))
                    .to("direct:complete-runs")
                .endChoice()
            .when(body().method("failed"))
                .to("direct:novita-failed")
            .when(this::overdue)
                .process(exchange -> TaskExchange.fail(exchange, Failure.of("TASK_TIMEOUT",
                    "Novita has not finished the task within " + novita.taskTimeout().toSeconds() + " s; a replay asks again"))).id("note-timeout")
                .to("direct:dead-letter")
            .otherwise()
                .to("sql:classpath:sql/collect/poll-later.sql?noop=true")
        .end();

    // In: the id of a task at Novita. Out: its TaskResult. An answer about another task is none.
    from("direct:ask-novita")
        .routeId("ask-novita")
        .errorHandler(noErrorHandler())
        .setProperty("asked", body())
        .removeHeaders("*")
        .setHeader("Authorization", requests::authorization)
        .setHeader(Exchange.HTTP_QUERY, simple("task_id=${exchangeProperty.asked}"))
        .setBody(constant((Object) null))
        .to("{{novita.base-url}}/v3/async/task-result"
            + "?httpMethod=GET"
            + "&httpClientConfigurer=#resultClient")
        .removeHeaders("*")
        .unmarshal().json(JsonLibrary.Jackson, TaskResult.class)
        .process(CollectRoute::requireTask).id("require-task");

    // Novita gave up on the image: a new attempt, paid anew, as long as attempts and budget allow.
    from("direct:novita-failed")
        .routeId("novita-failed")
        .routeConfigurationId("collect-errors")
        .process(exchange -> TaskExchange.fail(exchange, Failure.ofLostTask("TASK_STATUS_FAILED", null,
            "Novita could not make the image: " + exchange.getMessage().getBody(TaskResult.class).failure()))).id("note-failure")
        .log("${exchangeProperty.task.image}: ${exchangeProperty.failure.message}")
        .to("sql:classpath:sql/collect/resubmit-failed.sql?noop=true")
        .choice()
            .when(header("CamelSqlUpdateCount").isEqualTo(0))
                .to("direct:dead-letter")
            .otherwise()
                .setProperty(BrakeRoute.BRAKE, constant(BrakeRoute.PICTURE))
                .to("direct:brake")
        .end();

    // A paid image that could not be fetched or stored this time. In: properties task and failure.
    from("direct:collect-later")
        .routeId("collect-later")
        .routeConfigurationId("outcome-errors")
        .log("${exchangeProperty.task.image} is collected again later: ${exchangeProperty.failure.sentence}")
        .choice()
            .when(this::givenUp)
                .to("direct:dead-letter")
            .otherwise()
                .to("sql:classpath:sql/collect/collect-later.sql?noop=true")
                .to("direct:brake-again")
        .end();

    // A paid image was set back. Many a picture is not there yet when it is asked for first: the second time counts.
    from("direct:brake-again")
        .routeId("brake-again")
        .errorHandler(noErrorHandler())
        .filter(exchange -> TaskExchange.task(exchange).setbacks() > 0)
            .setProperty(BrakeRoute.BRAKE, constant(BrakeRoute.PICTURE))
            .to("direct:brake")
        .end();
  }

  private static void requireTask(Exchange exchange) throws OtherTaskException {
    TaskResult.requireTask(exchange.getProperty("asked", String.class), exchange.getMessage().getBody(TaskResult.class));
  }

  private boolean overdue(Exchange exchange) {
    Task task = TaskExchange.task(exchange);
    return task.collectingSince().plus(novita.taskTimeout()).isBefore(task.claimedAt());
  }

  private boolean givenUp(Exchange exchange) {
    return TaskExchange.task(exchange).isSetBackFor(settings.giveUpAfter());
  }
}
