package io.attributeimages.pipeline;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import io.attributeimages.ledger.Task;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Named;
import jakarta.jms.JMSException;
import jakarta.jms.TextMessage;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;

/**
 * Hands work out through a message broker, where {@code pipeline.queue} names a queue; otherwise each instance claims
 * from the ledger by itself.
 *
 * <p>A message names a task and is no more than a hint: whoever takes it claims the task in the ledger, on the same
 * conditions as ever. A lost message is replaced after {@code pipeline.lease}; a doubled one finds nothing to claim.
 * Each step has a queue of its own, {@code NAME-submit} and {@code NAME-collect}, so that the one never waits behind the
 * other, and every AMQP 1.0 broker will do.
 */
@ApplicationScoped
public class QueueRoute extends RouteBuilder {

  /** A hint is not worth a write to the broker's disk, and goes by itself where nobody takes it for ten minutes. */
  private static final String HINT = "?explicitQosEnabled=true&deliveryPersistent=false&timeToLive=600000";

  /** One at a time, and acknowledged when the work is claimed: a program that stops before leaves it to another. */
  private static final String TAKEN =
      "?concurrentConsumers=1"
          + "&acknowledgementModeName=CLIENT_ACKNOWLEDGE"
          + "&cacheLevelName=CACHE_CONSUMER"
          + "&mapJmsMessage=false"
          + "&disableReplyTo=true"
          + "&exchangePattern=InOnly"
          + "&asyncStartListener=true"
          + "&recoveryInterval=2000"
          + "&exceptionListener=#broker";

  /** A mark expires after one; the next message then has its chance. */
  private static final int OVERDUE_LEASES = 2;

  private static final Pattern TASK = Pattern.compile("([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?: ([A-Za-z0-9._-]{1,100}))?");

  private final PipelineSettings settings;
  private final Submitters submitters;
  private final Claims collecting;
  private final Broker broker;

  /** Hands out what those claims have room for. */
  public QueueRoute(
      PipelineSettings settings,
      Submitters submitters,
      @Named("collecting") Claims collecting,
      Broker broker) {
    this.settings = settings;
    this.submitters = submitters;
    this.collecting = collecting;
    this.broker = broker;
  }

  @Override
  public void configure() {
    if (!settings.hasQueue()) {
      return;
    }

    // Out: a message for each task that is due. The marks are committed before the messages go: what dies in between is
    // handed out again. While the broker is away, nothing is marked.
    from("scheduler:hand-out?initialDelay=0&delay={{pipeline.claim-interval}}&scheduledExecutorService=#timers")
        .routeId("hand-out")
        .routeConfigurationId("ledger-errors")
        .process(broker::check).id("check-connection")
        .to("sql:classpath:sql/submit/select-models.sql")
        .split(body()).stopOnException()
            .setHeader("model", simple("${body[model]}"))
            .process(exchange -> exchange.getMessage().setHeader("batch", submitter(exchange).toHandOut())).id("choose-submits")
            .to("sql:classpath:sql/queue/hand-out-planned.sql")
            .split(body()).stopOnException()
                .setBody(simple("${body[task_id]} ${header.model}", String.class))
                .removeHeaders("*")
                .to("{{pipeline.queue}}-submit" + HINT)
            .end()
        .end()
        .setHeader("batch", collecting::toHandOut)
        .to("sql:classpath:sql/queue/hand-out-due.sql")
        .split(body()).stopOnException()
            .setBody(simple("${body[task_id]}", String.class))
            .removeHeaders("*")
            .to("{{pipeline.queue}}-collect" + HINT)
        .end();

    // In: a message with a task's id and its model. Out: the task claimed and on its way to submit, or left to the ledger. The message
    // waits here for room, so that the next one goes to an instance that has some.
    from("{{pipeline.queue}}-submit" + TAKEN)
        .routeId("take-planned")
        .routeConfigurationId("ledger-errors")
        .process(QueueRoute::readTaskId).id("read-planned-id")
        .process(QueueRoute::requireModel).id("require-model")
        .choice()
            .when(exchange -> submitter(exchange).awaitRoom(exchange))
                .process(exchange -> TaskExchange.setDeadline(exchange, settings.lease())).id("note-end-of-taken-claim")
                .to("sql:classpath:sql/queue/take-planned.sql")
                .split(body())
                    .setBody(TaskExchange::claimedTask)
                    .process(this::hold).id("hold-taken-planned")
                    .to("seda:submit?waitForTaskToComplete=Never")
                .endChoice()
            .otherwise()
                .setHeader("step", constant("submit"))
                .to("sql:classpath:sql/queue/hand-back.sql?noop=true")
        .end();

    // The same for collect.
    from("{{pipeline.queue}}-collect" + TAKEN)
        .routeId("take-due")
        .routeConfigurationId("ledger-errors")
        .process(QueueRoute::readTaskId).id("read-due-id")
        .choice()
            .when(collecting::awaitRoom)
                .to("sql:classpath:sql/queue/take-due.sql")
                .split(body())
                    .setBody(TaskExchange::claimedTask)
                    .process(exchange -> collecting.add(exchange.getMessage().getBody(Task.class))).id("hold-taken-due")
                    .to("seda:collect?waitForTaskToComplete=Never")
                .endChoice()
            .otherwise()
                .setHeader("step", constant("collect"))
                .to("sql:classpath:sql/queue/hand-back.sql?noop=true")
        .end();

    // A paid picture waits for no broker: what nobody has taken from there for long is claimed as without one.
    from("scheduler:collect-overdue?delay=1000&scheduledExecutorService=#timers")
        .routeId("collect-overdue")
        .routeConfigurationId("ledger-errors")
        .setHeader("batch", collecting::room)
        .setHeader("overdueSeconds", constant(OVERDUE_LEASES * settings.lease().toMillis() / 1000.0))
        .to("sql:classpath:sql/collect/claim-due.sql")
        .split(body())
            .setBody(TaskExchange::claimedTask)
            .process(exchange -> collecting.add(exchange.getMessage().getBody(Task.class))).id("hold-overdue-task")
            .to("seda:collect?waitForTaskToComplete=Never")
        .end();

    from("scheduler:forget-handed?delay=600000&scheduledExecutorService=#timers")
        .routeId("forget-handed")
        .routeConfigurationId("ledger-errors")
        .to("sql:classpath:sql/queue/forget-handed.sql?noop=true");
  }

  private Claims submitter(Exchange exchange) {
    return submitters.of(exchange.getMessage().getHeader("model", String.class));
  }

  private void hold(Exchange exchange) {
    Task task = exchange.getMessage().getBody(Task.class);
    submitters.of(task).add(task);
  }

  private static void requireModel(Exchange exchange) {
    if (exchange.getMessage().getHeader("model") == null) {
      throw new IllegalArgumentException("a message names no model: the queue is used for something else as well");
    }
  }

  /** What else a message may carry is not looked at; above all, no object of its sender is made here. */
  private static void readTaskId(Exchange exchange) throws JMSException {
    Matcher text = TASK.matcher(exchange.getMessage().getBody() instanceof TextMessage message ? String.valueOf(message.getText()) : "");
    if (!text.matches()) {
      throw new IllegalArgumentException("a message is no text that names a task: the queue is used for something else as well");
    }
    exchange.getMessage().removeHeaders("*");
    exchange.getMessage().setHeader("taskId", text.group(1));
    exchange.getMessage().setHeader("model", text.group(2));
  }
}
