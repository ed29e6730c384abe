package io.attributeimages.embedded;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Delivers webhooks as Novita does: 5 seconds for a 2xx, and up to five more tries with growing
 * pauses. No thread waits for an answer or a pause.
 */
final class WebhookSender {
  /** Between the first try and the five more. */
  static final List<Duration> PAUSES =
      List.of(
          Duration.ofSeconds(1),
          Duration.ofSeconds(2),
          Duration.ofSeconds(5),
          Duration.ofSeconds(10),
          Duration.ofSeconds(30));

  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(TIMEOUT).build();
  private final ScheduledExecutorService scheduler;
  private final List<Duration> pauses;

  WebhookSender(ScheduledExecutorService scheduler, List<Duration> pauses) {
    this.scheduler = scheduler;
    this.pauses = pauses;
  }

  /**
   * @param body made anew for each try, since the URLs in it expire
   * @param done runs once, after the delivery or after the last try
   */
  void send(String url, Duration delay, Supplier<byte[]> body, Runnable done) {
    schedule(delay, () -> attempt(URI.create(url), 0, body, done));
  }

  private void attempt(URI url, int failures, Supplier<byte[]> body, Runnable done) {
    HttpRequest request =
        HttpRequest.newBuilder(url)
            .timeout(TIMEOUT)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofByteArray(body.get()))
            .build();
    client
        .sendAsync(request, HttpResponse.BodyHandlers.discarding())
        .whenComplete(
            (response, failure) -> {
              boolean delivered = failure == null && response.statusCode() / 100 == 2;
              if (delivered || failures == pauses.size()) {
                done.run();
              } else {
                schedule(pauses.get(failures), () -> attempt(url, failures + 1, body, done));
              }
            });
  }

  private void schedule(Duration delay, Runnable action) {
    try {
      scheduler.schedule(action, delay.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      // closed meanwhile: the delivery is still marked on disk and goes on at the next start
    }
  }
}
