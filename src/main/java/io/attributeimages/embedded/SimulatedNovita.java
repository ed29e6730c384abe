package io.attributeimages.embedded;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Stands in for Novita on a machine that has no account: speaks its text-to-image API on the
 * loopback interface, and draws the pictures itself. The rules (fields, limits, errors, presigned
 * URLs, webhooks) are those of Novita's public documentation.
 *
 * <p>A task is on disk under {@code <dataDir>/novita/} before its submit is answered, so a task id
 * and its picture outlive a crash; so do the images already counted in the current minute and
 * webhooks not yet delivered. The same task always gives the same bytes.
 *
 * <p>What differs: a WebP is answered as PNG, no picture ever fails, and the account is topped up
 * to 100 USD whenever it is used up.
 */
public final class SimulatedNovita implements AutoCloseable {
  private static final int MAX_BODY_BYTES = 64 * 1024;
  private static final int THREADS = 16;

  /** In Novita's unit, 1/10000 USD. */
  private static final long FULL_BALANCE = 1_000_000;

  private static final long TASK_PRICE = 150;

  private static final Pattern IMAGE_NAME =
      Pattern.compile("([0-9a-f-]{36})(?:_([1-7]))?\\.(jpeg|png)");

  private final SimulatedNovitaSettings settings;
  private final Function<String, Optional<CardLabel>> labels;
  private final Clock clock;
  private final ObjectMapper json = new ObjectMapper();
  private final CardArtist artist = new CardArtist();
  private final TaskFiles tasks;
  private final ImageUrls imageUrls;
  private final ImageRateLimit rateLimit;
  private final AtomicLong acceptedTasks;
  private final HttpServer server;
  private final ExecutorService workers;
  private final ScheduledExecutorService scheduler;
  private final WebhookSender webhooks;

  private SimulatedNovita(
      SimulatedNovitaSettings settings,
      Path dataDir,
      Function<String, Optional<CardLabel>> labels,
      Clock clock,
      List<Duration> webhookPauses)
      throws IOException {
    this.settings = settings;
    this.labels = labels;
    this.clock = clock;
    Path directory = dataDir.toAbsolutePath().normalize().resolve("novita");
    tasks = new TaskFiles(directory, json);
    imageUrls =
        new ImageUrls(
            SecretsFile.readOrCreate(directory.resolve("secret.properties"), "image-url-key")
                .getProperty("image-url-key"));
    rateLimit = new ImageRateLimit(settings.imagesPerMinute());
    for (SimulatedTask task : tasks.acceptedSince(clock.millis() - ImageRateLimit.WINDOW_MILLIS)) {
      rateLimit.restore(task.images(), task.submittedAtMillis());
    }
    acceptedTasks = new AtomicLong(tasks.count());
    server = HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
    workers = Executors.newFixedThreadPool(THREADS, daemons("simulated-novita"));
    scheduler = Executors.newSingleThreadScheduledExecutor(daemons("simulated-novita-timer"));
    webhooks = new WebhookSender(scheduler, webhookPauses);
    server.setExecutor(workers);
    server.createContext("/", this::handle);
  }

  /**
   * Starts the server on a random port.
   *
   * @param dataDir the path of a {@link DataDirectory} that this program has locked
   * @param labels the card that a prompt asks for, if it belongs to one; called by several threads
   * @throws EmbeddedServiceException when the directory cannot be read and written or no port is
   *     free
   */
  public static SimulatedNovita start(
      SimulatedNovitaSettings settings,
      Path dataDir,
      Function<String, Optional<CardLabel>> labels) {
    return start(settings, dataDir, labels, Clock.systemUTC(), WebhookSender.PAUSES);
  }

  static SimulatedNovita start(
      SimulatedNovitaSettings settings,
      Path dataDir,
      Function<String, Optional<CardLabel>> labels,
      Clock clock,
      List<Duration> webhookPauses) {
    // without it the JDK's server holds each answer back for 40 ms (Nagle's algorithm); it reads
    // the property once
    System.setProperty("sun.net.httpserver.nodelay", "true");
    try {
      var novita = new SimulatedNovita(settings, dataDir, labels, clock, webhookPauses);
      novita.server.start();
      novita.tasks.withPendingWebhook().forEach(novita::scheduleWebhook);
      return novita;
    } catch (IOException e) {
      throw new EmbeddedServiceException(
          "The simulated Novita in " + dataDir + " does not start: " + e.getMessage(), e);
    }
  }

  /** {@code http://127.0.0.1:<port>}: what {@code novita.base-url} is on a real account. */
  public URI baseUrl() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  /** Stops at once; requests under way are cut off. The tasks stay. */
  @Override
  public void close() {
    server.stop(0);
    workers.shutdownNow();
    scheduler.shutdownNow();
  }

  private static ThreadFactory daemons(String name) {
    return action -> {
      Thread thread = new Thread(action, name);
      thread.setDaemon(true);
      return thread;
    };
  }

  private record Answer(
      int status, String contentType, byte[] body, Map<String, String> headers, Duration delay) {
    Answer(int status, String contentType, byte[] body) {
      this(status, contentType, body, Map.of(), Duration.ZERO);
    }
  }

  private void handle(HttpExchange exchange) throws IOException {
    Answer answer;
    try {
      answer = answer(exchange);
    } catch (NovitaRefusal e) {
      answer = refusal(e);
    } catch (RuntimeException | IOException e) {
      answer = refusal(new NovitaRefusal(500, "INTERNAL_ERROR", String.valueOf(e.getMessage())));
    }
    if (answer.delay().isZero()) {
      write(exchange, answer);
    } else {
      writeLater(exchange, answer);
    }
  }

  private Answer answer(HttpExchange exchange) throws NovitaRefusal, IOException {
    String path = exchange.getRequestURI().getPath();
    if (path.startsWith("/images/")) {
      requireMethod(exchange, "GET");
      return image(path.substring("/images/".length()), query(exchange));
    }
    switch (path) {
      case "/v3/async/txt2img":
        requireMethod(exchange, "POST");
        requireApiKey(exchange);
        return submit(body(exchange));
      case "/v3/async/task-result":
        requireMethod(exchange, "GET");
        requireApiKey(exchange);
        return taskResult(query(exchange).getOrDefault("task_id", ""));
      case "/openapi/v1/billing/balance/detail":
        requireMethod(exchange, "GET");
        requireApiKey(exchange);
        return balance();
      default:
        throw new NovitaRefusal(404, "NOT_FOUND", "there is nothing at " + path);
    }
  }

  private Answer submit(byte[] body) throws NovitaRefusal, IOException {
    SubmitRequest request = SubmitRequest.parse(body, json);
    long now = clock.millis();
    long retryAfter = rateLimit.tryStart(request.images(), now);
    if (retryAfter > 0) {
      throw new NovitaRefusal(
          429,
          "RATE_LIMIT_EXCEEDED",
          "more than " + settings.imagesPerMinute() + " images per minute",
          retryAfter);
    }
    SimulatedTask task =
        new SimulatedTask(
            UUID.randomUUID().toString(),
            now,
            request.prompt(),
            request.width(),
            request.height(),
            request.images(),
            request.seed() == -1 ? randomSeed() : request.seed(),
            request.imageType(),
            labels.apply(request.prompt()).orElse(null),
            request.webhookUrl());
    tasks.add(task);
    acceptedTasks.incrementAndGet();
    if (task.webhookUrl() != null) {
      scheduleWebhook(task);
    }
    ObjectNode answer = json.createObjectNode().put("task_id", task.taskId());
    return new Answer(200, "application/json", bytes(answer), Map.of(), settings.submitDelay());
  }

  /** Up to 33 bits: seeds that do not fit an unsigned int have been seen in practice. */
  private static long randomSeed() {
    return ThreadLocalRandom.current().nextLong(1L << 33);
  }

  private Answer taskResult(String taskId) throws NovitaRefusal, IOException {
    SimulatedTask task =
        tasks
            .find(taskId)
            .orElseThrow(
                () -> new NovitaRefusal(404, "TASK_NOT_FOUND", "there is no task " + taskId));
    return new Answer(200, "application/json", bytes(result(task)));
  }

  private ObjectNode result(SimulatedTask task) {
    long now = clock.millis();
    long elapsed = now - task.submittedAtMillis();
    long total = settings.imageDelay().toMillis();
    boolean finished = elapsed >= total;
    boolean queued = elapsed < total / 4;

    ObjectNode result = json.createObjectNode();
    ObjectNode extra = result.putObject("extra");
    extra.put("seed", Long.toString(task.seed())).put("enable_nsfw_detection", false);
    extra
        .putObject("debug_info")
        .put("submit_time_ms", Long.toString(task.submittedAtMillis()))
        .put("execute_time_ms", queued ? "" : Long.toString(task.submittedAtMillis() + total / 4))
        .put("complete_time_ms", finished ? Long.toString(task.submittedAtMillis() + total) : "");
    result
        .putObject("task")
        .put("task_id", task.taskId())
        .put("task_type", "TXT_TO_IMG")
        .put(
            "status",
            finished
                ? "TASK_STATUS_SUCCEED"
                : queued ? "TASK_STATUS_QUEUED" : "TASK_STATUS_PROCESSING")
        .put("reason", "")
        .put("eta", finished ? 0 : (total - elapsed + 999) / 1000)
        .put("progress_percent", finished ? 100 : elapsed * 100 / total);
    ArrayNode images = result.putArray("images");
    for (int i = 0; finished && i < task.images(); i++) {
      addImage(images, task, i, now);
    }
    result.putArray("videos");
    return result;
  }

  private void addImage(ArrayNode images, SimulatedTask task, int index, long nowMillis) {
    String number = index == 0 ? "" : "_" + index;
    String name = task.taskId() + number + "." + task.imageType();
    long ttl = settings.imageUrlTtl().toSeconds();
    images
        .addObject()
        .put("image_url", baseUrl() + imageUrls.sign(name, nowMillis / 1000 + ttl))
        .put("image_url_ttl", Long.toString(ttl))
        .put("image_type", task.imageType())
        .putNull("nsfw_detection_result");
  }

  private Answer image(String name, Map<String, String> query) throws NovitaRefusal, IOException {
    String expires = query.getOrDefault("expires", "");
    if (!imageUrls.isGenuine(name, expires, query.getOrDefault("signature", ""))) {
      return accessDenied("The signature does not match");
    }
    if (clock.millis() / 1000 >= Long.parseLong(expires)) {
      return accessDenied("Request has expired");
    }
    Matcher matcher = IMAGE_NAME.matcher(name);
    Optional<SimulatedTask> found =
        matcher.matches() ? tasks.find(matcher.group(1)) : Optional.empty();
    if (found.isEmpty()) {
      throw new NovitaRefusal(404, "NOT_FOUND", "there is no image " + name);
    }
    SimulatedTask task = found.get();
    int index = matcher.group(2) == null ? 0 : Integer.parseInt(matcher.group(2));
    long seed = task.seed() + index;
    var format = CardArtist.Format.of(task.imageType());
    byte[] picture =
        task.label() == null
            ? artist.drawPrompt(task.prompt(), seed, task.width(), task.height(), format)
            : artist.drawCard(task.label(), seed, task.width(), task.height(), format);
    return new Answer(200, format.mediaType(), picture);
  }

  /** The presigned host is a plain object store and answers as one. */
  private static Answer accessDenied(String message) {
    String xml =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>AccessDenied</Code><Message>"
            + message
            + "</Message></Error>";
    return new Answer(403, "application/xml", xml.getBytes(StandardCharsets.UTF_8));
  }

  private Answer balance() {
    long spentSinceTopUp = acceptedTasks.get() * TASK_PRICE % FULL_BALANCE;
    String available = Long.toString(FULL_BALANCE - spentSinceTopUp);
    ObjectNode answer =
        json.createObjectNode()
            .put("availableBalance", available)
            .put("cashBalance", available)
            .put("creditLimit", "0")
            .put("pendingCharges", "0")
            .put("outstandingInvoices", "0");
    return new Answer(200, "application/json", bytes(answer));
  }

  private void scheduleWebhook(SimulatedTask task) {
    Duration elapsed = Duration.ofMillis(clock.millis() - task.submittedAtMillis());
    Duration remaining = settings.imageDelay().minus(elapsed);
    webhooks.send(
        task.webhookUrl(),
        remaining.isNegative() ? Duration.ZERO : remaining,
        () -> webhookBody(task),
        () -> forgetWebhook(task));
  }

  private byte[] webhookBody(SimulatedTask task) {
    ObjectNode event = json.createObjectNode().put("event_type", "ASYNC_TASK_RESULT");
    event.set("payload", result(task));
    return bytes(event);
  }

  private void forgetWebhook(SimulatedTask task) {
    try {
      tasks.webhookDone(task);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void requireApiKey(HttpExchange exchange) throws NovitaRefusal {
    String header = exchange.getRequestHeaders().getFirst("Authorization");
    if (header == null || header.isBlank()) {
      throw new NovitaRefusal(400, "MISSING_API_KEY", "the Authorization header is missing");
    }
    String expected = "Bearer " + settings.apiKey();
    if (!MessageDigest.isEqual(
        expected.getBytes(StandardCharsets.UTF_8), header.getBytes(StandardCharsets.UTF_8))) {
      throw new NovitaRefusal(403, "INVALID_API_KEY", "the API key is not valid");
    }
  }

  private static void requireMethod(HttpExchange exchange, String method) throws NovitaRefusal {
    if (!exchange.getRequestMethod().equals(method)) {
      throw new NovitaRefusal(405, "METHOD_NOT_ALLOWED", "use " + method);
    }
  }

  private static byte[] body(HttpExchange exchange) throws NovitaRefusal, IOException {
    byte[] body = exchange.getRequestBody().readNBytes(MAX_BODY_BYTES + 1);
    if (body.length > MAX_BODY_BYTES) {
      throw new NovitaRefusal(413, "REQUEST_BODY_TOO_LARGE", "the body exceeds 64 KiB");
    }
    return body;
  }

  private static Map<String, String> query(HttpExchange exchange) {
    Map<String, String> parameters = new HashMap<>();
    String query = exchange.getRequestURI().getRawQuery();
    if (query != null) {
      for (String pair : query.split("&")) {
        String[] parts = pair.split("=", 2);
        parameters.put(
            parts[0], parts.length == 1 ? "" : URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
      }
    }
    return parameters;
  }

  private Answer refusal(NovitaRefusal refusal) {
    ObjectNode error =
        json.createObjectNode()
            .put("code", refusal.status())
            .put("reason", refusal.reason())
            .put("message", refusal.getMessage());
    error.putObject("metadata");
    Map<String, String> headers =
        refusal.retryAfterSeconds() == 0
            ? Map.of()
            : Map.of("Retry-After", Long.toString(refusal.retryAfterSeconds()));
    return new Answer(refusal.status(), "application/json", bytes(error), headers, Duration.ZERO);
  }

  private byte[] bytes(ObjectNode node) {
    try {
      return json.writeValueAsBytes(node);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of plain values is always JSON", e);
    }
  }

  private void writeLater(HttpExchange exchange, Answer answer) {
    try {
      scheduler.schedule(
          () -> workers.execute(() -> writeQuietly(exchange, answer)),
          answer.delay().toMillis(),
          TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      exchange.close();
    }
  }

  private static void writeQuietly(HttpExchange exchange, Answer answer) {
    try {
      write(exchange, answer);
    } catch (IOException e) {
      // the client has gone; its task lives on, as it would at the provider
      exchange.close();
    }
  }

  private static void write(HttpExchange exchange, Answer answer) throws IOException {
    try (exchange) {
      exchange.getResponseHeaders().set("Content-Type", answer.contentType());
      answer.headers().forEach(exchange.getResponseHeaders()::set);
      exchange.sendResponseHeaders(answer.status(), answer.body().length);
      exchange.getResponseBody().write(answer.body());
    }
  }
}
