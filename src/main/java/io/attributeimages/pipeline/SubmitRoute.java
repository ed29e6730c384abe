package io.attributeimages.pipeline;

import io.attributeimages.ledger.Task;
import io.attributeimages.novita.NovitaRequests;
import io.attributeimages.novita.SubmitAnswer;
import io.attributeimages.novita.Txt2ImgRequest;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Named;
import org.apache.camel.Exchange;
import org.apache.camel.LoggingLevel;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.model.dataformat.JsonLibrary;

/** Claims planned images at the account's pace, asks Novita for them, and writes down what was paid. */
@ApplicationScoped
public class SubmitRoute extends RouteBuilder {

  private final Claims submitting;
  private final NovitaRequests requests;
  private final WebhookTokens tokens;

  /** Submits with those requests. */
  public SubmitRoute(@Named("submitting") Claims submitting, NovitaRequests requests, WebhookTokens tokens) {
    this.submitting = submitting;
    this.requests = requests;
    this.tokens = tokens;
  }

  @Override
  public void configure() {
    from("timer:start?repeatCount=1&delay=0")
        .routeId("prepare-permits")
        .routeConfigurationId("outcome-errors")
        .to("sql:classpath:sql/prepare-permits.sql?noop=true");

    // The throttle: the statement claims no more than the account may submit now, over all instances.
    from("scheduler:submit-claim?initialDelay=0&delay={{pipeline.claim-interval}}&scheduledExecutorService=#timers")
        .routeId("submit-claim")
        .precondition("'{{pipeline.queue}}' == 'ledger'")
        .routeConfigurationId("ledger-errors")
        .loopDoWhile(submitting::goesOn)
            .setHeader("batch", submitting::claim)
            .to("sql:classpath:sql/claim-planned.sql")
            .split(body())
                .setBody(TaskExchange::claimedTask)
                .process(exchange -> submitting.add(exchange.getMessage().getBody(Task.class))).id("hold-planned-task")
                .to("seda:submit?waitForTaskToComplete=Never")
            .end()
        .end();

    // In: a claimed Task. Out: its Novita task id in the ledger. Errors: submit-errors.
    from("seda:submit?concurrentConsumers={{pipeline.submit-concurrency}}")
        .routeId("submit")
        .routeConfigurationId("submit-errors")
        .process(exchange -> TaskExchange.begin(exchange, submitting)).id("begin-submitting")
        .setBody(this::request).id("write-request")
        .marshal().json(JsonLibrary.Jackson)
        .removeHeaders("*")
        .setHeader("Authorization", requests::authorization)
        .setHeader(Exchange.CONTENT_TYPE, constant("application/json"))
        .to("direct:call-novita")
        .removeHeaders("*")
        .unmarshal().json(JsonLibrary.Jackson, SubmitAnswer.class)
        .to("sql:classpath:sql/record-accepted.sql?noop=true")
        .process(exchange -> submitting.beConfident()).id("be-confident")
        .log("Submitted ${exchangeProperty.task.image}: task ${body.taskId}")
        .filter(header("CamelSqlUpdateCount").isEqualTo(0))
            .to("sql:classpath:sql/record-extra.sql?noop=true")
        .end();

    // One call, and once more with each redelivery: after a pause only if the claim is still ours and the run goes on.
    from("direct:call-novita")
        .routeId("call-novita")
        .errorHandler(noErrorHandler())
        .filter(header(Exchange.REDELIVERY_COUNTER).isGreaterThan(0))
            .to("sql:classpath:sql/renew-lease.sql?outputType=SelectOne&outputHeader=runState")
            .process(SubmitRoute::checkClaim).id("check-claim-again")
        .end()
        .to("{{novita.base-url}}/v3/async/txt2img"
            + "?httpMethod=POST"
            + "&httpClientConfigurer=#submitClient");

    // Nothing was started at Novita. In: properties task and failure.
    from("direct:give-back")
        .routeId("give-back")
        .routeConfigurationId("outcome-errors")
        .to("sql:classpath:sql/give-back.sql?noop=true")
        .log("${exchangeProperty.task.image} waits for its next turn: ${exchangeProperty.failure.sentence}");

    // The request went out and the answer was lost. In: properties task and failure.
    from("direct:unconfirmed")
        .routeId("unconfirmed")
        .routeConfigurationId("outcome-errors")
        .to("sql:classpath:sql/record-unconfirmed.sql?noop=true")
        .log("${exchangeProperty.task.image} may be paid for: ${exchangeProperty.failure.sentence}");

    // Every image would fail the same way. In: properties task and failure.
    from("direct:halt")
        .routeId("halt")
        .routeConfigurationId("outcome-errors")
        .to("sql:classpath:sql/halt-runs.sql?noop=true")
        .filter(header("CamelSqlUpdateCount").isGreaterThan(0))
        .log(LoggingLevel.ERROR, "Runs are halted: ${exchangeProperty.failure.sentence}");
  }

  private static void checkClaim(Exchange exchange) throws LeaseLostException, StoppedException {
    Object runState = exchange.getMessage().removeHeader("runState");
    if (runState == null) {
      throw new LeaseLostException("another instance may be submitting the image");
    }
    if (!runState.equals("RUNNING")) {
      throw new StoppedException("its run is " + runState);
    }
    if (exchange.getContext().isStopping()) {
      throw new StoppedException("the program stops");
    }
  }

  private Txt2ImgRequest request(Exchange exchange) {
    Task task = TaskExchange.task(exchange);
    return requests.submit(
        task.id(),
        tokens.token(task.id()),
        new NovitaRequests.Picture(
            task.model(),
            task.prompt(),
            task.negativePrompt(),
            task.width(),
            task.height(),
            task.steps(),
            task.sampler(),
            task.guidanceScale()));
  }
}
