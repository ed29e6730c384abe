package io.attributeimages.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Instant;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OutageLogTest {

  private static final Exception BROKEN = new IllegalStateException("broken");

  private final OutageLog outages = new OutageLog();
  private final DefaultCamelContext camel = new DefaultCamelContext();

  @BeforeEach
  void startRoute() throws Exception {
    camel.addRoutes(
        new RouteBuilder() {
          @Override
          public void configure() {
            from("direct:parts")
                .routeId("parts")
                .onCompletion()
                .modeBeforeConsumer()
                .process(outages::completed)
                .end()
                .onException(Exception.class)
                .handled(true)
                .process(exchange -> outages.failed(exchange, BROKEN))
                .end()
                .split(body().tokenize(" "))
                .filter(body().isEqualTo("bad"))
                .throwException(BROKEN);
          }
        });
    camel.start();
  }

  @AfterEach
  void stop() {
    camel.stop();
  }

  @Test
  void anExchangeOfWhichAPartFailedIsNoSignThatTheRouteWorks() {
    send("good bad good");
    assertThat(outages.outages()).extracting(OutageLog.Outage::route).containsExactly("parts");

    send("bad");
    assertThat(outages.outages()).hasSize(1);
    await().until(() -> !isThisMillisecond(outages.outages().get(0)));
    send("good");

    assertThat(outages.outages()).isEmpty();
  }

  @Test
  void anExchangeThatGetsOnInTheEndIsOne() {
    outages.failed("parts", BROKEN);

    send("good");

    assertThat(outages.outages()).isEmpty();
  }

  /** It is as old as the claim that put it there, which may have put there many. */
  @Test
  void anExchangeFromAQueueBeganWhenItWasTakenFromThere() {
    Exchange claim = new DefaultExchange(camel);
    claim.getExchangeExtension().setFromRouteId("parts");
    outages.failed(claim.copy(), BROKEN);
    await().until(() -> !isThisMillisecond(outages.outages().get(0)));
    Exchange next = claim.copy();

    outages.completed(next);
    assertThat(outages.outages()).hasSize(1);

    next.setProperty(OutageLog.BEGAN, Instant.now());
    outages.completed(next);
    assertThat(outages.outages()).isEmpty();
  }

  @Test
  void anOutageBeginsOnce() {
    outages.failed("parts", BROKEN);
    OutageLog.Outage first = outages.outages().get(0);
    await().until(() -> !isThisMillisecond(first));

    outages.failed("parts", new IllegalStateException("still broken"));

    OutageLog.Outage outage = outages.outages().get(0);
    assertThat(outage.since()).isEqualTo(first.since());
    assertThat(outage.last()).isAfter(first.last());
    assertThat(outage.message()).isEqualTo("still broken");
  }

  private void send(String parts) {
    Exchange done =
        camel.createProducerTemplate().send("direct:parts", e -> e.getMessage().setBody(parts));
    assertThat(done.getException()).isNull();
  }

  private static boolean isThisMillisecond(OutageLog.Outage outage) {
    return System.currentTimeMillis() <= outage.last().toEpochMilli();
  }
}
