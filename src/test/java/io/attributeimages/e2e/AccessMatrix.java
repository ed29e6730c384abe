package io.attributeimages.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.attributeimages.support.SupabaseAuth;
import io.attributeimages.support.SupabaseResource;
import io.quarkus.test.common.http.TestHTTPResource;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Makes every call with every kind of credential, and compares what it got with the table in
 * docs/security.md. The calls are those the program itself says it has: a new one that the table
 * does not have is a failure.
 */
abstract class AccessMatrix extends EndToEndTest {

  private static final Path DOCUMENT = Path.of("docs/security.md");
  private static final Path PAGES = Path.of("src/main/resources/META-INF/resources");
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final UUID NOBODY = UUID.fromString("11111111-1111-4111-8111-111111111111");
  private static final Set<String> READING = Set.of("GET", "HEAD", "OPTIONS");
  private static final String WEBHOOK = "POST /webhooks/novita/{task}/{token}";

  /** What starts nothing where something could be started. */
  private static final Map<String, String> BODIES =
      Map.of("POST /api/runs", "{\"dryRun\":true}", WEBHOOK, "{}");

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @TestHTTPResource URI root;

  /** The heading that the table stands under. */
  abstract String heading();

  private static Map<String, String> credentials() {
    Map<String, String> credentials = new LinkedHashMap<>();
    credentials.put("anonymous", null);
    credentials.put("wrong password", SupabaseAuth.basic("operator", "a-wrong-password"));
    credentials.put("operator", SupabaseAuth.basic("operator", SupabaseResource.PASSWORD));
    credentials.put("anon JWT", "Bearer " + SupabaseAuth.hs256("anon"));
    credentials.put("service_role JWT", "Bearer " + SupabaseAuth.hs256("service_role"));
    credentials.put(
        "expired JWT",
        "Bearer " + SupabaseAuth.hs256(SupabaseAuth.expired("service_role"), SupabaseAuth.SECRET));
    credentials.put(
        "forged JWT",
        "Bearer "
            + SupabaseAuth.hs256(
                SupabaseAuth.claims("service_role"), "a-guess-that-has-32-characters-as-well"));
    return credentials;
  }

  @Test
  void everyCallIsAnsweredToEveryCallerAsTheDocumentSays() throws Exception {
    Map<String, List<Integer>> answers = new LinkedHashMap<>();
    for (String call : calls()) {
      List<Integer> row = new ArrayList<>();
      for (String credential : credentials().values()) {
        row.add(status(call, credential));
      }
      answers.put(call, row);
    }

    answers.forEach(this::assertClosed);
    String table = table(answers);
    Path actual = Path.of("target", getClass().getSimpleName() + ".md");
    Files.writeString(actual, table);
    assertThat(section(Files.readString(DOCUMENT)))
        .as("%s, under '%s'; the right table is in %s", DOCUMENT, heading(), actual)
        .isEqualTo(table);
  }

  /** Whatever the document says: who is no operator changes nothing. */
  private void assertClosed(String call, List<Integer> row) {
    boolean reads = READING.contains(call.split(" ")[0]);
    assertThat(row).as(call).element(1).isEqualTo(401);
    // what is open takes a token that is none for nobody's; what is not refuses it
    assertThat(row.subList(5, 7)).as(call).containsOnly(row.get(0));
    if (!reads && !call.startsWith("POST /webhooks/")) {
      assertThat(row.get(0)).as(call).isEqualTo(401);
      assertThat(row.get(3)).as(call).isEqualTo(403);
    }
    assertThat(List.of(row.get(2), row.get(4))).as(call).doesNotContain(401, 403, 429, 500);
  }

  private String table(Map<String, List<Integer>> answers) {
    StringBuilder table = new StringBuilder("| call | ");
    table.append(String.join(" | ", credentials().keySet())).append(" |\n|");
    table.append(" --- |".repeat(credentials().size() + 1)).append("\n");
    answers.forEach(
        (call, row) ->
            table
                .append("| `")
                .append(call)
                .append("` | ")
                .append(row.stream().map(String::valueOf).collect(Collectors.joining(" | ")))
                .append(" |\n"));
    return table.toString();
  }

  /** The table under the heading. */
  private String section(String document) {
    int start = document.indexOf("\n### " + heading() + "\n");
    return start < 0
        ? ""
        : document
            .substring(start + 1)
            .lines()
            .skip(1)
            .dropWhile(line -> !line.startsWith("|"))
            .takeWhile(line -> line.startsWith("|"))
            .collect(Collectors.joining("\n", "", "\n"));
  }

  private Set<String> calls() throws Exception {
    Set<String> calls = new TreeSet<>(AccessMatrix::byPath);
    calls.addAll(restDsl());
    calls.addAll(pages());
    calls.addAll(
        List.of(
            "GET /webjars/picocss__pico/css/pico.min.css",
            "GET /_static/lit-html/lit-html.js",
            "GET /create-character",
            "GET /nothing",
            "POST /nothing",
            "GET /api/nothing",
            "POST /api/nothing",
            "DELETE /api/nothing",
            "PUT /api/runs",
            "PATCH /api/runs",
            "OPTIONS /api/runs",
            "HEAD /api/runs",
            "POST /webhooks/novita/{task}/wrong",
            "DELETE " + WEBHOOK.split(" ")[1],
            "GET /q/health",
            "GET /q/health/live",
            "GET /q/health/ready",
            "POST /q/health",
            "GET /q/metrics",
            "GET /q/openapi",
            "GET /q/nothing"));
    return calls;
  }

  private static int byPath(String one, String other) {
    String[] left = one.split(" ");
    String[] right = other.split(" ");
    int path = left[1].compareTo(right[1]);
    return path != 0 ? path : left[0].compareTo(right[0]);
  }

  /** Those of the OpenAPI document. */
  private Set<String> restDsl() throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(root.resolve("/q/openapi"))
            .header("Authorization", credentials().get("operator"))
            .build();
    JsonNode paths =
        JSON.readTree(http.send(request, BodyHandlers.ofString()).body()).path("paths");
    Set<String> calls = new TreeSet<>();
    paths
        .properties()
        .forEach(
            path ->
                path.getValue()
                    .fieldNames()
                    .forEachRemaining(
                        method -> calls.add(method.toUpperCase() + " " + path.getKey())));
    assertThat(calls).contains("POST /api/runs", "GET /api/status", "GET /api/session", WEBHOOK);
    return calls;
  }

  private static List<String> pages() throws IOException {
    if (!Files.isDirectory(PAGES)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(PAGES)) {
      return files
          .filter(file -> file.toString().endsWith(".html"))
          .map(file -> "/" + PAGES.relativize(file).toString().replace('\\', '/'))
          .map(
              path ->
                  "GET " + (path.endsWith("/index.html") ? path.replace("index.html", "") : path))
          .toList();
    }
  }

  private int status(String call, String credential) throws Exception {
    String[] words = call.split(" ");
    String path =
        words[1]
            .replace("{token}", tokens.token(NOBODY))
            .replaceAll("\\{[^}]+}", NOBODY.toString());
    HttpRequest.Builder request =
        HttpRequest.newBuilder(root.resolve(path))
            .method(
                words[0],
                BODIES.containsKey(call)
                    ? BodyPublishers.ofString(BODIES.get(call))
                    : BodyPublishers.noBody());
    if (BODIES.containsKey(call)) {
      request.header("Content-Type", "application/json");
    }
    if (credential != null) {
      request.header("Authorization", credential);
    }
    HttpResponse<InputStream> answer = http.send(request.build(), BodyHandlers.ofInputStream());
    answer.body().close(); // events go on for ever
    return answer.statusCode();
  }
}
