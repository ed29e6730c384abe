package io.attributeimages.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.attributeimages.support.Fault;
import io.attributeimages.support.NovitaDouble;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.SystemDefaultDnsResolver;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.io.entity.StringEntity;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class GuardedHttpClientTest {

  private static final Duration LONG = Duration.ofSeconds(30);
  private static final int MAX_BYTES = 1000;

  private final Queue<HttpExchange> calls = new ConcurrentLinkedQueue<>();
  private final CountDownLatch closing = new CountDownLatch(1);
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private HttpServer server;

  /** What came back: no more than a test looks at. */
  private record Answer(int status, String contentEncoding, byte[] body) {}

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.start();
  }

  @AfterEach
  void stop() {
    closing.countDown();
    server.stop(0);
    threads.shutdownNow();
  }

  @Test
  void aBodyAsLargeAsAllowedIsRead() throws Exception {
    answer("/", 200, new byte[MAX_BYTES]);

    assertThat(get("/").body()).hasSize(MAX_BYTES);
  }

  @Test
  void aBodyThatIsTooLargeIsGivenUp() {
    answer("/", 200, new byte[MAX_BYTES + 1]);

    assertThatThrownBy(() -> get("/"))
        .isInstanceOf(IOException.class)
        .hasMessage("the answer has more than 1000 bytes");
  }

  @Test
  void aBodyThatIsTooLargeIsGivenUpAlsoWhenReadByteByByte() {
    answer("/", 200, new byte[MAX_BYTES + 1]);

    assertThatThrownBy(
            () -> send(client(LONG), new HttpGet(uri("/")), GuardedHttpClientTest::byteByByte))
        .isInstanceOf(IOException.class)
        .hasMessage("the answer has more than 1000 bytes");
  }

  @Test
  void aBodyWithoutEndIsGivenUpAndNotReadToItsEnd() {
    handle("/", GuardedHttpClientTest::streamForever);

    assertThatThrownBy(() -> get("/"))
        .isInstanceOf(IOException.class)
        .hasMessage("the answer has more than 1000 bytes");
  }

  @Test
  void aBodyThatTakesTooLongIsGivenUpAndNotReadToItsEnd() {
    handle("/", GuardedHttpClientTest::streamForever);
    CloseableHttpClient client =
        build(new GuardedHttpClient(LONG, LONG, Duration.ofMillis(200), Long.MAX_VALUE, true));

    assertThatThrownBy(() -> send(client, new HttpGet(uri("/")), InputStream::readAllBytes))
        .isInstanceOf(IOException.class)
        .hasMessage("the exchange took more than 0 s");
  }

  /** Where a picture is may be said by another address, absolute or relative. */
  @ParameterizedTest
  @CsvSource({"301, false", "302, true", "303, false", "307, true", "308, false"})
  void aPictureIsFollowedWithoutCredentials(int status, boolean relative) throws Exception {
    answer("/there", 200, new byte[] {7});
    redirect("/", status, relative ? "there" : uri("/there"));
    HttpGet request = new HttpGet(uri("/"));

    Answer answer =
        send(pictures(SystemDefaultDnsResolver.INSTANCE), request, InputStream::readAllBytes);

    assertThat(answer.body()).containsExactly(7);
    assertThat(calls).hasSize(2);
    assertThat(calls).noneMatch(call -> call.getRequestHeaders().containsKey("Authorization"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"ftp://127.0.0.1/x", "http://user:secret@127.0.0.1/x", "file:///etc/passwd"})
  void aPictureIsNotFollowedToWhereNoneIs(String location) {
    redirect("/", 302, location);

    assertThatThrownBy(
            () ->
                send(
                    pictures(SystemDefaultDnsResolver.INSTANCE),
                    new HttpGet(uri("/")),
                    InputStream::readAllBytes))
        .hasMessageContaining("none that can be fetched")
        .hasMessageNotContaining("secret");
    assertThat(calls).hasSize(1);
  }

  /** The host that answers is a public one, as far as the check knows. */
  @Test
  void aPictureIsNotFollowedToAPrivateAddress() {
    redirect("/", 302, "http://169.254.169.254/latest");
    SystemDefaultDnsResolver names =
        new SystemDefaultDnsResolver() {
          @Override
          public InetAddress[] resolve(String host) throws UnknownHostException {
            return host.equals("127.0.0.1")
                ? super.resolve(host)
                : new PublicAddresses(null).resolve(host);
          }
        };

    assertThatThrownBy(
            () -> send(pictures(names), new HttpGet(uri("/")), InputStream::readAllBytes))
        .hasStackTraceContaining("pictures are fetched from public addresses only");
  }

  @Test
  void redirectsThatDoNotEndAreGivenUp() {
    for (int i = 0; i < 10; i++) {
      redirect("/" + i, 302, uri("/" + (i + 1)));
    }

    assertThatThrownBy(
            () ->
                send(
                    pictures(SystemDefaultDnsResolver.INSTANCE),
                    new HttpGet(uri("/0")),
                    InputStream::readAllBytes))
        .isInstanceOf(IOException.class);
    assertThat(calls).hasSize(6);
  }

  @Test
  void whatIsUnderWayIsCutOffWhenTheProgramEnds() {
    handle("/", exchange -> closing.await());
    OpenCalls open = new OpenCalls();
    CloseableHttpClient client =
        build(
            new GuardedHttpClient(
                LONG, LONG, LONG, MAX_BYTES, true, false, SystemDefaultDnsResolver.INSTANCE, open));
    CompletableFuture.delayedExecutor(200, TimeUnit.MILLISECONDS).execute(open::cutOff);

    assertThatThrownBy(() -> send(client, new HttpGet(uri("/")), InputStream::readAllBytes))
        .isInstanceOf(IOException.class)
        .isNotInstanceOf(NotSentException.class);
    CloseableHttpClient late =
        build(
            new GuardedHttpClient(
                LONG, LONG, LONG, MAX_BYTES, true, false, SystemDefaultDnsResolver.INSTANCE, open));
    assertThatThrownBy(() -> send(late, new HttpGet(uri("/")), InputStream::readAllBytes))
        .isInstanceOf(NotSentException.class);
    assertThat(calls).hasSize(1);
  }

  private static CloseableHttpClient pictures(DnsResolver names) {
    return build(
        new GuardedHttpClient(LONG, LONG, LONG, MAX_BYTES, true, true, names, new OpenCalls()));
  }

  private void redirect(String path, int status, String location) {
    handle(
        path,
        exchange -> {
          exchange.getResponseHeaders().set("Location", location);
          write(exchange, status, new byte[0]);
        });
  }

  @Test
  void anAnswerThatDoesNotComeIsGivenUp() {
    handle("/", exchange -> closing.await());

    assertThatThrownBy(
            () ->
                send(
                    client(Duration.ofMillis(200)),
                    new HttpPost(uri("/")),
                    InputStream::readAllBytes))
        .isInstanceOf(SocketTimeoutException.class);
    await().until(() -> !calls.isEmpty());
    assertThat(calls).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {301, 302, 303, 307, 308})
  void aRedirectIsNotFollowed(int status) throws Exception {
    answer("/elsewhere", 200, new byte[1]);
    handle(
        "/",
        exchange -> {
          exchange.getResponseHeaders().add("Location", uri("/elsewhere"));
          exchange.sendResponseHeaders(status, -1);
        });

    assertThat(get("/").status()).isEqualTo(status);
    assertThat(post("/").status()).isEqualTo(status);
    assertThat(calls).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(ints = {429, 503})
  void aRefusalWithRetryAfterIsNotRepeated(int status) throws Exception {
    handle(
        "/",
        exchange -> {
          exchange.getResponseHeaders().add("Retry-After", "0");
          exchange.sendResponseHeaders(status, -1);
        });

    assertThat(get("/").status()).isEqualTo(status);
    assertThat(post("/").status()).isEqualTo(status);
    assertThat(calls).hasSize(2);
  }

  @Test
  void aBodyThatDripsIsGivenUpAndNotReadToItsEnd() {
    handle("/", this::drip);
    CloseableHttpClient client =
        build(new GuardedHttpClient(LONG, LONG, Duration.ofMillis(200), MAX_BYTES, true));

    assertThatThrownBy(() -> send(client, new HttpGet(uri("/")), InputStream::readAllBytes))
        .isInstanceOf(IOException.class);
    assertThat(closing.getCount()).as("the server still drips").isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({
    "'', 'H'",
    "'HTTP/1.1 200 OK|', 'X'",
    "'', 'HTTP/1.1 100 Continue||'",
    "'', 'HTTP/1.1 102 Processing|X: y||'",
    "'HTTP/1.1 102 Processing||HTTP/1.1 200 OK|Content-Length: 900||', 'X'",
    "'HTTP/1.1 200 OK|Transfer-Encoding: chunked||', '1|X|'"
  })
  void anExchangeWithoutEndIsGivenUpWhateverItIsAt(String beginning, String drop) throws Exception {
    try (ServerSocket socket =
        rawServer(beginning.replace("|", "\r\n"), drop.replace("|", "\r\n"))) {
      assertThatThrownBy(() -> rawGet(socket))
          .isInstanceOf(SocketTimeoutException.class)
          .hasMessage("the exchange took more than 0 s");
    }
  }

  @Test
  void headersWithoutEndAreGivenUp() {
    handle(
        "/",
        exchange -> {
          exchange.getResponseHeaders().add("X-Long", "x".repeat(20_000));
          write(exchange, 200, new byte[1]);
        });

    assertThatThrownBy(() -> get("/"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("Maximum line length limit exceeded");
  }

  @Test
  void aPackedBodyIsUnpacked() throws Exception {
    byte[] body = "{\"task_id\":\"t-1\"}".getBytes(StandardCharsets.UTF_8);
    packed(gzip(body));

    Answer answer = get("/");

    assertThat(answer.body()).isEqualTo(body);
    assertThat(answer.contentEncoding()).as("nobody unpacks it again").isNull();
    assertThat(calls.element().getRequestHeaders().getFirst("Accept-Encoding")).isNull();
  }

  @Test
  void aPackedBodyThatUnpacksToMoreThanIsAllowedIsGivenUp() throws Exception {
    byte[] bomb = gzip(new byte[500_000]);
    assertThat(bomb).hasSizeLessThan(MAX_BYTES);
    packed(bomb);

    assertThatThrownBy(() -> get("/"))
        .isInstanceOf(IOException.class)
        .hasMessage("the answer has more than 1000 bytes");
  }

  @Test
  void aBodyThatIsNotPackedAsItSaysIsAnError() {
    packed(new byte[100]);

    assertThatThrownBy(() -> get("/")).isInstanceOf(IOException.class);
  }

  @Test
  void ofTheHeadersOnlyThePauseIsPassedOn() throws Exception {
    handle(
        "/",
        exchange -> {
          exchange.getResponseHeaders().add("Content-Type", "text/plain; charset=no-such");
          exchange.getResponseHeaders().add("CamelHttpUri", "http://elsewhere.test");
          exchange.getResponseHeaders().add("Retry-After", "7");
          exchange.sendResponseHeaders(429, -1);
        });

    try (CloseableHttpClient client = client(LONG)) {
      Header[] headers =
          client.execute(new HttpGet(uri("/")), (ClassicHttpResponse r) -> r.getHeaders());
      assertThat(headers).extracting(Header::toString).containsExactly("Retry-after: 7");
    }
  }

  @Test
  void aCookieIsNotSentBack() throws Exception {
    handle(
        "/",
        exchange -> {
          exchange.getResponseHeaders().add("Set-Cookie", "session=1; Path=/");
          exchange.sendResponseHeaders(204, -1);
        });

    try (CloseableHttpClient client = client(LONG)) {
      for (int i = 0; i < 2; i++) {
        client.execute(new HttpGet(uri("/")), response -> response.getCode());
      }
    }

    assertThat(calls)
        .hasSize(2)
        .allSatisfy(call -> assertThat(call.getRequestHeaders().containsKey("Cookie")).isFalse());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void connectionsAreReusedOnlyWhereThatIsHarmless(boolean reuse) throws Exception {
    answer("/", 200, new byte[1]);

    try (CloseableHttpClient client =
        build(new GuardedHttpClient(LONG, LONG, LONG, MAX_BYTES, reuse))) {
      for (int i = 0; i < 3; i++) {
        client.execute(
            new HttpGet(uri("/")), response -> readAll(response.getEntity().getContent()));
      }
    }

    assertThat(calls.stream().map(call -> call.getRemoteAddress().getPort()).distinct())
        .hasSize(reuse ? 1 : 3);
  }

  @Test
  void aSubmitThatMeetsAResetIsSentOnce() {
    try (NovitaDouble novita = NovitaDouble.start()) {
      novita.nextSubmits(Fault.resetAfterAccept());

      assertThatThrownBy(() -> submit(novita)).isInstanceOf(IOException.class);

      assertThat(novita.submits()).hasSize(1);
      assertThat(novita.paid()).isEqualTo(1);
    }
  }

  @Test
  void aSubmitThatMeetsAClosedConnectionIsSentOnce() {
    try (NovitaDouble novita = NovitaDouble.start()) {
      novita.nextSubmits(Fault.closeAfterAccept());

      assertThatThrownBy(() -> submit(novita)).isInstanceOf(IOException.class);

      assertThat(novita.submits()).hasSize(1);
      assertThat(novita.paid()).isEqualTo(1);
    }
  }

  @Test
  void aRequestWhoseTimeIsOverIsNotSent() {
    try (NovitaDouble novita = NovitaDouble.start()) {
      assertThatThrownBy(() -> submit(novita, Deadline.in(Duration.ZERO)))
          .isInstanceOf(NotSentException.class);

      assertThat(novita.submits()).isEmpty();
      assertThat(novita.paid()).isZero();
    }
  }

  @Test
  void aRequestWithinItsTimeIsSent() throws Exception {
    try (NovitaDouble novita = NovitaDouble.start()) {
      submit(novita, Deadline.in(LONG));

      assertThat(novita.submits()).hasSize(1);
      assertThat(novita.paid()).isEqualTo(1);
    }
  }

  @Test
  void untilWhenARequestMayBeSentIsNobodyElsesBusiness() throws Exception {
    answer("/", 200, new byte[1]);
    HttpGet request = new HttpGet(uri("/"));
    request.setHeader(GuardedHttpClient.NOT_AFTER, Deadline.in(LONG).toString());

    send(client(LONG), request, InputStream::readAllBytes);

    assertThat(calls.element().getRequestHeaders().containsKey(GuardedHttpClient.NOT_AFTER))
        .isFalse();
  }

  @ParameterizedTest
  @CsvSource({"100, 60000", "60000, 100"})
  void aRequestIsNotSentWhereConnectingTookUntilItsTimeWasOver(int claim, int exchange) {
    answer("/", 200, new byte[1]);
    Deadline deadline = Deadline.in(Duration.ofMillis(200));
    DnsResolver slow =
        new SystemDefaultDnsResolver() {
          @Override
          public InetAddress[] resolve(String host) throws UnknownHostException {
            await().until(deadline::isOver);
            return super.resolve(host);
          }
        };
    HttpGet request = new HttpGet("http://localhost:" + server.getAddress().getPort() + "/");
    request.setHeader(
        GuardedHttpClient.NOT_AFTER, Deadline.in(Duration.ofMillis(claim)).toString());
    CloseableHttpClient client =
        build(
            new GuardedHttpClient(
                LONG,
                LONG,
                Duration.ofMillis(exchange),
                MAX_BYTES,
                true,
                false,
                slow,
                new OpenCalls()));

    assertThatThrownBy(() -> send(client, request, InputStream::readAllBytes))
        .isInstanceOf(NotSentException.class);
    assertThat(calls).isEmpty();
  }

  // ------------------------------------------------------------------------------- the client

  private interface Reading {
    byte[] from(InputStream body) throws IOException;
  }

  private Answer get(String path) throws IOException {
    return send(client(LONG), new HttpGet(uri(path)), InputStream::readAllBytes);
  }

  private Answer post(String path) throws IOException {
    HttpPost post = new HttpPost(uri(path));
    post.setEntity(new StringEntity("{}", ContentType.APPLICATION_JSON));
    return send(client(LONG), post, InputStream::readAllBytes);
  }

  private static void submit(NovitaDouble novita) throws IOException {
    submit(novita, Deadline.in(LONG));
  }

  private static void submit(NovitaDouble novita, Deadline deadline) throws IOException {
    HttpPost post = new HttpPost(novita.baseUrl().resolve("/v3/async/txt2img"));
    post.setHeader("Authorization", "Bearer key");
    post.setHeader(GuardedHttpClient.NOT_AFTER, deadline.toString());
    post.setEntity(
        new StringEntity(
            """
            {"extra": {"response_image_type": "jpeg"},
             "request": {"model_name": "m", "prompt": "p", "negative_prompt": "n", "width": 512,
                         "height": 768, "image_num": 1, "steps": 30, "seed": -1,
                         "sampler_name": "DPM++ 2M Karras", "guidance_scale": 7.5}}
            """,
            ContentType.APPLICATION_JSON));
    send(client(LONG), post, InputStream::readAllBytes);
  }

  /** As Camel does it: the body's stream is read, and closed whatever happens. */
  private static Answer send(CloseableHttpClient client, ClassicHttpRequest request, Reading read)
      throws IOException {
    try (client) {
      return client.execute(
          request,
          response -> {
            var encoding = response.getFirstHeader("Content-Encoding");
            byte[] bytes = new byte[0];
            if (response.getEntity() != null) {
              try (InputStream body = response.getEntity().getContent()) {
                bytes = read.from(body);
              }
            }
            return new Answer(
                response.getCode(), encoding == null ? null : encoding.getValue(), bytes);
          });
    }
  }

  private static byte[] readAll(InputStream body) throws IOException {
    try (body) {
      return body.readAllBytes();
    }
  }

  private static byte[] byteByByte(InputStream body) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int b = body.read(); b >= 0; b = body.read()) {
      bytes.write(b);
    }
    return bytes.toByteArray();
  }

  private static CloseableHttpClient client(Duration responseTimeout) {
    return build(new GuardedHttpClient(LONG, responseTimeout, LONG, MAX_BYTES, true));
  }

  private static CloseableHttpClient build(GuardedHttpClient guard) {
    HttpClientBuilder builder = HttpClientBuilder.create();
    guard.configureHttpClient(builder);
    return builder.build();
  }

  // ------------------------------------------------------------------------------- the server

  private interface Handling {
    void answer(HttpExchange exchange) throws IOException, InterruptedException;
  }

  private String uri(String path) {
    return "http://127.0.0.1:" + server.getAddress().getPort() + path;
  }

  private void answer(String path, int status, byte[] body) {
    handle(path, exchange -> write(exchange, status, body));
  }

  private void handle(String path, Handling handling) {
    server.createContext(
        path,
        exchange -> {
          calls.add(exchange);
          try (exchange) {
            exchange.getRequestBody().readAllBytes();
            handling.answer(exchange);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }

  private static void write(HttpExchange exchange, int status, byte[] body) throws IOException {
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
  }

  private static void streamForever(HttpExchange exchange) throws IOException {
    exchange.sendResponseHeaders(200, 0);
    byte[] line = "and so on\n".getBytes(StandardCharsets.UTF_8);
    OutputStream out = exchange.getResponseBody();
    while (true) {
      out.write(line); // until the client hangs up
    }
  }

  private void packed(byte[] body) {
    handle(
        "/",
        exchange -> {
          exchange.getResponseHeaders().add("Content-Encoding", "gzip");
          write(exchange, 200, body);
        });
  }

  /** A byte now and then: never silent for long, never at its end. */
  private void drip(HttpExchange exchange) throws IOException, InterruptedException {
    exchange.sendResponseHeaders(200, 0);
    do {
      exchange.getResponseBody().write('x');
      exchange.getResponseBody().flush();
    } while (!closing.await(10, TimeUnit.MILLISECONDS));
  }

  /** A server that begins an answer and goes on without end, a bit now and then. */
  private ServerSocket rawServer(String beginning, String drop) throws IOException {
    ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    threads.execute(
        () -> {
          try (Socket connection = socket.accept()) {
            OutputStream out = connection.getOutputStream();
            out.write(beginning.getBytes(StandardCharsets.UTF_8));
            while (!closing.await(10, TimeUnit.MILLISECONDS)) {
              out.write(drop.getBytes(StandardCharsets.UTF_8));
              out.flush();
            }
          } catch (IOException e) {
            // the client has hung up
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    return socket;
  }

  private static void rawGet(ServerSocket server) throws IOException {
    send(
        build(new GuardedHttpClient(LONG, LONG, Duration.ofMillis(300), MAX_BYTES, true)),
        new HttpGet("http://127.0.0.1:" + server.getLocalPort()),
        InputStream::readAllBytes);
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(bytes);
    }
    return packed.toByteArray();
  }
}
