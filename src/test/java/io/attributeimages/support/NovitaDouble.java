package io.attributeimages.support;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.attributeimages.support.NovitaConnection.Request;
import io.attributeimages.support.NovitaConnection.RequestLine;
import io.attributeimages.support.NovitaConnection.Response;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ref.SoftReference;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/**
 * A double of Novita's text-to-image API on a plain server socket of 127.0.0.1: it validates,
 * limits and answers as the documentation says, fails on demand in every way a network can ({@link
 * Fault}), and counts everything, for every accepted submit costs money.
 *
 * <p>Time is the real clock plus {@link #advance(Duration)}; tests need no sleep for pictures to be
 * ready, URLs to expire or the rate window to slide. All methods may be called from any thread.
 */
public final class NovitaDouble implements AutoCloseable {

  /** Price of one picture in 1/10000 USD. */
  public static final long PRICE = 150;

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long STARTING_BALANCE = 1_000_000_000;
  private static final int WEBHOOK_ATTEMPTS = 6;

  /**
   * How the double behaves when nothing is wrong.
   *
   * @param imagesPerMinute pictures accepted in any one {@code rateWindow}; 0: no limit
   * @param imageLatency from acceptance to TASK_STATUS_SUCCEED; a tenth of it is spent queued
   * @param latencySpread how much longer or shorter a picture may take, evenly
   * @param submitLatency from acceptance to the answer of a submit
   * @param urlTtl life of a presigned URL
   * @param rateWindow the sliding window of the limit
   */
  public record Options(
      int imagesPerMinute,
      Duration imageLatency,
      Duration latencySpread,
      Duration submitLatency,
      Duration urlTtl,
      Duration rateWindow) {

    /** No limit, no latency, URLs live one hour, the window is a minute. */
    public static Options defaults() {
      return new Options(
          0,
          Duration.ZERO,
          Duration.ZERO,
          Duration.ZERO,
          Duration.ofHours(1),
          Duration.ofMinutes(1));
    }

    /** The same with a limit; 0: none. */
    public Options withImagesPerMinute(int images) {
      return new Options(images, imageLatency, latencySpread, submitLatency, urlTtl, rateWindow);
    }

    /** The same with a time to make a picture. */
    public Options withImageLatency(Duration latency) {
      return new Options(
          imagesPerMinute, latency, latencySpread, submitLatency, urlTtl, rateWindow);
    }

    /** The same with pictures that take so much longer or shorter. */
    public Options withLatencySpread(Duration spread) {
      return new Options(imagesPerMinute, imageLatency, spread, submitLatency, urlTtl, rateWindow);
    }

    /** The same with a time to answer a submit. */
    public Options withSubmitLatency(Duration latency) {
      return new Options(imagesPerMinute, imageLatency, latencySpread, latency, urlTtl, rateWindow);
    }

    /** The same with a life of presigned URLs. */
    public Options withUrlTtl(Duration ttl) {
      return new Options(
          imagesPerMinute, imageLatency, latencySpread, submitLatency, ttl, rateWindow);
    }

    /** The same with a window of the limit. */
    public Options withRateWindow(Duration window) {
      return new Options(
          imagesPerMinute, imageLatency, latencySpread, submitLatency, urlTtl, window);
    }
  }

  /**
   * A submit that reached the double.
   *
   * @param accepted whether it was paid for
   * @param status the status sent; 0 where none was
   * @param taskId null unless accepted
   * @param request the whole JSON body; a missing node where it was not read or is no JSON
   * @param authorization the header's value, or an empty text
   * @param prompt an empty text where there is none
   */
  public record Submit(
      Instant at,
      boolean accepted,
      int status,
      String taskId,
      JsonNode request,
      String authorization,
      String prompt) {}

  /**
   * A poll or a download that reached the double.
   *
   * @param taskId an empty text where there is none
   * @param status the status sent; 0 where none was
   * @param authorization the header's value, or an empty text
   */
  public record Call(Instant at, String taskId, int status, String authorization) {}

  /** A webhook sent; status 0: no answer. */
  public record Webhook(Instant at, String taskId, URI url, int status) {}

  private record Rule<T>(Predicate<T> when, Fault fault) {}

  /** The faults of one kind of call: a queue, and rules where the queue is empty. */
  private static final class Faults<T> {
    private final Queue<Fault> next = new ConcurrentLinkedQueue<>();
    private final List<Rule<T>> rules = new CopyOnWriteArrayList<>();

    Fault takeNext() {
      return next.poll();
    }

    Fault orRule(Fault queued, T call) {
      return queued != null
          ? queued
          : rules.stream()
              .filter(rule -> rule.when().test(call))
              .map(Rule::fault)
              .findFirst()
              .orElseGet(Fault::none);
    }

    void clear() {
      next.clear();
      rules.clear();
    }
  }

  private final Object lock = new Object();
  private final Options startOptions;
  private final Path log;
  private final ScheduledExecutorService webhookClock =
      Executors.newSingleThreadScheduledExecutor(NovitaDouble::daemon);
  private final HttpClient webhookClient =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();

  private final Faults<Submit> submitFaults = new Faults<>();
  private final Faults<String> pollFaults = new Faults<>();
  private final Faults<String> downloadFaults = new Faults<>();
  private final AtomicInteger connectionsToReset = new AtomicInteger();
  private final AtomicInteger inFlight = new AtomicInteger();

  private final Map<String, NovitaTask> tasks = new ConcurrentHashMap<>();
  private volatile boolean onePicture;
  private final Map<String, SoftReference<byte[]>> pictures = new ConcurrentHashMap<>();
  private final Queue<NovitaTask> webhooksDue = new ConcurrentLinkedQueue<>();
  private final Set<NovitaConnection> connections = ConcurrentHashMap.newKeySet();

  // under the lock
  private final List<Submit> submits = new ArrayList<>();
  private final List<Call> polls = new ArrayList<>();
  private final List<Call> downloads = new ArrayList<>();
  private final List<Webhook> webhooks = new ArrayList<>();
  private final Deque<Instant> window = new ArrayDeque<>();
  private long balance = STARTING_BALANCE;
  private int accepted;

  private volatile Options options;
  private volatile Duration ahead = Duration.ZERO;
  private volatile String answerType;
  private volatile int[] answerSize;
  private volatile String apiKey;
  private volatile boolean webhooksOn;
  private volatile boolean wrapped;
  private volatile ServerSocket server;
  private volatile Thread acceptor;
  private volatile int port;

  private NovitaDouble(Options options, int port, Path log) {
    this.startOptions = options;
    this.options = options;
    this.log = log;
    this.port = port;
    listen();
    webhookClock.scheduleWithFixedDelay(this::sendWebhooksDue, 20, 20, TimeUnit.MILLISECONDS);
  }

  // ---------------------------------------------------------------- life

  /** Starts a double with the default options on a free port. */
  public static NovitaDouble start() {
    return start(Options.defaults());
  }

  /** Starts a double on a free port. */
  public static NovitaDouble start(Options options) {
    return new NovitaDouble(options, 0, null);
  }

  /** Where the double listens, without a slash at the end; stays the same after a restart. */
  public URI baseUrl() {
    return URI.create("http://127.0.0.1:" + port);
  }

  /** An outage: open connections are reset and new ones refused. Tasks and counts stay. */
  public synchronized void stop() {
    closeQuietly(server);
    connections.forEach(NovitaConnection::reset);
    try {
      acceptor.join(); // only then the port is free for a restart
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends the outage on the same port; open connections of a running double are reset. */
  public synchronized void restart() {
    stop();
    listen();
  }

  /** Stops for good. */
  @Override
  public void close() {
    stop();
    webhookClock.shutdownNow();
  }

  /** As new: no faults, records, tasks or settings; options as at the start. */
  public void reset() {
    clearFaults();
    synchronized (lock) {
      submits.clear();
      polls.clear();
      downloads.clear();
      webhooks.clear();
      window.clear();
      accepted = 0;
      balance = STARTING_BALANCE;
      tasks.clear();
      pictures.clear();
      webhooksDue.clear();
    }
    options = startOptions;
    ahead = Duration.ZERO;
    answerType = null;
    answerSize = null;
    apiKey = null;
    webhooksOn = false;
    wrapped = false;
  }

  // ---------------------------------------------------------------- faults

  /** One fault for each of the next submits, in the order of their arrival. */
  public void nextSubmits(Fault... faults) {
    submitFaults.next.addAll(List.of(faults));
  }

  /** One fault for each of the next polls. */
  public void nextPolls(Fault... faults) {
    pollFaults.next.addAll(notSubmitOnly(faults));
  }

  /** One fault for each of the next downloads. */
  public void nextDownloads(Fault... faults) {
    downloadFaults.next.addAll(notSubmitOnly(faults));
  }

  /**
   * A fault for every submit that matches, until cleared, while no queued fault is left. The submit
   * tested is not decided yet: not accepted, status 0.
   */
  public void onSubmit(Predicate<Submit> when, Fault fault) {
    submitFaults.rules.add(new Rule<>(when, fault));
  }

  /** A fault for every poll of a matching task id, as {@link #onSubmit}. */
  public void onPoll(Predicate<String> taskId, Fault fault) {
    pollFaults.rules.add(new Rule<>(taskId, notSubmitOnly(fault).get(0)));
  }

  /** A fault for every download of a matching task id, as {@link #onSubmit}. */
  public void onDownload(Predicate<String> taskId, Fault fault) {
    downloadFaults.rules.add(new Rule<>(taskId, notSubmitOnly(fault).get(0)));
  }

  /** Resets that many of the next connections as they are made; no call is counted for them. */
  public void resetNextConnections(int count) {
    connectionsToReset.set(count);
  }

  /** Drops every queued fault and every rule; records and tasks stay. */
  public void clearFaults() {
    submitFaults.clear();
    pollFaults.clear();
    downloadFaults.clear();
    connectionsToReset.set(0);
  }

  // ---------------------------------------------------------------- settings

  /** Changes the behaviour from now on; {@link #reset()} brings back the options of the start. */
  public void configure(Options changed) {
    options = changed;
  }

  /** Moves the double's clock ahead: tasks finish, URLs expire, the rate window slides. */
  public void advance(Duration by) {
    synchronized (lock) {
      ahead = ahead.plus(by);
    }
  }

  /** Tasks accepted from now on give png, jpeg or webp, whatever is asked; null: as asked. */
  public void answerAs(String type) {
    answerType = type;
  }

  /** Tasks accepted from now on give pictures of this size in pixels, whatever is asked. */
  public void answerSize(int width, int height) {
    answerSize = new int[] {width, height};
  }

  /** Refuses every other API key; without this every key is good. */
  public void onlyKey(String key) {
    apiKey = key;
  }

  /** Sets the balance in 1/10000 USD; each picture takes {@link #PRICE} from it. */
  public void balance(long units) {
    synchronized (lock) {
      balance = units;
    }
  }

  /**
   * Whether finished tasks call the webhook of their submit, up to six times until a 2xx. Switched
   * on late, it also sends those held back so far, and those that met nobody while it was off.
   */
  public void deliverWebhooks(boolean on) {
    webhooksOn = on;
  }

  /** Answers to submits stand in an envelope, as in one of Novita's examples. */
  public void wrapAnswers() {
    wrapped = true;
  }

  private static ObjectNode envelope(ObjectNode data) {
    ObjectNode envelope = JSON.createObjectNode().put("code", 0).put("msg", "");
    return envelope.set("data", data);
  }

  /** Loses a task, as Novita does in time: asked for, it is 404 TASK_NOT_FOUND. */
  public void forget(String taskId) {
    tasks.remove(taskId);
  }

  // ---------------------------------------------------------------- what happened

  /** Every submit in the order of its arrival, refused ones too. */
  public List<Submit> submits() {
    synchronized (lock) {
      return List.copyOf(submits);
    }
  }

  /** How many submits were accepted, whether or not the client learnt of it. */
  public int acceptedSubmits() {
    synchronized (lock) {
      return accepted;
    }
  }

  /** How many submits must be paid for: all that were accepted. */
  public int paid() {
    return acceptedSubmits();
  }

  /** How often each prompt was accepted; more than once is money lost. */
  public Map<String, Integer> acceptedByPrompt() {
    Map<String, Integer> counts = new TreeMap<>();
    submits().stream()
        .filter(Submit::accepted)
        .forEach(submit -> counts.merge(submit.prompt(), 1, Integer::sum));
    return counts;
  }

  /** The largest number of submits accepted in any sliding window of this length. */
  public int maxAcceptedInAny(Duration length) {
    Deque<Instant> inside = new ArrayDeque<>();
    int most = 0;
    for (Submit submit : submits()) {
      if (submit.accepted()) {
        slide(inside, submit.at(), length);
        inside.add(submit.at());
        most = Math.max(most, inside.size());
      }
    }
    return most;
  }

  /** Every request for a task result. */
  public List<Call> polls() {
    synchronized (lock) {
      return List.copyOf(polls);
    }
  }

  /** Every request for a picture. */
  public List<Call> downloads() {
    synchronized (lock) {
      return List.copyOf(downloads);
    }
  }

  /** Every webhook sent, each attempt on its own. */
  public List<Webhook> webhooks() {
    synchronized (lock) {
      return List.copyOf(webhooks);
    }
  }

  /** Requests received and not answered yet, silent ones included until the client hangs up. */
  public int inFlight() {
    return inFlight.get();
  }

  /** From now on all tasks give the same picture, so that drawing them costs nothing. */
  public void giveOnePicture() {
    onePicture = true;
  }

  /** How long the picture of an accepted submit takes. */
  public Duration latency(String taskId) {
    return tasks.get(taskId).latency();
  }

  /** The exact bytes of a task's first picture. */
  public byte[] imageBytes(String taskId) {
    return picture(
        Optional.ofNullable(tasks.get(taskId))
            .orElseThrow(() -> new IllegalArgumentException("no such task: " + taskId)),
        0);
  }

  // ---------------------------------------------------------------- server

  private void listen() {
    try {
      ServerSocket socket = new ServerSocket();
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port), 1024);
      port = socket.getLocalPort();
      server = socket;
      acceptor = daemon(() -> acceptConnections(socket));
      acceptor.start();
    } catch (IOException e) {
      throw new UncheckedIOException("port " + port, e);
    }
  }

  private void acceptConnections(ServerSocket socket) {
    while (!socket.isClosed()) {
      try {
        NovitaConnection connection = new NovitaConnection(socket.accept());
        connections.add(connection);
        if (socket.isClosed() || connectionsToReset.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
          connections.remove(connection);
          connection.reset();
        } else {
          daemon(() -> serve(connection)).start();
        }
      } catch (IOException e) {
        // stopped, or the client is gone already
      }
    }
  }

  private void serve(NovitaConnection connection) {
    try (connection) {
      boolean open = true;
      while (open) {
        RequestLine line = connection.readRequestLine();
        open = line != null && answer(connection, line);
      }
    } catch (IOException e) {
      // the client has hung up; the call is on record
    } finally {
      connections.remove(connection);
    }
  }

  /** One request; true when the connection stays. */
  private boolean answer(NovitaConnection connection, RequestLine line) throws IOException {
    inFlight.incrementAndGet();
    boolean keepAlive;
    Outcome outcome;
    try {
      Faults<?> faults = faultsOf(line);
      Fault queued = faults == null ? Fault.none() : faults.takeNext();
      Request request =
          queued instanceof Fault.ResetBeforeRead
              ? new Request(line, Map.of(), new byte[0])
              : connection.readRest(line);
      keepAlive = request.keepAlive();
      outcome = handle(request, queued);
      if (outcome.fault() instanceof Fault.Silence silence) {
        connection.awaitHangUp(silence.duration());
      }
      pause(outcome.delay());
    } finally {
      inFlight.decrementAndGet();
    }
    return deliver(connection, outcome, keepAlive);
  }

  private boolean deliver(NovitaConnection connection, Outcome outcome, boolean keepAlive)
      throws IOException {
    if (outcome.fault() instanceof Fault.ResetBeforeRead) {
      connection.reset();
      return false;
    }
    if (outcome.fault() instanceof Fault.HangUp hangUp) {
      if (hangUp.reset()) {
        connection.reset();
      }
      return false;
    }
    if (outcome.fault() instanceof Fault.Silence) {
      return false;
    }
    if (outcome.fault() instanceof Fault.Cut cut) {
      connection.sendPart(outcome.response(), cut.fraction(), cut.lengthDeclared());
      if (cut.reset()) {
        connection.reset();
      }
      return false;
    }
    connection.send(outcome.response(), keepAlive);
    return keepAlive;
  }

  /** What the client will see of a call that is on record by now. */
  private record Outcome(Response response, Fault fault, Duration delay) {

    static Outcome of(Response response, Fault fault) {
      Response shown =
          fault instanceof Fault.Body body
              ? Response.of(body.status(), body.contentType(), body.bytes())
              : response;
      Duration delay = fault instanceof Fault.Slow slow ? slow.delay() : Duration.ZERO;
      return new Outcome(shown, fault, delay);
    }

    Outcome later(Duration more) {
      return new Outcome(response, fault, delay.plus(more));
    }

    int status() {
      boolean unanswered =
          fault instanceof Fault.ResetBeforeRead
              || fault instanceof Fault.HangUp
              || fault instanceof Fault.Silence;
      return unanswered ? 0 : response.status();
    }
  }

  private Faults<?> faultsOf(RequestLine line) {
    if (isSubmit(line)) {
      return submitFaults;
    }
    return isPoll(line) ? pollFaults : isDownload(line) ? downloadFaults : null;
  }

  private static boolean isSubmit(RequestLine line) {
    return line.method().equals("POST") && line.path().equals("/v3/async/txt2img");
  }

  private static boolean isPoll(RequestLine line) {
    return line.method().equals("GET") && line.path().equals("/v3/async/task-result");
  }

  private static boolean isDownload(RequestLine line) {
    return line.method().equals("GET") && line.path().startsWith("/images/");
  }

  private Outcome handle(Request request, Fault queued) {
    RequestLine line = request.line();
    if (isSubmit(line)) {
      return submit(request, queued);
    }
    if (isPoll(line)) {
      return poll(request, queued);
    }
    if (isDownload(line)) {
      return download(request, queued);
    }
    return Outcome.of(other(request), queued);
  }

  // ---------------------------------------------------------------- submit

  private Outcome submit(Request request, Fault queued) {
    JsonNode body = parse(request.body());
    String prompt = body.path("request").path("prompt").asText("");
    String authorization = request.header("Authorization");
    synchronized (lock) {
      Submit call = new Submit(now(), false, 0, null, body, authorization, prompt);
      Fault fault = submitFaults.orRule(queued, call);
      Response response = insteadOf(fault);
      String taskId = null;
      if (response == null) {
        response = refusal(request, body, call.at());
        if (response == null) {
          taskId = accept(body, call.at(), fault);
          ObjectNode bare = JSON.createObjectNode().put("task_id", taskId);
          response = NovitaReplies.json(200, wrapped ? envelope(bare) : bare);
        }
      }
      Outcome outcome = Outcome.of(response, fault);
      boolean paid = taskId != null;
      record(new Submit(call.at(), paid, outcome.status(), taskId, body, authorization, prompt));
      return paid ? outcome.later(options.submitLatency()) : outcome;
    }
  }

  /** Why a submit is refused, or null. */
  private Response refusal(Request request, JsonNode body, Instant at) {
    Response key = keyRefusal(request);
    if (key != null) {
      return key;
    }
    Response invalid = NovitaReplies.invalid(body);
    if (invalid != null) {
      return invalid;
    }
    int images = body.path("request").path("image_num").asInt();
    if (balance < PRICE * images) {
      return NovitaReplies.error(400, "BILLING_BALANCE_NOT_ENOUGH", "not enough balance");
    }
    slide(window, at, options.rateWindow());
    if (options.imagesPerMinute() > 0 && window.size() + images > options.imagesPerMinute()) {
      return NovitaReplies.error(429, "RATE_LIMIT_EXCEEDED", "too many requests");
    }
    return null;
  }

  private Response keyRefusal(Request request) {
    String authorization = request.header("Authorization");
    if (authorization.isEmpty()) {
      return NovitaReplies.error(400, "MISSING_API_KEY", "no Authorization header");
    }
    String prefix = "Bearer ";
    boolean known =
        authorization.startsWith(prefix)
            && authorization.length() > prefix.length()
            && (apiKey == null || authorization.equals(prefix + apiKey));
    return known ? null : NovitaReplies.error(403, "INVALID_API_KEY", "unknown API key");
  }

  private String accept(JsonNode body, Instant at, Fault fault) {
    JsonNode asked = body.path("request");
    int number = ++accepted;
    int images = asked.path("image_num").asInt();
    String type =
        answerType != null
            ? answerType
            : body.path("extra").path("response_image_type").asText("png");
    int[] size =
        answerSize != null
            ? answerSize
            : new int[] {asked.path("width").asInt(), asked.path("height").asInt()};
    String webhook = body.path("extra").path("webhook").path("url").asText("");
    NovitaTask task =
        new NovitaTask(
            UUID.randomUUID().toString(),
            at,
            latency(),
            asked.path("seed").asLong() >= 0 ? asked.path("seed").asLong() : randomSeed(number),
            type,
            size[0],
            size[1],
            images,
            fault instanceof Fault.TaskFailed failed ? failed.reason() : null,
            webhook.isEmpty() ? null : URI.create(webhook));
    for (int i = 0; i < images; i++) {
      window.add(at);
    }
    balance -= PRICE * images;
    if (!(fault instanceof Fault.TaskForgotten)) {
      tasks.put(task.id(), task);
      if (task.webhook() != null) {
        webhooksDue.add(task);
      }
    }
    return task.id();
  }

  private Duration latency() {
    long spread = options.latencySpread().toMillis();
    return spread == 0
        ? options.imageLatency()
        : options
            .imageLatency()
            .plusMillis(ThreadLocalRandom.current().nextLong(-spread, spread + 1));
  }

  /** The first, third, ... seed exceeds 32 bits, as Novita's do at times. */
  private static long randomSeed(int number) {
    return number % 2 == 1 ? 10_000_000_000L + number : 392_000_000L + number;
  }

  // ---------------------------------------------------------------- result

  private Outcome poll(Request request, Fault queued) {
    String taskId = request.line().query().getOrDefault("task_id", "");
    Fault fault = pollFaults.orRule(queued, taskId);
    Response response = insteadOf(fault);
    if (response == null) {
      response = keyRefusal(request);
    }
    if (response == null) {
      NovitaTask task = tasks.get(taskId);
      response =
          taskId.isEmpty()
              ? NovitaReplies.error(400, "INVALID_REQUEST_BODY", "task_id is missing")
              : task == null
                  ? NovitaReplies.error(404, "TASK_NOT_FOUND", "task not found")
                  : NovitaReplies.json(200, task.result(now(), baseUrl(), options.urlTtl()));
    }
    Outcome outcome = Outcome.of(response, fault);
    record("poll", polls, taskId, outcome, request);
    return outcome;
  }

  // ---------------------------------------------------------------- pictures

  private Outcome download(Request request, Fault queued) {
    String taskId = request.line().path().substring("/images/".length());
    Fault fault = downloadFaults.orRule(queued, taskId);
    Response response = insteadOf(fault);
    if (response == null) {
      response = pictureOrRefusal(request, taskId);
    }
    Outcome outcome = Outcome.of(response, fault);
    record("download", downloads, taskId, outcome, request);
    return outcome;
  }

  private Response pictureOrRefusal(Request request, String taskId) {
    Map<String, String> query = request.line().query();
    int index;
    long expires;
    try {
      index = Integer.parseInt(query.getOrDefault("index", ""));
      expires = Long.parseLong(query.getOrDefault("expires", ""));
    } catch (NumberFormatException e) {
      return NovitaReplies.s3Error(403, "AccessDenied", "Access Denied");
    }
    if (!request.header("Authorization").isEmpty()) {
      return NovitaReplies.s3Error(400, "InvalidArgument", "Only one auth mechanism allowed");
    }
    if (!NovitaTask.signature(taskId, index, expires).equals(query.get("sig"))) {
      return NovitaReplies.s3Error(403, "SignatureDoesNotMatch", "The signature does not match");
    }
    if (now().toEpochMilli() >= expires) {
      return NovitaReplies.s3Error(403, "AccessDenied", "Request has expired");
    }
    NovitaTask task = tasks.get(taskId);
    return task == null
        ? NovitaReplies.s3Error(404, "NoSuchKey", "The specified key does not exist.")
        : Response.of(200, "image/" + task.type(), picture(task, index));
  }

  private byte[] picture(NovitaTask task, int index) {
    String key = onePicture ? "one" : task.id() + "/" + index;
    SoftReference<byte[]> cached = pictures.get(key);
    byte[] bytes = cached == null ? null : cached.get();
    if (bytes == null) {
      bytes = task.picture(index);
      pictures.put(key, new SoftReference<>(bytes));
    }
    return bytes;
  }

  // ---------------------------------------------------------------- the rest of the API

  private Response other(Request request) {
    RequestLine line = request.line();
    if (line.method().equals("GET") && line.path().equals("/_counts")) {
      return NovitaReplies.json(200, counts());
    }
    if (line.method().equals("GET") && line.path().equals("/openapi/v1/billing/balance/detail")) {
      Response refusal = keyRefusal(request);
      return refusal != null ? refusal : NovitaReplies.json(200, balanceDetail());
    }
    return NovitaReplies.error(404, "NOT_FOUND", line.method() + " " + line.path());
  }

  private ObjectNode balanceDetail() {
    synchronized (lock) {
      return JSON.createObjectNode()
          .put("availableBalance", Long.toString(balance))
          .put("cashBalance", Long.toString(balance))
          .put("creditLimit", "0")
          .put("outstandingInvoices", "0");
    }
  }

  private ObjectNode counts() {
    return JSON.createObjectNode()
        .put("submits", submits().size())
        .put("accepted", acceptedSubmits())
        .put("polls", polls().size())
        .put("downloads", downloads().size())
        .put("maxAcceptedInAny60s", maxAcceptedInAny(Duration.ofSeconds(60)));
  }

  // ---------------------------------------------------------------- webhooks

  private void sendWebhooksDue() {
    if (!webhooksOn || server.isClosed()) {
      return;
    }
    for (Iterator<NovitaTask> due = webhooksDue.iterator(); due.hasNext(); ) {
      NovitaTask task = due.next();
      if (!now().isBefore(task.doneAt())) {
        due.remove();
        sendWebhook(task, 1);
      }
    }
  }

  private void sendWebhook(NovitaTask task, int attempt) {
    ObjectNode event = JSON.createObjectNode().put("event_type", "ASYNC_TASK_RESULT");
    event.set("payload", task.result(now(), baseUrl(), options.urlTtl()));
    HttpRequest request =
        HttpRequest.newBuilder(task.webhook())
            .timeout(Duration.ofSeconds(5))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(event.toString()))
            .build();
    webhookClient
        .sendAsync(request, HttpResponse.BodyHandlers.discarding())
        .handle((response, failure) -> failure == null ? response.statusCode() : 0)
        .thenAccept(
            status -> {
              synchronized (lock) {
                webhooks.add(new Webhook(now(), task.id(), task.webhook(), status));
              }
              if (status / 100 == 2 || webhookClock.isShutdown()) {
                return;
              }
              if (!webhooksOn) {
                webhooksDue.add(task);
              } else if (attempt < WEBHOOK_ATTEMPTS) {
                webhookClock.schedule(
                    () -> sendWebhook(task, attempt + 1), 100, TimeUnit.MILLISECONDS);
              }
            });
  }

  // ---------------------------------------------------------------- small things

  /** The answer that stands instead of the call, or null when the call is carried out. */
  private static Response insteadOf(Fault fault) {
    if (fault instanceof Fault.Refuse refuse) {
      return refuse.response();
    }
    return fault instanceof Fault.ResetBeforeRead
        ? NovitaReplies.error(500, "RESET", "never sent")
        : null;
  }

  private static JsonNode parse(byte[] body) {
    try {
      return body.length == 0 ? MissingNode.getInstance() : JSON.readTree(body);
    } catch (IOException e) {
      return MissingNode.getInstance();
    }
  }

  private void record(Submit submit) {
    submits.add(submit);
    log(
        "submit",
        submit.at(),
        submit.accepted(),
        submit.status(),
        submit.taskId(),
        submit.prompt());
  }

  private void record(
      String kind, List<Call> calls, String taskId, Outcome outcome, Request request) {
    synchronized (lock) {
      Instant at = now();
      calls.add(new Call(at, taskId, outcome.status(), request.header("Authorization")));
      log(kind, at, false, outcome.status(), taskId, "");
    }
  }

  private void log(
      String kind, Instant at, boolean paid, int status, String taskId, String prompt) {
    if (log == null) {
      return;
    }
    ObjectNode line =
        JSON.createObjectNode()
            .put("at", at.toString())
            .put("call", kind)
            .put("accepted", paid)
            .put("status", status)
            .put("taskId", taskId)
            .put("prompt", prompt);
    try {
      Files.writeString(log, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Fault> notSubmitOnly(Fault... faults) {
    for (Fault fault : faults) {
      if (fault.submitOnly()) {
        throw new IllegalArgumentException("for submits only: " + fault);
      }
    }
    return List.of(faults);
  }

  /** Drops what lies a whole window or more before the given moment. */
  private static void slide(Deque<Instant> moments, Instant at, Duration length) {
    while (!moments.isEmpty() && !moments.peekFirst().plus(length).isAfter(at)) {
      moments.removeFirst();
    }
  }

  private Instant now() {
    return Instant.now().plus(ahead);
  }

  private static void pause(Duration delay) throws IOException {
    if (!delay.isZero()) {
      try {
        Thread.sleep(delay.toMillis());
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
    }
  }

  private static Thread daemon(Runnable work) {
    Thread thread = new Thread(work, "novita-double");
    thread.setDaemon(true);
    return thread;
  }

  private static void closeQuietly(ServerSocket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // closed is what is wanted
    }
  }

  // ---------------------------------------------------------------- by hand

  /**
   * Runs a double as a process of its own: {@code [--port n] [--limit imagesPerMinute]
   * [--latency-ms n] [--log file]}. Prints the base URL; {@code GET /_counts} tells what happened.
   */
  public static void main(String[] args) throws InterruptedException {
    System.out.println(fromArguments(args).baseUrl());
    new CountDownLatch(1).await();
  }

  static NovitaDouble fromArguments(String... args) {
    Options options = Options.defaults();
    int port = 0;
    Path log = null;
    for (int i = 0; i < args.length; i += 2) {
      if (i + 1 == args.length) {
        throw new IllegalArgumentException(args[i] + " needs a value");
      }
      String value = args[i + 1];
      switch (args[i]) {
        case "--port" -> port = Integer.parseInt(value);
        case "--limit" -> options = options.withImagesPerMinute(Integer.parseInt(value));
        case "--latency-ms" ->
            options = options.withImageLatency(Duration.ofMillis(Long.parseLong(value)));
        case "--log" -> log = Path.of(value);
        default -> throw new IllegalArgumentException("unknown option: " + args[i]);
      }
    }
    return new NovitaDouble(options, port, log);
  }
}
