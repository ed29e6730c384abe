package io.attributeimages.pipeline;

import io.attributeimages.novita.ForeignText;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.camel.Exchange;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says once that something does not work, and once that it works again. */
@ApplicationScoped
public class OutageLog {

  private static final Logger LOG = LoggerFactory.getLogger(OutageLog.class);

  /** The exchange property that marks an exchange as failed although it was handled. */
  static final String FAILED = "failed";

  private final Map<String, String> failing = new ConcurrentHashMap<>();

  /** The exchange failed, although its caller gets an answer. */
  public void failed(Exchange exchange, Throwable failure) {
    exchange.setProperty(FAILED, true);
    failed(exchange.getFromRouteId(), failure);
  }

  /** The route's last exchange failed. */
  public void failed(String route, Throwable failure) {
    String message = rootMessage(failure);
    if (failing.put(route, message) == null) {
      LOG.error("Route {} does not get on and keeps trying: {}", route, message);
      LOG.debug("Route {}", route, failure);
    }
  }

  /** An exchange came to its end. */
  public void completed(Exchange exchange) {
    String route = exchange.getFromRouteId();
    boolean failed = exchange.getProperty(FAILED, false, Boolean.class);
    if (!failed && !failing.isEmpty() && failing.remove(route) != null) {
      LOG.info("Route {} works again", route);
    }
  }

  /** What is at the bottom of a failure, in one line. */
  static String rootMessage(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    String firstLine =
        root.getMessage() == null ? "" : root.getMessage().lines().findFirst().orElse("");
    String message = ForeignText.line(firstLine);
    return root.getClass().getSimpleName() + (message.isEmpty() ? "" : ": " + message);
  }
}
