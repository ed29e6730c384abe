package io.attributeimages.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.attributeimages.support.EventListener;
import io.attributeimages.support.Services;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Listeners of the packaged program, while its database is away and while it stops. */
class EventsIT extends OnServices {

  private static final int PLACES_OF_A_NETWORK = 20;

  @Override
  Map<String, String> settings() {
    return Map.of(
        "QUARKUS_HTTP_PROXY_PROXY_ADDRESS_FORWARDING", "true",
        "QUARKUS_HTTP_PROXY_TRUSTED_PROXIES", "127.0.0.1");
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
      // less than the 25 s that routes which are still at work would be given
      assertThat(program.stopsWithin(Duration.ofSeconds(22))).as("ends").isTrue();

      awaitThat(listener::hasEnded);
    }
  }

  @Test
  void oneNetworkAddressHasItsShareOfThePlacesAndOperatorsAndTheMachineItselfHaveMore() {
    String attacker = "2001:db8::1";
    String neighbour = "2001:db8::2";
    List<EventListener> listeners = new ArrayList<>();
    try {
      for (int i = 0; i < PLACES_OF_A_NETWORK; i++) {
        listeners.add(listenFrom(i % 2 == 0 ? attacker : neighbour));
      }
      assertThat(listeners).allMatch(listener -> listener.status() == 200);

      try (EventListener refused = listenFrom(attacker)) {
        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.header("Retry-After")).isEqualTo("30");
        assertThat(refused.refusal()).contains("There are 20 listeners from your network address");
      }
      for (int i = 0; i <= PLACES_OF_A_NETWORK; i++) {
        listeners.add(listen());
      }
      listeners.add(listenFrom("2001:db8:1::1"));
      listeners.add(listenFrom(attacker, "Authorization", Services.basic()));
      assertThat(listeners).allMatch(listener -> listener.status() == 200);

      listeners.get(0).close();
      awaitThat(
          () -> {
            try (EventListener another = listenFrom(attacker)) {
              return another.status() == 200;
            }
          });
    } finally {
      listeners.forEach(EventListener::close);
    }
  }

  @Test
  void strangersLeavePlacesForOperators() {
    List<EventListener> listeners = new ArrayList<>();
    try {
      for (int i = 0; i < 80; i++) {
        listeners.add(listenFrom("203.0.113." + i % 5));
      }
      assertThat(listeners).allMatch(listener -> listener.status() == 200);

      try (EventListener refused = listenFrom("203.0.113.9");
          EventListener local = listen();
          EventListener operator = listenFrom("203.0.113.9", "Authorization", Services.basic())) {
        assertThat(refused.status()).isEqualTo(503);
        assertThat(local.status()).as("who may be anybody behind a proxy").isEqualTo(503);
        assertThat(operator.status()).isEqualTo(200);
      }
    } finally {
      listeners.forEach(EventListener::close);
    }
  }

  private EventListener listen(String... headers) {
    return EventListener.to(URI.create(running().baseUrl() + "/api/events"), null, headers);
  }

  /** As a proxy passes it on. */
  private EventListener listenFrom(String address, String... more) {
    return listen(
        Stream.concat(Stream.of("X-Forwarded-For", address), Stream.of(more))
            .toArray(String[]::new));
  }
}
