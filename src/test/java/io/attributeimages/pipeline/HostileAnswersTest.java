package io.attributeimages.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.attributeimages.provider.TaskResult;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.apache.camel.Exchange;
import org.apache.camel.test.junit5.CamelContextConfiguration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Answers that Novita would never give, over a real connection: whatever it says, what is paid is
 * not lost, and nobody else is called.
 */
@Timeout(60)
class HostileAnswersTest extends RouteTest {

  private static final String JSON = "application/json";

  private final Queue<String> calls = new ConcurrentLinkedQueue<>();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private HttpServer server;

  private interface Handling {
    void answer(HttpExchange exchange) throws IOException, InterruptedException;
  }

  @Override
  public void configureContext(CamelContextConfiguration configuration) {
    super.configureContext(configuration);
    configuration.withMockEndpointsAndSkip("(sql|aws2-s3|seda):.*");
  }

  @BeforeEach
  void listen() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.start();
  }

  @AfterEach
  void close() {
    server.stop(0);
    threads.shutdownNow();
  }

  // ------------------------------------------------------------------------------- picture URLs

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://169.254.169.254/latest/meta-data/",
        "http://127.0.0.1:1/",
        "http://[::1]:1/",
        "http://[::ffff:127.0.0.1]:1/",
        "http://2130706433:1/",
        "http://10.0.0.1/",
        "http://localhost:1/",
        "https://192.168.0.1/"
      })
  void aPictureInAPrivateNetworkIsNotFetched(String url) throws Exception {
    start("novita.base-url=https://8.8.8.8");

    store(url);

    assertThat(effects()).endsWith("collect-later").doesNotContain("s3-put");
    assertThat(failureSeenBy("collect-later").message())
        .startsWith("the host ")
        .endsWith(", and pictures are fetched from public addresses only");
    assertThat(failureSeenBy("collect-later").lost()).isFalse();
  }

  @Test
  void thisMachineIsNotCalledForAPicture() throws Exception {
    handle("/picture", exchange -> write(exchange, 200, "image/jpeg", new byte[1]));
    start("novita.base-url=https://8.8.8.8");

    store(url("/picture"));

    assertThat(calls).isEmpty();
    assertThat(effects()).endsWith("collect-later");
  }

  static Stream<String> noUrls() {
    return Stream.of(
        "",
        " ",
        "picture.jpg",
        "//pictures.test/1",
        "http:",
        "http://",
        "http:///etc/passwd",
        "file:///etc/passwd",
        "ftp://pictures.test/1",
        "jar:http://pictures.test/1!/a",
        "gopher://pictures.test/1",
        "data:image/jpeg;base64,AAAA",
        "direct:halt",
        "sql:delete from ledger.task",
        "http://user@pictures.test/1",
        "http://user:password@pictures.test/1",
        "http://pictures.test:0/1",
        "http://pictures.test:65536/1",
        "http://pictures.test:99999999999/1",
        "http://pictures.test:-1/1",
        "http://pictures.test/a b",
        "http://pictures.test/1\r\nX-Header: 1",
        "http://pictures.test/1\u0000",
        "http://pictures.test/{{novita.api-key}}",
        "http://pictures.test/{{env:PATH}}",
        "http://pictures.test/${exchangeProperty.task.id}",
        "http://b\u00fccher.test/1",
        "http://under_score.test/1",
        "http://pictures.test/" + "a".repeat(10_000));
  }

  @ParameterizedTest
  @MethodSource("noUrls")
  void whatIsNoUrlOfAPictureIsSaidAndAskedForAgainLater(String url) throws Exception {
    start();

    store(url);

    assertThat(effects()).containsExactly("collect-later");
    assertThat(failureSeenBy("collect-later").message())
        .startsWith("the URL of the picture is none")
        .matches("[^\\p{Cntrl}\\p{Cf}]{1,600}");
    assertThat(failureSeenBy("collect-later").lost()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {301, 302, 303, 307, 308})
  void aRedirectIsFollowedByNoCall(int status) throws Exception {
    handle(
        "/",
        exchange -> {
          exchange.getResponseHeaders().add("Location", url("/elsewhere"));
          write(exchange, status, "text/html", new byte[0]);
        });
    start("novita.base-url=" + url(""));

    submit();
    collect();
    store(url("/picture"));

    assertThat(calls)
        .contains("/v3/async/txt2img", "/v3/async/task-result", "/picture")
        .doesNotContain("/elsewhere");
    assertThat(effects()).doesNotContain("record-accepted", "s3-put", "store-image");
  }

  // ------------------------------------------------------------------------------- results

  static List<Arguments> results() throws IOException {
    return List.of(
        Arguments.of("more than a megabyte", utf8(json(" ".repeat(10_000_000)))),
        Arguments.of("a string of 900 kB", utf8(json("\"a\":\"" + "x".repeat(900_000) + "\","))),
        Arguments.of("nothing", new byte[0]),
        Arguments.of("a half", utf8("{\"task\":{\"status\":\"TASK_")),
        Arguments.of("HTML", utf8(HTML)),
        Arguments.of("deep nesting", utf8("{\"a\":" + "[".repeat(500_000))),
        Arguments.of("deep objects", utf8("{\"a\":".repeat(100_000))),
        Arguments.of("a list", utf8("[]")),
        Arguments.of("a text", utf8("\"TASK_STATUS_SUCCEED\"")),
        Arguments.of("a task that is a text", utf8("{\"task\":\"TASK_STATUS_SUCCEED\"}")),
        Arguments.of("a status that is a list", utf8("{\"task\":{\"status\":[\"x\"]}}")),
        Arguments.of("images that are an object", utf8("{\"images\":{\"image_url\":\"x\"}}")),
        Arguments.of("images that are texts", utf8("{\"images\":[\"http://a.test\"]}")),
        Arguments.of("a long number", utf8("{\"a\":1" + "0".repeat(10_000) + "}")),
        Arguments.of("another encoding", new byte[] {'{', '"', (byte) 0xFF, (byte) 0xC0, '"'}),
        Arguments.of("zeros", new byte[1000]),
        Arguments.of("nothing at all", utf8("null")));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("results")
  void anAbsurdResultIsAskedForAgainLater(String what, byte[] result) throws Exception {
    handle("/", exchange -> write(exchange, 200, JSON, result));
    start("novita.base-url=" + url(""));

    collect();

    assertThat(effects()).endsWith("collect-later").contains("task-result");
    assertThat(effects()).containsOnly("task-result", "collect-later");
    assertThat(failureSeenBy("collect-later").lost()).isFalse();
    assertThat(failureSeenBy("collect-later").message()).matches("\\P{Cntrl}{1,600}");
  }

  @Test
  void aResultThatUnpacksToTooMuchIsAskedForAgainLater() throws Exception {
    byte[] bomb = gzip(utf8("{\"a\":\""), 20);
    handle(
        "/",
        exchange -> {
          exchange.getResponseHeaders().add("Content-Encoding", "gzip");
          write(exchange, 200, JSON, bomb);
        });
    start("novita.base-url=" + url(""));

    collect();

    assertThat(effects()).containsOnly("task-result", "collect-later");
    assertThat(failureSeenBy("collect-later").message()).contains("more than 1048576 bytes");
  }

  static Stream<String> types() {
    return Stream.of(
        "text/html",
        "image/png",
        "application/json; charset=no-such-charset",
        "application/json; charset=",
        "application/json; charset=utf-16",
        "application/x-java-serialized-object",
        "multipart/form-data; boundary=x",
        ";;;",
        "x".repeat(5000));
  }

  @ParameterizedTest
  @MethodSource("types")
  void theTypeOfAnAnswerIsOfNoAccount(String type) throws Exception {
    handle("/v3/async/txt2img", e -> write(e, 200, type, utf8("{\"task_id\":\"t-1\"}")));
    handle(
        "/v3/async/task-result",
        e ->
            write(
                e,
                200,
                type,
                utf8("{\"task\":{\"task_id\":\"task-1\",\"status\":\"TASK_STATUS_QUEUED\"}}")));
    start("novita.base-url=" + url(""));

    submit();
    collect();

    assertThat(effects())
        .containsExactly("txt2img", "record-accepted", "task-result", "poll-later");
  }

  @Test
  void aFailureInAnyWordsIsOneLine() throws Exception {
    String reason =
        "\\u0000\\u0007out\\r\\nof\\u2028memory \\u202e\\ud800'); DROP TABLE x; -- "
            + "y".repeat(900);
    handle(
        "/",
        e ->
            write(
                e,
                200,
                JSON,
                utf8(
                    "{\"task\":{\"task_id\":\"task-1\",\"status\":\"TASK_STATUS_FAILED\",\"reason\":\""
                        + reason
                        + "\"}}")));
    start("novita.base-url=" + url(""));

    collect();

    assertThat(failureSeenBy("resubmit-failed").message())
        .startsWith("The image could not be made: out of memory  '); DROP TABLE x; -- yyy")
        .matches("[ -~…]{1,600}");
  }

  // ------------------------------------------------------------------------------- submits

  static List<Arguments> submitAnswers() {
    return List.of(
        Arguments.of("a megabyte of id", utf8("{\"task_id\":\"" + "x".repeat(200_000) + "\"}")),
        Arguments.of("control characters", utf8("{\"task_id\":\"a\\u0000\\n\"}")),
        Arguments.of("another alphabet", utf8("{\"task_id\":\"\u00e4\u202e\ud83d\ude00\"}")),
        Arguments.of("a path", utf8("{\"task_id\":\"../../etc\"}")),
        Arguments.of("a statement", utf8("{\"task_id\":\"'; DROP TABLE ledger.task\"}")),
        Arguments.of("a list", utf8("{\"task_id\":[\"a\"]}")),
        Arguments.of("an object", utf8("{\"task_id\":{\"a\":1}}")),
        Arguments.of("a null", utf8("{\"task_id\":null}")),
        Arguments.of("deep nesting", utf8("{\"a\":" + "[".repeat(500_000))),
        Arguments.of("nothing", new byte[0]),
        Arguments.of("more than a megabyte", utf8(" ".repeat(10_000_000))),
        Arguments.of("a list of answers", utf8("[{\"task_id\":\"a\"}]")),
        Arguments.of("a wrapped path", utf8("{\"data\":{\"task_id\":\"../../etc\"}}")),
        Arguments.of("a wrapped list", utf8("{\"data\":[{\"task_id\":\"a\"}]}")),
        Arguments.of("URLs without end", utf8("http://a@".repeat(100_000))),
        Arguments.of("nothing at all", utf8("null")));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("submitAnswers")
  void anAnswerThatNamesNoTaskMayBePaidAndIsNotRepeated(String what, byte[] answer)
      throws Exception {
    handle("/", exchange -> write(exchange, 200, JSON, answer));
    start("novita.base-url=" + url(""));

    submit();

    assertThat(effects()).containsExactly("txt2img", "record-unconfirmed", "brake");
    assertThat(failureSeenBy("record-unconfirmed").message()).matches("\\P{Cntrl}{1,600}");
  }

  @Test
  @Timeout(10)
  void anAnswerOfWordsWithoutEndHoldsNothingUp() throws Exception {
    handle("/", exchange -> write(exchange, 200, JSON, utf8("a.".repeat(60_000))));
    start("novita.base-url=" + url(""));

    submit();

    assertThat(effects()).containsExactly("txt2img", "record-unconfirmed", "brake");
    assertThat(failureSeenBy("record-unconfirmed").message())
        .startsWith("The answer names no task and no picture: a.a.a.")
        .hasSizeLessThanOrEqualTo(600);
  }

  @Test
  void aPackedAnswerToASubmitIsUnderstood() throws Exception {
    byte[] packed = gzip(utf8("{\"task_id\":\"t-1\"}"), 0);
    handle(
        "/",
        exchange -> {
          exchange.getResponseHeaders().add("Content-Encoding", "gzip");
          write(exchange, 200, JSON, packed);
        });
    start("novita.base-url=" + url(""));

    submit();

    assertThat(effects()).containsExactly("txt2img", "record-accepted");
    assertThat(seenBy("record-accepted").getProperty("accepted", PaidTask.class).providerTaskId())
        .isEqualTo("t-1");
  }

  // ------------------------------------------------------------------------------- the routes

  private void submit() {
    template.send("direct:submit", exchange -> exchange.getMessage().setBody(planned()));
  }

  private void collect() {
    template.send("direct:collect", exchange -> exchange.getMessage().setBody(paid()));
  }

  private void store(String imageUrl) {
    TaskResult result =
        new TaskResult(
            new TaskResult.Extra("1", null),
            new TaskResult.Task("task-1", "TASK_STATUS_SUCCEED", ""),
            List.of(new TaskResult.Image(imageUrl, null)));
    template.send(
        "direct:store",
        (Exchange exchange) -> {
          exchange.setProperty("task", paid());
          exchange.getMessage().setBody(result);
        });
  }

  // ------------------------------------------------------------------------------- the server

  private String url(String path) {
    return "http://127.0.0.1:" + server.getAddress().getPort() + path;
  }

  private void handle(String path, Handling handling) {
    server.createContext(
        path,
        exchange -> {
          calls.add(exchange.getRequestURI().getPath());
          try (exchange) {
            exchange.getRequestBody().readAllBytes();
            handling.answer(exchange);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }

  private static void write(HttpExchange exchange, int status, String type, byte[] body)
      throws IOException {
    exchange.getResponseHeaders().add("Content-Type", type);
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    exchange.getResponseBody().write(body);
  }

  private static String json(String more) {
    return "{" + more + "\"task\":{\"status\":[]}}";
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** The beginning and so many megabytes of the letter a, packed. */
  private static byte[] gzip(byte[] beginning, int megabytes) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    byte[] letters = new byte[1 << 20];
    Arrays.fill(letters, (byte) 'a');
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(beginning);
      for (int i = 0; i < megabytes; i++) {
        gzip.write(letters);
      }
    }
    return packed.toByteArray();
  }
}
