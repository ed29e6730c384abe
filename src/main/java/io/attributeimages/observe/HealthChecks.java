package io.attributeimages.observe;

import io.attributeimages.pipeline.PipelineSettings;
import io.attributeimages.pipeline.Timers;
import io.quarkus.arc.lookup.LookupUnlessProperty;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import java.util.Map;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Liveness;
import org.eclipse.microprofile.health.Readiness;

/**
 * What {@code /q/health/ready} says. Without the database nothing can be answered, so the program
 * is not ready. Without the store, Novita or the broker it still answers and keeps its work, so it
 * is ready, and they are only reported. Asking makes no call: the routes know.
 */
@ApplicationScoped
public class HealthChecks {

  private final Dependencies dependencies;
  private final Timers timers;

  /** Reports those. */
  public HealthChecks(Dependencies dependencies, Timers timers) {
    this.dependencies = dependencies;
    this.timers = timers;
  }

  /** A program whose routes do not run any more has to be started again. */
  @Produces
  @Liveness
  @ApplicationScoped
  HealthCheck routes() {
    return () -> {
      HealthCheckResponseBuilder answer = HealthCheckResponse.named("routes");
      Map<String, Long> overdue = timers.overdue();
      overdue.forEach((route, seconds) -> answer.withData(route, seconds + " s overdue"));
      return answer.status(overdue.isEmpty()).build();
    };
  }

  @Produces
  @Readiness
  @ApplicationScoped
  HealthCheck database() {
    return () -> {
      HealthCheckResponseBuilder answer = HealthCheckResponse.named("database");
      if (dependencies.databaseWorks()) {
        return answer.up().build();
      }
      return answer
          .down()
          .withData("message", "The database has not answered for " + silentSeconds() + " s")
          .withData("lastFailure", dependencies.database().lastFailure().orElse("no answer"))
          .build();
    };
  }

  private long silentSeconds() {
    return dependencies.database().silence().toSeconds();
  }

  @Produces
  @Readiness
  @ApplicationScoped
  HealthCheck store() {
    return () ->
        report(
            dependencies.store(), "Pictures cannot be stored; they are tried again until they are");
  }

  @Produces
  @Readiness
  @ApplicationScoped
  HealthCheck novita() {
    return () ->
        report(
            dependencies.novita(), "Images cannot be made or fetched; what waits is tried again");
  }

  @Produces
  @Readiness
  @ApplicationScoped
  @LookupUnlessProperty(name = "pipeline.queue", stringValue = PipelineSettings.LEDGER)
  HealthCheck broker() {
    return () ->
        report(
            dependencies.broker(),
            "Work is not handed out, or not taken; it waits in the ledger until the broker is back");
  }

  private static HealthCheckResponse report(Dependency dependency, String meaning) {
    HealthCheckResponseBuilder answer = HealthCheckResponse.named(dependency.name()).up();
    answer.withData("works", dependency.failing().isEmpty());
    dependency.failingSince().ifPresent(since -> answer.withData("failingSince", since.toString()));
    dependency
        .failing()
        .ifPresent(why -> answer.withData("message", meaning).withData("lastFailure", why));
    return answer.build();
  }
}
