package io.attributeimages.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpServer;
import io.attributeimages.ledger.Task;
import io.attributeimages.provider.Deadline;
import io.attributeimages.provider.GuardedHttpClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.camel.test.junit5.CamelContextConfiguration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Submits from their claim to the connection: what another instance may have claimed meanwhile is
 * not sent.
 */
@Timeout(60)
class LateSubmitTest extends RouteTest {

  private final Queue<Headers> calls = new ConcurrentLinkedQueue<>();
  private HttpServer server;

  @Override
  public void configureContext(CamelContextConfiguration configuration) {
    super.configureContext(configuration);
    configuration.withMockEndpointsAndSkip("(sql|aws2-s3):.*");
  }

  @Override
  boolean isReplaced(String from) {
    return super.isReplaced(from) && !from.startsWith("seda:submit");
  }

  @BeforeEach
  void listen() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/v3/async/txt2img",
        exchange -> {
          calls.add(exchange.getRequestHeaders());
          exchange.getRequestBody().readAllBytes();
          byte[] answer = "{\"task_id\":\"task-1\"}".getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void close() {
    server.stop(0);
  }

  @Test
  void aClaimedImageIsSubmittedAndNovitaIsToldNothingOfTheClaim() throws Exception {
    startWith("pipeline.lease=1h");
    answers(sql("claim-planned"), body(List.of(row(planned()))));

    template.sendBody("direct:submit-claim", null);

    await().until(() -> submitting.tasks().isEmpty());
    assertThat(effects()).containsExactly("claim-planned", "submit", "txt2img", "record-accepted");
    assertThat(calls)
        .singleElement()
        .satisfies(headers -> assertThat(headers).doesNotContainKey(GuardedHttpClient.NOT_AFTER));
  }

  @Test
  void anImageWhoseClaimHasRunOutIsNotSent() throws Exception {
    startWith("pipeline.lease=0s");
    answers(sql("claim-planned"), body(List.of(row(planned()))));

    template.sendBody("direct:submit-claim", null);

    await().until(() -> submitting.tasks().isEmpty());
    assertThat(calls).isEmpty();
    assertThat(effects())
        .containsExactly(
            "claim-planned", "submit", "txt2img", "txt2img", "txt2img", "txt2img", "give-back");
    assertThat(failureSeenBy("give-back").reason()).isEqualTo("UNREACHABLE");
  }

  @Test
  void anImageWhoseClaimHasRunOutIsSentOnceItIsRenewed() throws Exception {
    startWith("pipeline.lease=1h");

    submitLate(planned());

    assertThat(effectsAndRenewals())
        .containsExactly("submit", "txt2img", "renew-lease", "txt2img", "record-accepted");
    assertThat(calls).hasSize(1);
  }

  @Test
  void anImageThatIsAnotherInstancesByNowIsLeftAlone() throws Exception {
    startWith("pipeline.lease=1h");
    answers(sql("renew-lease"), exchange -> {});

    submitLate(planned());

    assertThat(effectsAndRenewals()).containsExactly("submit", "txt2img", "renew-lease");
    assertThat(calls).isEmpty();
  }

  private void startWith(String lease) throws Exception {
    start("novita.base-url=http://127.0.0.1:" + server.getAddress().getPort(), lease);
  }

  /** As it is when it was in the queue until its claim had run out. */
  private void submitLate(Task task) {
    submitting.add(task);
    template.send(
        "seda:submit?waitForTaskToComplete=Never",
        exchange -> {
          exchange.setProperty("deadline", Deadline.in(Duration.ZERO).toString());
          exchange.getMessage().setBody(task);
        });
    await().until(() -> submitting.tasks().isEmpty());
  }
}
