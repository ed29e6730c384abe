package io.attributeimages.pipeline;

import io.attributeimages.ledger.Task;
import io.attributeimages.novita.ErrorClassifier;
import io.attributeimages.novita.Verdict;
import io.attributeimages.storage.PictureException;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Named;
import java.sql.SQLException;
import java.time.Instant;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import org.apache.camel.Exchange;
import org.apache.camel.LoggingLevel;
import org.apache.camel.Predicate;
import org.apache.camel.builder.RouteConfigurationBuilder;
import org.apache.camel.model.OnExceptionDefinition;
import org.apache.camel.model.RouteConfigurationDefinition;
import org.apache.camel.http.base.HttpOperationFailedException;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataIntegrityViolationException;
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
  private static final String FAILURES = "failures";
  private static final String GONE = "gone";

  private final PipelineSettings settings;
  private final Claims submitting;
  private final OutageLog outages;

  /** Errors are handled as the settings say. */
  public ErrorHandling(
      PipelineSettings settings, @Named("submitting") Claims submitting, OutageLog outages) {
    this.settings = settings;
    this.submitting = submitting;
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

    errors.onException(Exception.class).onWhen(submit(Verdict.Halt.class))
        .handled(true)
        .process(this::describeSubmit)
        .process(exchange -> submitting.beCautious())
        .to("direct:halt");

    // Novita is well and has looked at the image: the next ones need no caution.
    errors.onException(Exception.class).onWhen(submit(Verdict.Reject.class))
        .handled(true)
        .process(this::describeSubmit)
        .process(exchange -> submitting.beConfident())
        .to("direct:dead-letter");

    errors.onException(Exception.class).onWhen(submit(Verdict.Ambiguous.class))
        .handled(true)
        .process(this::describeSubmit)
        .to("direct:unconfirmed");

    redelivered(errors.onException(Exception.class), ErrorClassifier::ofSubmit)
        .handled(true)
        .process(this::describeSubmit)
        .choice()
            .when(this::imageIsAtFault)
                .to("direct:dead-letter")
            .otherwise()
                .process(exchange -> submitting.beCautious())
                .to("direct:give-back");
  }

  /** A question for a result: the image is paid, and asking again costs nothing. */
  private void collectErrors() {
    var errors = configuration("collect-errors");

    collectedAfterTheLease(errors);

    errors.onException(Exception.class).onWhen(collect(Verdict.Halt.class))
        .handled(true)
        .process(this::describeCollect)
        .to("direct:halt")
        .to("direct:collect-later");

    redelivered(errors.onException(Exception.class).onWhen(collect(Verdict.Gone.class)), ErrorClassifier::ofCollect)
        .handled(true)
        .process(this::describeCollect)
        .choice()
            .when(ErrorHandling::isGone)
                .to("direct:dead-letter")
            .otherwise()
                .to("direct:collect-later");

    redelivered(errors.onException(Exception.class), ErrorClassifier::ofCollect)
        .handled(true)
        .process(this::describeCollect)
        .to("direct:collect-later");
  }

  /** Download, check, upload and record: whatever fails, the paid image is collected again. */
  private void storeErrors() {
    var errors = configuration("store-errors");

    leftAlone(errors);

    collectedAfterTheLease(errors);

    // A whole picture of another size stays what it is; everything else may be better next time, with a fresh URL.
    errors.onException(PictureException.class)
        .handled(true)
        .process(ErrorHandling::describePicture)
        .choice()
            .when(ErrorHandling::sizeIsWrong)
                .to("direct:dead-letter")
            .otherwise()
                .to("direct:collect-later");

    errors.onException(HttpOperationFailedException.class).onWhen(ErrorHandling::urlIsDead)
        .handled(true)
        .process(this::describeStore)
        .to("direct:collect-later");

    redelivered(errors.onException(Exception.class), ErrorClassifier::ofCollect)
        .handled(true)
        .process(this::describeStore)
        .to("direct:collect-later");
  }

  /** What a webhook said of a lost answer: Novita's word settles it, and anything else is asked again later. */
  private void confirmErrors() {
    var errors = configuration("confirm-errors");

    errors.onException(Exception.class).onWhen(collect(Verdict.Gone.class))
        .handled(true)
        .log(LoggingLevel.WARN, "A webhook named task ${exchangeProperty.hint[novita_task_id]}, which Novita does not know")
        .to("sql:classpath:sql/forget-hint.sql?noop=true");

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
    errors.onException(Exception.class).onWhen(ErrorHandling::ledgerUnavailable)
        .maximumRedeliveries(-1).redeliveryDelay(500).useExponentialBackOff().backOffMultiplier(2)
        .maximumRedeliveryDelay(5000).asyncDelayedRedelivery().logStackTrace(false)
        .onExceptionOccurred(exchange -> outages.failed(exchange.getFromRouteId(), caught(exchange)));

    errors.onException(Exception.class).onWhen(ErrorHandling::ledgerFailure)
        .handled(true)
        .process(this::remember);
  }

  /** What the database does not take is tried later, and while it is away altogether, when the claim has expired. */
  private void collectedAfterTheLease(RouteConfigurationDefinition errors) {
    errors.onException(Exception.class).onWhen(ErrorHandling::ledgerUnavailable)
        .handled(true)
        .process(this::remember)
        .process(exchange -> TaskExchange.fail(exchange,
            Failure.of("LEDGER_FAILED", "The database did not take the row: " + OutageLog.rootMessage(caught(exchange)))))
        .doTry()
            .to("sql:classpath:sql/collect-later.sql?noop=true")
        .doCatch(Exception.class)
            .log(LoggingLevel.DEBUG, "${exchangeProperty.task.image} is collected when its lease is over")
        .end();

    errors.onException(Exception.class).onWhen(ErrorHandling::ledgerFailure)
        .handled(true)
        .process(exchange -> TaskExchange.fail(exchange,
            Failure.of("LEDGER_REFUSED", "The database refuses the row: " + OutageLog.rootMessage(caught(exchange)))))
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

  /** A statement that the database gave up, as it and another waited for each other, did nothing and is said again. */
  public static OnExceptionDefinition afterDeadlock(RouteConfigurationDefinition errors) {
    return errors.onException(Exception.class).onWhen(exchange -> find(caught(exchange), PessimisticLockingFailureException.class))
        .maximumRedeliveries(REDELIVERIES).redeliveryDelay(100).logStackTrace(false);
  }

  /** The redelivery policy. */
  private OnExceptionDefinition redelivered(
      OnExceptionDefinition definition, Function<Throwable, Verdict> classifier) {
    return definition
        .retryWhile(exchange -> isWorthRedelivery(exchange, classifier.apply(caught(exchange))))
        .redeliveryDelay(settings.redeliveryDelay().toMillis())
        .asyncDelayedRedelivery()
        .logStackTrace(false)
        .onExceptionOccurred(exchange -> setDelay(exchange, classifier.apply(caught(exchange))));
  }

  private boolean isWorthRedelivery(Exchange exchange, Verdict verdict) {
    return redeliveries(exchange) < REDELIVERIES
        && pauseAskedFor(verdict) <= settings.maxRedeliveryDelay().toMillis()
        && !exchange.getContext().isStopping();
  }

  /** Exponential back-off with jitter, or the pause the other side asks for. */
  private void setDelay(Exchange exchange, Verdict verdict) {
    double random = 1 - JITTER + 2 * JITTER * ThreadLocalRandom.current().nextDouble();
    // Camel's counter is a header, which a call that fails half way may have replaced
    boolean gone = verdict instanceof Verdict.Gone;
    exchange.setProperty(GONE, gone ? exchange.getProperty(GONE, 0, Integer.class) + 1 : 0);
    exchange.setProperty(FAILURES, exchange.getProperty(FAILURES, 0, Integer.class) + 1);
    double backOff =
        settings.redeliveryDelay().toMillis() * Math.pow(2, redeliveries(exchange)) * random;
    long delay = Math.min((long) backOff, settings.maxRedeliveryDelay().toMillis());
    exchange.getMessage().setHeader(DELAY, Math.max(delay, pauseAskedFor(verdict)));
  }

  /** In milliseconds; 0 where none is asked for. */
  private static long pauseAskedFor(Verdict verdict) {
    return verdict instanceof Verdict.Retry retry ? retry.retryAfter().toMillis() : 0;
  }

  /** How often calls have been repeated. */
  private static int redeliveries(Exchange exchange) {
    return Math.max(0, exchange.getProperty(FAILURES, 0, Integer.class) - 1);
  }

  private void describeSubmit(Exchange exchange) {
    describe(exchange, ErrorClassifier.ofSubmit(caught(exchange)));
  }

  private void describeCollect(Exchange exchange) {
    describe(exchange, ErrorClassifier.ofCollect(caught(exchange)));
  }

  private void describeStore(Exchange exchange) {
    Verdict verdict = ErrorClassifier.ofCollect(caught(exchange));
    boolean storage = find(caught(exchange), SdkException.class);
    String reason = storage ? "STORAGE_FAILED" : "DOWNLOAD_FAILED";
    TaskExchange.fail(
        exchange,
        new Failure(reason, verdict.status(), verdict.message(), redeliveries(exchange), 0, false));
  }

  private void describe(Exchange exchange, Verdict verdict) {
    double maxPause = settings.maxPause().toMillis() / 1000.0;
    TaskExchange.fail(exchange, Failure.of(verdict, redeliveries(exchange), maxPause));
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

  private static boolean sizeIsWrong(Exchange exchange) {
    return caught(exchange) instanceof PictureException e
        && e.reason() == PictureException.Reason.WRONG_SIZE;
  }

  /** Presigned URLs expire; the next question for the result brings a fresh one. */
  private static boolean urlIsDead(Exchange exchange) {
    return caught(exchange) instanceof HttpOperationFailedException e && e.getStatusCode() / 100 == 4;
  }

  /** Whether the call was repeated as often as it may be, rather than left because the program stops. */
  private static boolean isExhausted(Exchange exchange) {
    return redeliveries(exchange) >= REDELIVERIES;
  }

  /** Whether Novita says again and again that it does not know the task. */
  private static boolean isGone(Exchange exchange) {
    return exchange.getProperty(GONE, 0, Integer.class) > REDELIVERIES;
  }

  /** Whether Novita is well but could not start this one image. */
  private boolean imageIsAtFault(Exchange exchange) {
    boolean outage =
        ErrorClassifier.ofSubmit(caught(exchange)) instanceof Verdict.Retry retry && retry.outage();
    Task task = TaskExchange.task(exchange);
    Instant giveUp = task.createdAt().plus(settings.giveUpAfter());
    return !outage && isExhausted(exchange) || giveUp.isBefore(task.claimedAt());
  }

  private void remember(Exchange exchange) {
    outages.failed(exchange, caught(exchange));
  }

  private static Predicate submit(Class<? extends Verdict> verdict) {
    return exchange -> verdict.isInstance(ErrorClassifier.ofSubmit(caught(exchange)));
  }

  private static Predicate collect(Class<? extends Verdict> verdict) {
    return exchange -> verdict.isInstance(ErrorClassifier.ofCollect(caught(exchange)));
  }

  private static boolean ledgerFailure(Exchange exchange) {
    return find(caught(exchange), DataAccessException.class)
        || find(caught(exchange), SQLException.class);
  }

  /** The database cannot be reached or is busy, as opposed to: it refuses what it was told. */
  private static boolean ledgerUnavailable(Exchange exchange) {
    return ledgerFailure(exchange)
        && !find(caught(exchange), DataIntegrityViolationException.class)
        && !find(caught(exchange), InvalidDataAccessResourceUsageException.class);
  }

  private static boolean find(Throwable failure, Class<? extends Throwable> type) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (type.isInstance(t)) {
        return true;
      }
    }
    return false;
  }

  private static Exception caught(Exchange exchange) {
    Exception exception = exchange.getException();
    return exception != null
        ? exception
        : exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Exception.class);
  }
}
