package io.attributeimages.e2e;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.emptyString;
import static org.hamcrest.Matchers.equalTo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.config.EncoderConfig;
import io.restassured.http.ContentType;
import io.restassured.response.Response;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.sync.RequestBody;

/**
 * Calls that nobody means well with: each is refused in words, none is an error of the program's,
 * and none changes a row.
 */
@QuarkusTest
class HostileInputTest extends EndToEndTest {

  private static final String NOBODY = "11111111-1111-4111-8111-111111111111";
  private static final String PROBLEM = "application/problem+json";

  private static final List<String> TEXTS =
      List.of(
          "' OR '1'='1",
          "'; DROP TABLE ledger.run; --",
          "1) UNION SELECT usename, passwd FROM pg_shadow --",
          "$$; SELECT pg_sleep(10); $$",
          "<script>alert(1)</script>",
          "\"><img src=x onerror=alert(1)>",
          "\u0000",
          "a\u0000b",
          "a\r\nSet-Cookie: session=1",
          "\u202Egnp.exe",
          "\uD83D\uDE00",
          "\uFEFF",
          "\u0130",
          "../../etc/passwd",
          "{{novita.api-key}}",
          "${env:PATH}",
          "${jndi:ldap://127.0.0.1:1/a}",
          ":#name",
          "%s%n%x",
          "null",
          "x".repeat(3000));

  private static final Map<String, List<String>> PARAMETERS =
      Map.of(
          "/api/runs", List.of("limit"),
          "/api/tasks", List.of("run", "state", "category", "value", "style", "before", "limit"),
          "/api/images", List.of("category", "value", "style", "state", "after", "limit"),
          "/api/dead-letters", List.of("run", "category", "value", "style", "before", "limit"),
          "/api/attribute-images", List.of("category", "value", "style"));

  private static final ObjectMapper JSON = new ObjectMapper();

  @TestHTTPResource URI root;

  private String run;
  private String task;
  private String token;
  private List<String> before;

  @BeforeEach
  void fill() {
    // together: a run without a task would be completed
    Map<String, Object> ids =
        sql.queryForMap(
            """
            WITH run AS (
              INSERT INTO ledger.run (trigger, mode, state, planned_at)
              VALUES ('REST', 'missing', 'HALTED', now()) RETURNING id)
            INSERT INTO ledger.task (run_id, category, value, style, model, price_usd, recipe, state, attempts,
              provider_task_id, next_poll_at)
            SELECT id, 'age', '30s', 'anime', 'txt2img', 0.015, '{"prompt": "p"}', 'SUBMITTED', 1, 't-1', 'infinity'
            FROM run
            RETURNING id::text AS task, run_id::text AS run""");
    run = (String) ids.get("run");
    task = (String) ids.get("task");
    token = tokens.token(UUID.fromString(task));
    sql.update(
        """
        INSERT INTO attribute_images (category, value, style, image_url)
        VALUES ('age', '40s', 'anime', 'https://pictures.test/1')""");
    sql.update(
        "INSERT INTO style_images (style, image_url) VALUES ('anime', 'https://pictures.test/2')");
    before = rows();
  }

  @AfterEach
  void nothingHasChanged() {
    assertThat(rows()).isEqualTo(before);
  }

  private List<String> rows() {
    return Stream.of("ledger.run", "ledger.task", "attribute_images", "style_images")
        .flatMap(
            table -> sql.queryForList("SELECT t::text FROM " + table + " t", String.class).stream())
        .toList();
  }

  // ------------------------------------------------------------------------------- reading

  @Test
  void noTextIsTakenForAParameter() {
    SoftAssertions all = new SoftAssertions();
    PARAMETERS.forEach(
        (path, parameters) -> {
          for (String parameter : parameters) {
            for (String text : TEXTS) {
              String url = path + "?" + parameter + "=" + encode(text);
              all.assertThat(problem(get(url))).as(url).isEqualTo(400);
            }
          }
        });
    all.assertAll();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-1",
        "0",
        "501",
        "1.5",
        "1e2",
        "1e999999999",
        "NaN",
        "0x10",
        "1,000",
        "+ 1",
        "true",
        "[]",
        "9223372036854775808",
        "-9223372036854775809"
      })
  void noOtherNumberIsTakenForALimit(String number) {
    assertThat(problem(get("/api/runs?limit=" + encode(number)))).isEqualTo(400);
    assertThat(problem(get("/api/tasks?limit=" + encode(number)))).isEqualTo(400);
    assertThat(problem(get("/api/dead-letters?limit=" + encode(number)))).isEqualTo(400);
    assertThat(problem(get("/api/images?limit=" + encode(number)))).isEqualTo(400);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/api/runs?unknown=1",
        "/api/runs?limit=1&limit=2",
        "/api/runs?limit[]=1",
        "/api/runs?CamelSqlQuery=SELECT%201",
        "/api/tasks?category=age&category=body",
        "/api/tasks?category=%ed%a0%80",
        "/api/tasks?category=%c0%af",
        "/api/tasks?%00=%00",
        "/api/images?after=-1",
        "/api/images?after=9223372036854775807",
        "/api/images?after=1&after=2",
        "/api/images?before=1",
        "/api/images?state=RUNNING",
        "/api/attribute-images?value=30s"
      })
  void aQueryThatIsNotUnderstoodIsRefused(String url) {
    assertThat(problem(get(url))).isEqualTo(400);
  }

  @Test
  void anIdThatDoesNotExistIsNotFound() {
    assertThat(problem(get("/api/runs/" + NOBODY))).isEqualTo(404);
    assertThat(problem(get("/api/runs/" + run + "0"))).isEqualTo(404);
    assertThat(problem(get("/api/runs/" + task))).isEqualTo(404);
    assertThat(problem(get("/api/tasks/" + NOBODY))).isEqualTo(404);
    assertThat(problem(get("/api/tasks/" + run))).isEqualTo(404);
    SoftAssertions all = new SoftAssertions();
    for (String text : TEXTS) {
      String url = "/api/runs/" + encode(text).replace("+", "%20");
      all.assertThat(problem(get(url))).as(url).isEqualTo(404);
      url = url.replace("/runs/", "/tasks/");
      all.assertThat(problem(get(url))).as(url).isEqualTo(404);
    }
    all.assertAll();
  }

  // ------------------------------------------------------------------------------- starting a run

  static Stream<String> bodies() {
    List<String> bodies = new ArrayList<>();
    for (String text : TEXTS) {
      String json = json(text);
      for (String field : List.of("category", "style", "mode")) {
        bodies.add("{\"" + field + "\":" + json + "}");
      }
      bodies.add("{\"values\":[" + json + "]}");
      bodies.add("{" + json + ":1}");
      bodies.add("{\"dryRun\":" + json + "}");
      bodies.add("{\"maxCostUsd\":" + json + "}");
      bodies.add(json);
    }
    List<String> noTexts = List.of("1", "1.5", "true", "[]", "[\"age\"]", "{}", "{\"a\":1}");
    for (String value : noTexts) {
      for (String field : List.of("category", "style", "mode")) {
        bodies.add("{\"" + field + "\":" + value + "}");
      }
    }
    for (String value :
        List.of("1", "true", "\"30s\"", "[]", "{}", "[1]", "[null]", "[[\"30s\"]]", "[{}]")) {
      bodies.add("{\"values\":" + value + "}");
    }
    bodies.add("{\"values\":[" + "\"30s\",".repeat(1000) + "\"30s\"]}");
    for (String value : List.of("0", "1", "\"true\"", "[]", "{}", "[true]")) {
      bodies.add("{\"dryRun\":" + value + "}");
    }
    for (String value :
        List.of(
            "-1",
            "-0.0001",
            "0.00001",
            "1000001",
            "1e7",
            "1e400",
            "1e999999999",
            "-1e999999999",
            "1e-999999999",
            "NaN",
            "Infinity",
            "\"1\"",
            "true",
            "[]",
            "[1]",
            "{}",
            "0x1",
            "01",
            "9".repeat(1000))) {
      bodies.add("{\"maxCostUsd\":" + value + "}");
    }
    bodies.addAll(
        List.of(
            "null",
            "true",
            "1",
            "[]",
            "[{}]",
            "{",
            "}",
            "{}{}",
            "{} x",
            "{\"category\":\"age\",}",
            "{category:\"age\"}",
            "{'category':'age'}",
            "{\"category\":\"age\",\"category\":\"body\"}",
            "{\"category\":\"\\uD800\"}",
            "{\"category\":\"\\uDC00\\uD800\"}",
            "{\"__proto__\":{}}",
            "{\"@class\":\"java.lang.Runtime\"}",
            "[".repeat(10_000),
            "[".repeat(10_000) + "]".repeat(10_000),
            "{\"a\":".repeat(10_000),
            "{\"category\":" + "[".repeat(10_000),
            "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><a>&b;</a>",
            " ".repeat(200_000) + "x"));
    return bodies.stream();
  }

  @Test
  void noOtherBodyStartsARun() {
    SoftAssertions all = new SoftAssertions();
    bodies()
        .forEach(
            body ->
                all.assertThat(
                        problem(post("application/json", body.getBytes(StandardCharsets.UTF_8))))
                    .as(body.length() > 200 ? body.substring(0, 200) : body)
                    .isEqualTo(400));
    all.assertAll();
  }

  private static byte[] gzip(String text) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(text.getBytes(StandardCharsets.UTF_8));
    }
    return packed.toByteArray();
  }

  @Test
  void aPackedBodyIsUnpackedUpToTheSizeThatIsAllowed() throws IOException {
    byte[] right = gzip("{\"dryRun\":true}");
    byte[] bomb = gzip("{\"category\":\"" + " ".repeat(10_000_000) + "\"}");
    byte[] cut = Arrays.copyOf(right, right.length - 9);

    assertThat(packed("GZIP", right).statusCode()).isEqualTo(200);
    assertThat(problem(packed("gzip", bomb))).isEqualTo(413);
    assertThat(problem(packed("gzip", cut))).isEqualTo(400);
    assertThat(problem(packed("gzip", "{}".getBytes(StandardCharsets.UTF_8)))).isEqualTo(400);
    assertThat(problem(packed("br", right))).isEqualTo(415);
    given()
        .header("Content-Encoding", "gzip")
        .body(gzip("{}"))
        .post("/webhooks/novita/" + task + "/" + token)
        .then()
        .statusCode(204);
  }

  private static Response packed(String encoding, byte[] body) {
    return given()
        .contentType("application/json")
        .header("Content-Encoding", encoding)
        .body(body)
        .post("/api/runs");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/api/status", "/q/openapi", "/nowhere", "/", "/js/board.js", "/app.css"})
  void answersInTextArePackedForWhoeverTakesThat(String path) throws IOException {
    String call = "GET " + path + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n";
    List<String> packed = raw(call + "Accept-Encoding: gzip\r\n\r\n", "").headers();
    List<String> plain = raw(call + "\r\n", "").headers();

    assertThat(packed)
        .usingElementComparator(String.CASE_INSENSITIVE_ORDER)
        .containsOnlyOnce("Content-Encoding: gzip", "Vary: Accept-Encoding");
    assertThat(plain)
        .usingElementComparator(String.CASE_INSENSITIVE_ORDER)
        .doesNotContain("Content-Encoding: gzip");
  }

  static Stream<byte[]> encodings() throws IOException {
    return Stream.of(
        gzip("{}"),
        new byte[1000],
        new byte[] {'{', '"', (byte) 0xC0, (byte) 0xAF, '"', ':', '1', '}'},
        new byte[] {'{', '"', (byte) 0xFF, '"', ':', '1', '}'},
        new byte[] {'{', '"', (byte) 0xED, (byte) 0xA0, (byte) 0x80, '"', ':', '1', '}'},
        "{\"x\":1}".getBytes(StandardCharsets.UTF_16),
        "{\"category\":\"ä\"}".getBytes(StandardCharsets.ISO_8859_1));
  }

  @ParameterizedTest
  @MethodSource("encodings")
  void aBodyInAnotherEncodingIsRefused(byte[] body) {
    assertThat(problem(post("application/json", body))).isEqualTo(400);
    assertThat(problem(post("application/json; charset=no-such-charset", body))).isEqualTo(400);
    boolean isGzip = body[0] == 0x1F;
    if (!isGzip) {
      assertThat(problem(packed("gzip", body))).isEqualTo(400);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "text/plain",
        "text/html",
        "application/xml",
        "application/json-patch+json",
        "application/x-www-form-urlencoded",
        "application/x-java-serialized-object",
        "multipart/form-data",
        "multipart/form-data; boundary=b",
        "nonsense",
        ";;;"
      })
  void aBodyOfAnotherTypeIsRefused(String type) {
    assertThat(problem(post(type, "{}".getBytes(StandardCharsets.UTF_8)))).isEqualTo(415);
  }

  @Test
  void formFieldsAreNoParameters() {
    byte[] form = "dryRun=false&CamelHttpResponseCode=599".getBytes(StandardCharsets.UTF_8);
    assertThat(problem(post("application/x-www-form-urlencoded", form))).isEqualTo(415);
    byte[] tooLong = "[".repeat(100_000).getBytes(StandardCharsets.UTF_8);
    assertThat(problem(post("application/x-www-form-urlencoded", tooLong))).isEqualTo(415);
    assertThat(
            problem(
                given().multiPart("id", "x", new byte[10]).multiPart("run", run).post("/api/runs")))
        .isEqualTo(415);
  }

  // ------------------------------------------------------------------------------- control

  @Test
  void noOtherTextIsTakenForAnId() {
    SoftAssertions all = new SoftAssertions();
    for (String text : Stream.concat(Stream.of(NOBODY), TEXTS.stream()).toList()) {
      String id = encode(text).replace("+", "%20");
      for (String call : List.of("runs/%s/pause", "runs/%s/resume", "runs/%s/cancel")) {
        all.assertThat(problem(postNothing("/api/" + call.formatted(id)))).as(id).isEqualTo(404);
      }
      all.assertThat(problem(postNothing("/api/dead-letters/" + id + "/replay")))
          .as(id)
          .isEqualTo(404);
      all.assertThat(problem(given().urlEncodingEnabled(false).delete("/api/dead-letters/" + id)))
          .as(id)
          .isEqualTo(404);
    }
    all.assertAll();
  }

  @Test
  void noOtherBodyReplaysAnything() {
    SoftAssertions all = new SoftAssertions();
    List<String> values = new ArrayList<>(List.of("1", "true", "[]", "{}", "[null]", "[\"age\"]"));
    TEXTS.forEach(text -> values.add(json(text)));
    for (String value : values) {
      for (String field : List.of("run", "reason", "category", "style", "unknown")) {
        byte[] body = ("{\"" + field + "\":" + value + "}").getBytes(StandardCharsets.UTF_8);
        all.assertThat(
                problem(
                    given()
                        .contentType("application/json")
                        .body(body)
                        .post("/api/dead-letters/replay")))
            .as(field + " " + value)
            .isEqualTo(400);
      }
    }
    all.assertAll();
  }

  private static Response postNothing(String url) {
    return given().urlEncodingEnabled(false).post(url);
  }

  // ------------------------------------------------------------------------------- headers

  @ParameterizedTest
  @ValueSource(
      strings = {
        "id",
        "ID",
        "run",
        "limit",
        "batch",
        "dryRun",
        "regenerate",
        "CamelHttpResponseCode",
        "camelhttpresponsecode",
        "CamelHttpQuery",
        "CamelHttpRawQuery",
        "CamelSqlQuery",
        "CamelSqlRetrieveGeneratedKeys",
        "CamelRedeliveryCounter",
        "CamelCharsetName",
        "CamelFileName",
        "org.apache.camel.whatever"
      })
  void aHeaderOrAQueryIsNoPathParameterAndNoOption(String name) {
    given()
        .header(name, NOBODY)
        .get("/api/runs/" + run)
        .then()
        .statusCode(200)
        .body("id", equalTo(run));
    given()
        .queryParam(name, NOBODY)
        .get("/api/runs/" + run)
        .then()
        .statusCode(200)
        .body("id", equalTo(run));
    given().header(name, run).get("/api/runs/" + NOBODY).then().statusCode(404);
    given()
        .header(name, "false")
        .contentType(ContentType.JSON)
        .body("{\"dryRun\":true}")
        .post("/api/runs")
        .then()
        .statusCode(200)
        .body("dryRun", equalTo(true));
  }

  @Test
  void onlyThePathSaysWhichTaskAWebhookIsAbout() {
    String event = "{\"event_type\":\"SOMETHING_ELSE\"}";
    String right = "/webhooks/novita/" + task + "/" + token;
    String wrong = "/webhooks/novita/" + task + "/wrong";
    String nobody = "/webhooks/novita/" + NOBODY + "/" + token;

    given()
        .header("token", "x")
        .header("task", NOBODY)
        .body(event)
        .post(right)
        .then()
        .statusCode(204);
    given().header("token", token).body(event).post(wrong).then().statusCode(404);
    given().queryParam("token", token).body(event).post(wrong).then().statusCode(404);
    given().formParam("token", token).post(wrong).then().statusCode(404);
    given().multiPart("token", token).post(wrong).then().statusCode(404);
    given().header("task", task).body(event).post(nobody).then().statusCode(404);
    given().queryParam("task", task).body(event).post(nobody).then().statusCode(404);
  }

  static Stream<String> events() {
    return Stream.concat(
        Stream.of(
            "",
            "null",
            "[]",
            "{}",
            "x",
            "[".repeat(16_000),
            "{\"event_type\":[\"ASYNC_TASK_RESULT\"]}",
            "{\"event_type\":\"ASYNC_TASK_RESULT\"}",
            "{\"event_type\":\"ASYNC_TASK_RESULT\",\"payload\":[]}",
            "{\"event_type\":\"ASYNC_TASK_RESULT\",\"payload\":{\"task\":{\"task_id\":{}}}}",
            "{\"event_type\":\"ASYNC_TASK_RESULT\",\"payload\":{\"task\":{\"task_id\":1e999999999}}}"),
        TEXTS.stream()
            .map(
                text ->
                    "{\"event_type\":\"ASYNC_TASK_RESULT\",\"payload\":{\"task\":{\"task_id\":"
                        + json(text)
                        + "}}}"));
  }

  @Test
  void anAbsurdEventChangesNothing() {
    SoftAssertions all = new SoftAssertions();
    events()
        .forEach(
            event -> {
              byte[] body = event.getBytes(StandardCharsets.UTF_8);
              String path = "/webhooks/novita/" + task + "/";
              String as = event.length() > 200 ? event.substring(0, 200) : event;
              Response right =
                  given().contentType("application/json").body(body).post(path + token);
              Response wrong = given().contentType("application/json").body(body).post(path + "x");
              all.assertThat(right.statusCode()).as(as).isEqualTo(204);
              all.assertThat(problem(wrong)).as(as).isEqualTo(404);
            });
    all.assertAll();
  }

  @Test
  void aWebhookThatIsTooLargeIsRefused() throws IOException {
    String path = "/webhooks/novita/" + task + "/" + token;
    byte[] body = "x".repeat(17_000).getBytes(StandardCharsets.UTF_8);
    String chunked = "POST " + path + " HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

    assertThat(problem(given().contentType("application/json").body(body).post(path)))
        .isEqualTo(413);
    assertThat(raw(chunked, "4268\r\n" + "x".repeat(17_000)).status()).isEqualTo(413);
  }

  @Test
  void aWebhookForNobodyIsNotFound() {
    SoftAssertions all = new SoftAssertions();
    for (String text : TEXTS) {
      String part = encode(text).replace("+", "%20");
      all.assertThat(
              problem(given().urlEncodingEnabled(false).post("/webhooks/novita/" + part + "/x")))
          .as(part)
          .isEqualTo(404);
      all.assertThat(
              problem(
                  given().urlEncodingEnabled(false).post("/webhooks/novita/" + task + "/" + part)))
          .as(part)
          .isEqualTo(404);
    }
    all.assertAll();
  }

  // ------------------------------------------------------------------------------- HTTP itself

  @ParameterizedTest
  @CsvSource({
    "DELETE, /api/runs, 405, 'GET, HEAD, POST'",
    "PUT, /api/status, 405, 'GET, HEAD'",
    "POST, /api/status, 405, 'GET, HEAD'",
    "TRACE, /api/tasks, 405, 'GET, HEAD'",
    "NONSENSE, /api/tasks, 405, 'GET, HEAD'",
    "PATCH, /api/runs/x, 405, 'GET, HEAD'",
    "POST, /api/events, 405, 'GET, HEAD'",
    "PUT, /api/images, 405, 'GET, HEAD'",
    "GET, /webhooks/novita/x/y, 405, POST",
    "GET, /api, 404,",
    "GET, /api/nothing, 404,",
    "POST, /api/nothing, 404,",
    "GET, /api/runs/x/y, 404,",
    "GET, /api/../etc/passwd, 404,",
    "GET, //etc/passwd, 404,",
    "GET, /webhooks, 404,",
    "POST, /webhooks/novita/x, 404,",
    "CONNECT, /api/runs/x, 405, 'GET, HEAD'"
  })
  void whatDoesNotExistIsSaidInWords(String method, String path, int status, String allowed)
      throws IOException {
    Raw answer =
        raw(method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "");

    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.header("Content-Type")).isEqualTo(PROBLEM);
    assertThat(answer.header("Allow")).isEqualTo(allowed);
    assertThat(answer.body()).contains("\"status\":" + status, "\"detail\":\"T");
  }

  @Test
  void whoAsksForMethodsOrHeadsGetsThem() {
    given()
        .options("/api/tasks")
        .then()
        .statusCode(204)
        .header("Allow", "GET, HEAD")
        .body(emptyString());
    given().options("/api/nothing").then().statusCode(404);
    String length = given().get("/api/catalog").header("Content-Length");
    given()
        .head("/api/catalog")
        .then()
        .statusCode(200)
        .contentType("application/json")
        .header("Content-Length", length)
        .body(emptyString());
    given().head("/api/tasks/x").then().statusCode(404);
    given().header("Accept", "APPLICATION/JSON").get("/api/status").then().statusCode(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"text/html", ";;;/", "application/jsonp"})
  void anotherTypeOfAnswerIsRefusedInWords(String type) {
    assertThat(problem(given().header("Accept", type).get("/api/runs"))).isEqualTo(406);
    assertThat(problem(given().header("Accept", type).get("/api/events"))).isEqualTo(406);
  }

  static Stream<String> malformed() {
    return Stream.of(
        "GET /api/runs HTTP/1.1\r\nHost: localhost\r\nNo Colon\r\n\r\n",
        "GET /api/runs HTTP/1.1\r\nHost: localhost\r\nX: a\u0000b\r\n\r\n",
        "GET /api/runs HTTP/1.1\r\nHost: localhost\r\nX y: a\r\n\r\n",
        "GET /api/runs\u0000 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET /api/runs/%zz HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET /api/runs?limit=%zz HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET /api/runs HTTP/1.1\r\n\r\n",
        "GET /api/runs HTTP/1.1\r\nHost: a b/c?\r\n\r\n",
        "GET /api/runs/" + "x".repeat(100_000) + " HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET /api/runs HTTP/1.1\r\nHost: localhost\r\nX: " + "x".repeat(100_000) + "\r\n\r\n",
        "POST /api/runs HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n",
        "POST /api/runs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "POST /api/runs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}");
  }

  @ParameterizedTest
  @MethodSource("malformed")
  void aCallThatIsNoHttpIsTheCallersFault(String call) throws IOException {
    Raw answer = raw(call, "");

    assertThat(answer.status()).isBetween(400, 499);
    assertThat(answer.body()).doesNotContain("Exception", "Error id", "<html>");
  }

  /** CVE-2026-95664: a key that stands in a header is evaluated as Simple. */
  @Test
  void thePathOfAPictureIsAKeyAndNoExpression() throws IOException {
    s3.putObject(
        object -> object.bucket(BUCKET).key("us-east-1.jpg").contentType("image/jpeg"),
        RequestBody.fromBytes(new byte[1]));
    String get =
        "GET /storage/v1/object/public/assets/%s.jpg HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

    assertThat(raw(get.formatted("us-east-1"), "").status()).isEqualTo(200);
    assertThat(raw(get.formatted("$%7Bproperties:storage.region%7D"), "").status()).isEqualTo(404);
    assertThat(raw(get.formatted("${properties:storage.region}"), "").status()).isEqualTo(400);
  }

  // ------------------------------------------------------------------------------- calls

  private static Response get(String url) {
    return given().urlEncodingEnabled(false).get(url);
  }

  private static Response post(String type, byte[] body) {
    return given()
        .config(
            RestAssured.config()
                .encoderConfig(
                    EncoderConfig.encoderConfig()
                        .appendDefaultContentCharsetToContentTypeIfUndefined(false)
                        .encodeContentTypeAs(type, ContentType.BINARY)))
        .header("Content-Type", type)
        .body(body)
        .post("/api/runs");
  }

  /** The status of an answer that is a problem in words; 0 where it is something else. */
  private static int problem(Response response) {
    if (!PROBLEM.equals(response.contentType())) {
      return 0;
    }
    try {
      JsonNode problem = JSON.readTree(response.asByteArray());
      boolean words =
          problem.path("status").asInt() == response.statusCode()
              && problem.path("detail").asText().matches("[^\\p{Cntrl}\\p{Cf}]{10,1000}")
              && problem.path("title").asText().matches("[A-Z][a-z ]+")
              && !problem.path("detail").asText().contains("Exception");
      return words ? response.statusCode() : 0;
    } catch (IOException e) {
      return 0;
    }
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private static String json(String text) {
    return text.chars()
        .mapToObj(
            c ->
                c < 32 || c > 126 || c == '"' || c == '\\' ? "\\u%04x".formatted(c) : "" + (char) c)
        .collect(Collectors.joining("", "\"", "\""));
  }

  private record Raw(int status, List<String> headers, String body) {
    String header(String name) {
      return headers.stream()
          .filter(header -> header.toLowerCase().startsWith(name.toLowerCase() + ":"))
          .map(header -> header.substring(name.length() + 1).strip())
          .findFirst()
          .orElse(null);
    }
  }

  /** The answer to a call that is sent byte for byte. */
  private Raw raw(String head, String body) throws IOException {
    try (Socket socket = new Socket(root.getHost(), root.getPort())) {
      socket.setSoTimeout(30_000);
      OutputStream out = socket.getOutputStream();
      String answer = "";
      try {
        out.write((head + body).getBytes(StandardCharsets.ISO_8859_1));
      } catch (SocketException e) {
        // the server has answered and does not want the rest
      }
      byte[] buffer = new byte[8192];
      while (!isWhole(answer)) {
        int n = socket.getInputStream().read(buffer);
        if (n < 0) {
          break;
        }
        answer += new String(buffer, 0, n, StandardCharsets.ISO_8859_1);
      }
      String[] parts = answer.split("\r\n\r\n", 2);
      List<String> lines = parts[0].lines().toList();
      return new Raw(
          Integer.parseInt(lines.get(0).split(" ")[1]), lines, parts.length > 1 ? parts[1] : "");
    }
  }

  private static boolean isWhole(String answer) {
    int end = answer.indexOf("\r\n\r\n");
    String length =
        answer
            .lines()
            .filter(line -> line.toLowerCase().startsWith("content-length:"))
            .findFirst()
            .orElse(": 100000000");
    return end >= 0 && answer.length() - end - 4 >= Integer.parseInt(length.split(":")[1].strip());
  }
}
