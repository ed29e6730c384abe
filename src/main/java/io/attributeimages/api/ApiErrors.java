package io.attributeimages.api;

import io.attributeimages.ledger.DatabaseFailure;
import io.attributeimages.pipeline.ErrorHandling;
import io.attributeimages.provider.ForeignText;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteConfigurationBuilder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataIntegrityViolationException;

/**
 * Answers calls that fail with {@code application/problem+json}; what went wrong inside stays in
 * the log.
 */
@ApplicationScoped
public class ApiErrors extends RouteConfigurationBuilder {

  private static final Logger LOG = LoggerFactory.getLogger(ApiErrors.class);

  static final Problem DATABASE_AWAY =
      new Problem(
              503,
              "Database unavailable",
              "The database does not answer now; try again in a moment")
          .with("Retry-After", List.of("10"));

  /** The id by which routes that answer calls name this error handling. */
  static final String ID = "api-errors";

  private static final String FAILED = "callFailed";

  private final AtomicBoolean away = new AtomicBoolean();

  @Override
  public void configuration() {
    var errors = routeConfiguration(ID);
    errors.onCompletion().onCompleteOnly().modeBeforeConsumer().process(this::completed);
    ErrorHandling.afterDeadlock(errors).handled(true).process(this::answer);
    errors.onException(Exception.class).handled(true).process(this::answer);
  }

  private void answer(Exchange exchange) {
    Exception failure = exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Exception.class);
    Problem problem = problem(failure);
    exchange.setProperty(FAILED, true);
    if (problem == DATABASE_AWAY) {
      databaseAway(failure);
    } else if (problem.status() >= 500) {
      LOG.error("{}: {}", exchange.getFromRouteId(), failure.toString());
      LOG.debug("{}", exchange.getFromRouteId(), failure);
    }
    exchange.getMessage().removeHeaders("*");
    exchange.getMessage().getHeaders().putAll(problem.headers());
    exchange.getMessage().setHeader(Exchange.HTTP_RESPONSE_CODE, problem.status());
    exchange.getMessage().setHeader(Exchange.CONTENT_TYPE, Problem.MEDIA_TYPE);
    exchange.getMessage().setBody(problem.body());
  }

  /** Said once, however many calls meet it. */
  private void databaseAway(Exception failure) {
    if (!away.getAndSet(true)) {
      LOG.error("Calls are not answered, as the database is away: {}", ForeignText.cause(failure));
      LOG.debug("Database away", failure);
    }
  }

  private void completed(Exchange exchange) {
    if (exchange.getProperty(FAILED) == null && away.compareAndSet(true, false)) {
      LOG.info("Calls are answered again");
    }
  }

  private static Problem problem(Exception failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof Problem problem) {
        return problem;
      }
      if (t instanceof DataIntegrityViolationException) {
        return new Problem(
            409, "Conflict", "It has changed meanwhile; look at it again and try again");
      }
    }
    return DatabaseFailure.isUnavailable(failure) || DatabaseFailure.isTimeout(failure)
        ? DATABASE_AWAY
        : new Problem(500, "Internal error", "The call failed; the log says why");
  }
}
