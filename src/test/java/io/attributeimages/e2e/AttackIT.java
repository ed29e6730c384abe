package io.attributeimages.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.attributeimages.support.EventListener;
import io.attributeimages.support.Program;
import io.attributeimages.support.Services;
import io.attributeimages.support.SupabaseAuth;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What anyone on the network can do to the packaged program without a password: raw sockets. */
@TestInstance(Lifecycle.PER_CLASS)
class AttackIT {

  private static final String BODY = "x".repeat(100_000);

  private final List<Socket> sockets = new ArrayList<>();
  private Services services;
  private Program program;
  private int port;

  @BeforeAll
  void start(@TempDir Path data, @TempDir Path directory) {
    services = Services.start(data);
    Map<String, String> settings = services.settings();
    settings.put("QUARKUS_HTTP_PROXY_PROXY_ADDRESS_FORWARDING", "true");
    settings.put("QUARKUS_HTTP_PROXY_TRUSTED_PROXIES", "127.0.0.1,198.18.0.0/16");
    settings.put("QUARKUS_HTTP_HOST", "0.0.0.0");
    program =
        Program.startPlain(directory, settings, List.of("-Xmx256m", "-XX:TieredStopAtLevel=1"))
            .awaitAnswer();
    port = URI.create(program.baseUrl()).getPort();
  }

  @AfterAll
  void stop() {
    program.close();
    services.close();
  }

  @AfterEach
  void hangUp() throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
    sockets.clear();
    assertThat(program.isAlive()).as(program.log()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {3_000, 6_000})
  void theIdOfOneListenerSilencesNobody(int transactions) throws IOException {
    URI events = URI.create(program.baseUrl() + "/api/events");
    try (EventListener old = EventListener.to(events, null)) {
      send(
          "GET /api/events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\nLast-Event-ID: 1:99999:1"
              + ",1".repeat(transactions)
              + "\r\n\r\n");
      try (EventListener late = EventListener.to(events, null)) {
        assertThat(program.post("/api/runs", "{\"category\":\"nothing\"}").statusCode())
            .isEqualTo(400);
        assertThat(program.post("/api/runs", "{\"style\":\"anime\",\"maxCostUsd\":0}").statusCode())
            .isEqualTo(202);
        await()
            .atMost(Duration.ofSeconds(30))
            .until(() -> Stream.of(old, late).allMatch(l -> l.data("run").findAny().isPresent()));
        services.clear();
      }
    }
  }

  @Test
  void theBodiesOfStrangersAreNotReadAndOperatorsAreAnswered() throws IOException {
    for (int i = 0; i < 250; i++) {
      String call = i % 2 == 0 ? "POST /webhooks/novita/x/y" : "POST /api/runs";
      send(call + " HTTP/1.1\r\nHost: a\r\nContent-Length: 262000\r\n\r\n" + BODY);
      send("GET /api/status HTTP/1.1\r\nHost: a\r\nX: " + BODY.substring(0, 60_000));
      send("GET /api/tasks?limit=500 HTTP/1.1\r\nHost: a\r\n\r\n".repeat(20));
      if (i % 50 == 49) {
        assertThat(program.get("/api/status").statusCode()).isEqualTo(200);
      }
    }
    assertThat(
            answer(
                "POST /webhooks/novita/x/y HTTP/1.1\r\nHost: a\r\nContent-Length: 262000\r\n\r\n"))
        .startsWith("HTTP/1.1 404 ");
    assertThat(
            answer(
                "POST /api/runs HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"))
        .startsWith("HTTP/1.1 401 ");
  }

  @Test
  void whatIsNotWholeInTimeIsClosed() throws IOException {
    Socket nothing = send("");
    Socket head = send("GET /api/status HTTP/1.1\r\nHost: a");
    Socket body =
        send(
            "POST /api/runs HTTP/1.1\r\nHost: localhost\r\nAuthorization: "
                + Services.basic()
                + "\r\nContent-Length: 10\r\n\r\n{");

    assertThat(read(body)).startsWith("HTTP/1.1 408 ").contains("not whole within 20 seconds");
    assertThat(read(head)).isEmpty();
    assertThat(read(nothing)).isEmpty();
  }

  @Test
  void oneAddressHasItsShareOfConnectionsAndNoMore() throws IOException {
    String address = NoOperatorIT.otherAddress().orElse(null);
    if (address == null) {
      return; // a machine without a network
    }
    for (int i = 0; i < 150; i++) {
      Socket socket = new Socket();
      socket.connect(new InetSocketAddress(address, port), 5_000);
      sockets.add(socket);
    }

    await()
        .atMost(Duration.ofSeconds(15))
        .until(() -> sockets.stream().filter(AttackIT::isClosedByTheOtherSide).count() == 50);
    assertThat(isClosedByTheOtherSide(sockets.get(149))).as("the latest is let in").isFalse();
  }

  @Test
  void inventedMethodsAndPathsAreNotCountedOneByOne() throws IOException {
    for (int i = 0; i < 120; i++) {
      assertThat(answer("M" + i + "X /x HTTP/1.1\r\nHost: a\r\n\r\n")).startsWith("HTTP/1.1 501 ");
      answer("GET /api/invented" + i + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
      answer("GET //api/./invented" + i + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
      answer("DELETE /api/invented" + i + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    }
    program.get("/api/style-images");

    String metrics = program.get("/q/metrics").body();
    assertThat(metrics).doesNotContain("invented", "M1X").contains("uri=\"/api/style-images\"");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\nTransfer-Encoding: chunked",
        "Content-Length: 5\r\nTransfer-Encoding: xchunked",
        "Transfer-Encoding:\r\n chunked",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: identity",
        "Content-Length: 5\r\nContent-Length: 5",
        "Content-Length: +5",
        "Content-Length : 5",
        "Host: localhost"
      })
  void aCallThatCanBeReadInTwoWaysIsRefused(String headers) throws IOException {
    String call = "POST /api/runs HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n\r\n";

    assertThat(answer(call + "0\r\n\r\n")).startsWith("HTTP/1.1 400 ");
  }

  @Test
  void aCallThatIsTooLargeIsRefusedInWords() throws IOException {
    String post = "POST /api/runs HTTP/1.1\r\nHost: a\r\n";
    String get = "GET /api/runs%s HTTP/1.1\r\nHost: a\r\n%s\r\n";

    assertThat(
            List.of(
                answer(post + "Content-Length: 1000000\r\n\r\n"),
                answer(get.formatted("/" + "x".repeat(5_000), "")),
                answer(get.formatted("?limit=" + "1".repeat(50_000), "")),
                answer(get.formatted("", "X-Long: " + "x".repeat(30_000) + "\r\n")),
                answer(get.formatted("", "Authorization: Basic " + "A".repeat(30_000) + "\r\n")),
                answer(get.formatted("", "X-Many: x\r\n".repeat(3_000)))))
        .allSatisfy(answer -> assertThat(answer).contains("application/problem+json", "; send "))
        .extracting(answer -> answer.split(" ")[1])
        .containsExactly("413", "414", "414", "431", "431", "431");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          POST /api/runs HTTP/1.0  | Transfer-Encoding: chunked                       | 400
          GET /api/status HTTP/1.1 | Content-Length: 2                                | 400
          HEAD /api/status HTTP/1.1 | Transfer-Encoding: chunked                      | 400
          OPTIONS /api/runs HTTP/1.1 | Content-Length: 2                              | 400
          POST /webhooks/novita/x/y HTTP/1.1 | Content-Type: application/json;charset=" | 400
          POST /api/runs HTTP/1.1  | Content-Type: application/json; charset=none     | 400
          TRACE / HTTP/1.1         | X: y                                             | 501
          CONNECT a:80 HTTP/1.1    | X: y                                             | 501
          PRI * HTTP/2.0           | X: y                                             | 501
          """)
  void whatNoCallHasIsRefusedAndIsNoErrorOfOurs(String line, String header, int status)
      throws IOException {
    assertThat(answer(line + "\r\nHost: a\r\n" + header + "\r\n\r\n{}"))
        .matches("(?s)HTTP/1\\.[01] " + status + " .*");
    assertThat(program.log()).doesNotContain(" ERROR ");
  }

  @Test
  void noSpellingOfAPathNoMethodAndNoCredentialSpends() throws IOException {
    String head = " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Forwarded-For: ";
    SoftAssertions all = new SoftAssertions();
    int caller = 0;
    for (String spelling : AccessTest.spellings().toList()) {
      String path = spelling.split(" ", 2)[1];
      for (String method : List.of("POST", "PUT", "DELETE", "PATCH")) {
        String answer = answer(method + " " + path + head + "203.0.113.1\r\n\r\n");
        all.assertThat(answer).as(method + " " + path).matches("(?s)HTTP/1.1 40[0145] .*");
      }
    }
    for (String credential : AccessTest.badCredentials().toList()) {
      String from = "198.51.100." + caller++;
      String authorization = "\r\nAuthorization: " + credential + "\r\n\r\n";
      all.assertThat(answer("POST /api/runs" + head + from + authorization))
          .as(credential)
          .startsWith("HTTP/1.1 401 ");
    }
    all.assertAll();
    assertThat(services.count("ledger.run")).isZero();
  }

  @Test
  void callsThatAreSentAheadAreNotAnswered() throws IOException {
    String call = "GET /api/status HTTP/1.1\r\nHost: a\r\n\r\n";

    assertThat(answer(call.repeat(20)).split("HTTP/1.1 200 ", -1)).hasSize(2);
  }

  @Test
  void answersThatAreNotReadDoNotPileUp() throws Exception {
    Socket socket = new Socket();
    sockets.add(socket);
    socket.setReceiveBufferSize(4096);
    socket.connect(new InetSocketAddress("127.0.0.1", port));
    byte[] call = "GET /q/metrics HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    await()
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(20))
        .untilAsserted(
            () ->
                assertThatThrownBy(() -> socket.getOutputStream().write(call))
                    .isInstanceOf(SocketException.class));
  }

  @Test
  void aClientCannotChooseItsAddress() throws IOException {
    List<Integer> statuses =
        IntStream.range(0, 12)
            .mapToObj(i -> login("203.0.113." + i + ", 198.51.100.7, 198.18.0.9", "guess" + i))
            .toList();

    assertThat(statuses.subList(0, 10)).containsOnly(401);
    assertThat(statuses.get(11)).as("the address that the proxies saw has to wait").isEqualTo(429);
    assertThat(login("198.51.100.8", "a-password-of-tests")).isEqualTo(204);
    assertThat(login("198.51.100.7, 198.51.100.8", "a-password-of-tests"))
        .as("nobody locks another one out by naming the address")
        .isEqualTo(204);
  }

  @Test
  void connectionsUseUpNoFiles(@TempDir Path directory) throws IOException {
    Map<String, String> settings = services.settings();
    try (Program limited = Program.startWithFiles(512, directory, settings).awaitAnswer()) {
      String[] beginnings = {"", "GET /x HTTP/1.1\r\nHo", "\u0016\u0003\u0001"};
      int port = URI.create(limited.baseUrl()).getPort();
      for (int i = 0; i < 450; i++) {
        send(port, beginnings[i % beginnings.length]);
      }

      String call = "GET /api/status HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
      assertThat(read(send(port, call))).startsWith("HTTP/1.1 200 ");
      assertThat(limited.log())
          .contains("raise that limit (ulimit -n)")
          .doesNotContain("Too many open files");
    }
  }

  // ------------------------------------------------------------------------------- calls

  private int login(String forwardedFor, String password) {
    try {
      String answer =
          answer(
              "GET /api/login HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Forwarded-For: "
                  + forwardedFor
                  + "\r\nAuthorization: "
                  + SupabaseAuth.basic("operator", password)
                  + "\r\n\r\n");
      return Integer.parseInt(answer.split(" ")[1]);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private String answer(String call) throws IOException {
    return read(send(call));
  }

  private Socket send(String call) throws IOException {
    return send(port, call);
  }

  private Socket send(int port, String call) throws IOException {
    Socket socket = new Socket("127.0.0.1", port);
    sockets.add(socket);
    socket.setSoTimeout(40_000);
    try {
      socket.getOutputStream().write(call.getBytes(StandardCharsets.ISO_8859_1));
    } catch (SocketException e) {
      // refused before all was sent
    }
    return socket;
  }

  /** All that comes until the other side closes the connection. */
  private static String read(Socket socket) throws IOException {
    StringBuilder answer = new StringBuilder();
    try {
      for (int b = socket.getInputStream().read(); b >= 0; b = socket.getInputStream().read()) {
        answer.append((char) b);
      }
    } catch (SocketException e) {
      // reset, because not all was read that was sent
    }
    return answer.toString();
  }

  private static boolean isClosedByTheOtherSide(Socket socket) {
    try {
      socket.setSoTimeout(1);
      return socket.getInputStream().read() < 0;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true;
    }
  }
}
