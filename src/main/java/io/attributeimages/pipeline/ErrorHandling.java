package io.attributeimages.pipeline;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.S3Exception;
import io.attributeimages.ledger.DatabaseFailure;
import io.attributeimages.ledger.Task;
import io.attributeimages.provider.ErrorClassifier;
import io.attributeimages.provider.ForeignText;
import io.attributeimages.provider.NovitaSettings;
import io.attributeimages.provider.ProviderFailure;
import io.attributeimages.storage.PictureException;
import io.attributeimages.storage.StorageSettings;
import io.attributeimages.storage.StoreRefusal;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Named;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import org.apache.camel.Exchange;
import org.apache.camel.LoggingLevel;
import org.apache.camel.Predicate;
import org.apache.camel.builder.RouteConfigurationBuilder;
import org.apache.camel.model.OnExceptionDefinition;
import org.apache.camel.model.RouteConfigurationDefinition;
import org.apache.camel.http.base.HttpOperationFailedException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.dao.InvalidDataAccessResourceUsageException;
import org.springframework.dao.PessimisticLockingFailureException;
import software.amazon.awssdk.core.exception.SdkException;

/**
 * The error handling of all routes. A route names its configuration; here stands what each kind of failure leads to.
 *
 * <p>The redelivery policy: three redeliveries with exponential back-off and jitter, or after the pause that the other
 * side asks for, no thread waiting. A long pause is left to the ledger, and so is everything while the program stops.
 */
@ApplicationScoped
public class ErrorHandling extends RouteConfigurationBuilder {

  private static final int REDELIVERIES = 3;
  private static final double JITTER = 0.25;
  private static final String DELAY = "CamelRedeliveryDelay";

  /** How long a picture's address is tried that lives for nobody knows how long. */
  private static final Duration UNTOLD_LIFE = Duration.ofHours(1);

  private static final String FAILURES = "failures";
  private static final String LOST = "lost";

  /** What hosts of pictures say of an address that is no longer valid. */
  private static final Set<Integer> EXPIRED = Set.of(400, 401, 403, 404, 410);

  private final PipelineSettings settings;
  private final NovitaSettings novita;
  private final StorageSettings storage;
  private final Submitters submitters;
  private final OutageLog outages;

  /** Errors are handled as the settings say. */
  public ErrorHandling(
      PipelineSettings settings,
      NovitaSettings novita,
      StorageSettings storage,
      Submitters submitters,
      OutageLog outages) {
    this.settings = settings;
    this.novita = novita;
    this.storage = storage;
    this.submitters = submitters;
    this.outages = outages;
  }

  @Override
  public void configuration() {
    submitErrors();
    collectErrors();
    storeErrors();
    confirmErrors();
    outcomeErrors();
    ledgerErrors();
  }

  /** A submit: once the request may have gone out, only Novita's word that nothing was started allows another. */
  private void submitErrors() {
    var errors = configuration("submit-errors");

    // The image is paid and its id must be written down.
    insistent(errors);

    leftAlone(errors);

    errors.onException(StoppedException.class)
        .handled(true)
        .process(ErrorHandling::describeStop)
        .to("direct:give-back");

    // The answer had the picture in it, and nobody can be asked for it again: it is sent until the store takes it.
    neverGivenUp(errors.onException(SdkException.class, PictureException.class))
        .handled(true);

    errors.onException(ProviderFailure.Halt.class, ProviderFailure.Gone.class)
        .handled(true)
        .process(this::describe)
        .process(exchange -> submitter(exchange).beCautious())
        .to("direct:halt");

    // The model is well and has looked at the image: the next ones need no caution.
    errors.onException(ProviderFailure.Reject.class)
        .handled(true)
        .process(this::describe)
        .process(exchange -> submitter(exchange).beConfident())
        .to("direct:dead-letter");

    redelivered(errors.onException(ProviderFailure.Retry.class))
        .handled(true)
        .process(this::describe)
        .choice()
            .when(this::imageIsAtFault)
                .to("direct:dead-letter")
            .otherwise()
                .process(exchange -> submitter(exchange).pause(settings.redeliveryDelay(), settings.maxRedeliveryDelay()))
                .to("direct:give-back");

    // And whatever else goes wrong, as the request may have gone out.
    errors.onException(ProviderFailure.Ambiguous.class, Exception.class)
        .handled(true)
        .process(this::describe)
        .process(this::slowDown)
        .to("direct:unconfirmed");
  }

  /** A question for a result: the image is paid, and asking again costs nothing. */
  private void collectErrors() {
    var errors = configuration("collect-errors");

    collectedAfterTheLease(errors);

    errors.onException(ProviderFailure.Halt.class)
        .handled(true)
        .process(this::describe)
        .to("direct:halt")
        .to("direct:collect-later");

    redelivered(errors.onException(ProviderFailure.Lost.class))
        .handled(true)
        .process(this::describe)
        .choice()
            .when(this::isLost)
                .to("direct:dead-letter")
            .otherwise()
                .process(exchange -> TaskExchange.fail(exchange, Failure.of("TASK_NOT_FOUND", "Its host does not know the task, or not yet")))
                .to("direct:collect-later");

    redelivered(errors.onException(Exception.class))
        .handled(true)
        .process(this::describe)
        .to("direct:collect-later");
  }

  /** Download, check, upload and record: whatever fails, the paid image is collected again. */
  private void storeErrors() {
    var errors = configuration("store-errors");

    leftAlone(errors);

    collectedAfterTheLease(errors);

    // The answer had the picture in it, and there is no second way to it. It may still be on its way to the bucket.
    errors.onException(NoSuchKeyException.class).onWhen(this::isUploaded)
        .handled(true)
        .process(exchange -> TaskExchange.fail(exchange, Failure.ofLostTask("PICTURE_LOST", null,
            "The picture was lost before it was in the bucket; its answer had it, and cannot be asked for again")))
        .to("direct:not-made");

    errors.onException(PictureException.class).onWhen(ErrorHandling::neverWasAPicture)
        .handled(true)
        .process(exchange -> TaskExchange.fail(exchange, Failure.ofLostTask("NOT_A_PICTURE", null, caught(exchange).getMessage())))
        .to("direct:not-made");

    // A whole picture of another size stays what it is; everything else may be better next time, with a fresh URL.
    errors.onException(PictureException.class)
        .handled(true)
        .process(ErrorHandling::describePicture)
        .choice()
            .when(ErrorHandling::sizeIsWrong)
                .to("direct:dead-letter")
            .otherwise()
                .to("direct:collect-later");

    // Until somebody changes the store's settings, each picture would be refused; what is paid waits for that.
    errors.onException(S3Exception.class).onWhen(this::storeRefuses)
        .handled(true)
        .process(this::describeStore)
        .to("direct:collect-later");

    errors.onException(HttpOperationFailedException.class).onWhen(ErrorHandling::pictureIsGone)
        .handled(true)
        .process(exchange -> TaskExchange.fail(exchange, Failure.ofLostTask("PICTURE_EXPIRED",
            ((HttpOperationFailedException) caught(exchange)).getStatusCode(),
            "The picture's address is no longer valid, and there is no task that could be asked for another one;"
                + " what was paid for the image is lost")))
        .to("direct:dead-letter");

    errors.onException(HttpOperationFailedException.class).onWhen(ErrorHandling::urlIsDead)
        .handled(true)
        .process(this::describeStore)
        .to("direct:collect-later");

    redelivered(errors.onException(Exception.class))
        .handled(true)
        .process(this::describeStore)
        .to("direct:collect-later");
  }

  /** What a webhook said of a lost answer: Novita's word settles it, and anything else is asked again later. */
  private void confirmErrors() {
    var errors = configuration("confirm-errors");

    errors.onException(ProviderFailure.Lost.class)
        .handled(true)
        .to("direct:doubt-hint");

    errors.onException(Exception.class)
        .handled(true)
        .process(this::remember);
  }

  /** Routes that write down how a step ended: what they have to say must not be lost. */
  private void outcomeErrors() {
    insistent(configuration("outcome-errors"));
  }

  /** A configuration that says once when its routes do not get on, and once when they do again. */
  private RouteConfigurationDefinition configuration(String id) {
    var errors = routeConfiguration(id);
    errors.onCompletion().onCompleteOnly().modeBeforeConsumer().process(outages::completed);
    return errors;
  }

  /** What is no longer this instance's is another one's to finish. */
  private static void leftAlone(RouteConfigurationDefinition errors) {
    errors.onException(LeaseLostException.class)
        .handled(true)
        .log(LoggingLevel.WARN, "${exchangeProperty.task.image} is left alone: ${exception.message}");
  }

  /** While the database is away, there is nothing better to do than to try until it is back. */
  private void insistent(RouteConfigurationDefinition errors) {
    neverGivenUp(errors.onException(Exception.class).onWhen(ErrorHandling::isWorthInsisting));

    afterDeadlock(errors)
        .handled(true)
        .process(this::remember);

    errors.onException(Exception.class).onWhen(ErrorHandling::ledgerFailure)
        .handled(true)
        .process(this::remember);
  }

  /** Tried until it succeeds, and said once. */
  private OnExceptionDefinition neverGivenUp(OnExceptionDefinition definition) {
    return definition
        .maximumRedeliveries(-1).redeliveryDelay(500).useExponentialBackOff().backOffMultiplier(2)
        .maximumRedeliveryDelay(5000).asyncDelayedRedelivery().logStackTrace(false)
        .onExceptionOccurred(exchange -> outages.failed(exchange.getFromRouteId(), caught(exchange)));
  }

  /** What the database does not take is tried later, and while it is away altogether, when the claim has expired. */
  private void collectedAfterTheLease(RouteConfigurationDefinition errors) {
    errors.onException(Exception.class).onWhen(ErrorHandling::ledgerUnavailable)
        .handled(true)
        .process(this::remember)
        .process(exchange -> TaskExchange.fail(exchange,
            Failure.of("LEDGER_FAILED", "The database did not take the row: " + ForeignText.cause(caught(exchange)))))
        .doTry()
            .to("sql:classpath:sql/collect/collect-later.sql?noop=true")
            .to("direct:brake-again")
        .doCatch(Exception.class)
            .log(LoggingLevel.DEBUG, "${exchangeProperty.task.image} is collected when its lease is over")
        .end();

    errors.onException(Exception.class).onWhen(ErrorHandling::ledgerFailure)
        .handled(true)
        .process(exchange -> TaskExchange.fail(exchange,
            Failure.of("LEDGER_REFUSED", "The database refuses the row: " + ForeignText.cause(caught(exchange)))))
        .to("direct:collect-later");
  }

  /** Routes that only move the ledger on: the next tick tries again, the log says it once. */
  private void ledgerErrors() {
    var errors = configuration("ledger-errors");

    afterDeadlock(errors)
        .handled(true)
        .process(this::remember);

    errors.onException(Exception.class)
        .handled(true)
        .process(this::remember);
  }

  /** A statement that got into another one's way, and was given up, did nothing and is said again. */
  public static OnExceptionDefinition afterDeadlock(RouteConfigurationDefinition errors) {
    return errors.onException(Exception.class).onWhen(exchange -> find(caught(exchange), PessimisticLockingFailureException.class)
            || find(caught(exchange), DuplicateKeyException.class))
        .maximumRedeliveries(REDELIVERIES).redeliveryDelay(100).logStackTrace(false);
  }

  /** The redelivery policy. */
  private OnExceptionDefinition redelivered(OnExceptionDefinition definition) {
    return definition
        .retryWhile(this::isWorthRedelivery)
        .redeliveryDelay(settings.redeliveryDelay().toMillis())
        .asyncDelayedRedelivery()
        .logStackTrace(false)
        .onExceptionOccurred(this::setDelay);
  }

  private boolean isWorthRedelivery(Exchange exchange) {
    return redeliveries(exchange) < REDELIVERIES
        && pauseAskedFor(exchange) <= settings.maxRedeliveryDelay().toMillis()
        && !exchange.getContext().isStopping();
  }

  /** Exponential back-off with jitter, or the pause the other side asks for. */
  private void setDelay(Exchange exchange) {
    double random = 1 - JITTER + 2 * JITTER * ThreadLocalRandom.current().nextDouble();
    // Camel's counter is a header, which a call that fails half way may have replaced
    boolean lost = caught(exchange) instanceof ProviderFailure.Lost;
    exchange.setProperty(LOST, lost ? exchange.getProperty(LOST, 0, Integer.class) + 1 : 0);
    exchange.setProperty(FAILURES, exchange.getProperty(FAILURES, 0, Integer.class) + 1);
    double backOff =
        settings.redeliveryDelay().toMillis() * Math.pow(2, redeliveries(exchange)) * random;
    long delay = Math.min((long) backOff, settings.maxRedeliveryDelay().toMillis());
    exchange.getMessage().setHeader(DELAY, Math.max(delay, pauseAskedFor(exchange)));
  }

  /** In milliseconds; 0 where none is asked for. */
  private long pauseAskedFor(Exchange exchange) {
    return meaning(exchange) instanceof ProviderFailure.Retry retry ? retry.retryAfter().toMillis() : 0;
  }

  /** How often calls have been repeated. */
  private static int redeliveries(Exchange exchange) {
    return Math.max(0, exchange.getProperty(FAILURES, 0, Integer.class) - 1);
  }

  /** One at a time after a lost answer; ever more slowly where a gateway says that the host is not well, as each call may be paid. */
  private void slowDown(Exchange exchange) {
    submitter(exchange).beCautious();
    if (exchange.getProperty(Failure.PROPERTY, Failure.class).isGateway()) {
      submitter(exchange).pause(settings.redeliveryDelay(), settings.maxPause());
    }
  }

  private Claims submitter(Exchange exchange) {
    return submitters.of(TaskExchange.task(exchange));
  }

  /** What went wrong, as a failure of the provider: what is none of its own is a call that did not come through. */
  private ProviderFailure meaning(Exchange exchange) {
    String address = exchange.getProperty(StoreRoute.PICTURE_ADDRESS, String.class);
    String host = address == null ? "" : " " + URI.create(address).getHost();
    return ErrorClassifier.ofResult(caught(exchange), "The picture's host" + host);
  }

  private void describeStore(Exchange exchange) {
    ProviderFailure meaning = meaning(exchange);
    String reason = find(caught(exchange), SdkException.class) ? "STORAGE_FAILED" : "DOWNLOAD_FAILED";
    TaskExchange.fail(
        exchange,
        StoreRefusal.of(caught(exchange), storage)
            .map(refusal -> Failure.of(refusal, redeliveries(exchange)))
            .orElseGet(() -> new Failure(reason, meaning.status(), meaning.getMessage(), redeliveries(exchange), 0, false)));
  }

  private void describe(Exchange exchange) {
    double maxPause = settings.maxPause().toMillis() / 1000.0;
    TaskExchange.fail(exchange, Failure.of(meaning(exchange), redeliveries(exchange), maxPause));
  }

  private static void describeStop(Exchange exchange) {
    // the redelivery at hand was not made
    int made = Math.max(0, redeliveries(exchange) - 1);
    String message = "Not submitted, as " + caught(exchange).getMessage();
    TaskExchange.fail(exchange, new Failure("STOPPED", null, message, made, 0, false));
  }

  private static void describePicture(Exchange exchange) {
    PictureException e = (PictureException) caught(exchange);
    TaskExchange.fail(exchange, Failure.of(e.reason().name(), e.getMessage()));
  }

  private boolean storeRefuses(Exchange exchange) {
    return StoreRefusal.of(caught(exchange), storage).isPresent();
  }

  /** Whether nobody uploads the picture of an answer any more, and it is that one which is not there. */
  private boolean isUploaded(Exchange exchange) {
    Task task = TaskExchange.task(exchange);
    return task.isInBucket()
        && exchange.getProperty(StoreRoute.UPLOAD_KEY) == null
        && !submitters.tasks().contains(task.id())
        && task.submittedAt().plus(settings.lease().multipliedBy(4)).isBefore(task.claimedAt());
  }

  /** What the answer had in it stays what it is; another download may bring more. */
  private static boolean neverWasAPicture(Exchange exchange) {
    return caught(exchange) instanceof PictureException e
        && e.reason() == PictureException.Reason.NOT_A_PICTURE
        && TaskExchange.task(exchange).isInBucket();
  }

  private static boolean sizeIsWrong(Exchange exchange) {
    return caught(exchange) instanceof PictureException e
        && e.reason() == PictureException.Reason.WRONG_SIZE;
  }

  /** The address of an answer's picture has expired; where nobody told when it does, it was tried for an hour. */
  private static boolean pictureIsGone(Exchange exchange) {
    Task task = TaskExchange.task(exchange);
    if (task.pictureUrl() == null
        || !(caught(exchange) instanceof HttpOperationFailedException e && EXPIRED.contains(e.getStatusCode()))) {
      return false;
    }
    Instant until = task.pictureUntil() == null ? task.collectingSince().plus(UNTOLD_LIFE) : task.pictureUntil();
    return until.isBefore(task.claimedAt());
  }

  /** Presigned URLs expire; the next question for the result brings a fresh one. */
  private static boolean urlIsDead(Exchange exchange) {
    return caught(exchange) instanceof HttpOperationFailedException e && e.getStatusCode() / 100 == 4;
  }

  /** Whether the call was repeated as often as it may be, rather than left because the program stops. */
  private static boolean isExhausted(Exchange exchange) {
    return redeliveries(exchange) >= REDELIVERIES;
  }

  /** Whether Novita says again and again that it does not know the task, and not only as it has just been accepted. */
  private boolean isLost(Exchange exchange) {
    Task task = TaskExchange.task(exchange);
    return exchange.getProperty(LOST, 0, Integer.class) > REDELIVERIES
        && (task.submittedAt() == null || task.submittedAt().plus(novita.unconfirmedGrace()).isBefore(task.claimedAt()));
  }

  /** Whether Novita is well but could not start this one image. */
  private boolean imageIsAtFault(Exchange exchange) {
    boolean outage = caught(exchange) instanceof ProviderFailure.Retry retry && retry.outage();
    Task task = TaskExchange.task(exchange);
    boolean othersGotOn = task.setbackSince() != null && submitter(exchange).gotOnAfter(task.setbackSince());
    return !outage && isExhausted(exchange) && (othersGotOn || task.setbacks() + 1 >= settings.maxAttempts())
        || othersGotOn && task.isSetBackFor(settings.giveUpAfter());
  }

  private void remember(Exchange exchange) {
    outages.failed(exchange, caught(exchange));
  }

  private static boolean ledgerFailure(Exchange exchange) {
    return DatabaseFailure.of(caught(exchange)).isPresent();
  }

  /** Whether the database may take the same statement another time: all but what it refuses by its types and rules. */
  private static boolean isWorthInsisting(Exchange exchange) {
    return ledgerFailure(exchange)
        && !find(caught(exchange), DataIntegrityViolationException.class)
        && !find(caught(exchange), InvalidDataAccessResourceUsageException.class);
  }

  /** No statement of any task would get on. */
  private static boolean ledgerUnavailable(Exchange exchange) {
    return DatabaseFailure.isUnavailable(caught(exchange));
  }

  private static boolean find(Throwable failure, Class<? extends Throwable> type) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (type.isInstance(t)) {
        return true;
      }
    }
    return false;
  }

  static Exception caught(Exchange exchange) {
    Exception exception = exchange.getException();
    return exception != null
        ? exception
        : exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Exception.class);
  }
}
