package io.attributeimages.observe;

import io.attributeimages.ledger.ImageEvent;
import io.attributeimages.ledger.Run;
import io.attributeimages.ledger.Task;
import io.attributeimages.pipeline.TaskExchange;
import java.util.Objects;
import java.util.UUID;
import org.apache.camel.Exchange;
import org.slf4j.MDC;

/**
 * What log lines are about: {@code task}, {@code run} and {@code image} in the log context of the
 * thread. An instance is what was there before.
 */
record LogContext(String task, String run, String image) {

  static final String TASK = "task";
  static final String RUN = "run";
  static final String IMAGE = "image";

  private static final String EVENT = "event";

  /** The exchange property with the context of the task it is about. */
  private static final String MADE = "observed.context";

  /**
   * Makes the log context that of the exchange.
   *
   * @return what to go back to, or null where nothing changed
   */
  static LogContext enter(Exchange exchange) {
    LogContext now = of(exchange);
    if (now == null) {
      return null;
    }
    LogContext before = new LogContext(MDC.get(TASK), MDC.get(RUN), MDC.get(IMAGE));
    if (now.equals(before)) {
      return null;
    }
    now.put();
    return before;
  }

  /** Goes back to what was there before. */
  static void leave(LogContext before) {
    if (before != null) {
      before.put();
    }
  }

  private static LogContext of(Exchange exchange) {
    Task task = TaskExchange.task(exchange);
    if (task != null) {
      return of(task, exchange);
    }
    if (exchange.getProperty(EVENT) instanceof ImageEvent event) {
      return new LogContext(
          event.taskId().toString(), Objects.toString(event.runId()), event.image());
    }
    if (exchange.getProperty(RUN) instanceof Run run) {
      return new LogContext(null, run.id().toString(), null);
    }
    if (exchange.getProperty(RUN) instanceof UUID run) {
      return new LogContext(null, run.toString(), null);
    }
    return null;
  }

  /** Made once for an exchange, as it is asked for with every step. */
  private static LogContext of(Task task, Exchange exchange) {
    if (exchange.getProperty(MADE) instanceof OfTask made && made.task() == task) {
      return made.context();
    }
    LogContext context =
        new LogContext(task.id().toString(), Objects.toString(task.runId()), task.image());
    exchange.setProperty(MADE, new OfTask(task, context));
    return context;
  }

  private record OfTask(Task task, LogContext context) {}

  private void put() {
    set(TASK, task);
    set(RUN, run);
    set(IMAGE, image);
  }

  private static void set(String key, String value) {
    if (value == null) {
      MDC.remove(key);
    } else {
      MDC.put(key, value);
    }
  }
}
