package io.attributeimages.pipeline;

import io.attributeimages.catalog.Recipe;
import io.attributeimages.ledger.Task;
import io.attributeimages.novita.GuardedHttpClient;
import io.attributeimages.novita.NovitaRequests;
import io.attributeimages.novita.NovitaSettings;
import io.attributeimages.novita.SubmitAnswer;
import io.attributeimages.novita.Txt2ImgRequest;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Named;
import java.math.BigDecimal;
import org.apache.camel.Exchange;
import org.apache.camel.LoggingLevel;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.model.dataformat.JsonLibrary;

/** Claims planned images at the account's pace, asks Novita for them, and writes down what was paid. */
@ApplicationScoped
public class SubmitRoute extends RouteBuilder {

  /** The exchange property with what Novita answered, as it came. */
  static final String ANSWER = "answer";

  private final Claims submitting;
  private final NovitaRequests requests;
  private final WebhookTokens tokens;
  private final PipelineSettings settings;
  private final BigDecimal priceUsd;

  /** Submits with those requests, at the price of those settings. */
  public SubmitRoute(
      @Named("submitting") Claims submitting,
      NovitaRequests requests,
      WebhookTokens tokens,
      PipelineSettings settings,
      NovitaSettings novita) {
    this.submitting = submitting;
    this.requests = requests;
    this.tokens = tokens;
    this.settings = settings;
    this.priceUsd = novita.priceUsd();
  }

  @Override
  public void configure() {
    from("timer:start?repeatCount=1&delay=0")
        .routeId("prepare-permits")
        .routeConfigurationId("outcome-errors")
        .to("sql:classpath:sql/submit/prepare-permits.sql?noop=true")
        .to("sql:classpath:sql/submit/fill-prices.sql?noop=true");

    // The throttle: the statement claims no more than the account may submit now, over all instances.
    from("scheduler:submit-claim?initialDelay=0&delay={{pipeline.claim-interval}}&scheduledExecutorService=#timers")
        .routeId("submit-claim")
        .precondition("'{{pipeline.queue}}' == 'ledger'")
        .routeConfigurationId("ledger-errors")
        .loopDoWhile(submitting::goesOn)
            .setHeader("batch", submitting::claim)
            .process(exchange -> TaskExchange.setDeadline(exchange, settings.lease())).id("note-end-of-claim")
            .to("sql:classpath:sql/submit/claim-planned.sql")
            .split(body())
                .setBody(TaskExchange::claimedTask)
                .process(exchange -> submitting.add(exchange.getMessage().getBody(Task.class))).id("hold-planned-task")
                .to("seda:submit?waitForTaskToComplete=Never")
            .end()
        .end();

    // In: a claimed Task, and until when the claim lasts. Out: its Novita task id in the ledger. Errors: submit-errors.
    from("seda:submit?concurrentConsumers={{pipeline.submit-concurrency}}")
        .routeId("submit")
        .routeConfigurationId("submit-errors")
        .process(exchange -> TaskExchange.begin(exchange, submitting)).id("begin-submitting")
        .filter(exchange -> !TaskExchange.task(exchange).costs(priceUsd))
            .to("direct:reprice")
        .end()
        .setBody(this::request).id("write-request")
        .marshal().json(JsonLibrary.Jackson)
        .removeHeaders("*")
        .setHeader("Authorization", requests::authorization)
        .setHeader(Exchange.CONTENT_TYPE, constant("application/json"))
        .to("direct:call-novita")
        .removeHeaders("*")
        .convertBodyTo(String.class)
        .setProperty(ANSWER, body())
        .unmarshal().json(JsonLibrary.Jackson, SubmitAnswer.class)
        .process(SubmitRoute::setAccepted).id("set-accepted")
        .log("Submitted ${exchangeProperty.task.image}: task ${body.taskId}")
        .to("direct:record-accepted")
        .process(exchange -> submitting.beConfident()).id("be-confident");

    // In: property accepted. Out: it is in the ledger; while the database is away, in a file that outlives this instance.
    from("direct:record-accepted")
        .routeId("record-accepted")
        .errorHandler(noErrorHandler())
        .doTry()
            .to("sql:classpath:sql/submit/record-accepted.sql?noop=true")
        .doCatch(Exception.class)
            .to("direct:keep-accepted")
            .to("sql:classpath:sql/submit/record-accepted.sql?noop=true")
        .end()
        .filter(header("CamelSqlUpdateCount").isEqualTo(0))
            .to("sql:classpath:sql/submit/record-extra.sql?noop=true")
        .end();

    // In: property accepted, which the database does not take. Out: a file, if it can be written.
    from("direct:keep-accepted")
        .routeId("keep-accepted")
        .errorHandler(noErrorHandler())
        .setBody(exchangeProperty("accepted"))
        .doTry()
            .to("direct:spool-webhook")
        .doCatch(Exception.class)
            .log(LoggingLevel.ERROR, "Task ${exchangeProperty.accepted.providerTaskId} of ${exchangeProperty.task.image} is paid and"
                + " stands nowhere but here, until the database takes it: ${exception.message}")
        .end();

    // The price has changed since the image was planned. Out: the difference is committed, or the image is left out.
    from("direct:reprice")
        .routeId("reprice")
        .errorHandler(noErrorHandler())
        .to("sql:classpath:sql/submit/reprice-task.sql?noop=true")
        .filter(header("CamelSqlUpdateCount").isEqualTo(0))
            .process(exchange -> TaskExchange.fail(exchange, Failure.of("BEYOND_BUDGET",
                "An image costs " + priceUsd.stripTrailingZeros().toPlainString() + " USD by now, and the budget of its run has no room for that"))).id("note-price")
            .to("direct:dead-letter")
            .stop()
        .end();

    // One call, and once more with each redelivery: after a pause only if the claim is still ours and the run goes on.
    from("direct:call-novita")
        .routeId("call-novita")
        .errorHandler(noErrorHandler())
        .filter(header(Exchange.REDELIVERY_COUNTER).isGreaterThan(0))
            .process(exchange -> TaskExchange.setDeadline(exchange, settings.lease())).id("note-end-of-claim-again")
            .to("sql:classpath:sql/submit/renew-lease.sql?outputType=SelectOne&outputHeader=runState")
            .process(SubmitRoute::checkClaim).id("check-claim-again")
        .end()
        .setHeader(GuardedHttpClient.NOT_AFTER, exchangeProperty(TaskExchange.DEADLINE))
        .to("{{novita.base-url}}/v3/async/txt2img"
            + "?httpMethod=POST"
            + "&httpClientConfigurer=#submitClient");

    // Nothing was started at Novita. In: properties task and failure.
    from("direct:give-back")
        .routeId("give-back")
        .routeConfigurationId("outcome-errors")
        .to("sql:classpath:sql/submit/give-back.sql?noop=true")
        .to("sql:classpath:sql/submit/free-permit.sql?noop=true")
        .log("${exchangeProperty.task.image} waits for its next turn: ${exchangeProperty.failure.sentence}");

    // The request went out and the answer was lost. In: properties task and failure.
    from("direct:unconfirmed")
        .routeId("unconfirmed")
        .routeConfigurationId("outcome-errors")
        .to("sql:classpath:sql/submit/record-unconfirmed.sql?noop=true")
        .log("${exchangeProperty.task.image} may be paid for: ${exchangeProperty.failure.sentence}")
        .setProperty(BrakeRoute.BRAKE, simple("${exchangeProperty.failure.lostTo}"))
        .to("direct:brake");
  }

  private static void setAccepted(Exchange exchange) {
    Task task = TaskExchange.task(exchange);
    String providerTaskId = exchange.getMessage().getBody(SubmitAnswer.class).taskId();
    exchange.setProperty("accepted", new PaidTask(task.id(), task.attempts(), providerTaskId));
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
    Recipe recipe = task.recipe();
    return requests.submit(
        task.id(),
        tokens.token(task.id()),
        new NovitaRequests.Picture(
            recipe.field("model").asText(),
            recipe.prompt(),
            recipe.field("negative_prompt").asText(),
            recipe.width(),
            recipe.height(),
            recipe.field("steps").asInt(),
            recipe.field("sampler").asText(),
            recipe.field("guidance_scale").decimalValue(),
            recipe.field("seed").asLong()));
  }
}
