package io.attributeimages.pipeline;

import io.attributeimages.ledger.Task;
import io.attributeimages.novita.ErrorClassifier;
import io.attributeimages.novita.ForeignText;
import io.attributeimages.novita.NovitaSettings;
import io.attributeimages.novita.Verdict;
import io.attributeimages.storage.PictureException;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Named;
import java.sql.SQLException;
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
  /** SQLSTATEs of a connection that fails, too few resources, a shutdown, an error of the system, and others in the way. */
  private static final String UNAVAILABLE = "08...|53...|57P..|58...|40...|55P03";

  private static final String FAILURES = "failures";
  private static final String GONE = "gone";

  private final PipelineSettings settings;
  private final NovitaSettings novita;
  private final Claims submitting;
  private final OutageLog outages;

  /** Errors are handled as the settings say. */
  public ErrorHandling(
      PipelineSettings settings, NovitaSettings novita, @Named("submitting") Claims submitting, OutageLog outages) {
    this.settings = settings;
    this.novita = novita;
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
        .process(this::slowDown)
        .to("direct:unconfirmed");

    redelivered(errors.onException(Exception.class), ErrorClassifier::ofSubmit)
        .handled(true)
        .process(this::describeSubmit)
        .choice()
            .when(this::imageIsAtFault)
                .to("direct:dead-letter")
            .otherwise()
                .process(exchange -> submitting.pause(settings.redeliveryDelay(), settings.maxRedeliveryDelay()))
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
            .when(this::isGone)
                .to("direct:dead-letter")
            .otherwise()
                .process(exchange -> TaskExchange.fail(exchange, Failure.of("TASK_NOT_FOUND", "Novita does not know the task, or not yet")))
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
    errors.onException(Exception.class).onWhen(ErrorHandling::isWorthInsisting)
        .maximumRedeliveries(-1).redeliveryDelay(500).useExponentialBackOff().backOffMultiplier(2)
        .maximumRedeliveryDelay(5000).asyncDelayedRedelivery().logStackTrace(false)
        .onExceptionOccurred(exchange -> outages.failed(exchange.getFromRouteId(), caught(exchange)));

    afterDeadlock(errors)
        .handled(true)
        .process(this::remember);

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
            .to("sql:classpath:sql/collect/collect-later.sql?noop=true")
            .to("direct:brake-again")
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

  /** A statement that got into another one's way, and was given up, did nothing and is said again. */
  public static OnExceptionDefinition afterDeadlock(RouteConfigurationDefinition errors) {
    return errors.onException(Exception.class).onWhen(exchange -> find(caught(exchange), PessimisticLockingFailureException.class)
            || find(caught(exchange), DuplicateKeyException.class))
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

  /** An answer that cannot be read stands in the failure: it is the only trace of what it names. */
  private void describeSubmit(Exchange exchange) {
    String answer = exchange.getProperty(SubmitRoute.ANSWER, String.class);
    describe(
        exchange,
        answer == null
            ? ErrorClassifier.ofSubmit(caught(exchange))
            : new Verdict.Ambiguous("UNREADABLE_ANSWER", 200, "Novita's answer names no task: " + ForeignText.withoutPaths(ForeignText.line(answer))));
  }

  /** One at a time after a lost answer; ever more slowly where a gateway says that Novita is not well, as each call may be paid. */
  private void slowDown(Exchange exchange) {
    submitting.beCautious();
    if (exchange.getProperty(Failure.PROPERTY, Failure.class).isGateway()) {
      submitting.pause(settings.redeliveryDelay(), settings.maxPause());
    }
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

  /** Whether Novita says again and again that it does not know the task, and not only as it has just been accepted. */
  private boolean isGone(Exchange exchange) {
    Task task = TaskExchange.task(exchange);
    return exchange.getProperty(GONE, 0, Integer.class) > REDELIVERIES
        && (task.submittedAt() == null || task.submittedAt().plus(novita.unconfirmedGrace()).isBefore(task.claimedAt()));
  }

  /** Whether Novita is well but could not start this one image. */
  private boolean imageIsAtFault(Exchange exchange) {
    boolean outage =
        ErrorClassifier.ofSubmit(caught(exchange)) instanceof Verdict.Retry retry && retry.outage();
    Task task = TaskExchange.task(exchange);
    boolean othersGotOn = task.setbackSince() != null && submitting.gotOnAfter(task.setbackSince());
    return !outage && isExhausted(exchange) && (othersGotOn || task.setbacks() + 1 >= settings.maxAttempts())
        || othersGotOn && task.isSetBackFor(settings.giveUpAfter());
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

  /** Whether the database may take the same statement another time: all but what it refuses by its types and rules. */
  private static boolean isWorthInsisting(Exchange exchange) {
    return ledgerFailure(exchange)
        && !find(caught(exchange), DataIntegrityViolationException.class)
        && !find(caught(exchange), InvalidDataAccessResourceUsageException.class);
  }

  /** The database cannot be reached or is busy: no statement of any task would get on. */
  private static boolean ledgerUnavailable(Exchange exchange) {
    for (Throwable t = caught(exchange); t != null; t = t.getCause()) {
      if (t instanceof SQLException e) {
        return e.getSQLState() == null || e.getSQLState().matches(UNAVAILABLE);
      }
    }
    return find(caught(exchange), DataAccessException.class);
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
