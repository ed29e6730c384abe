package io.attributeimages.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.attributeimages.support.Fault;
import io.attributeimages.support.HttpDouble;
import io.attributeimages.support.Program;
import io.attributeimages.support.Spans;
import io.attributeimages.support.Spans.Span;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the packaged program tells monitoring and routes of one's own. */
class ObservabilityIT extends OnServices {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path EXAMPLE = Path.of("docs/examples/notify-chat.camel.yaml");
  private static final Pattern METRIC =
      Pattern.compile("\\b((?:attribute_images|camel|http_server|jvm)_\\w+)(?:\\{([^}]*)})?");
  private static final Pattern MATCHER = Pattern.compile("(\\w+)=(~?)\"([^\"]*)\"");

  @TempDir Path folder;

  @Override
  Map<String, String> settings() {
    return Map.of("METRICS_MEASURE_INTERVAL", "1s", "METRICS_TOTAL_INTERVAL", "1s");
  }

  @Test
  void everyMetricOfDashboardAndAlertsIsExported() throws IOException {
    novita.nextSubmits(Fault.status(400, "ILLEGAL_PROMPT"));
    startRun(AGES_IN_ANIME);
    awaitThat(() -> services.count("ledger.task WHERE state = 'STORED'") == AGES - 1);
    running().get("/api/status");
    List<String> expressions = new ArrayList<>();
    JSON.readTree(Path.of("docs/grafana-dashboard.json").toFile())
        .findValuesAsText("expr")
        .forEach(expressions::add);
    int inDashboard = expressions.size();
    new ObjectMapper(new YAMLFactory())
        .readTree(Path.of("docs/alerts.yml").toFile())
        .findValuesAsText("expr")
        .forEach(expressions::add);
    assertThat(inDashboard).isGreaterThan(20);
    assertThat(expressions).hasSizeGreaterThan(inDashboard + 8);

    awaitThat(() -> metrics().contains("http_server_requests_seconds_count"));
    String metrics = metrics();
    for (String expression : expressions) {
      Matcher metric = METRIC.matcher(expression);
      assertThat(metric.find()).as(expression).isTrue();
      do {
        String name = metric.group(1);
        List<String> series =
            metrics.lines().filter(line -> line.matches(name + "[{ ].*")).toList();
        assertThat(series).as("%s of %s", name, expression).isNotEmpty();
        assertLabels(series, metric.group(2), expression);
      } while (metric.find());
    }
  }

  /** Each value that an expression selects is one that exists. */
  private static void assertLabels(List<String> series, String selection, String expression) {
    Matcher matcher = MATCHER.matcher(selection == null ? "" : selection);
    while (matcher.find()) {
      for (String value : matcher.group(3).split("\\|")) {
        String label = matcher.group(1) + "=\"" + (value.startsWith("$") ? "" : value + "\"");
        assertThat(series).as(expression).anyMatch(line -> line.contains(label));
      }
    }
  }

  @Test
  void readinessNamesWhatIsMissingAndOnlyTheDatabaseMakesItUnready() {
    running();
    startRun(AGES_IN_ANIME);
    awaitCompletion();
    assertThat(ready().statusCode()).isEqualTo(200);

    services.store().cut();
    startRun("{\"category\":\"body\",\"style\":\"anime\"}");
    awaitThat(() -> ready().body().contains("Pictures cannot be stored"));
    assertThat(ready().statusCode()).isEqualTo(200);
    services.store().mend();
    awaitThat(() -> !ready().body().contains("Pictures cannot be stored"));
    awaitCompletion();

    services.database().stall();
    awaitThat(() -> ready().statusCode() == 503);
    assertThat(ready().body()).contains("The database has not answered for");
    assertThat(program.get("/q/health/live").statusCode()).isEqualTo(200);
    awaitThat(() -> metrics().contains("attribute_images_ledger_up 0.0"));
    assertThat(metrics()).contains("attribute_images_queue_age_seconds NaN");
    services.database().flow();
    awaitThat(() -> ready().statusCode() == 200);
    awaitThat(() -> metrics().contains("attribute_images_ledger_up 1.0"));
  }

  @Test
  void oneTraceTellsAnImageFromPlanToStore() {
    alone();
    try (HttpDouble collector = HttpDouble.start()) {
      Map<String, String> settings = new HashMap<>(services.settings());
      settings.put("QUARKUS_OTEL_SDK_DISABLED", "false");
      settings.put("QUARKUS_OTEL_EXPORTER_OTLP_ENDPOINT", collector.baseUrl());
      settings.put("NOVITA_POLL_INTERVAL", "200ms");
      novita.nextSubmits(Fault.status(400, "ILLEGAL_PROMPT"));
      try (Program traced = Program.start(folder, settings).awaitAnswer()) {
        assertThat(traced.post("/api/runs", AGES_IN_ANIME).statusCode()).isEqualTo(202);
        awaitThat(() -> images(collector).size() == AGES);
      }

      for (Map<String, Object> task :
          services.sql().queryForList("SELECT * FROM ledger.task ORDER BY position")) {
        String id = task.get("id").toString();
        Map<String, Span> trace =
            spans(collector).stream()
                .filter(span -> span.traceId().equals(id.replace("-", "")))
                .collect(Collectors.toMap(Span::name, span -> span));
        Span image = trace.get("image");
        assertThat(image.parentId()).isEmpty();
        assertThat(image.attributes())
            .containsEntry("task.id", id)
            .containsEntry("run.id", task.get("run_id").toString())
            .containsEntry("image", "age/" + task.get("value") + "/anime");
        boolean stored = task.get("state").equals("STORED");
        assertThat(image.failed()).isEqualTo(!stored);
        assertThat(trace.keySet())
            .containsExactlyInAnyOrderElementsOf(
                stored
                    ? Set.of(
                        "image",
                        "planned",
                        "submit",
                        "call-provider",
                        "record",
                        "waited",
                        "collect",
                        "result",
                        "download",
                        "upload",
                        "store")
                    : Set.of("image", "planned", "submit", "call-provider"));
        if (stored) {
          assertThat(trace.get("submit").parentId()).isEqualTo(image.spanId());
          assertThat(trace.get("call-provider").parentId()).isEqualTo(trace.get("submit").spanId());
          assertThat(trace.get("upload").parentId()).isEqualTo(trace.get("collect").spanId());
          assertThat(trace.get("collect").attributes())
              .containsEntry("provider.task.id", task.get("provider_task_id").toString());
        }
      }
      assertThat(collector.calls())
          .allMatch(call -> call.contentType().equals("application/x-protobuf"))
          .noneMatch(
              call -> services.secrets().stream().anyMatch(new String(call.body())::contains));
    }
  }

  private static List<Span> spans(HttpDouble collector) {
    return collector.calls().stream()
        .filter(call -> call.path().equals("/v1/traces"))
        .flatMap(call -> Spans.read(call.body()).stream())
        .toList();
  }

  private static List<Span> images(HttpDouble collector) {
    return spans(collector).stream().filter(span -> span.name().equals("image")).toList();
  }

  @Test
  void jsonLogLinesSayWhichImageTheyAreAbout() throws IOException {
    alone();
    Map<String, String> settings = new HashMap<>(services.settings());
    settings.put("QUARKUS_LOG_CONSOLE_JSON_ENABLED", "true");
    settings.put("PIPELINE_REDELIVERY_DELAY", "50ms");
    settings.put("PIPELINE_MAX_PAUSE", "1s");
    novita.nextPolls(
        Fault.gateway(502), Fault.gateway(502), Fault.gateway(502), Fault.gateway(502));
    try (Program program = Program.start(folder, settings).awaitAnswer()) {
      program.post("/api/runs", "{\"category\":\"age\",\"values\":[\"30s\"],\"style\":\"anime\"}");
      awaitCompletion();

      Map<String, Object> task = services.sql().queryForMap("SELECT * FROM ledger.task");
      List<String> steps = List.of("Submitted", "is collected again later", ": STORED");
      for (JsonNode line : lines(program)) {
        String message = line.path("message").asText();
        JsonNode context = line.path("mdc");
        if (steps.stream().anyMatch(message::contains)) {
          assertThat(context.path("task").asText()).isEqualTo(task.get("id").toString());
          assertThat(context.path("run").asText()).isEqualTo(task.get("run_id").toString());
          assertThat(context.path("image").asText()).isEqualTo("age/30s/anime");
        } else {
          assertThat(context.has("task")).as(message).isFalse();
        }
      }
      for (String step : steps) {
        assertThat(program.log()).contains(step);
      }
      long firstLines = lines(program).get(0).path("sequence").asLong();
      long lastLine = lines(program).get(lines(program).size() - 1).path("sequence").asLong();
      assertThat(lastLine - firstLines).as("log records made in vain").isLessThan(20_000);
    }
  }

  private static List<JsonNode> lines(Program program) throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : program.log().lines().filter(l -> l.startsWith("{")).toList()) {
      lines.add(JSON.readTree(line));
    }
    return lines;
  }

  @Test
  void aRouteOfOnesOwnIsToldOfEveryImageAlthoughTheChatFailsAndTheProgramIsKilled()
      throws IOException {
    alone();
    int port = Program.freePort();
    Map<String, String> settings = new HashMap<>(services.settings());
    settings.put("CHAT_WEBHOOK_URL", "http://127.0.0.1:" + port + "/services/T0/secret-of-chat");
    settings.put("NOVITA_POLL_INTERVAL", "200ms");
    settings.put("QUARKUS_LOG_CATEGORY__TELL__LEVEL", "DEBUG");
    Files.copy(EXAMPLE, Files.createDirectories(folder.resolve("routes")).resolve("c.camel.yaml"));
    novita.nextSubmits(Fault.status(400, "ILLEGAL_PROMPT"));

    try (Program program = Program.start(folder, settings).awaitAnswer()) {
      assertThat(program.post("/api/runs", AGES_IN_ANIME).statusCode()).isEqualTo(202);
      awaitCompletion();
      awaitThat(() -> program.log().contains("Route notify-stored does not get on"));
      assertThat(program.log())
          .containsOnlyOnce("Route notify-stored does not get on")
          .doesNotContain("\tat ", "secret-of-chat");
      for (String routes : List.of("/api/routes", "/api/routes/post-to-chat")) {
        assertThat(program.get(routes).body())
            .contains("post-to-chat")
            .doesNotContain("secret-of-chat");
      }
      assertThat(services.count("ledger.image_event")).isEqualTo(AGES);
      program.kill();
    }

    try (HttpDouble chat = HttpDouble.startOn(port);
        Program program = Program.start(folder, settings)) {
      chat.next(500, 500);
      program.awaitAnswer();
      // what the killed instance had taken is free again after two minutes
      services.sql().update("UPDATE ledger.image_event SET due_at = now()");
      awaitThat(() -> services.count("ledger.image_event") == 0);

      assertThat(program.log())
          .contains("is told again later: HTTP operation failed")
          .doesNotContain("secret-of-chat");
      List<String> taken = new ArrayList<>();
      for (HttpDouble.Call call : chat.calls()) {
        assertThat(call.path()).isEqualTo("/services/T0/secret-of-chat");
        assertThat(call.contentType()).isEqualTo("application/json");
        if (call.status() == 200) {
          taken.add(JSON.readTree(call.body()).path("text").asText());
        }
      }
      assertThat(taken).hasSize(AGES);
      List<String> expected =
          new ArrayList<>(
              services
                  .sql()
                  .queryForList(
                      "SELECT 'Stored age/' || value || '/anime: ' || image_url"
                          + " FROM attribute_images",
                      String.class));
      expected.add(
          services
              .sql()
              .queryForObject(
                  "SELECT 'Failed age/' || value || '/anime, ILLEGAL_PROMPT: ' || error_message"
                      + " FROM ledger.task WHERE state = 'FAILED'",
                  String.class));
      assertThat(taken).containsExactlyInAnyOrderElementsOf(expected);
    }
  }

  @Test
  void aRouteThatFailsAfterAPartOfItHasWorkedIsSaidToFailOnceAndToWorkAgainOnce()
      throws IOException {
    alone();
    try (HttpDouble chat = HttpDouble.start()) {
      Files.writeString(
          Files.createDirectories(folder.resolve("routes")).resolve("two.camel.yaml"),
          """
          - route: {id: two-parts, from: {uri: 'seda:image-stored', steps: [{setBody: {constant: x}}, {to: 'direct:first'}, {to: 'URL/second?httpMethod=POST'}]}}
          - route: {id: first, from: {uri: 'direct:first', steps: [{to: 'URL/first?httpMethod=POST'}]}}
          """
              .replace("URL", chat.baseUrl()));
      chat.next(200, 500, 200, 500);
      try (Program program = Program.start(folder, services.settings()).awaitAnswer()) {
        program.post(
            "/api/runs", "{\"category\":\"age\",\"values\":[\"30s\"],\"style\":\"anime\"}");

        awaitThat(() -> program.log().contains("Route two-parts works again"));
        awaitThat(() -> chat.calls().size() == 6);
        assertThat(program.log())
            .containsOnlyOnce("Route two-parts does not get on")
            .containsOnlyOnce("Route two-parts works again");
      }
    }
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          no YAML             | - route: [
          an unknown step     | - route: {from: {uri: 'timer:x', steps: [{paint: red}]}}
          an unknown endpoint | - route: {id: mine, from: {uri: 'nowhere:x', steps: [{log: a}]}}
          an id that is taken | - route: {id: store, from: {uri: 'timer:x', steps: [{log: a}]}}
          an unset variable   | - route: {id: mine, from: {uri: 'timer:x', steps: [{to: '{{env:NOT_SET_AT_ALL}}'}]}}
          """)
  void aRouteFileThatCannotBeUsedIsNamed(String what, String yaml) throws IOException {
    Path file = Files.createDirectories(folder.resolve("routes")).resolve("mine.camel.yaml");
    Files.writeString(file, yaml);

    try (Program program = Program.start(folder, services.settings())) {
      assertThat(program.awaitEnd()).as(program.log()).isEqualTo(2);
      assertThat(program.log())
          .contains("The route file routes/mine.camel.yaml cannot be used: ")
          .doesNotContain("\tat ");
    }
  }

  @Test
  void aFolderOfRoutesThatDoesNotExistIsRefused() {
    Map<String, String> settings = new HashMap<>(services.settings());
    settings.put("EXTENSIONS_ROUTES", "my-routes");
    try (Program program = Program.start(folder, settings)) {
      assertThat(program.awaitEnd()).isEqualTo(2);
      assertThat(program.log())
          .contains("Setting extensions.routes is 'my-routes'; allowed is a folder that exists.")
          .doesNotContain("\tat ");
    }
  }

  private HttpResponse<String> ready() {
    return program.get("/q/health/ready");
  }

  private String metrics() {
    return program.get("/q/metrics").body();
  }
}
