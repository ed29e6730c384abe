package io.attributeimages.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.attributeimages.support.EventListener;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Listeners of the packaged program, while its database is away and while it stops. */
class EventsIT extends OnServices {

  @Override
  Map<String, String> settings() {
    return Map.of("QUARKUS_DATASOURCE_JDBC_ACQUISITION_TIMEOUT", "2s");
  }

  @Test
  void whoListensWhileTheDatabaseIsAwayIsToldToAskAnewAndHearsWhatFollows() {
    try (EventListener listener = listen()) {
      services.database().cut();
      awaitThat(() -> program.log().contains("Route watch-ledger does not get on"));
      assertThat(program.get("/api/runs").statusCode()).isEqualTo(503);
      assertThat(listener.hasEnded()).isFalse();

      services.mendWires();
      awaitThat(() -> listener.data("reset").findAny().isPresent());
      startRun(AGES_IN_ANIME);

      awaitThat(
          () ->
              listener
                  .data("run")
                  .anyMatch(run -> run.path("state").textValue().equals("COMPLETED")));
    }
  }

  @Test
  void whoAsksWhileTheDatabaseIsAwayIsRefusedInWords() {
    running();
    services.database().cut();

    try (EventListener listener = listen()) {
      assertThat(listener.status()).isEqualTo(503);
      assertThat(listener.refusal()).contains("The database does not answer now");
    }
  }

  @Test
  void aProgramThatStopsDoesNotWaitForListeners() {
    try (EventListener listener = listen()) {
      // far less than what routes that are still at work would be given
      assertThat(program.stopsWithin(Duration.ofSeconds(15))).as("ends").isTrue();

      awaitThat(listener::hasEnded);
    }
  }

  private EventListener listen() {
    return EventListener.to(URI.create(running().baseUrl() + "/api/events"), null);
  }
}
