package io.attributeimages.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TimersTest {

  private final AtomicLong nanoTime = new AtomicLong();
  private final Timers timers = new Timers(nanoTime::get);
  private final AtomicInteger turns = new AtomicInteger();

  @AfterEach
  void stop() {
    timers.stop();
  }

  @Test
  void aTurnThatThrowsAnErrorIsNotTheLastOne() {
    timers
        .pool()
        .scheduleWithFixedDelay(
            () -> {
              turns.incrementAndGet();
              throw new StackOverflowError("of a test");
            },
            0,
            1,
            TimeUnit.MILLISECONDS);

    await().until(() -> turns.get() > 2);
  }

  @Test
  void aRouteWhoseTurnDoesNotEndIsOverdue() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    try (DefaultCamelContext context = new DefaultCamelContext()) {
      context.getRegistry().bind("timers", timers.pool());
      context.addRoutes(
          new RouteBuilder() {
            @Override
            public void configure() {
              from("scheduler:hangs?initialDelay=0&delay=1000&scheduledExecutorService=#timers")
                  .routeId("hangs")
                  .process(exchange -> turns.incrementAndGet())
                  .process(exchange -> end.await());
              from("scheduler:runs?initialDelay=0&delay=10&scheduledExecutorService=#timers")
                  .routeId("runs")
                  .process(exchange -> {});
            }
          });
      context.start();
      await().until(() -> turns.get() == 1);
      assertThat(timers.overdue()).isEmpty();

      nanoTime.addAndGet(TimeUnit.MINUTES.toNanos(11));

      await().until(() -> timers.overdue().keySet().size() == 1);
      assertThat(timers.overdue()).containsOnlyKeys("hangs");
      end.countDown();
      await().until(() -> timers.overdue().isEmpty());
    }
  }
}
