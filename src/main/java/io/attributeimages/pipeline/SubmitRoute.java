package io.attributeimages.pipeline;

import io.attributeimages.storage.ObjectKeys;
import io.attributeimages.provider.Model;
import io.attributeimages.provider.Accepted;
import io.attributeimages.provider.ProviderFailure;
import io.attributeimages.provider.ImageRequest;
import io.attributeimages.provider.Provider;
import io.attributeimages.ledger.Task;
import io.attributeimages.provider.GuardedHttpClient;
import io.attributeimages.provider.NovitaSettings;
import io.attributeimages.storage.PictureFormat;
import io.attributeimages.storage.StorageSettings;
import io.attributeimages.storage.StoreRefusal;
import java.util.Optional;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Named;
import java.math.BigDecimal;
import org.apache.camel.Exchange;
import org.apache.camel.LoggingLevel;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.model.dataformat.JsonLibrary;
import software.amazon.awssdk.core.exception.SdkException;

/** Claims planned images at the account's pace, asks Novita for them, and writes down what was paid. */
@ApplicationScoped
public class SubmitRoute extends RouteBuilder {

  private static final String PRICE = "price";
  private static final String PICTURE = "picture";
  private static final String RESENT = "resent";

  private final Submitters submitters;
  private final Provider provider;
  private final NovitaSettings novita;
  private final WebhookTokens tokens;
  private final PipelineSettings settings;
  private final ObjectKeys keys;
  private final StorageSettings storage;

  /** Submits to those models. */
  public SubmitRoute(
      Submitters submitters,
      Provider provider,
      NovitaSettings novita,
      WebhookTokens tokens,
      PipelineSettings settings,
      ObjectKeys keys,
      StorageSettings storage) {
    this.submitters = submitters;
    this.provider = provider;
    this.novita = novita;
    this.tokens = tokens;
    this.settings = settings;
    this.keys = keys;
    this.storage = storage;
  }

  @Override
  public void configure() {
    from("timer:start?repeatCount=1&delay=0")
        .routeId("prepare-permits")
        .routeConfigurationId("outcome-errors")
        .to("sql:classpath:sql/submit/prepare-permits.sql?noop=true");

    // Models that have something to submit, each at its own pace. A turn waits for all of them: two at once would claim twice
    // what one instance has room for.
    from("scheduler:submit-claim?initialDelay=0&delay={{pipeline.claim-interval}}&synchronous=true&scheduledExecutorService=#timers")
        .routeId("submit-claim")
        .precondition("'{{pipeline.queue}}' == 'ledger'")
        .routeConfigurationId("ledger-errors")
        .to("sql:classpath:sql/submit/select-models.sql")
        // a thread for each model in use, and none that only waits
        .split(body()).parallelProcessing().executorService(getContext().getExecutorServiceManager().newCachedThreadPool(this, "models"))
            .setHeader("model", simple("${body[model]}"))
            .to("direct:claim-planned")
        .end();

    // In: header model. The throttle: the statement claims no more than the account may submit now, over all instances.
    from("direct:claim-planned")
        .routeId("claim-planned")
        .routeConfigurationId("ledger-errors")
        .loopDoWhile(exchange -> submitters.of(model(exchange)).goesOn(exchange))
            .process(exchange -> exchange.getMessage().setHeader("batch", submitters.of(model(exchange)).claim())).id("choose-batch")
            .process(exchange -> TaskExchange.setDeadline(exchange, settings.lease())).id("note-end-of-claim")
            .to("sql:classpath:sql/submit/claim-planned.sql")
            .split(body())
                .setBody(TaskExchange::claimedTask)
                .process(this::hold).id("hold-planned-task")
                .to("seda:submit?waitForTaskToComplete=Never")
            .end()
        .end();

    // In: a claimed Task, and until when the claim lasts. Out: what was accepted, in the ledger. Errors: submit-errors.
    from("seda:submit?concurrentConsumers={{pipeline.submit-concurrency}}")
        .routeId("submit")
        .routeConfigurationId("submit-errors")
        .process(this::begin).id("begin-submitting")
        .process(exchange -> exchange.setProperty(PRICE, price(TaskExchange.task(exchange)))).id("note-price")
        .filter(exchange -> !TaskExchange.task(exchange).costs(exchange.getProperty(PRICE, BigDecimal.class)))
            .to("direct:reprice")
        .end()
        .to("direct:call-provider")
        .process(this::setAccepted).id("set-accepted")
        .log("Submitted ${exchangeProperty.task.image}: ${exchangeProperty.accepted.providerTaskId}")
        .to("direct:record-accepted")
        .process(exchange -> submitter(exchange).beConfident()).id("be-confident")
        .filter(exchangeProperty(PICTURE).isNotNull())
            .to("direct:keep-picture")
            .to("sql:classpath:sql/collect/release-claim.sql?noop=true")
        .end();


    // In: property accepted. Out: it is in the ledger; while the database is away, in a file that outlives this instance.
    from("direct:record-accepted")
        .routeId("record-accepted")
        .errorHandler(noErrorHandler())
        .doTry()
            .to("direct:record-answer")
        .doCatch(Exception.class)
            .to("direct:keep-accepted")
            .filter(exchangeProperty(PICTURE).isNotNull())
                .to("direct:keep-picture")
            .end()
            .to("direct:record-answer")
        .end();

    // In: property accepted. Out: it is in the ledger; where the image has, or needs, another task, among what is lost.
    from("direct:record-answer")
        .routeId("record-answer")
        .errorHandler(noErrorHandler())
        .to("sql:classpath:sql/submit/record-accepted.sql?noop=true")
        .filter(header("CamelSqlUpdateCount").isEqualTo(0))
            .setProperty(PICTURE, constant((Object) null))
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

    // In: property picture, which the answer had in it. Out: it is in the bucket, whence the task is collected. It is nowhere
    // else, so that it is sent until the store takes it; one that the store refuses is told once, and counts for the brake.
    from("direct:keep-picture")
        .routeId("keep-picture")
        .errorHandler(noErrorHandler())
        .setProperty(RESENT, header(Exchange.REDELIVERY_COUNTER))
        .setBody(exchangeProperty(PICTURE))
        .doTry()
            .to("direct:upload")
        .doCatch(SdkException.class)
            .filter(this::isNewlyRefused)
                .process(this::describeRefusal).id("describe-refusal")
                // on its own, as a database that fails now must not keep the picture from being sent again
                .wireTap("direct:picture-refused").end()
            .end()
            .process(SubmitRoute::failAgain).id("fail-again")
        .end();

    // In: the task of a picture in memory that the store refuses, and the failure. Out: that is in the ledger and in the log.
    from("direct:picture-refused")
        .routeId("picture-refused")
        .routeConfigurationId("ledger-errors")
        .log(LoggingLevel.WARN, "${exchangeProperty.task.image} is paid and nowhere but in memory: ${exchangeProperty.failure.sentence}")
        .to("sql:classpath:sql/submit/note-refusal.sql?noop=true")
        .setProperty(BrakeRoute.BRAKE, simple("${exchangeProperty.failure.keptFrom}"))
        .to("direct:brake");

    // The price has changed since the image was planned. In: property price. Out: the difference is committed, or the image is left out.
    from("direct:reprice")
        .routeId("reprice")
        .errorHandler(noErrorHandler())
        .to("sql:classpath:sql/submit/reprice-task.sql?noop=true")
        .filter(header("CamelSqlUpdateCount").isEqualTo(0))
            .process(exchange -> TaskExchange.fail(exchange, Failure.of("BEYOND_BUDGET",
                "An image costs " + exchange.getProperty(PRICE, BigDecimal.class).stripTrailingZeros().toPlainString() + " USD by now, and the budget of its run has no room for that"))).id("note-budget")
            .to("direct:dead-letter")
            .stop()
        .end();

    // One call, and once more with each redelivery: after a pause only if the claim is still ours and the run goes on.
    from("direct:call-provider")
        .routeId("call-provider")
        .errorHandler(noErrorHandler())
        .filter(header(Exchange.REDELIVERY_COUNTER).isGreaterThan(0))
            .process(exchange -> TaskExchange.setDeadline(exchange, settings.lease())).id("note-end-of-claim-again")
            .to("sql:classpath:sql/submit/renew-lease.sql?outputType=SelectOne&outputHeader=runState")
            .process(SubmitRoute::checkClaim).id("check-claim-again")
        .end()
        .process(exchange -> exchange.getMessage().setBody(request(exchange))).id("write-request")
        .to("direct:provider-submit");

    // Nothing was started. In: properties task and failure.
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

  private static String model(Exchange exchange) {
    return exchange.getMessage().getHeader("model", String.class);
  }

  private Claims submitter(Exchange exchange) {
    return submitters.of(TaskExchange.task(exchange));
  }

  private void hold(Exchange exchange) {
    Task task = exchange.getMessage().getBody(Task.class);
    submitters.of(task).add(task);
  }

  private void begin(Exchange exchange) {
    TaskExchange.begin(exchange, submitters.of(exchange.getMessage().getBody(Task.class)));
  }

  /** What the answer gave: a picture's task has an id of ours, as nobody can be asked for it. */
  private void setAccepted(Exchange exchange) {
    Task task = TaskExchange.task(exchange);
    Accepted answer = exchange.getMessage().getBody(Accepted.class);
    String id = answer.task() == null ? task.id() + "-" + task.attempts() : answer.task();
    Optional<PictureFormat> format = Optional.ofNullable(answer.picture()).flatMap(PictureFormat::find);
    String key = format.map(f -> keys.originalKey(task.category(), task.value(), task.style(), id, f)).orElse(null);
    exchange.setProperty("accepted", new PaidTask(task.id(), task.attempts(), id, key == null ? answer.url() : Task.IN_BUCKET + key, answer.secondsToLive(), key, answer.seed(), answer.confidence()));
    exchange.setProperty(PICTURE, format.isPresent() ? answer.picture() : null);
    exchange.setProperty("uploadKey", key);
    exchange.setProperty("uploadType", format.map(PictureFormat::contentType).orElse(null));
  }

  /** Whether the store refuses the picture, and nobody was told; a connection that is cut says so only the second time. */
  private boolean isNewlyRefused(Exchange exchange) {
    boolean resent = exchange.getProperty(RESENT, 0, Integer.class) > 0;
    return exchange.getProperty(Failure.PROPERTY) == null
        && refusal(exchange).filter(refusal -> resent || refusal.status() != null).isPresent();
  }

  private Optional<StoreRefusal> refusal(Exchange exchange) {
    return StoreRefusal.of(ErrorHandling.caught(exchange), storage);
  }

  private void describeRefusal(Exchange exchange) {
    refusal(exchange).ifPresent(refusal -> TaskExchange.fail(exchange, Failure.of(refusal, 0)));
  }

  private static void failAgain(Exchange exchange) throws Exception {
    throw ErrorHandling.caught(exchange);
  }

  private BigDecimal price(Task task) {
    return provider.entry(task.model()).map(model -> provider.price(model, task.recipe())).orElse(task.priceUsd());
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

  private ImageRequest request(Exchange exchange) throws ProviderFailure {
    Task task = TaskExchange.task(exchange);
    Model model =
        provider
            .entry(task.model())
            .orElseThrow(
                () ->
                    new ProviderFailure.Gone(
                        null, "the models' file has no model " + task.model() + " any more"));
    String webhook =
        novita
            .webhookUrl()
            .map(base -> base.replaceAll("/+$", "") + "/webhooks/novita/" + task.id() + "/" + tokens.token(task.id()))
            .orElse(null);
    boolean free = exchange.getProperty(PRICE, BigDecimal.class).signum() == 0;
    return new ImageRequest(model, task.recipe(), free, webhook, exchange.getProperty(TaskExchange.DEADLINE, String.class));
  }
}
