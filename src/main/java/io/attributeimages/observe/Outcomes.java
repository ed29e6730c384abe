package io.attributeimages.observe;

import io.attributeimages.pipeline.Failure;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Singleton;
import java.util.Set;
import org.apache.camel.Exchange;

/**
 * Draws conclusions from how images leave the routes: counts failures by what became of the image
 * and why, and notes whether Novita and the store do their work.
 */
@Singleton
public class Outcomes {

  /** The routes that write down how a step failed. */
  private static final Set<String> FAILING =
      Set.of("give-back", "unconfirmed", "halt", "collect-later", "dead-letter", "not-made");

  private static final Set<String> STORE =
      Set.of("STORAGE_FAILED", "STORAGE_REFUSED", "STORED_DIFFERENTLY");
  private static final Set<String> NOVITA =
      Set.of("UNREACHABLE", "ANSWER_LOST", "UNREADABLE_ANSWER", "DOWNLOAD_FAILED");
  private static final int SERVER_ERROR = 500;

  private final MeterRegistry meters;
  private final Dependencies dependencies;

  /** Counts there, and tells those. */
  public Outcomes(MeterRegistry meters, Dependencies dependencies) {
    this.meters = meters;
    this.dependencies = dependencies;
    for (String outcome : FAILING) {
      for (String reason : Reasons.ALL) {
        counter(outcome, reason);
      }
    }
  }

  /** An exchange has left a route. */
  void done(String route, Exchange exchange, Throwable caught) {
    if (FAILING.contains(route)) {
      Failure failure = exchange.getProperty(Failure.PROPERTY, Failure.class);
      if (failure != null) {
        counter(route, Reasons.label(failure.reason())).increment();
        blame(route, failure);
      }
    } else if (caught == null) {
      credit(route);
    }
  }

  private void blame(String outcome, Failure failure) {
    if (STORE.contains(failure.reason())) {
      dependencies.store().fails(failure.sentence());
    } else if (outcome.equals("halt")) {
      dependencies.novita().isDown(failure.sentence());
    } else if (NOVITA.contains(failure.reason())
        || failure.status() != null && failure.status() >= SERVER_ERROR) {
      dependencies.novita().fails(failure.sentence());
    }
  }

  private void credit(String route) {
    switch (route) {
      case "submit", "collect" -> dependencies.novita().works();
      case "store" -> dependencies.store().works();
      case "check-database" -> dependencies.database().works();
      default -> {
        // tells nothing of others
      }
    }
  }

  private Counter counter(String outcome, String reason) {
    return Counter.builder("attribute.images.failures")
        .description("Steps that failed in this instance, by what became of the image and why")
        .tag("outcome", outcome)
        .tag("reason", reason)
        .register(meters);
  }
}
