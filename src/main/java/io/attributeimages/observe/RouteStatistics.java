package io.attributeimages.observe;

import io.quarkus.arc.Unremovable;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.NamedNode;
import org.apache.camel.Route;
import org.apache.camel.spi.RoutePolicy;
import org.apache.camel.spi.RoutePolicyFactory;
import org.apache.camel.support.RoutePolicySupport;

/**
 * Counts what the routes and their steps do. Camel's own counters stand behind JMX, which costs
 * seconds at every start.
 */
@Singleton
@Unremovable
@Named("routeStatistics")
public class RouteStatistics implements RoutePolicyFactory {

  /** The exchange property that says that the image ended as a dead letter. */
  static final String DEAD_LETTER = "deadLetter";

  private final Map<String, Statistic> routes = new ConcurrentHashMap<>();
  private final Map<NamedNode, Statistic> steps = new ConcurrentHashMap<>();
  private final Outcomes outcomes;

  /** Tells those what became of images. */
  public RouteStatistics(Outcomes outcomes) {
    this.outcomes = outcomes;
  }

  /** The counts of the route of that id. */
  public Statistic route(String id) {
    return routes.computeIfAbsent(id, any -> new Statistic());
  }

  /** The counts of a step in a route's definition; none of those that only group others. */
  public Optional<Statistic> step(NamedNode definition) {
    return Optional.ofNullable(steps.get(definition));
  }

  Statistic observe(NamedNode definition) {
    return steps.computeIfAbsent(definition, any -> new Statistic());
  }

  @Override
  public RoutePolicy createRoutePolicy(CamelContext context, String id, NamedNode definition) {
    return new Counting(id, route(id));
  }

  /** What an exchange remembers of its entry into a route. */
  private record Entry(long nanos, Throwable caught) {}

  private final class Counting extends RoutePolicySupport {

    private final String route;
    private final String property;
    private final Statistic statistic;

    Counting(String route, Statistic statistic) {
      this.route = route;
      this.property = "entered." + route;
      this.statistic = statistic;
    }

    @Override
    public void onExchangeBegin(Route route, Exchange exchange) {
      exchange.setProperty(property, new Entry(System.nanoTime(), caught(exchange)));
      statistic.begin();
    }

    @Override
    public void onExchangeDone(Route any, Exchange exchange) {
      if (exchange.removeProperty(property) instanceof Entry entry) {
        Throwable failure = exchange.getException();
        if (failure == null && !Objects.equals(caught(exchange), entry.caught())) {
          failure = caught(exchange); // the error handling dealt with it
        }
        if ("dead-letter".equals(route)) {
          exchange.setProperty(DEAD_LETTER, true);
        }
        statistic.end(System.nanoTime() - entry.nanos(), failure);
        outcomes.done(route, exchange, failure);
      }
    }
  }

  private static Throwable caught(Exchange exchange) {
    return exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Throwable.class);
  }
}
