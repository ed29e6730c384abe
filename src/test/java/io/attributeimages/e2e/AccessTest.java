package io.attributeimages.e2e;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.nullValue;

import io.attributeimages.support.SupabaseAuth;
import io.attributeimages.support.SupabaseResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.response.Response;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.jose4j.jws.AlgorithmIdentifiers;
import org.jose4j.keys.HmacKey;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who gets in and who does not, with an operator configured; nobody who does not changes a row. */
@QuarkusTest
@TestProfile(WithOperator.class)
class AccessTest extends EndToEndTest {

  private static final String PROBLEM = "application/problem+json";
  private static final String OPERATOR = SupabaseAuth.basic("operator", SupabaseResource.PASSWORD);

  private final Queue<String> log = new ConcurrentLinkedQueue<>();
  private final Handler listener = new Listener(log);

  SupabaseAuth supabase;
  @TestHTTPResource URI root;

  @BeforeEach
  void listen() {
    Logger.getLogger("").addHandler(listener);
    assertThat(login(OPERATOR).statusCode()).as("failures are forgiven").isEqualTo(204);
  }

  @AfterEach
  void noSecretIsLogged() {
    Logger.getLogger("").removeHandler(listener);
    assertThat(log)
        .noneMatch(line -> line.contains(SupabaseResource.PASSWORD))
        .noneMatch(line -> line.contains(SupabaseAuth.SECRET))
        .noneMatch(line -> line.contains("wrong-password-hush"))
        .noneMatch(line -> line.contains("eyJ"));
  }

  // ------------------------------------------------------------------------------- who is who

  @Test
  void anOperatorStartsARun() {
    String run =
        given()
            .header("Authorization", OPERATOR)
            .contentType("application/json")
            .body(ONE_IMAGE)
            .post("/api/runs")
            .then()
            .statusCode(202)
            .extract()
            .path("id");

    assertThat(complete(run).getInt("stored")).isEqualTo(1);
  }

  @Test
  void aBrowserIsToldToAskForThePassword() {
    given()
        .get("/api/login")
        .then()
        .statusCode(401)
        .contentType(PROBLEM)
        .body("detail", containsString("log in as operator"));
    assertThat(given().get("/api/login").headers().getValues("WWW-Authenticate"))
        .containsExactly(
            "Basic realm=\"operator\", charset=\"UTF-8\"", "Bearer realm=\"operator\"");
    assertThat(login(OPERATOR).statusCode()).isEqualTo(204);
    assertThat(login("bAsIc " + OPERATOR.substring(6)).statusCode()).isEqualTo(204);
  }

  @Test
  void aCallerHearsWhoItIs() {
    session(null).body("operator", equalTo(false)).body("name", nullValue());
    session(OPERATOR).body("operator", equalTo(true)).body("name", equalTo("operator"));
    session("Bearer " + supabase.rs256("anon")).body("operator", equalTo(false));
    session("Bearer " + supabase.es256("service_role"))
        .body("operator", equalTo(true))
        .body("required", equalTo(true));
  }

  private static ValidatableResponse session(String authorization) {
    RequestSpecification call = given();
    if (authorization != null) {
      call.header("Authorization", authorization);
    }
    return call.get("/api/session").then().statusCode(200).contentType("application/json");
  }

  @Test
  void aTokenIsJudgedByItsRoleAlone() {
    for (String token :
        List.of(
            SupabaseAuth.hs256("service_role"),
            supabase.rs256("service_role"),
            supabase.es256("service_role"))) {
      assertThat(dryRun("Bearer " + token).statusCode()).isEqualTo(200);
    }
    for (String role :
        List.of("anon", "authenticated", "SERVICE_ROLE", "service_role ", "", "operator")) {
      dryRun("Bearer " + SupabaseAuth.hs256(role))
          .then()
          .statusCode(403)
          .contentType(PROBLEM)
          .body("detail", containsString("service_role"));
    }
    var several = SupabaseAuth.claims("anon");
    several.setStringListClaim("role", List.of("service_role"));
    assertThat(dryRun("Bearer " + SupabaseAuth.hs256(several, SupabaseAuth.SECRET)).statusCode())
        .isEqualTo(403);
    several.unsetClaim("role");
    several.setStringListClaim("groups", List.of("operator", "service_role"));
    assertThat(dryRun("Bearer " + SupabaseAuth.hs256(several, SupabaseAuth.SECRET)).statusCode())
        .isEqualTo(403);
  }

  @Test
  void aTokenThatIsMadeUpIsRefused() throws Exception {
    var claims = SupabaseAuth.claims("service_role");
    List<String> tokens =
        List.of(
            SupabaseAuth.compose(Map.of("alg", "none"), claims.toJson(), ""),
            SupabaseAuth.sign(
                claims,
                AlgorithmIdentifiers.HMAC_SHA256,
                new HmacKey(supabase.rsa().getPublicKey().getEncoded()),
                supabase.rsa().getKeyId()),
            SupabaseAuth.sign(
                claims,
                AlgorithmIdentifiers.RSA_USING_SHA256,
                supabase.rsa().getPrivateKey(),
                "another-key"),
            SupabaseAuth.hs256(SupabaseAuth.expired("service_role"), SupabaseAuth.SECRET),
            nested(10_000),
            "x.y.z");
    for (String token : tokens) {
      Response answer = dryRun("Bearer " + token);
      assertThat(answer.statusCode()).isEqualTo(401);
      assertThat(answer.contentType()).isEqualTo(PROBLEM);
      assertThat(answer.headers().getValues("WWW-Authenticate"))
          .anyMatch(challenge -> challenge.contains("error=\"invalid_token\""));
      assertThat(answer.asString()).doesNotContain(token);
    }
  }

  private static String nested(int depth) {
    String header = "{\"alg\":" + "[".repeat(depth);
    return Base64.getUrlEncoder().encodeToString(header.getBytes(StandardCharsets.UTF_8))
        + ".e30.AA";
  }

  // ------------------------------------------------------------------------------- bad headers

  static Stream<String> badCredentials() {
    return Stream.of(
        "Basic",
        "Basic ",
        "Basic \t",
        "Basic !!!!",
        "Basic " + encoded("operator"),
        "Basic " + encoded(""),
        "Basic " + encoded(":"),
        "Basic " + encoded("operator:"),
        "Basic " + encoded(":" + SupabaseResource.PASSWORD),
        "Basic " + encoded("Operator:" + SupabaseResource.PASSWORD),
        "Basic " + encoded("operator:" + SupabaseResource.PASSWORD + " "),
        "Basic " + encoded("operator:" + SupabaseResource.PASSWORD + "\u0000"),
        "Basic " + encoded("operator:wrong-password-hush"),
        "Basic " + encoded("operator\r\nX-Injected: 1:wrong-password-hush"),
        OPERATOR + "=",
        OPERATOR + "," + OPERATOR,
        OPERATOR.substring("Basic ".length()),
        "Bearer",
        "Bearer " + SupabaseResource.PASSWORD,
        "Bearer " + OPERATOR,
        "Digest username=\"operator\"",
        "Negotiate AAAA",
        "x".repeat(10_000),
        "Basic " + "A".repeat(12_000));
  }

  @ParameterizedTest
  @MethodSource("badCredentials")
  void noOtherCredentialIsAccepted(String header) {
    dryRun(header)
        .then()
        .statusCode(401)
        .contentType(PROBLEM)
        .header("X-Injected", nullValue())
        .body("status", equalTo(401));
    // an application sends its own user's token with every call
    assertThat(given().header("Authorization", header).get("/api/status").statusCode())
        .as("where none is needed")
        .isEqualTo(header.startsWith("Bearer ") ? 200 : 401);
  }

  @Test
  void ofTwoCredentialsNoneIsBelieved() throws IOException {
    String head = "GET /api/login HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";

    assertThat(raw(head + "Authorization: " + OPERATOR + "\r\n\r\n")).startsWith("HTTP/1.1 204");
    assertThat(raw(head + ("Authorization: " + OPERATOR + "\r\n").repeat(2) + "\r\n"))
        .startsWith("HTTP/1.1 401");
    assertThat(raw(head + "Authorization: Basic eA==\r\nAuthorization: " + OPERATOR + "\r\n\r\n"))
        .startsWith("HTTP/1.1 401");
    assertThat(raw(head + "Authorization: Basic\r\n " + OPERATOR.substring(6) + "\r\n\r\n"))
        .as("a folded header")
        .doesNotStartWith("HTTP/1.1 5");
  }

  @Test
  void aRefusedCallLeavesTheConnectionUsable() throws IOException {
    String answers =
        raw(
            "POST /api/runs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + "Content-Length: 15\r\n\r\n{\"dryRun\":true}"
                + "GET /api/session HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

    assertThat(answers)
        .startsWith("HTTP/1.1 401")
        .contains("HTTP/1.1 200")
        .contains("\"required\"");
  }

  private static String encoded(String pair) {
    return Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
  }

  // ------------------------------------------------------------------------------- ways around

  @ParameterizedTest
  @CsvSource({
    "POST, /api//runs",
    "POST, //api/runs",
    "POST, /api/./runs",
    "POST, /api/runs/",
    "POST, /api/runs;x=/webhooks/",
    "POST, /api;/runs",
    "POST, /API/runs",
    "POST, /%61pi/runs",
    "POST, /api%2fruns",
    "POST, /api/runs?x=/webhooks/novita",
    "POST, /webhooks",
    "POST, /webhooks/../api/runs",
    "POST, /webhooks/novita/../../api/runs",
    "POST, /webhooks/%2e%2e/api/runs",
    "POST, /webhooks/..%2fapi/runs",
    "POST, /webhooks/..;/api/runs",
    "POST, /webhooks/x/y/..\\..\\..\\api\\runs",
    "POST, /webhooks;/../api/runs",
    "POST, /q/health/../../api/runs",
    "POST, /q/openapi",
    "PUT, /api/runs",
    "PATCH, /api/runs",
    "DELETE, /api/runs",
    "TRACE, /api/runs",
    "CONNECT, /api/runs",
    "post, /api/runs",
    "NONSENSE, /api/runs",
    "PROPFIND, /",
    "DELETE, /webhooks/novita/x/y",
    "PUT, /webhooks/novita/x/y"
  })
  void noOtherPathOrMethodLeadsAroundTheLogin(String method, String path) throws IOException {
    String answer =
        raw(
            method
                + " "
                + path
                + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + "Content-Length: 2\r\nConnection: close\r\n\r\n{}");

    assertThat(answer).matches("(?s)HTTP/1.1 (400|401|404) .*");
    assertThat(count("ledger.run")).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "X-HTTP-Method-Override",
        "X-HTTP-Method",
        "X-Method-Override",
        "X-Original-URL",
        "X-Rewrite-URL",
        "X-Forwarded-Prefix"
      })
  void noHeaderTurnsACallIntoAnother(String header) {
    for (String value : List.of("POST", "DELETE", "/api/runs", "/webhooks/novita/x/y")) {
      given()
          .header(header, value)
          .get("/api/runs")
          .then()
          .statusCode(200)
          .body("runs.size()", equalTo(0));
      given().header(header, value).post("/api/runs").then().statusCode(401);
      given().header(header, "GET").post("/api/runs").then().statusCode(401);
    }
    assertThat(count("ledger.run")).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Forwarded-Host", "X-Remote-User"})
  void noHeaderMakesACallerTrusted(String header) {
    for (String value : List.of("127.0.0.1", "for=127.0.0.1", "localhost", "operator")) {
      given().header(header, value).post("/api/runs").then().statusCode(401);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/q", "/q/", "/q/dev-ui", "/q/arc", "/q/info", "/q/metrics/x", "/q//x"})
  void whatTheServerHasBesidesTheApiIsClosed(String path) {
    given().urlEncodingEnabled(false).get(path).then().statusCode(401).contentType(PROBLEM);
  }

  // ------------------------------------------------------------------------------- guessing

  @Test
  void wrongPasswordsHaveToWait() {
    String wrong = SupabaseAuth.basic("operator", "wrong-password-hush");
    Response answer = login(wrong);
    for (int i = 0; i < 100 && answer.statusCode() == 401; i++) {
      answer = login(wrong);
    }

    answer
        .then()
        .statusCode(429)
        .contentType(PROBLEM)
        .header("Retry-After", containsString(""))
        .body("detail", containsString("try again in"));
    assertThat(Integer.parseInt(answer.header("Retry-After"))).isBetween(1, 300);
    assertThat(given().get("/api/status").statusCode()).as("without a password").isEqualTo(200);
    assertThat(login("Bearer " + supabase.rs256("service_role")).statusCode())
        .as("a program")
        .isEqualTo(204);
    awaitThat(() -> login(OPERATOR).statusCode() == 204);
    assertThat(log.stream().filter(line -> line.contains("refused since")).count())
        .as("said once in a while")
        .isBetween(0L, 2L);
  }

  // ------------------------------------------------------------------------------- other sites

  @ParameterizedTest
  @CsvSource({
    "Origin, https://evil.example",
    "Origin, null",
    "Origin, http://localhost",
    "Origin, http://localhost:1",
    "Origin, http://localhost.evil.example",
    "Origin, ' '",
    "Sec-Fetch-Site, cross-site",
    "Sec-Fetch-Site, same-site",
    "Sec-Fetch-Site, nonsense"
  })
  void aPageOfAnotherSiteDoesNotUseTheOperatorsBrowser(String header, String value) {
    given()
        .header("Authorization", OPERATOR)
        .header(header, value)
        .contentType("application/json")
        .body("{}")
        .post("/api/runs")
        .then()
        .statusCode(403)
        .contentType(PROBLEM)
        .body("detail", containsString("another site"));
    assertThat(count("ledger.run")).isZero();
  }

  @Test
  void aPageOfThisSiteDoesAlsoBehindAProxyThatChangesTheHost() {
    String origin = root.toString().replaceAll("/$", "");

    for (Map<String, String> headers :
        List.of(
            Map.of("Origin", origin),
            Map.of("Origin", "https://cards.example.org", "Sec-Fetch-Site", "same-origin"),
            Map.of("Sec-Fetch-Site", "none"),
            Map.of("Host", "cards.example.org"),
            Map.of("Host", "cards.example.org", "Origin", "https://cards.example.org"))) {
      given()
          .headers(headers)
          .header("Authorization", OPERATOR)
          .contentType("application/json")
          .body("{\"dryRun\":true}")
          .post("/api/runs")
          .then()
          .statusCode(200);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"text/plain", "application/x-www-form-urlencoded", "multipart/form-data"})
  void whatAFormOfAnotherSiteCanSendIsNoBody(String type) throws IOException {
    String answer =
        raw(
            "POST /api/runs HTTP/1.1\r\nHost: localhost\r\nAuthorization: "
                + OPERATOR
                + "\r\nContent-Type: "
                + type
                + "\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");

    assertThat(answer).startsWith("HTTP/1.1 415");
    assertThat(count("ledger.run")).isZero();
  }

  static Stream<String> spellings() {
    List<String> closed =
        List.of(
            "POST /api/runs", "POST /api/dead-letters/replay", "GET /api/routes", "GET /api/login");
    return closed.stream()
        .flatMap(
            call -> {
              String method = call.split(" ")[0];
              String path = call.split(" /api/")[1];
              String[] parts = path.split("/");
              String last = parts[parts.length - 1];
              return Stream.of(
                      "/api/" + path + ";x=y",
                      "/api;x=y/" + path,
                      "/api/" + path + "%3Bx=y",
                      "/api/" + path + "%3b",
                      "/api/" + path + "/;",
                      "/api%2F" + path,
                      "/api%2f" + path,
                      "/api/" + path + "%2F",
                      "//api/" + path,
                      "/api//" + path,
                      "///api///" + path + "///",
                      "/api/./" + path,
                      "/api/x/../" + path,
                      "/webhooks/../api/" + path,
                      "/webhooks/%2e%2e/api/" + path,
                      "/webhooks/..%2Fapi/" + path,
                      "/q/health/../../api/" + path,
                      "/q/health;/../../api/" + path,
                      "/api/"
                          + path.replace(
                              last, "%" + Integer.toHexString(last.charAt(0)) + last.substring(1)),
                      "/%61pi/" + path,
                      "/API/" + path,
                      "/api/" + path.toUpperCase(),
                      "/api/" + path + "/",
                      "/api/" + path + "%20",
                      "/api/" + path + "%00",
                      "/api/" + path + "?x=/webhooks/",
                      "/api\\" + path,
                      "http://localhost/api/" + path)
                  .map(spelling -> method + " " + spelling);
            });
  }

  /** However a path is spelled, without credentials it stays closed. */
  @ParameterizedTest
  @MethodSource("spellings")
  void noOtherSpellingOfAPathOpensIt(String call) throws IOException {
    String answer =
        raw(
            call
                + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + "Content-Length: 2\r\nConnection: close\r\n\r\n{}");

    assertThat(answer).matches("(?s)HTTP/1.1 (400|401|404|405) .*");
    assertThat(count("ledger.run")).isZero();
  }

  // ------------------------------------------------------------------------------- headers

  @ParameterizedTest
  @CsvSource({
    "GET, /api/status, 200",
    "GET, /api/nothing, 404",
    "POST, /api/runs, 401",
    "GET, /api/session, 200",
    "GET, /q/health, 200",
    "GET, /webjars/picocss__pico/css/pico.min.css, 200",
    "GET, /nothing, 404",
    "POST, /webhooks/novita/x/y, 404",
    "TRACE, /, 401"
  })
  void everyAnswerTellsTheBrowserWhatItMayDo(String method, String path, int status)
      throws IOException {
    String answer =
        raw(method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

    String head = answer.substring(0, answer.indexOf("\r\n\r\n")).toLowerCase();
    assertThat(head)
        .startsWith("http/1.1 " + status)
        .contains(
            "x-content-type-options: nosniff",
            "x-frame-options: deny",
            "referrer-policy: no-referrer",
            "permissions-policy: camera=()",
            "cross-origin-resource-policy: same-origin")
        .doesNotContain("strict-transport-security", "access-control-allow-origin");
    String policy = head.replaceAll("(?s).*content-security-policy: ([^\r]*).*", "$1");
    assertThat(policy.split("; "))
        .contains(
            "default-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'")
        .anyMatch(part -> part.matches("img-src 'self' data: http://127\\.0\\.0\\.1:\\d+"));
    assertThat(policy).doesNotContain("unsafe", "*");
    if (path.startsWith("/api/")) {
      assertThat(head).contains("cache-control: no-store");
    }
  }

  /** CVE-2026-84176: an origin that is reflected, with credentials. */
  @ParameterizedTest
  @ValueSource(strings = {"https://evil.example", "null"})
  void noOtherOriginMayRead(String origin) {
    for (String path : List.of("/api/status", "/api/runs", "/q/openapi", "/")) {
      Response answer =
          given().header("Origin", origin).header("Authorization", OPERATOR).get(path);

      assertThat(answer.headers().asList())
          .as(path)
          .noneMatch(header -> header.getName().toLowerCase().startsWith("access-control"));
    }
  }

  @Test
  void nothingIsSaidToOtherSitesThatAsk() {
    Response answer =
        given()
            .header("Origin", "https://evil.example")
            .header("Access-Control-Request-Method", "POST")
            .header("Access-Control-Request-Headers", "authorization,content-type")
            .options("/api/runs");

    assertThat(answer.statusCode()).isEqualTo(204);
    assertThat(answer.headers().asList())
        .noneMatch(header -> header.getName().toLowerCase().startsWith("access-control"));
  }

  // ------------------------------------------------------------------------------- calls

  private static Response login(String authorization) {
    return given().header("Authorization", authorization).get("/api/login");
  }

  private static Response dryRun(String authorization) {
    return given()
        .header("Authorization", authorization)
        .contentType("application/json")
        .body("{\"dryRun\":true}")
        .post("/api/runs");
  }

  /** All that comes back for bytes that are sent as they are. */
  private String raw(String call) throws IOException {
    try (Socket socket = new Socket(root.getHost(), root.getPort())) {
      socket.setSoTimeout(10_000);
      socket.getOutputStream().write(call.getBytes(StandardCharsets.ISO_8859_1));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }

  private static final class Listener extends Handler {
    private final Queue<String> lines;

    Listener(Queue<String> lines) {
      this.lines = lines;
    }

    @Override
    public void publish(LogRecord line) {
      String parameters =
          line.getParameters() == null ? "" : List.of(line.getParameters()).toString();
      lines.add(line.getMessage() + " " + parameters + " " + line.getThrown());
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }
}
