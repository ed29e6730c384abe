package io.attributeimages.observe;

import io.attributeimages.pipeline.PipelineSettings;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.function.Supplier;

/** What the program depends on, as this instance finds it. */
@Singleton
public class Dependencies {

  /** The database is asked every two seconds; a question may also hang, which no failure tells. */
  private static final Duration PATIENCE_WITH_DATABASE = Duration.ofSeconds(10);

  private final Dependency database;
  private final Dependency store;
  private final Dependency novita;
  private final Dependency broker;

  /** Shown in those meters; the broker only where there is one. */
  @Inject
  public Dependencies(MeterRegistry meters, PipelineSettings settings) {
    this(meters, Clock.systemUTC());
    if (settings.hasQueue()) {
      gauge(meters, broker, () -> broker.failing().isEmpty());
    }
  }

  Dependencies(MeterRegistry meters, Clock clock) {
    database = new Dependency("database", clock);
    store = new Dependency("store", clock);
    novita = new Dependency("novita", clock);
    broker = new Dependency("broker", clock);
    gauge(meters, database, this::databaseWorks);
    gauge(meters, store, () -> store.failing().isEmpty());
    gauge(meters, novita, () -> novita.failing().isEmpty());
  }

  private static void gauge(MeterRegistry meters, Dependency dependency, Supplier<Boolean> works) {
    Gauge.builder("attribute.images.dependency.up", () -> works.get() ? 1 : 0)
        .description("Whether this instance finds that what it depends on does its work")
        .tag("dependency", dependency.name())
        .register(meters);
  }

  /** Postgres. Whether it works is {@link #databaseWorks()}. */
  public Dependency database() {
    return database;
  }

  /** Whether the database has answered within the last seconds. */
  public boolean databaseWorks() {
    return database.silence().compareTo(PATIENCE_WITH_DATABASE) < 0;
  }

  /** The S3-compatible store. */
  public Dependency store() {
    return store;
  }

  /** The message broker that hands work out, where there is one. */
  public Dependency broker() {
    return broker;
  }

  /** Novita, including what it says of the account. */
  public Dependency novita() {
    return novita;
  }
}
