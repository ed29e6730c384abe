package io.attributeimages.observe;

import io.attributeimages.ledger.Task;
import io.attributeimages.ledger.TaskState;
import io.attributeimages.pipeline.Failure;
import io.attributeimages.pipeline.TaskExchange;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.quarkus.arc.Unremovable;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.apache.camel.Exchange;
import org.apache.camel.Route;
import org.apache.camel.spi.CamelEvent;
import org.apache.camel.spi.CamelEvent.ExchangeCompletedEvent;
import org.apache.camel.spi.CamelEvent.ExchangeEvent;
import org.apache.camel.spi.CamelEvent.ExchangeFailedEvent;
import org.apache.camel.spi.CamelEvent.ExchangeSentEvent;
import org.apache.camel.support.EventNotifierSupport;
import org.apache.camel.support.ExchangeHelper;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * One trace for each image, from plan to its end:
 *
 * <pre>
 * image
 *   planned    from plan to the claim for its first submit
 *   submit     one turn; call-provider and record in it
 *   waited     from the answer to the claim that found the picture ready
 *   collect    the turn that stored it, or failed; result, download, upload and store in it
 * </pre>
 *
 * Turns that find nothing new leave no span. The steps may run in several instances; their clocks
 * and the database's are taken for the same. Without {@code quarkus.otel.sdk.disabled=false}
 * nothing of this happens.
 */
@Singleton
@Unremovable
@Named("imageTraces")
public class ImageTraces extends EventNotifierSupport {

  private static final String TURN = "traced.turn";

  private final boolean disabled;
  private final Tracer tracer;
  private final TraceIds ids;

  /** Sends spans to that tracer, unless traces are off. */
  public ImageTraces(
      Tracer tracer,
      TraceIds ids,
      @ConfigProperty(name = "quarkus.otel.sdk.disabled", defaultValue = "false")
          boolean disabled) {
    this.tracer = tracer;
    this.ids = ids;
    this.disabled = disabled;
    setIgnoreCamelContextEvents(true);
    setIgnoreRouteEvents(true);
    setIgnoreServiceEvents(true);
    setIgnoreStepEvents(true);
    setIgnoreExchangeCreatedEvent(true);
    setIgnoreExchangeRedeliveryEvents(true);
  }

  @Override
  public boolean isDisabled() {
    return disabled;
  }

  @Override
  public boolean isEnabled(CamelEvent event) {
    return !disabled
        && event instanceof ExchangeEvent exchangeEvent
        && TaskExchange.task(exchangeEvent.getExchange()) != null;
  }

  @Override
  public void notify(CamelEvent event) {
    if (event instanceof ExchangeSentEvent sent) {
      sent(sent);
    } else if (event instanceof ExchangeCompletedEvent || event instanceof ExchangeFailedEvent) {
      ended(((ExchangeEvent) event).getExchange());
    }
  }

  /** A call of a turn came to its end. */
  private void sent(ExchangeSentEvent event) {
    Exchange exchange = event.getExchange();
    Optional<String> step = step(event.getEndpoint().getEndpointUri(), routeId(exchange));
    if (step.isEmpty()) {
      return;
    }
    Task task = TaskExchange.task(exchange);
    Instant end = Instant.now();
    Span span =
        builder(step.get(), task, turn(exchange))
            .setSpanKind(SpanKind.CLIENT)
            .setStartTimestamp(end.minusMillis(event.getTimeTaken()))
            .startSpan();
    if (exchange.getException() != null) {
      span.setStatus(StatusCode.ERROR, exchange.getException().getClass().getSimpleName());
    }
    span.end(end);
  }

  /** What a call is for, by where it goes; the rest is not worth a span. */
  private static Optional<String> step(String uri, String route) {
    if (uri.startsWith("aws2-s3:")) {
      return Optional.of(uri.contains("operation=getObject") ? "download" : "upload");
    }
    if (uri.matches("https?:.*")) {
      return switch (String.valueOf(route)) {
        case "provider-submit" -> Optional.of("call-provider");
        case "provider-result" -> Optional.of("result");
        case "store" -> Optional.of("download");
        default -> Optional.empty();
      };
    }
    if (uri.contains("/record-accepted.sql")) {
      return Optional.of("record");
    }
    return uri.matches(".*/store-(image|cover)\\.sql.*") ? Optional.of("store") : Optional.empty();
  }

  /** A turn, of submit or of collect, came to its end. */
  private void ended(Exchange exchange) {
    Task task = TaskExchange.task(exchange);
    String turn = exchange.getFromRouteId();
    boolean submit = "submit".equals(turn);
    if (!submit && !"collect".equals(turn)) {
      return;
    }
    Failure failure = exchange.getProperty(Failure.PROPERTY, Failure.class);
    boolean stored = stored(exchange);
    SpanContext context = turn(exchange);
    if (!submit && !stored && failure == null) {
      return; // not ready yet
    }
    Instant now = Instant.now();
    if (submit && task.attempts() == 1) {
      interval("planned", task, task.createdAt(), task.claimedAt());
    }
    if (!submit && task.submittedAt() != null) {
      interval("waited", task, task.submittedAt(), task.claimedAt());
    }
    Instant begun = Instant.ofEpochMilli(exchange.getClock().getCreated());
    Span span =
        ids.asSpan(
            context.getSpanId(),
            () -> builder(turn, task, root(task)).setStartTimestamp(begun).startSpan());
    describe(span, failure);
    span.end(now);
    if (stored || isDeadLetter(exchange)) {
      Span image =
          ids.asRootOf(
              task.id(),
              () ->
                  tracer
                      .spanBuilder("image")
                      .setNoParent()
                      .setAllAttributes(attributes(task))
                      .setStartTimestamp(task.createdAt())
                      .startSpan());
      describe(image, failure);
      image.end(now);
    }
  }

  private void interval(String name, Task task, Instant from, Instant to) {
    builder(name, task, root(task)).setStartTimestamp(from).startSpan().end(to);
  }

  private static void describe(Span span, Failure failure) {
    if (failure != null) {
      span.setStatus(StatusCode.ERROR, failure.reason());
    }
  }

  private static boolean stored(Exchange exchange) {
    return TaskState.STORED.name().equals(exchange.getMessage().getBody());
  }

  private static boolean isDeadLetter(Exchange exchange) {
    return exchange.getProperty(RouteStatistics.DEAD_LETTER, false, Boolean.class);
  }

  private SpanBuilder builder(String name, Task task, SpanContext parent) {
    return tracer
        .spanBuilder(name)
        .setParent(Context.root().with(Span.wrap(parent)))
        .setAllAttributes(attributes(task));
  }

  /** The span of the exchange's turn, which is sent when the turn is over. */
  private SpanContext turn(Exchange exchange) {
    SpanContext turn = exchange.getProperty(TURN, SpanContext.class);
    if (turn == null) {
      turn = context(TaskExchange.task(exchange), ids.generateSpanId());
      exchange.setProperty(TURN, turn);
    }
    return turn;
  }

  private static SpanContext root(Task task) {
    return context(task, TraceIds.rootSpanId(task.id()));
  }

  private static SpanContext context(Task task, String spanId) {
    return SpanContext.create(
        TraceIds.traceId(task.id()), spanId, TraceFlags.getSampled(), TraceState.getDefault());
  }

  private static Attributes attributes(Task task) {
    AttributesBuilder attributes =
        Attributes.builder()
            .put("image", task.image())
            .put("task.id", task.id().toString())
            .put("run.id", Objects.toString(task.runId()))
            .put("attempt", task.attempts());
    if (task.providerTaskId() != null) {
      attributes.put("provider.task.id", task.providerTaskId());
    }
    return attributes.build();
  }

  private static String routeId(Exchange exchange) {
    Route route = ExchangeHelper.getRoute(exchange);
    return route == null ? null : route.getRouteId();
  }
}
