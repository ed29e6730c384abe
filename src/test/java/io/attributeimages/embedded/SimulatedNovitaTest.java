package io.attributeimages.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpServer;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SimulatedNovitaTest {
  private static final String KEY = "test-key";
  private static final List<Duration> SHORT_PAUSES =
      List.of(
          Duration.ofMillis(1),
          Duration.ofMillis(2),
          Duration.ofMillis(3),
          Duration.ofMillis(4),
          Duration.ofMillis(5));

  private final ObjectMapper json = new ObjectMapper();
  private final HttpClient http = HttpClient.newHttpClient();
  private final TestClock clock = new TestClock();

  @TempDir Path dataDir;
  private SimulatedNovita novita;

  @BeforeEach
  void start() {
    novita = start(100, Duration.ofSeconds(8));
  }

  @AfterEach
  void stop() {
    novita.close();
  }

  // ---- submit ----------------------------------------------------------------------------------

  @Test
  void aSubmitAnswersATaskId() throws Exception {
    HttpResponse<String> answer = submit(request());

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(json.readTree(answer.body()).path("task_id").asText()).hasSize(36);
  }

  @Test
  void aMissingKeyIs400AndAWrongOne403() throws Exception {
    HttpRequest.Builder unsigned =
        HttpRequest.newBuilder(novita.baseUrl().resolve("/v3/async/txt2img"))
            .POST(HttpRequest.BodyPublishers.ofString(request().toString()));

    assertRefused(send(unsigned), 400, "MISSING_API_KEY");
    assertRefused(
        send(unsigned.copy().header("Authorization", "Bearer guessed")), 403, "INVALID_API_KEY");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "prompt              | ''               | ILLEGAL_PROMPT",
        "prompt              | '  '             | ILLEGAL_PROMPT",
        "width               | 127              | INVALID_IMAGE_SIZE",
        "width               | 2049             | INVALID_IMAGE_SIZE",
        "height              | 0                | INVALID_IMAGE_SIZE",
        "height              | 99999999999      | INVALID_IMAGE_SIZE",
        "width               | wide             | INVALID_REQUEST_BODY",
        "model_name          | ''               | INVALID_REQUEST_BODY",
        "sampler_name        | ''               | INVALID_REQUEST_BODY",
        "steps               | 0                | INVALID_REQUEST_BODY",
        "steps               | 101              | INVALID_REQUEST_BODY",
        "image_num           | 0                | INVALID_REQUEST_BODY",
        "image_num           | 9                | INVALID_REQUEST_BODY",
        "guidance_scale      | 0                | INVALID_REQUEST_BODY",
        "guidance_scale      | 31               | INVALID_REQUEST_BODY",
        "seed                | -2               | INVALID_REQUEST_BODY",
        "negative_prompt     | 7                | INVALID_REQUEST_BODY",
      })
  void aFieldBeyondItsLimitIsRefused(String field, String value, String reason) throws Exception {
    ObjectNode request = request();
    if (value.matches("-?\\d+")) {
      request.withObject("/request").put(field, Long.parseLong(value));
    } else {
      request.withObject("/request").put(field, value);
    }

    assertRefused(submit(request), 400, reason);
  }

  @ParameterizedTest
  @CsvSource({"1024,200", "1025,400"})
  void aPromptHasAtMost1024Characters(int characters, int status) throws Exception {
    ObjectNode request = request();
    // one character that is two chars in Java
    request.withObject("/request").put("prompt", "🙂".repeat(characters));

    assertThat(submit(request).statusCode()).isEqualTo(status);
  }

  @Test
  void anUnknownImageTypeOrWebhookAddressIsRefused() throws Exception {
    ObjectNode type = request();
    type.withObject("/extra").put("response_image_type", "gif");
    ObjectNode webhook = request();
    webhook.withObject("/extra/webhook").put("url", "file:///etc/passwd");

    assertRefused(submit(type), 400, "INVALID_REQUEST_BODY");
    assertRefused(submit(webhook), 400, "INVALID_REQUEST_BODY");
  }

  @ParameterizedTest
  @CsvSource({"''", "[]", "{", "{}"})
  void aBodyThatIsNoRequestIsRefused(String body) throws Exception {
    assertRefused(submit(body), 400, "INVALID_REQUEST_BODY");
  }

  @Test
  void aBodyBeyond64KiBIsRefused() throws Exception {
    assertRefused(submit(" ".repeat(64 * 1024 + 1)), 413, "REQUEST_BODY_TOO_LARGE");
  }

  @Test
  void unknownPathsAndMethodsAreRefused() throws Exception {
    assertRefused(get("/v3/nothing"), 404, "NOT_FOUND");
    assertRefused(get("/v3/async/txt2img"), 405, "METHOD_NOT_ALLOWED");
  }

  // ---- rate limit ------------------------------------------------------------------------------

  @Test
  void imagesBeyondTheLimitAreRefusedUntilTheWindowHasMovedOn() throws Exception {
    restart(2, Duration.ZERO);
    submitted(request());
    clock.advance(Duration.ofSeconds(20));
    submitted(request());

    HttpResponse<String> third = submit(request());

    assertRefused(third, 429, "RATE_LIMIT_EXCEEDED");
    assertThat(third.headers().firstValue("Retry-After")).contains("40");
    clock.advance(Duration.ofSeconds(40));
    submitted(request());
    assertThat(submit(request()).statusCode()).isEqualTo(429);
  }

  @Test
  void theLimitCountsImagesNotTasksAndSurvivesARestart() throws Exception {
    restart(3, Duration.ZERO);
    ObjectNode two = request();
    two.withObject("/request").put("image_num", 2);
    submitted(two);

    restart(3, Duration.ZERO);

    assertThat(submit(two).statusCode()).isEqualTo(429);
    submitted(request());
  }

  // ---- result ----------------------------------------------------------------------------------

  @Test
  void aTaskIsQueuedThenProcessedThenDone() throws Exception {
    String task = submitted(request());

    JsonNode queued = result(task);
    clock.advance(Duration.ofSeconds(4));
    JsonNode processing = result(task);
    clock.advance(Duration.ofSeconds(4));
    JsonNode done = result(task);

    assertThat(queued.at("/task/status").asText()).isEqualTo("TASK_STATUS_QUEUED");
    assertThat(queued.path("images")).isEmpty();
    assertThat(processing.at("/task/status").asText()).isEqualTo("TASK_STATUS_PROCESSING");
    assertThat(processing.at("/task/progress_percent").asInt()).isEqualTo(50);
    assertThat(processing.at("/task/eta").asInt()).isEqualTo(4);
    assertThat(done.at("/task/status").asText()).isEqualTo("TASK_STATUS_SUCCEED");
    assertThat(done.at("/task/task_id").asText()).isEqualTo(task);
    assertThat(done.at("/images/0/image_url_ttl")).isEqualTo(json.getNodeFactory().textNode("60"));
    assertThat(done.at("/images/0/image_type").asText()).isEqualTo("jpeg");
    assertThat(done.path("videos")).isEmpty();
  }

  @Test
  void theSeedIsATextAndMayExceed32Bits() throws Exception {
    ObjectNode request = request();
    request.withObject("/request").put("seed", 6_000_000_000L);

    JsonNode seed = result(submitted(request)).at("/extra/seed");

    assertThat(seed.isTextual()).isTrue();
    assertThat(seed.textValue()).isEqualTo("6000000000");
  }

  @Test
  void aRandomSeedIsChosenOnce() throws Exception {
    String task = submitted(request());

    assertThat(result(task).at("/extra/seed").asLong())
        .isNotNegative()
        .isEqualTo(result(task).at("/extra/seed").asLong());
  }

  @ParameterizedTest
  @CsvSource({"''", "nonsense", "../secret", "00000000-0000-0000-0000-000000000000"})
  void anUnknownTaskIs404(String task) throws Exception {
    assertRefused(get("/v3/async/task-result?task_id=" + task), 404, "TASK_NOT_FOUND");
  }

  @Test
  void theBalanceSinksWithEachTaskAndSurvivesARestart() throws Exception {
    submitted(request());
    submitted(request());

    restart(100, Duration.ZERO);

    JsonNode balance = json.readTree(get("/openapi/v1/billing/balance/detail").body());
    assertThat(balance.path("availableBalance"))
        .isEqualTo(json.getNodeFactory().textNode("999700"));
  }

  // ---- pictures --------------------------------------------------------------------------------

  @Test
  void aPictureHasTheSizeAndTypeAskedFor() throws Exception {
    HttpResponse<byte[]> answer = download(imageUrl(finished(request())));

    BufferedImage picture = ImageIO.read(new ByteArrayInputStream(answer.body()));
    assertThat(answer.headers().firstValue("Content-Type")).contains("image/jpeg");
    assertThat(picture.getWidth()).isEqualTo(256);
    assertThat(picture.getHeight()).isEqualTo(384);
  }

  @Test
  void aWebPIsAnsweredAsPngAndSaysSo() throws Exception {
    ObjectNode request = request();
    request.withObject("/extra").put("response_image_type", "webp");

    JsonNode result = result(finished(request));

    assertThat(result.at("/images/0/image_type").asText()).isEqualTo("png");
    assertThat(download(URI.create(result.at("/images/0/image_url").asText())).headers())
        .satisfies(headers -> assertThat(headers.firstValue("Content-Type")).contains("image/png"));
  }

  @Test
  void severalImagesOfATaskDiffer() throws Exception {
    ObjectNode request = request();
    request.withObject("/request").put("image_num", 2);
    JsonNode images = result(finished(request)).path("images");

    assertThat(images).hasSize(2);
    assertThat(download(URI.create(images.at("/0/image_url").asText())).body())
        .isNotEqualTo(download(URI.create(images.at("/1/image_url").asText())).body());
  }

  @Test
  void aUrlDiesAndAskingAgainGivesAFreshOneToTheSamePicture() throws Exception {
    String task = finished(request());
    URI first = imageUrl(task);
    byte[] picture = download(first).body();

    clock.advance(Duration.ofSeconds(60));

    assertThat(download(first).statusCode()).isEqualTo(403);
    assertThat(download(imageUrl(task)).body()).isEqualTo(picture);
  }

  @Test
  void aChangedUrlIsRefused() throws Exception {
    String url = imageUrl(finished(request())).toString();

    assertThat(download(URI.create(url.replace("expires=", "expires=9"))).statusCode())
        .isEqualTo(403);
    assertThat(download(URI.create(url.replace("jpeg", "png"))).statusCode()).isEqualTo(403);
    assertThat(download(URI.create(url.replaceAll("\\?.*", ""))).statusCode()).isEqualTo(403);
  }

  @Test
  void aTaskAndItsPictureSurviveARestart() throws Exception {
    String task = finished(request());
    byte[] picture = download(imageUrl(task)).body();

    restart(100, Duration.ofSeconds(8));

    assertThat(download(imageUrl(task)).body()).isEqualTo(picture);
  }

  // ---- webhooks --------------------------------------------------------------------------------

  @Test
  void aWebhookCarriesTheTaskResult() throws Exception {
    restart(100, Duration.ZERO);
    try (Receiver receiver = new Receiver(0)) {
      String task = submitted(requestWithWebhook(receiver));

      awaitDelivery();

      JsonNode event = json.readTree(receiver.bodies.element());
      assertThat(event.path("event_type").asText()).isEqualTo("ASYNC_TASK_RESULT");
      assertThat(event.at("/payload/task/task_id").asText()).isEqualTo(task);
      assertThat(event.at("/payload/task/status").asText()).isEqualTo("TASK_STATUS_SUCCEED");
      assertThat(receiver.bodies).hasSize(1);
    }
  }

  @ParameterizedTest
  @CsvSource({"2,3", "5,6", "99,6"})
  void aRefusedWebhookIsTriedUpToFiveMoreTimes(int refusals, int tries) throws Exception {
    restart(100, Duration.ZERO);
    try (Receiver receiver = new Receiver(refusals)) {
      submitted(requestWithWebhook(receiver));

      awaitDelivery();

      assertThat(receiver.bodies).hasSize(tries);
    }
  }

  @Test
  void aWebhookNotYetDeliveredIsSentAfterARestart() throws Exception {
    restart(100, Duration.ofHours(1));
    try (Receiver receiver = new Receiver(0)) {
      submitted(requestWithWebhook(receiver));
      clock.advance(Duration.ofHours(1));

      restart(100, Duration.ofHours(1));

      awaitDelivery();
      assertThat(receiver.bodies).hasSize(1);
    }
  }

  // ---- tools -----------------------------------------------------------------------------------

  private void awaitDelivery() {
    await().atMost(Duration.ofMinutes(1)).until(() -> pendingWebhooks() == 0);
  }

  private SimulatedNovita start(int imagesPerMinute, Duration imageDelay) {
    return SimulatedNovita.start(
        new SimulatedNovitaSettings(
            imagesPerMinute, Duration.ofMillis(1), imageDelay, Duration.ofSeconds(60), KEY),
        dataDir,
        prompt -> Optional.of(new CardLabel("age", "30s", "realistic")),
        clock,
        SHORT_PAUSES);
  }

  private void restart(int imagesPerMinute, Duration imageDelay) {
    novita.close();
    novita = start(imagesPerMinute, imageDelay);
  }

  private ObjectNode request() {
    ObjectNode root = json.createObjectNode();
    root.putObject("extra").put("response_image_type", "jpeg");
    root.putObject("request")
        .put("model_name", "sd_xl_base_1.0.safetensors")
        .put("prompt", "portrait of an adult")
        .put("negative_prompt", "blurry")
        .put("width", 256)
        .put("height", 384)
        .put("image_num", 1)
        .put("steps", 30)
        .put("seed", -1)
        .put("sampler_name", "DPM++ 2M Karras")
        .put("guidance_scale", 7.5);
    return root;
  }

  private ObjectNode requestWithWebhook(Receiver receiver) {
    ObjectNode request = request();
    request.withObject("/extra/webhook").put("url", receiver.url());
    return request;
  }

  private HttpResponse<String> submit(ObjectNode request) throws Exception {
    return submit(request.toString());
  }

  private HttpResponse<String> submit(String body) throws Exception {
    return send(
        HttpRequest.newBuilder(novita.baseUrl().resolve("/v3/async/txt2img"))
            .header("Authorization", "Bearer " + KEY)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body)));
  }

  private String submitted(ObjectNode request) throws Exception {
    HttpResponse<String> answer = submit(request);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return json.readTree(answer.body()).path("task_id").asText();
  }

  private String finished(ObjectNode request) throws Exception {
    String task = submitted(request);
    clock.advance(Duration.ofSeconds(8));
    return task;
  }

  private HttpResponse<String> get(String path) throws Exception {
    return send(
        HttpRequest.newBuilder(URI.create(novita.baseUrl() + path))
            .header("Authorization", "Bearer " + KEY));
  }

  private JsonNode result(String task) throws Exception {
    return json.readTree(get("/v3/async/task-result?task_id=" + task).body());
  }

  private URI imageUrl(String task) throws Exception {
    return URI.create(result(task).at("/images/0/image_url").asText());
  }

  private HttpResponse<byte[]> download(URI url) throws Exception {
    return http.send(HttpRequest.newBuilder(url).build(), HttpResponse.BodyHandlers.ofByteArray());
  }

  private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private void assertRefused(HttpResponse<String> answer, int status, String reason)
      throws Exception {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    JsonNode error = json.readTree(answer.body());
    assertThat(error.path("code").asInt()).isEqualTo(status);
    assertThat(error.path("reason").asText()).isEqualTo(reason);
    assertThat(error.path("message").asText()).isNotBlank();
    assertThat(error.path("metadata").isObject()).isTrue();
  }

  private long pendingWebhooks() throws Exception {
    try (Stream<Path> files = Files.list(dataDir.resolve("novita/webhooks"))) {
      return files.count();
    }
  }

  /** A time that moves only when told to. */
  private static final class TestClock extends Clock {
    private volatile Instant now = Instant.now();

    void advance(Duration duration) {
      now = now.plus(duration);
    }

    @Override
    public Instant instant() {
      return now;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      throw new UnsupportedOperationException();
    }
  }

  /** Takes webhooks, and answers the first few with 500. */
  private static final class Receiver implements AutoCloseable {
    private final Queue<String> bodies = new ConcurrentLinkedQueue<>();
    private final HttpServer server;

    Receiver(int refusals) throws Exception {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.createContext(
          "/hook",
          exchange -> {
            bodies.add(new String(exchange.getRequestBody().readAllBytes()));
            exchange.sendResponseHeaders(bodies.size() <= refusals ? 500 : 204, -1);
            exchange.close();
          });
      server.start();
    }

    String url() {
      return "http://127.0.0.1:" + server.getAddress().getPort() + "/hook";
    }

    @Override
    public void close() {
      server.stop(0);
    }
  }
}
