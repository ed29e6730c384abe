package io.attributeimages.observe;

import io.quarkus.arc.Unremovable;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import org.apache.camel.AsyncCallback;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.NamedNode;
import org.apache.camel.Processor;
import org.apache.camel.model.ProcessorDefinition;
import org.apache.camel.model.ProcessorDefinitionHelper;
import org.apache.camel.spi.InterceptStrategy;
import org.apache.camel.support.processor.DelegateAsyncProcessor;

/**
 * Stands around every step of every route: counts it, and puts the image it is about into the log
 * context while it lasts. As a step that is repeated after a pause passes here again, the log
 * context is right on whatever thread that happens.
 */
@Singleton
@Unremovable
@Named("stepObserver")
public class StepObserver implements InterceptStrategy {

  /** The exchange property with the step that failed last: one that begins again is redelivered. */
  private static final String FAILED_STEP = "observed.failed";

  private final RouteStatistics statistics;

  /** Counts there. */
  public StepObserver(RouteStatistics statistics) {
    this.statistics = statistics;
  }

  @Override
  public Processor wrapProcessorInInterceptors(
      CamelContext context, NamedNode definition, Processor target, Processor next) {
    Statistic route =
        statistics.route(
            String.valueOf(
                ProcessorDefinitionHelper.getRouteId((ProcessorDefinition<?>) definition)));
    return new Observed(target, statistics.observe(definition), route);
  }

  private static final class Observed extends DelegateAsyncProcessor {

    private final Statistic statistic;
    private final Statistic route;

    Observed(Processor target, Statistic statistic, Statistic route) {
      super(target);
      this.statistic = statistic;
      this.route = route;
    }

    @Override
    public boolean process(Exchange exchange, AsyncCallback callback) {
      long begun = System.nanoTime();
      statistic.begin();
      if (exchange.getProperty(FAILED_STEP) == this
          && exchange.removeProperty(FAILED_STEP) != null) {
        statistic.redelivered();
        route.redelivered();
      }
      LogContext before = LogContext.enter(exchange);
      try {
        return super.process(
            exchange,
            synchronously -> {
              if (exchange.getException() != null) {
                exchange.setProperty(FAILED_STEP, this);
              }
              statistic.end(System.nanoTime() - begun, exchange.getException());
              callback.done(synchronously);
            });
      } finally {
        LogContext.leave(before);
      }
    }
  }
}
