import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.Executors;

/**
 * Another provider of images: the pipeline speaks to this program as to Novita, and it speaks to the
 * provider. The provider here takes {@code POST /predictions} and answers {@code {"id": "…"}} at
 * once, and {@code GET /predictions/{id}} answers {@code {"status":
 * "starting|processing|succeeded|failed", "output": ["https://…"], "error": "…"}}, as several do;
 * change {@link #submit} and {@link #result} to what yours takes.
 *
 * <p>It keeps nothing, so it may be restarted at any time. An error of the provider passes through:
 * 400 and 422 end as a dead letter, 401, 402, 403 and 404 halt the model, and 429 is repeated. Most
 * 5xx, and no answer at all, leave an image that may be paid.
 *
 * <pre>
 * PROVIDER_URL=https://… PROVIDER_KEY=… ADAPTER_KEY=(made up) ADAPTER_PORT=8090 \
 *   java -cp 'target/quarkus-app/lib/main/*' docs/examples/ProviderAdapter.java
 * </pre>
 */
public final class ProviderAdapter {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(25);

  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
  private final String provider = System.getenv("PROVIDER_URL");
  private final String providerKey = System.getenv("PROVIDER_KEY");
  private final String adapterKey = System.getenv("ADAPTER_KEY");

  private record Answer(int status, String body) {}

  private interface Call {
    Answer make(HttpExchange exchange) throws IOException, InterruptedException;
  }

  public static void main(String[] arguments) throws IOException {
    ProviderAdapter adapter = new ProviderAdapter();
    int port = Integer.parseInt(System.getenv().getOrDefault("ADAPTER_PORT", "8090"));
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
    server.setExecutor(Executors.newFixedThreadPool(20));
    server.createContext("/v3/async/txt2img", exchange -> adapter.answer(exchange, adapter::submit));
    server.createContext("/v3/async/task-result", exchange -> adapter.answer(exchange, adapter::result));
    server.start();
    System.out.println("The adapter listens at http://127.0.0.1:" + port);
  }

  /** Novita's submit: a prompt and a size in, a task id out. From here on the image is paid for. */
  private Answer submit(HttpExchange exchange) throws IOException, InterruptedException {
    JsonNode wanted = JSON.readTree(exchange.getRequestBody()).path("request");
    if (wanted.path("prompt").asText().isBlank()) {
      // the command probe, which asks whether the call is there and must start nothing
      return new Answer(400, "");
    }
    ObjectNode body = JSON.createObjectNode();
    body.putObject("input")
        .put("prompt", wanted.path("prompt").asText())
        .put("width", wanted.path("width").asInt())
        .put("height", wanted.path("height").asInt());
    HttpResponse<String> answer =
        send(request("/predictions").POST(BodyPublishers.ofString(body.toString())));
    if (answer.statusCode() >= 300) {
      return new Answer(answer.statusCode(), "");
    }
    String id = JSON.readTree(answer.body()).path("id").asText();
    return new Answer(200, JSON.createObjectNode().put("task_id", id).toString());
  }

  /** Novita's question for a result: a task id in, a state and the picture's URL out. */
  private Answer result(HttpExchange exchange) throws IOException, InterruptedException {
    String id = exchange.getRequestURI().getQuery().replaceFirst(".*\\btask_id=([A-Za-z0-9_-]+).*", "$1");
    HttpResponse<String> answer = send(request("/predictions/" + id).GET());
    if (answer.statusCode() == 404) {
      return new Answer(404, JSON.createObjectNode().put("reason", "TASK_NOT_FOUND").toString());
    }
    if (answer.statusCode() >= 300) {
      return new Answer(answer.statusCode(), "");
    }
    JsonNode prediction = JSON.readTree(answer.body());
    ObjectNode body = JSON.createObjectNode();
    ObjectNode task = body.putObject("task").put("task_id", id);
    switch (prediction.path("status").asText()) {
      case "succeeded" -> {
        task.put("status", "TASK_STATUS_SUCCEED");
        body.putArray("images").addObject().put("image_url", prediction.at("/output/0").asText());
      }
      case "failed" ->
          task.put("status", "TASK_STATUS_FAILED").put("reason", prediction.path("error").asText());
      default -> task.put("status", "TASK_STATUS_PROCESSING");
    }
    return new Answer(200, body.toString());
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(provider + path))
        .timeout(PATIENCE)
        .header("Authorization", "Bearer " + providerKey)
        .header("Content-Type", "application/json");
  }

  private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
    return http.send(request.build(), BodyHandlers.ofString());
  }

  /** Only the pipeline may call, as it spends money. What throws closes the connection without an answer. */
  private void answer(HttpExchange exchange, Call call) throws IOException {
    try (exchange) {
      boolean known = ("Bearer " + adapterKey).equals(exchange.getRequestHeaders().getFirst("Authorization"));
      Answer answer = known ? call.make(exchange) : new Answer(403, "");
      byte[] bytes = answer.body().getBytes(java.nio.charset.StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(answer.status(), bytes.length == 0 ? -1 : bytes.length);
      exchange.getResponseBody().write(bytes);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
