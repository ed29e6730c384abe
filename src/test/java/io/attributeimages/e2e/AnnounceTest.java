package io.attributeimages.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.attributeimages.ledger.ImageEvent;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import org.apache.camel.CamelContext;
import org.apache.camel.Processor;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How routes of one's own are told that an image was stored, or has failed. */
@QuarkusTest
class AnnounceTest extends EndToEndTest {

  @Inject CamelContext camel;

  private final CountDownLatch end = new CountDownLatch(1);
  private final List<ImageEvent> told = new CopyOnWriteArrayList<>();

  @AfterEach
  void removeRoutes() throws Exception {
    end.countDown();
    for (String route : List.of("own-stored", "own-failed")) {
      if (camel.getRoute(route) != null) {
        camel.getRouteController().stopRoute(route);
        camel.removeRoute(route);
      }
    }
  }

  @Test
  void aRouteThatHangsOnTheOneKindDoesNotHoldUpTheOther() throws Exception {
    listen("own-failed", "seda:image-failed", exchange -> end.await());
    happened("FAILED", "20s");
    happened("FAILED", "30s");
    happened("STORED", "40s");

    listen("own-stored", "seda:image-stored", exchange -> {});

    awaitThat(() -> told.stream().anyMatch(event -> event.value().equals("40s")));
    awaitThat(() -> count("ledger.image_event WHERE event = 'STORED'") == 0);
    assertThat(count("ledger.image_event WHERE event = 'FAILED'")).isEqualTo(2);
  }

  @Test
  void aRouteThatTakesSeveralEventsAtOnceIsToldSoMany() throws Exception {
    CyclicBarrier three = new CyclicBarrier(3);
    List.of("20s", "30s", "40s").forEach(value -> happened("STORED", value));

    listen("own-stored", "seda:image-stored?concurrentConsumers=3", exchange -> three.await());

    awaitThat(() -> count("ledger.image_event") == 0);
    assertThat(told).hasSize(3);
  }

  @Test
  void aRouteThatTakesOneEventAtATimeLetsNoneWaitForItsTurn() throws Exception {
    List.of("20s", "30s", "40s").forEach(value -> happened("STORED", value));

    listen("own-stored", "seda:image-stored", exchange -> end.await());

    awaitThat(() -> told.size() == 1);
    await()
        .during(Duration.ofSeconds(2))
        .atMost(PATIENCE)
        .until(() -> count("ledger.image_event WHERE attempts > 0") == 1);
  }

  @Test
  void whatFailsIsToldAgainAndAllThatTimeKept() throws Exception {
    happened("STORED", "20s");

    listen(
        "own-stored",
        "seda:image-stored",
        exchange -> {
          if (told.size() < 3) {
            throw new IllegalStateException("the chat is away");
          }
        });

    awaitThat(() -> count("ledger.image_event") == 0);
    assertThat(told).hasSize(3).allMatch(event -> event.equals(told.get(0)));
  }

  private void listen(String id, String from, Processor step) throws Exception {
    camel.addRoutes(
        new RouteBuilder() {
          @Override
          public void configure() {
            errorHandler(noErrorHandler());
            from(from)
                .routeId(id)
                .process(exchange -> told.add(exchange.getMessage().getBody(ImageEvent.class)))
                .process(step);
          }
        });
  }

  private void happened(String event, String value) {
    sql.update(
        "INSERT INTO ledger.image_event (event, image) VALUES (?, jsonb_build_object("
            + "'category', 'age', 'value', ?::text, 'style', 'anime',"
            + " 'taskId', gen_random_uuid(), 'runId', gen_random_uuid()))",
        event,
        value);
  }
}
