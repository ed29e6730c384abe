package io.attributeimages.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpServer;
import io.attributeimages.support.NovitaDouble.Options;
import io.attributeimages.support.NovitaDouble.Submit;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The double must be right about money and about how a call breaks: other tests believe it. */
@Timeout(60)
class NovitaDoubleTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration HOUR = Duration.ofHours(1);

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private NovitaDouble novita;

  @BeforeEach
  void start() {
    novita = NovitaDouble.start();
  }

  @AfterEach
  void close() {
    novita.close();
  }

  // ---------------------------------------------------------------- nothing wrong

  @Test
  void aSubmitIsPaidAndGivesThePictureAskedFor() throws Exception {
    String taskId = taskId(submit("a red hat"));
    JsonNode result = json(poll(taskId));
    HttpResponse<byte[]> picture = download(result);

    assertThat(result.at("/task/status").asText()).isEqualTo("TASK_STATUS_SUCCEED");
    assertThat(result.at("/images/0/image_url_ttl").isTextual()).isTrue();
    assertThat(result.at("/images/0/image_url_ttl").asText()).isEqualTo("3600");
    assertThat(result.at("/images/0/image_type").asText()).isEqualTo("jpeg");
    assertThat(picture.headers().firstValue("Content-Type")).hasValue("image/jpeg");
    assertThat(picture.body()).isEqualTo(novita.imageBytes(taskId)).startsWith(0xFF, 0xD8);
    assertSize(picture.body(), 512, 768);
    assertThat(novita.paid()).isEqualTo(novita.acceptedSubmits()).isEqualTo(1);
    assertThat(novita.polls()).hasSize(1);
    assertThat(novita.downloads()).singleElement().extracting("taskId").isEqualTo(taskId);
  }

  @Test
  void aSubmitIsOnRecordWithAllThatWasSent() throws Exception {
    String taskId = taskId(submit("a red hat"));

    Submit submit = novita.submits().get(0);
    assertThat(submit.accepted()).isTrue();
    assertThat(submit.status()).isEqualTo(200);
    assertThat(submit.taskId()).isEqualTo(taskId);
    assertThat(submit.prompt()).isEqualTo("a red hat");
    assertThat(submit.authorization()).isEqualTo("Bearer key");
    assertThat(submit.request()).isEqualTo(valid("a red hat"));
  }

  @Test
  void everySecondRandomSeedExceeds32BitsAndAGivenSeedIsKept() throws Exception {
    JsonNode first = json(poll(taskId(submit("one"))));
    JsonNode second = json(poll(taskId(submit("two"))));
    JsonNode given = json(poll(taskId(submit("three", r -> r.put("seed", 42)))));

    assertThat(first.at("/extra/seed").isTextual()).isTrue();
    assertThat(first.at("/extra/seed").asLong()).isGreaterThan(1L << 32);
    assertThat(second.at("/extra/seed").asLong()).isLessThan(1L << 32);
    assertThat(given.at("/extra/seed").asText()).isEqualTo("42");
  }

  @Test
  void aTaskIsQueuedThenProcessedThenDone() throws Exception {
    novita.configure(Options.defaults().withImageLatency(HOUR));
    String taskId = taskId(submit("slow one"));

    assertThat(status(poll(taskId))).isEqualTo("TASK_STATUS_QUEUED");
    novita.advance(Duration.ofMinutes(10));
    JsonNode processing = json(poll(taskId));
    assertThat(processing.at("/task/status").asText()).isEqualTo("TASK_STATUS_PROCESSING");
    assertThat(processing.at("/images")).isEmpty();
    novita.advance(HOUR);
    assertThat(status(poll(taskId))).isEqualTo("TASK_STATUS_SUCCEED");
  }

  @Test
  void aPresignedUrlExpiresAndAFreshOneCanBeAskedFor() throws Exception {
    novita.configure(Options.defaults().withUrlTtl(Duration.ofMinutes(5)));
    String taskId = taskId(submit("hat"));
    JsonNode early = json(poll(taskId));
    novita.advance(Duration.ofMinutes(5));

    HttpResponse<byte[]> stale = download(early);
    assertThat(stale.statusCode()).isEqualTo(403);
    assertThat(text(stale)).contains("<Code>AccessDenied</Code>", "expired");
    assertThat(download(json(poll(taskId))).statusCode()).isEqualTo(200);
  }

  @Test
  void aPresignedUrlIsBoundToItsSignatureAndRefusesAnApiKey() throws Exception {
    String url = json(poll(taskId(submit("hat")))).at("/images/0/image_url").asText();

    assertThat(text(get(url + "0"))).contains("SignatureDoesNotMatch");
    HttpRequest leaky =
        HttpRequest.newBuilder(URI.create(url)).header("Authorization", "Bearer key").build();
    assertThat(http.send(leaky, BodyHandlers.ofByteArray()).statusCode()).isEqualTo(400);
    assertThat(novita.downloads().get(1).authorization()).isEqualTo("Bearer key");
  }

  @Test
  void aRequestForSeveralPicturesGivesSeveral() throws Exception {
    JsonNode result = json(poll(taskId(submit("hats", r -> r.put("image_num", 2)))));

    assertThat(result.at("/images")).hasSize(2);
    byte[] second = get(result.at("/images/1/image_url").asText()).body();
    assertThat(second).isNotEqualTo(download(result).body()).startsWith(0xFF, 0xD8);
  }

  @ParameterizedTest
  @CsvSource({"png, 512, 768", "webp, 512, 768", "jpeg, 300, 200", "webp, 2048, 131"})
  void anotherTypeAndSizeCanBeAnsweredThanAsked(String type, int width, int height)
      throws Exception {
    novita.answerAs(type);
    novita.answerSize(width, height);

    JsonNode result = json(poll(taskId(submit("hat"))));

    HttpResponse<byte[]> picture = download(result);
    assertThat(result.at("/images/0/image_type").asText()).isEqualTo(type);
    assertThat(picture.headers().firstValue("Content-Type")).hasValue("image/" + type);
    assertSize(picture.body(), width, height);
    assertThat(
            ImageIO.getImageReadersByMIMEType("image/" + type)
                .next()
                .getOriginatingProvider()
                .canDecodeInput(
                    ImageIO.createImageInputStream(new ByteArrayInputStream(picture.body()))))
        .isTrue();
  }

  // ---------------------------------------------------------------- refusals

  @ParameterizedTest
  @CsvSource({
    "width, 127, INVALID_IMAGE_SIZE",
    "height, 2049, INVALID_IMAGE_SIZE",
    "steps, 0, INVALID_REQUEST_BODY",
    "steps, 101, INVALID_REQUEST_BODY",
    "image_num, 9, INVALID_REQUEST_BODY",
    "guidance_scale, 0.5, INVALID_REQUEST_BODY",
    "seed, -2, INVALID_REQUEST_BODY",
    "prompt, '\"\"', INVALID_REQUEST_BODY",
    "model_name, null, INVALID_REQUEST_BODY",
    "width, null, INVALID_REQUEST_BODY"
  })
  void anInvalidSubmitIsRefusedAndCostsNothing(String field, String value, String reason)
      throws Exception {
    JsonNode bad = JSON.readTree(value);

    HttpResponse<byte[]> answer = submit("hat", r -> r.set(field, bad));

    assertError(answer, 400, reason);
    assertThat(novita.paid()).isZero();
    assertThat(novita.submits()).singleElement().extracting("accepted").isEqualTo(false);
  }

  @Test
  void aPromptMayHave1024CharactersAndNotOneMore() throws Exception {
    assertThat(submit("x".repeat(1024)).statusCode()).isEqualTo(200);
    assertError(submit("x".repeat(1025)), 400, "INVALID_REQUEST_BODY");
  }

  @Test
  void aSubmitThatIsNoJsonIsRefused() throws Exception {
    assertError(send(post("{\"request\":").build()), 400, "INVALID_REQUEST_BODY");
  }

  @Test
  void theApiKeyIsCheckedOnEveryCall() throws Exception {
    novita.onlyKey("another");
    String result = novita.baseUrl() + "/v3/async/task-result?task_id=x";

    assertError(submit("hat"), 403, "INVALID_API_KEY");
    assertError(poll("x"), 403, "INVALID_API_KEY");
    assertError(get(result), 400, "MISSING_API_KEY");
  }

  @Test
  void theLimitIsASlidingWindowAndARefusalTakesNoPlaceInIt() throws Exception {
    novita.configure(Options.defaults().withImagesPerMinute(2));

    assertThat(submit("one").statusCode()).isEqualTo(200);
    novita.advance(Duration.ofSeconds(50));
    assertThat(submit("two").statusCode()).isEqualTo(200);
    assertError(submit("three"), 429, "RATE_LIMIT_EXCEEDED");
    novita.advance(Duration.ofSeconds(10));
    assertThat(submit("three").statusCode()).isEqualTo(200);
    assertError(submit("four"), 429, "RATE_LIMIT_EXCEEDED");

    assertThat(novita.submits()).hasSize(5);
    assertThat(novita.paid()).isEqualTo(3);
    assertThat(novita.maxAcceptedInAny(Duration.ofSeconds(60))).isEqualTo(2);
    assertThat(novita.maxAcceptedInAny(Duration.ofSeconds(5))).isEqualTo(1);
    assertThat(novita.maxAcceptedInAny(HOUR)).isEqualTo(3);
  }

  @Test
  void theBalanceFallsWithEachPictureUntilSubmitsAreRefused() throws Exception {
    novita.balance(2 * NovitaDouble.PRICE - 1);

    assertThat(submit("one").statusCode()).isEqualTo(200);
    assertError(submit("two"), 400, "BILLING_BALANCE_NOT_ENOUGH");
    JsonNode detail = json(getWithKey("/openapi/v1/billing/balance/detail"));
    assertThat(detail.path("availableBalance").isTextual()).isTrue();
    assertThat(detail.path("availableBalance").asLong()).isEqualTo(NovitaDouble.PRICE - 1);
  }

  @Test
  void anUnknownTaskIsNotFound() throws Exception {
    String taskId = taskId(submit("hat"));
    novita.forget(taskId);

    assertError(poll(taskId), 404, "TASK_NOT_FOUND");
    assertError(poll("never-seen"), 404, "TASK_NOT_FOUND");
  }

  // ---------------------------------------------------------------- faults before acceptance

  @Test
  void aStatusFaultSpeaksNovitasErrorsAndCostsNothing() throws Exception {
    novita.nextSubmits(Fault.status(500, "CREATE_TASK_FAILED"), Fault.none());

    assertError(submit("hat"), 500, "CREATE_TASK_FAILED");
    assertThat(novita.paid()).isZero();
    assertThat(submit("hat").statusCode()).isEqualTo(200);
    assertThat(novita.submits()).extracting(Submit::status).containsExactly(500, 200);
  }

  @Test
  void aGatewayFaultIsAnHtmlPage() throws Exception {
    novita.nextSubmits(Fault.gateway(502));

    HttpResponse<byte[]> answer = submit("hat");
    assertThat(answer.statusCode()).isEqualTo(502);
    assertThat(answer.headers().firstValue("Content-Type")).hasValue("text/html; charset=UTF-8");
    assertThat(text(answer)).contains("<!DOCTYPE html>", "cloudflare");
    assertThat(novita.paid()).isZero();
  }

  @Test
  void aRateLimitFaultSaysWhenToComeBack() throws Exception {
    novita.nextSubmits(Fault.rateLimited(Duration.ofSeconds(7)));

    HttpResponse<byte[]> answer = submit("hat");
    assertError(answer, 429, "RATE_LIMIT_EXCEEDED");
    assertThat(answer.headers().firstValue("Retry-After")).hasValue("7");
    assertThat(novita.paid()).isZero();
  }

  @Test
  void aResetBeforeReadIsATcpResetAndCostsNothing() throws Exception {
    novita.nextSubmits(Fault.resetBeforeRead());

    assertReset(rawSubmit("hat"));
    assertThat(novita.paid()).isZero();
    assertThat(novita.submits())
        .singleElement()
        .satisfies(submit -> assertThat(submit.status()).isZero())
        .satisfies(submit -> assertThat(submit.request().isMissingNode()).isTrue());
  }

  @Test
  void connectionsCanBeResetBeforeAByteIsRead() throws Exception {
    novita.resetNextConnections(2);

    for (int i = 0; i < 2; i++) {
      try (Socket socket = connect()) {
        assertReset(socket);
      }
    }
    assertThat(submit("hat").statusCode()).isEqualTo(200);
    assertThat(novita.submits()).hasSize(1);
  }

  // ---------------------------------------------------------------- faults after acceptance

  @Test
  void aResetAfterAcceptIsATcpResetAndIsPaid() throws Exception {
    novita.nextSubmits(Fault.resetAfterAccept());

    assertReset(rawSubmit("hat"));
    assertPaidUnanswered();
    assertThat(status(poll(novita.submits().get(0).taskId()))).isEqualTo("TASK_STATUS_SUCCEED");
  }

  @Test
  void aCloseAfterAcceptIsACleanEndAndIsPaid() throws Exception {
    novita.nextSubmits(Fault.closeAfterAccept());

    assertThat(readAll(rawSubmit("hat"))).isEmpty();
    assertPaidUnanswered();
  }

  @Test
  void aHttpClientSeesAnIoErrorAndDoesNotSubmitAgain() {
    novita.nextSubmits(Fault.resetAfterAccept(), Fault.closeAfterAccept());

    assertThatThrownBy(() -> submit("hat")).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> submit("hat")).isInstanceOf(IOException.class);
    assertThat(novita.acceptedByPrompt()).containsEntry("hat", 2);
    assertThat(novita.submits()).hasSize(2);
  }

  @Test
  void aSubmitNeverAnsweredIsPaidAndInFlightUntilTheClientHangsUp() throws Exception {
    novita.nextSubmits(Fault.neverAnswer());

    try (Socket socket = rawSubmit("hat")) {
      await().until(() -> novita.paid() == 1);
      assertThat(novita.inFlight()).isEqualTo(1);
      assertThat(socket.getInputStream().available()).isZero();
    }
    await().until(() -> novita.inFlight() == 0);
    assertPaidUnanswered();
  }

  @Test
  void aHangEndsInACloseWithoutAnAnswer() throws Exception {
    novita.nextSubmits(Fault.hang(Duration.ofMillis(50)));

    assertThat(readAll(rawSubmit("hat"))).isEmpty();
    assertPaidUnanswered();
  }

  @Test
  void garbageAfterAcceptIsA200ThatIsPaid() throws Exception {
    novita.nextSubmits(Fault.garbageAfterAccept());

    HttpResponse<byte[]> answer = submit("hat");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThatThrownBy(() -> JSON.readTree(answer.body())).isInstanceOf(IOException.class);
    assertThat(novita.paid()).isEqualTo(1);
  }

  @Test
  void aSlowSubmitIsAcceptedAtOnceAndAnsweredLater() throws Exception {
    novita.nextSubmits(Fault.slow(HOUR), Fault.slow(Duration.ofMillis(20)));

    try (Socket socket = rawSubmit("hat")) {
      await().until(() -> novita.paid() == 1);
      assertThat(socket.getInputStream().available()).isZero();
    }
    assertThat(taskId(submit("hat"))).isEqualTo(novita.submits().get(1).taskId());
  }

  @Test
  void theSubmitLatencyDelaysTheAnswerAndNotTheAcceptance() throws Exception {
    novita.configure(Options.defaults().withSubmitLatency(HOUR));

    try (Socket socket = rawSubmit("hat")) {
      await().until(() -> novita.paid() == 1);
      assertThat(socket.getInputStream().available()).isZero();
    }
  }

  @Test
  void aFailedTaskIsPaidAndSaysWhy() throws Exception {
    novita.nextSubmits(Fault.taskFailed("out of memory"));

    JsonNode result = json(poll(taskId(submit("hat"))));
    assertThat(result.at("/task/status").asText()).isEqualTo("TASK_STATUS_FAILED");
    assertThat(result.at("/task/reason").asText()).isEqualTo("out of memory");
    assertThat(result.at("/images")).isEmpty();
    assertThat(novita.paid()).isEqualTo(1);
  }

  @Test
  void aForgottenTaskIsPaidAndNotFound() throws Exception {
    novita.nextSubmits(Fault.taskForgotten());

    assertError(poll(taskId(submit("hat"))), 404, "TASK_NOT_FOUND");
    assertThat(novita.paid()).isEqualTo(1);
  }

  @Test
  void aSubmitThatIsRefusedAnywayIsNotPaidByAFault() throws Exception {
    novita.balance(0);
    novita.nextSubmits(Fault.resetAfterAccept());

    assertReset(rawSubmit("hat"));
    assertThat(novita.submits()).hasSize(1);
    assertThat(novita.paid()).isZero();
  }

  // ---------------------------------------------------------------- faults of polls, downloads

  @Test
  void pollsFailOnTheirOwn() throws Exception {
    String taskId = taskId(submit("hat"));
    novita.nextPolls(
        Fault.status(500, "GET_RESULT_FAILED"),
        Fault.gateway(504),
        Fault.garbageAfterAccept(),
        Fault.resetBeforeRead());

    assertError(poll(taskId), 500, "GET_RESULT_FAILED");
    assertThat(poll(taskId).statusCode()).isEqualTo(504);
    assertThat(text(poll(taskId))).isEqualTo("<<<not json");
    assertReset(
        raw(getText("/v3/async/task-result?task_id=" + taskId, "Authorization: Bearer key")));
    assertThat(status(poll(taskId))).isEqualTo("TASK_STATUS_SUCCEED");
    assertThat(novita.polls())
        .extracting(NovitaDouble.Call::status)
        .containsExactly(500, 504, 200, 0, 200);
  }

  @Test
  void aTruncatedBodyBreaksThePromiseOfItsLength() throws Exception {
    Picture picture = picture();
    novita.nextDownloads(Fault.truncatedBody(0.5), Fault.truncatedBody(0.5));

    Answer answer = Answer.of(readAll(raw(picture.request())));
    assertThat(answer.head()).contains("Content-Length: " + picture.bytes().length);
    assertThat(answer.body()).isEqualTo(half(picture.bytes()));
    assertThatThrownBy(() -> get(picture.url())).isInstanceOf(IOException.class);
  }

  @Test
  void aTruncatedCleanCloseLooksLikeAWholeBody() throws Exception {
    Picture picture = picture();
    novita.nextDownloads(Fault.truncatedCleanClose(0.5), Fault.truncatedCleanClose(0.5));

    Answer answer = Answer.of(readAll(raw(picture.request())));
    assertThat(answer.head()).doesNotContain("Content-Length").contains("Connection: close");
    HttpResponse<byte[]> believed = get(picture.url());
    assertThat(believed.statusCode()).isEqualTo(200);
    assertThat(believed.body()).isEqualTo(answer.body()).isEqualTo(half(picture.bytes()));
  }

  @Test
  void aResetDuringTheBodyIsATcpReset() throws Exception {
    Picture picture = picture();
    novita.nextDownloads(Fault.resetDuringBody(0.5));

    assertReset(raw(picture.request()));
    assertThat(get(picture.url()).body()).isEqualTo(picture.bytes());
    assertThat(novita.downloads()).extracting(NovitaDouble.Call::status).containsOnly(200);
  }

  @Test
  void aPageCanComeInsteadOfThePicture() throws Exception {
    Picture picture = picture();
    byte[] page = "<html>log in</html>".getBytes(StandardCharsets.UTF_8);
    novita.nextDownloads(Fault.body("text/html", page));

    HttpResponse<byte[]> answer = get(picture.url());
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Type")).hasValue("text/html");
    assertThat(answer.body()).isEqualTo(page);
  }

  @Test
  void faultsOfTasksBelongToSubmits() {
    assertThatIllegalArgumentException().isThrownBy(() -> novita.nextPolls(Fault.taskForgotten()));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> novita.onDownload(id -> true, Fault.taskFailed("no")));
    assertThatIllegalArgumentException().isThrownBy(() -> Fault.truncatedBody(1.5));
  }

  @Test
  void aRuleHoldsForAllThatMatchUntilCleared() throws Exception {
    novita.onSubmit(s -> s.prompt().contains("weapon"), Fault.status(400, "ILLEGAL_PROMPT"));
    String good = taskId(submit("hat"));
    String bad = taskId(submit("cloak"));
    novita.onPoll(bad::equals, Fault.gateway(503));
    novita.onDownload(good::equals, Fault.gateway(520));

    assertError(submit("weapon"), 400, "ILLEGAL_PROMPT");
    assertError(submit("old weapon"), 400, "ILLEGAL_PROMPT");
    assertThat(poll(bad).statusCode()).isEqualTo(503);
    JsonNode result = json(poll(good));
    assertThat(download(result).statusCode()).isEqualTo(520);
    novita.clearFaults();
    assertThat(submit("weapon").statusCode()).isEqualTo(200);
    assertThat(poll(bad).statusCode()).isEqualTo(200);
    assertThat(download(result).statusCode()).isEqualTo(200);
  }

  @Test
  void resetForgetsAll() throws Exception {
    String taskId = taskId(submit("hat"));
    novita.nextSubmits(Fault.resetAfterAccept());
    novita.balance(0);
    novita.onlyKey("another");
    novita.reset();

    assertThat(novita.submits()).isEmpty();
    assertThat(novita.paid()).isZero();
    assertError(poll(taskId), 404, "TASK_NOT_FOUND");
    assertThat(submit("hat").statusCode()).isEqualTo(200);
  }

  // ---------------------------------------------------------------- money under load

  @Test
  void everyAcceptedSubmitIsCountedOnceUnderLoad() {
    novita.configure(Options.defaults().withImagesPerMinute(20));

    List<CompletableFuture<HttpResponse<byte[]>>> answers =
        IntStream.range(0, 100)
            .mapToObj(i -> post(valid("prompt " + i).toString()).build())
            .map(request -> http.sendAsync(request, BodyHandlers.ofByteArray()))
            .toList();
    long ok = answers.stream().filter(answer -> answer.join().statusCode() == 200).count();

    assertThat(ok).isEqualTo(20);
    assertThat(novita.paid()).isEqualTo(20);
    assertThat(novita.submits()).hasSize(100);
    assertThat(novita.maxAcceptedInAny(Duration.ofMinutes(1))).isEqualTo(20);
    assertThat(novita.acceptedByPrompt()).hasSize(20).allSatisfy((p, n) -> assertThat(n).isOne());
    await().until(() -> novita.inFlight() == 0);
  }

  // ---------------------------------------------------------------- wire

  @Test
  void oneConnectionServesManyRequests() throws Exception {
    String request = getText("/_counts", "Host: x");
    String last = getText("/_counts", "Connection: close");

    String answers = new String(readAll(raw(request + request + last)), StandardCharsets.UTF_8);

    assertThat(answers.split("HTTP/1.1 200 ", -1)).hasSize(4);
    assertThat(answers).contains("Connection: keep-alive").contains("Connection: close");
  }

  @Test
  void aClientThatExpects100ContinueGetsIt() throws Exception {
    HttpRequest request = post(valid("hat").toString()).expectContinue(true).build();

    assertThat(send(request).statusCode()).isEqualTo(200);
    assertThat(novita.paid()).isEqualTo(1);
  }

  @Test
  void aChunkedBodyIsRead() throws Exception {
    byte[] body = valid("hat").toString().getBytes(StandardCharsets.UTF_8);
    HttpRequest request =
        post("")
            .POST(HttpRequest.BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body)))
            .build();

    assertThat(send(request).statusCode()).isEqualTo(200);
    assertThat(novita.acceptedByPrompt()).containsKey("hat");
  }

  @Test
  void anOutageRefusesConnectionsAndKeepsTasks() throws Exception {
    String taskId = taskId(submit("hat"));
    URI before = novita.baseUrl();
    try (Socket open = connect()) {
      novita.nextPolls(Fault.neverAnswer());
      open.getOutputStream()
          .write(
              getText("/v3/async/task-result?task_id=x", "Host: x")
                  .getBytes(StandardCharsets.UTF_8));
      await().until(() -> novita.inFlight() == 1);

      novita.stop();
      assertReset(open);
    }
    assertThatThrownBy(this::connect).isInstanceOf(ConnectException.class);
    novita.restart();

    assertThat(novita.baseUrl()).isEqualTo(before);
    assertThat(status(poll(taskId))).isEqualTo("TASK_STATUS_SUCCEED");
    assertThat(novita.paid()).isEqualTo(1);
  }

  // ---------------------------------------------------------------- webhooks

  @Test
  void aFinishedTaskCallsItsWebhookUntilItIsTaken() throws Exception {
    Queue<JsonNode> events = new ConcurrentLinkedQueue<>();
    HttpServer receiver = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    receiver.createContext(
        "/hook",
        exchange -> {
          events.add(JSON.readTree(exchange.getRequestBody()));
          exchange.sendResponseHeaders(events.size() == 1 ? 500 : 204, -1);
          exchange.close();
        });
    receiver.start();
    try {
      ObjectNode body = valid("hat");
      body.withObject("/extra")
          .putObject("webhook")
          .put("url", "http://127.0.0.1:" + receiver.getAddress().getPort() + "/hook");
      String taskId = taskId(send(post(body.toString()).build()));
      assertThat(novita.webhooks()).isEmpty();

      novita.deliverWebhooks(true);

      await().until(() -> novita.webhooks().size() == 2);
      assertThat(novita.webhooks())
          .extracting(NovitaDouble.Webhook::status)
          .containsExactly(500, 204);
      assertThat(events)
          .allSatisfy(e -> assertThat(e.path("event_type").asText()).isEqualTo("ASYNC_TASK_RESULT"))
          .allSatisfy(e -> assertThat(e.at("/payload/task/task_id").asText()).isEqualTo(taskId))
          .allSatisfy(
              e ->
                  assertThat(get(e.at("/payload/images/0/image_url").asText()).body())
                      .isEqualTo(novita.imageBytes(taskId)));
    } finally {
      receiver.stop(0);
    }
  }

  // ---------------------------------------------------------------- by hand

  @Test
  void runByHandItCountsAndLogs(@TempDir Path directory) throws Exception {
    novita.close();
    Path log = directory.resolve("novita.log");
    novita =
        NovitaDouble.fromArguments(
            "--port", "0", "--limit", "1", "--latency-ms", "0", "--log", log.toString());
    String taskId = taskId(submit("one"));
    submit("two");
    download(json(poll(taskId)));

    JsonNode counts = json(get(novita.baseUrl() + "/_counts"));
    assertThat(counts)
        .isEqualTo(
            JSON.readTree(
                """
                {"submits": 2, "accepted": 1, "polls": 1, "downloads": 1, "maxAcceptedInAny60s": 1}
                """));
    assertThat(Files.readAllLines(log))
        .hasSize(4)
        .first()
        .asString()
        .contains("\"submit\"", taskId);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> NovitaDouble.fromArguments("--nonsense", "1"));
  }

  // ---------------------------------------------------------------- small things

  private record Picture(String url, byte[] bytes, String request) {}

  private record Answer(String head, byte[] body) {
    static Answer of(byte[] bytes) {
      String text = new String(bytes, StandardCharsets.ISO_8859_1);
      int end = text.indexOf("\r\n\r\n") + 4;
      return new Answer(text.substring(0, end), Arrays.copyOfRange(bytes, end, bytes.length));
    }
  }

  private static ObjectNode valid(String prompt) {
    ObjectNode body = JSON.createObjectNode();
    body.putObject("extra").put("response_image_type", "jpeg");
    body.putObject("request")
        .put("model_name", "sd_xl_base_1.0.safetensors")
        .put("prompt", prompt)
        .put("negative_prompt", "blurry")
        .put("width", 512)
        .put("height", 768)
        .put("image_num", 1)
        .put("steps", 30)
        .put("seed", -1)
        .put("sampler_name", "DPM++ 2M Karras")
        .put("guidance_scale", 7.5);
    return body;
  }

  private HttpRequest.Builder post(String body) {
    return HttpRequest.newBuilder(URI.create(novita.baseUrl() + "/v3/async/txt2img"))
        .header("Authorization", "Bearer key")
        .header("Content-Type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString(body));
  }

  private HttpResponse<byte[]> submit(String prompt) throws Exception {
    return submit(prompt, request -> {});
  }

  private HttpResponse<byte[]> submit(String prompt, Consumer<ObjectNode> change) throws Exception {
    ObjectNode body = valid(prompt);
    change.accept(body.withObject("/request"));
    return send(post(body.toString()).build());
  }

  private HttpResponse<byte[]> poll(String taskId) throws Exception {
    return getWithKey("/v3/async/task-result?task_id=" + taskId);
  }

  private HttpResponse<byte[]> getWithKey(String target) throws Exception {
    return send(
        HttpRequest.newBuilder(URI.create(novita.baseUrl() + target))
            .header("Authorization", "Bearer key")
            .build());
  }

  private HttpResponse<byte[]> download(JsonNode result) throws Exception {
    return get(result.at("/images/0/image_url").asText());
  }

  private HttpResponse<byte[]> get(String url) throws Exception {
    return send(HttpRequest.newBuilder(URI.create(url)).build());
  }

  private HttpResponse<byte[]> send(HttpRequest request) throws Exception {
    return http.send(request, BodyHandlers.ofByteArray());
  }

  private Picture picture() throws Exception {
    String taskId = taskId(submit("hat"));
    String url = json(poll(taskId)).at("/images/0/image_url").asText();
    String target = url.substring(novita.baseUrl().toString().length());
    return new Picture(url, novita.imageBytes(taskId), getText(target, "Host: x"));
  }

  private static byte[] half(byte[] bytes) {
    return Arrays.copyOf(bytes, bytes.length / 2);
  }

  private static String getText(String target, String header) {
    return "GET " + target + " HTTP/1.1\r\n" + header + "\r\n\r\n";
  }

  private Socket connect() throws IOException {
    return new Socket("127.0.0.1", novita.baseUrl().getPort());
  }

  private Socket rawSubmit(String prompt) throws IOException {
    byte[] body = valid(prompt).toString().getBytes(StandardCharsets.UTF_8);
    return raw(
        "POST /v3/async/txt2img HTTP/1.1\r\nAuthorization: Bearer key\r\nContent-Length: "
            + body.length
            + "\r\n\r\n"
            + new String(body, StandardCharsets.UTF_8));
  }

  private Socket raw(String request) throws IOException {
    Socket socket = connect();
    socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
    return socket;
  }

  private static byte[] readAll(Socket socket) throws IOException {
    try (socket) {
      return socket.getInputStream().readAllBytes();
    }
  }

  private static void assertReset(Socket socket) {
    assertThatThrownBy(() -> readAll(socket))
        .isInstanceOf(SocketException.class)
        .hasMessageContaining("reset");
  }

  private void assertPaidUnanswered() {
    assertThat(novita.paid()).isEqualTo(1);
    assertThat(novita.submits())
        .singleElement()
        .satisfies(submit -> assertThat(submit.status()).isZero())
        .satisfies(submit -> assertThat(submit.taskId()).isNotNull());
  }

  private static void assertError(HttpResponse<byte[]> answer, int status, String reason)
      throws IOException {
    assertThat(answer.statusCode()).isEqualTo(status);
    JsonNode body = json(answer);
    assertThat(body.path("code").asInt()).isEqualTo(status);
    assertThat(body.path("reason").asText()).isEqualTo(reason);
    assertThat(body.path("message").isTextual()).isTrue();
    assertThat(body.path("metadata").isObject()).isTrue();
  }

  private static void assertSize(byte[] picture, int width, int height) throws IOException {
    BufferedImage image = ImageIO.read(new ByteArrayInputStream(picture));
    assertThat(image.getWidth()).isEqualTo(width);
    assertThat(image.getHeight()).isEqualTo(height);
  }

  private static String taskId(HttpResponse<byte[]> answer) throws IOException {
    assertThat(answer.statusCode()).isEqualTo(200);
    return json(answer).path("task_id").asText();
  }

  private static String status(HttpResponse<byte[]> answer) throws IOException {
    return json(answer).at("/task/status").asText();
  }

  private static JsonNode json(HttpResponse<byte[]> answer) throws IOException {
    return JSON.readTree(answer.body());
  }

  private static String text(HttpResponse<byte[]> answer) {
    return new String(answer.body(), StandardCharsets.UTF_8);
  }
}
