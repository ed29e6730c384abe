package io.attributeimages.embedded;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Delivers webhooks as Novita does: 5 seconds for a 2xx, and up to five more tries with growing
 * pauses. No thread waits for an answer or a pause.
 */
final class WebhookSender {
  private static final Duration TIMEOUT = Duration.ofSeconds(5);
  private static final int MORE_TRIES = 5;

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(TIMEOUT).build();
  private final Queue<Delivery> pending = new ConcurrentLinkedQueue<>();
  private final ScheduledExecutorService timer;
  private final InstantSource clock;
  private final Faults faults;
  private final Function<SimulatedTask, byte[]> body;

  private record Delivery(SimulatedTask task, int failures, long dueAtMillis) {}

  /**
   * @param body made anew for each try, since the URLs in it expire
   */
  WebhookSender(
      ScheduledExecutorService timer,
      InstantSource clock,
      Faults faults,
      Function<SimulatedTask, byte[]> body) {
    this.timer = timer;
    this.clock = clock;
    this.faults = faults;
    this.body = body;
  }

  /** Sends the webhook of the task when its picture is ready. */
  void add(SimulatedTask task) {
    add(new Delivery(task, 0, task.doneAtMillis()));
  }

  private void add(Delivery delivery) {
    pending.add(delivery);
    // a little later: timer and clock are two, and what is early is not sent
    long wait = Math.max(0, delivery.dueAtMillis() - clock.millis()) + 5;
    try {
      timer.schedule(this::sendDue, wait, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      // closed meanwhile
    }
  }

  /** Sends those that are due by now; for a clock that jumps, and after they were held back. */
  synchronized void sendDue() {
    if (faults.sendsWebhooks()) {
      pending.removeIf(
          delivery -> {
            boolean due = delivery.dueAtMillis() <= clock.millis();
            if (due) {
              send(delivery);
            }
            return due;
          });
    }
  }

  void clear() {
    pending.clear();
  }

  private void send(Delivery delivery) {
    SimulatedTask task = delivery.task();
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(task.request().webhookUrl()))
            .timeout(TIMEOUT)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofByteArray(body.apply(task)))
            .build();
    client
        .sendAsync(request, HttpResponse.BodyHandlers.discarding())
        .handle((response, failure) -> failure == null ? response.statusCode() : 0)
        .thenAccept(
            status -> {
              faults.webhookSent(task, status);
              int failures = delivery.failures() + 1;
              if (status / 100 != 2 && failures <= MORE_TRIES) {
                long pause = faults.webhookPause(failures).toMillis();
                add(new Delivery(task, failures, clock.millis() + pause));
              }
            });
  }
}
