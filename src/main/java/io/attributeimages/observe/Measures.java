package io.attributeimages.observe;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.attributeimages.ledger.TaskState;
import io.attributeimages.pipeline.Claims;
import io.attributeimages.pipeline.Submitters;
import io.attributeimages.provider.Provider;
import io.attributeimages.provider.Provider.StyleRecipe;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.arc.Unremovable;
import jakarta.inject.Inject;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.apache.camel.Body;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * What the ledger says, as metrics. The ledger is read on a timer, not when somebody looks; while
 * it cannot be read, its gauges are NaN and {@code attribute_images_ledger_up} is 0. All instances
 * read the same ledger: take the maximum over them, not the sum.
 */
@Singleton
@Unremovable
@Named("measures")
public class Measures {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final TypeReference<Map<String, Long>> COUNTS = new TypeReference<>() {};

  /** How many turns of the timer may be missed before a value is no longer shown. */
  private static final int MISSED = 3;

  private static final List<String> OPEN = List.of("RUNNING", "PAUSED", "HALTED");
  private static final List<TaskState> FINAL =
      List.of(TaskState.STORED, TaskState.SKIPPED, TaskState.CANCELLED);

  private final MeterRegistry meters;
  private final Clock clock;
  private final Reading open;
  private final Reading totals;

  /** A row of the ledger's numbers by column, for as long as it is new enough. */
  private static final class Reading {
    private final Duration lifetime;
    private volatile Instant read = Instant.MIN;
    private volatile Map<String, Double> values = Map.of();

    Reading(Duration interval) {
      lifetime = interval.multipliedBy(MISSED).plusSeconds(1);
    }
  }

  /** Meters for the ledger, which is read at those intervals, and for what this instance does. */
  @Inject
  public Measures(
      MeterRegistry meters,
      Provider provider,
      Submitters submitters,
      @Named("collecting") Claims collecting,
      @ConfigProperty(name = "metrics.measure-interval", defaultValue = "10s") Duration interval,
      @ConfigProperty(name = "metrics.total-interval", defaultValue = "1m")
          Duration totalInterval) {
    this(meters, provider, submitters, collecting, interval, totalInterval, Clock.systemUTC());
  }

  Measures(
      MeterRegistry meters,
      Provider provider,
      Submitters submitters,
      Claims collecting,
      Duration interval,
      Duration totalInterval,
      Clock clock) {
    this.meters = meters;
    this.clock = clock;
    this.open = new Reading(interval);
    this.totals = new Reading(totalInterval);
    ledgerGauges();
    for (StyleRecipe style : provider.styles().values()) {
      Gauge.builder("attribute.images.price.usd", style, s -> s.priceUsd().doubleValue())
          .description("What an image costs, in US dollars")
          .tag("style", style.style())
          .register(meters);
    }
    gauge(
        "submits.per.minute.limit",
        "How many images may be submitted in a minute, of all models that count them",
        any -> provider.imagesPerMinute());
    claims("submit", submitters::tasks);
    claims("collect", collecting::tasks);
  }

  private void ledgerGauges() {
    gauge(
        "ledger.up",
        "Whether the ledger could be read of late; 0 where the other gauges of the ledger are NaN",
        any -> isFresh(open) ? 1 : 0);
    for (TaskState state : TaskState.values()) {
      if (state != TaskState.FAILED) {
        Reading reading = FINAL.contains(state) ? totals : open;
        String column = state.name().toLowerCase(Locale.ROOT);
        tasks(state, reading, column);
      }
    }
    tasks(TaskState.FAILED, open, "failed");
    for (String reason : Reasons.ALL) {
      Gauge.builder("attribute.images.dead.letters", open, r -> value(r, "failed." + reason))
          .description("Dead letters by reason")
          .tag("reason", reason)
          .register(meters);
    }
    for (String state : OPEN) {
      String column = "runs_" + state.toLowerCase(Locale.ROOT);
      Gauge.builder("attribute.images.runs", open, r -> value(r, column))
          .description("Runs that are not over, by state")
          .tag("state", state)
          .register(meters);
    }
    gauge(
        "queue.age.seconds",
        "How long the task that has been due longest has waited for its submit",
        open,
        "queue_age_seconds");
    gauge(
        "paid.age.seconds",
        "How long the oldest paid image has waited to be stored",
        open,
        "paid_age_seconds");
    gauge(
        "submits.last.minute",
        "How many of the account's permits are in use: submits under way, and of the last minute",
        open,
        "permits_used");
    gauge("permits.free", "How many images the account may submit now", open, "permits_free");
    gauge(
        "webhook.hints",
        "What webhooks said of lost answers, and Novita was not asked yet",
        open,
        "webhook_hints");
    gauge(
        "obsolete.objects",
        "Objects in the bucket that wait for their removal",
        open,
        "obsolete_objects");
    gauge("events.waiting", "Events that no route of one's own has taken yet", open, "events");
    FunctionCounter.builder("attribute.images.paid.usd", totals, r -> value(r, "paid_usd"))
        .description("What was paid, in US dollars")
        .register(meters);
    gauge(
        "possibly.paid.usd",
        "What lost answers may have cost beyond it, in US dollars",
        totals,
        "possibly_paid_usd");
  }

  private void tasks(TaskState state, Reading reading, String column) {
    Gauge.builder("attribute.images.tasks", reading, r -> value(r, column))
        .description("Images that were asked for, by state")
        .tag("state", state.name())
        .register(meters);
  }

  private void claims(String kind, Supplier<Set<UUID>> tasks) {
    Gauge.builder("attribute.images.claims", () -> tasks.get().size())
        .description("Images that this instance is working on")
        .tag("kind", kind)
        .register(meters);
  }

  private void gauge(String name, String description, Reading reading, String column) {
    gauge(name, description, any -> value(reading, column));
  }

  private void gauge(String name, String description, ToDoubleFunction<Measures> value) {
    Gauge.builder("attribute.images." + name, this, value)
        .description(description)
        .register(meters);
  }

  /** Takes a row of {@code sql/read/select-measures.sql}. */
  public void open(@Body Map<String, Object> row) {
    Map<String, Double> values = numbers(row);
    Map<String, Long> deadLetters = deadLetters((String) row.get("dead_letters"));
    Reasons.ALL.forEach(reason -> values.put("failed." + reason, 0.0));
    deadLetters.forEach(
        (reason, count) ->
            values.merge("failed." + Reasons.label(reason), (double) count, Double::sum));
    values.put("failed", deadLetters.values().stream().mapToDouble(Long::doubleValue).sum());
    values.put("permits_free", values.get("permits") - values.get("permits_used"));
    take(open, values);
  }

  /** Takes a row of {@code sql/read/select-totals.sql}. */
  public void totals(@Body Map<String, Object> row) {
    take(totals, numbers(row));
  }

  private void take(Reading reading, Map<String, Double> values) {
    reading.values = Map.copyOf(values);
    reading.read = clock.instant();
  }

  private static Map<String, Double> numbers(Map<String, Object> row) {
    Map<String, Double> numbers = new HashMap<>();
    row.forEach(
        (column, value) -> {
          if (value instanceof Number number) {
            numbers.put(column, number.doubleValue());
          }
        });
    return numbers;
  }

  private static Map<String, Long> deadLetters(String json) {
    try {
      return JSON.readValue(json, COUNTS);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("the counts of dead letters cannot be read", e);
    }
  }

  private boolean isFresh(Reading reading) {
    return clock.instant().isBefore(reading.read.plus(reading.lifetime));
  }

  private double value(Reading reading, String column) {
    return isFresh(reading) ? reading.values.getOrDefault(column, Double.NaN) : Double.NaN;
  }
}
