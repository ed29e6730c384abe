package io.attributeimages.pipeline;

import io.attributeimages.provider.ForeignText;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.camel.Exchange;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says once that something does not work, and once that it works again. */
@ApplicationScoped
public class OutageLog {

  private static final Logger LOG = LoggerFactory.getLogger(OutageLog.class);

  /** What keeps trying fails again before that; what was tried once is no news after it. */
  private static final Duration NEWS = Duration.ofMinutes(1);

  /**
   * The exchange property with the instant at which its work began, where that is later than the
   * exchange: one that comes from a queue is as old as the one that put it there.
   */
  static final String BEGAN = "began";

  private final Map<String, Outage> failing = new ConcurrentHashMap<>();

  /**
   * A route that does not get on.
   *
   * @param route its id
   * @param since when it failed first
   * @param last when it failed last
   * @param message what was at the bottom of that, in one line
   * @param givenUp when an exchange came to nothing, or a part of one; null while all keep trying
   */
  public record Outage(
      String route, Instant since, Instant last, String message, Instant givenUp) {}

  /** The exchange comes to nothing, and so does one that it is a part of. */
  public void failed(Exchange exchange, Throwable failure) {
    failed(exchange.getFromRouteId(), failure, Instant.now());
  }

  /** The route does not get on, and keeps trying with the same exchange. */
  public void failed(String route, Throwable failure) {
    failed(route, failure, null);
  }

  private void failed(String route, Throwable failure, Instant givenUp) {
    String message = ForeignText.cause(failure);
    Instant now = Instant.now();
    Outage outage =
        failing.compute(
            route,
            (r, before) -> {
              Outage begun = before == null ? new Outage(r, now, now, message, null) : before;
              Instant gaveUp = givenUp == null ? begun.givenUp() : givenUp;
              return new Outage(r, begun.since(), now, message, gaveUp);
            });
    if (outage.since().equals(now)) {
      LOG.error("Route {} does not get on and keeps trying: {}", route, message);
      LOG.debug("Route {}", route, failure);
    }
  }

  /** An exchange came to its end: the route works, unless the exchange came to nothing. */
  public void completed(Exchange exchange) {
    String route = exchange.getFromRouteId();
    Outage outage = failing.get(route);
    if (outage != null && isOver(outage, exchange) && failing.remove(route, outage)) {
      LOG.info("Route {} works again", route);
    }
  }

  /** Parts of an exchange are as old as all of it. */
  private static boolean isOver(Outage outage, Exchange exchange) {
    Instant created = Instant.ofEpochMilli(exchange.getClock().getCreated());
    Instant began = exchange.getProperty(BEGAN, created, Instant.class);
    return outage.givenUp() == null || outage.givenUp().isBefore(began);
  }

  /** The routes that do not get on now, by their ids. */
  public List<Outage> outages() {
    Instant oldest = Instant.now().minus(NEWS);
    return failing.values().stream()
        .filter(outage -> outage.last().isAfter(oldest))
        .sorted(Comparator.comparing(Outage::route))
        .toList();
  }
}
