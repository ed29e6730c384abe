package io.attributeimages.pipeline;

import io.attributeimages.ledger.Task;
import io.attributeimages.provider.Deadline;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.apache.camel.Exchange;

/** The task an exchange is about: its property {@code task}, from claim to end. */
public final class TaskExchange {

  /** The exchange property with until when the claim of its task lasts at least. */
  static final String DEADLINE = "deadline";

  private static final String TASK = "task";

  private TaskExchange() {}

  /** The task in the claimed row that is the body. */
  @SuppressWarnings("unchecked")
  static Task claimedTask(Exchange exchange) {
    return Task.fromRow(exchange.getMessage().getBody(Map.class));
  }

  /**
   * A statement is about to claim tasks for so long: by the clocks of this instance before it, as
   * the database's lease ends no sooner than that.
   */
  static void setDeadline(Exchange exchange, Duration lease) {
    exchange.setProperty(DEADLINE, Deadline.in(lease).toString());
  }

  /** Makes the task in the body what the exchange is about, until the exchange is done. */
  static void begin(Exchange exchange, Claims claims) {
    Task task = exchange.getMessage().getBody(Task.class);
    exchange.setProperty(TASK, task);
    exchange.setProperty(OutageLog.BEGAN, Instant.now());
    claims.releaseWhenDone(exchange, task);
  }

  /** What the exchange is about, or null. */
  public static Task task(Exchange exchange) {
    return exchange.getProperty(TASK, Task.class);
  }

  /** Says why the exchange's step did not succeed, for the ledger and the log. */
  static void fail(Exchange exchange, Failure failure) {
    exchange.setProperty(Failure.PROPERTY, failure);
  }
}
