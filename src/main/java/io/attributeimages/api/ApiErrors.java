package io.attributeimages.api;

import jakarta.enterprise.context.ApplicationScoped;
import java.sql.SQLException;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteConfigurationBuilder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;

/**
 * Answers calls that fail with {@code application/problem+json}; what went wrong inside stays in
 * the log.
 */
@ApplicationScoped
public class ApiErrors extends RouteConfigurationBuilder {

  private static final Logger LOG = LoggerFactory.getLogger(ApiErrors.class);

  @Override
  public void configuration() {
    routeConfiguration("api-errors")
        .onException(Exception.class)
        .handled(true)
        .process(ApiErrors::answer);
  }

  private static void answer(Exchange exchange) {
    Exception failure = exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Exception.class);
    Problem problem = problem(failure);
    if (problem.status() >= 500) {
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
      if (t instanceof DataAccessException || t instanceof SQLException) {
        return new Problem(
            503, "Database unavailable", "The database does not answer now; try again in a moment");
      }
    }
    return new Problem(500, "Internal error", "The call failed; the log says why");
  }
}
