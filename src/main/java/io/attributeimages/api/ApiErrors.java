package io.attributeimages.api;

import io.attributeimages.pipeline.OutageLog;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.SQLException;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteConfigurationBuilder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
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
          503, "Database unavailable", "The database does not answer now; try again in a moment");

  private final OutageLog outages;

  /** Says in that log, once, that the database is away. */
  public ApiErrors(OutageLog outages) {
    this.outages = outages;
  }

  @Override
  public void configuration() {
    var errors = routeConfiguration("api-errors");
    errors.onCompletion().onCompleteOnly().modeBeforeConsumer().process(outages::completed);
    errors.onException(Exception.class).handled(true).process(this::answer);
  }

  private void answer(Exchange exchange) {
    Exception failure = exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Exception.class);
    Problem problem = problem(failure);
    if (problem == DATABASE_AWAY) {
      outages.failed(exchange, failure);
    } else if (problem.status() >= 500) {
      LOG.error("{}: {}", exchange.getFromRouteId(), failure.toString());
      LOG.debug("{}", exchange.getFromRouteId(), failure);
    }
    exchange.getMessage().removeHeaders("*");
    exchange.getMessage().setHeader(Exchange.HTTP_RESPONSE_CODE, problem.status());
    exchange.getMessage().setHeader(Exchange.CONTENT_TYPE, Problem.MEDIA_TYPE);
    exchange.getMessage().setBody(problem.body());
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
      if (t instanceof DataAccessException || t instanceof SQLException) {
        return DATABASE_AWAY;
      }
    }
    return new Problem(500, "Internal error", "The call failed; the log says why");
  }
}
