package io.attributeimages.support;

import static java.util.stream.Collectors.toMap;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.attributeimages.embedded.Answer;
import io.attributeimages.embedded.Faults;
import io.attributeimages.embedded.SimulatedCall;
import io.attributeimages.embedded.SimulatedHost;
import io.attributeimages.embedded.SimulatedHosts;
import io.attributeimages.embedded.SimulatedHostsSettings;
import io.attributeimages.embedded.SimulatedModel;
import io.attributeimages.embedded.SimulatedTask;
import io.attributeimages.embedded.SimulatedTasks;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The {@link SimulatedHosts} for tests and benchmarks: Novita and the hosts beside it fail on
 * demand in every way a network can ({@link Fault}), and everything is counted, for every accepted
 * submit costs money.
 *
 * <p>Time is the real clock plus {@link #advance(Duration)}; tests need no sleep for pictures to be
 * ready, URLs to expire or the rate window to slide. All methods may be called from any thread.
 */
public final class NovitaDouble implements AutoCloseable {

  /** Price of one picture of txt2img in 1/10000 USD. */
  public static final long PRICE = 150;

  /** The only key that the double of OpenAI takes. */
  public static final String OPENAI_KEY = "openai-key-of-tests";

  private static final int USD_DIGITS = 4;

  /**
   * How the double behaves when nothing is wrong.
   *
   * @param imagesPerMinute pictures accepted of a model in any minute; 0: no limit
   * @param imageLatency from acceptance to the picture
   * @param latencySpread how much longer or shorter a picture may take, evenly
   * @param submitLatency from acceptance to the answer of a submit that answers a task
   * @param urlTtl life of a signed URL
   */
  public record Options(
      int imagesPerMinute,
      Duration imageLatency,
      Duration latencySpread,
      Duration submitLatency,
      Duration urlTtl) {

    /** No limit, no latency, URLs live one hour. */
    public static Options defaults() {
      return new Options(0, Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ofHours(1));
    }

    /** The same with a limit; 0: none. */
    public Options withImagesPerMinute(int images) {
      return new Options(images, imageLatency, latencySpread, submitLatency, urlTtl);
    }

    /** The same with a time to make a picture. */
    public Options withImageLatency(Duration latency) {
      return new Options(imagesPerMinute, latency, latencySpread, submitLatency, urlTtl);
    }

    /** The same with pictures that take so much longer or shorter. */
    public Options withLatencySpread(Duration spread) {
      return new Options(imagesPerMinute, imageLatency, spread, submitLatency, urlTtl);
    }

    /** The same with a time to answer a submit. */
    public Options withSubmitLatency(Duration latency) {
      return new Options(imagesPerMinute, imageLatency, latencySpread, latency, urlTtl);
    }

    /** The same with a life of signed URLs. */
    public Options withUrlTtl(Duration ttl) {
      return new Options(imagesPerMinute, imageLatency, latencySpread, submitLatency, ttl);
    }
  }

  /**
   * A submit that reached the double.
   *
   * @param model the entry's name
   * @param accepted whether it was paid for
   * @param status the status sent; 0 where none was
   * @param taskId null unless accepted
   * @param request the whole JSON body; a missing node where it is no JSON
   * @param authorization the header's value, or an empty text
   * @param prompt an empty text where there is none
   * @param priceUsd zero unless accepted
   */
  public record Submit(
      Instant at,
      String model,
      boolean accepted,
      int status,
      String taskId,
      JsonNode request,
      String authorization,
      String prompt,
      BigDecimal priceUsd) {}

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
  private static final class Choice<T> {
    private final Queue<Fault> next = new ConcurrentLinkedQueue<>();
    private final List<Rule<T>> rules = new CopyOnWriteArrayList<>();

    Fault of(T call) {
      Fault queued = next.poll();
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
  private final SimulatedHosts hosts;
  private final Map<String, SimulatedTask> tasks = new ConcurrentHashMap<>();
  private final Choice<Submit> submitFaults = new Choice<>();
  private final Choice<String> pollFaults = new Choice<>();
  private final Choice<String> downloadFaults = new Choice<>();
  private final AtomicInteger inFlight = new AtomicInteger();

  // under the lock
  private final List<Submit> submits = new ArrayList<>();
  private final List<Call> polls = new ArrayList<>();
  private final List<Call> downloads = new ArrayList<>();
  private final List<Webhook> webhooks = new ArrayList<>();
  private final Set<String> keysOfNovita = new HashSet<>();
  private final Set<String> headersElsewhere = new HashSet<>();
  private final Map<String, Integer> waiting = new HashMap<>();
  private final Map<String, Integer> mostWaiting = new HashMap<>();
  private int accepted;
  private int watermarked;
  private Fault current = Fault.none();

  private volatile Options options = Options.defaults();
  private volatile Duration ahead = Duration.ZERO;
  private volatile String answerType;
  private volatile int[] answerSize;
  private volatile String apiKey;
  private volatile String webUiLogin;
  private volatile Set<String> gone = Set.of();
  private volatile Set<String> otherForm = Set.of();
  private volatile boolean webhooksOn;
  private volatile boolean down;
  private volatile boolean onePicture;
  private volatile byte[] thePicture;

  private NovitaDouble(int port) {
    try {
      hosts = SimulatedHosts.start(this::settings, port, new Tasks(), this::now, new Hook());
    } catch (IOException e) {
      throw new UncheckedIOException("port " + port, e);
    }
  }

  private SimulatedHostsSettings settings() {
    Options now = options;
    return new SimulatedHostsSettings(
        now.imagesPerMinute(),
        now.submitLatency(),
        now.imageLatency(),
        now.urlTtl(),
        gone,
        otherForm,
        apiKey,
        OPENAI_KEY,
        webUiLogin);
  }

  // ---------------------------------------------------------------- life

  /** Starts a double on a free port. */
  public static NovitaDouble start() {
    return startOn(0);
  }

  /** Starts a double on that port. */
  public static NovitaDouble startOn(int port) {
    return new NovitaDouble(port);
  }

  /** Where all hosts listen, without a slash at the end; stays the same after a restart. */
  public URI baseUrl() {
    return hosts.baseUrl();
  }

  /** An outage: open connections are reset and new ones refused. Tasks and counts stay. */
  public void stop() {
    down = true;
    hosts.stop();
  }

  /** Ends the outage on the same port; open connections of a running double are reset. */
  public void restart() {
    try {
      hosts.restart();
      down = false;
      hosts.sendWebhooks();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Stops permanently. */
  @Override
  public void close() {
    hosts.close();
  }

  /** As new: no faults, records, tasks or settings. */
  public void reset() {
    clearFaults();
    synchronized (lock) {
      Stream.of(submits, polls, downloads, webhooks, keysOfNovita, headersElsewhere)
          .forEach(Collection::clear);
      mostWaiting.clear();
      accepted = 0;
      watermarked = 0;
      tasks.clear();
    }
    hosts.reset();
    options = Options.defaults();
    ahead = Duration.ZERO;
    answerType = null;
    answerSize = null;
    apiKey = null;
    webUiLogin = null;
    gone = Set.of();
    otherForm = Set.of();
    webhooksOn = false;
  }

  // ---------------------------------------------------------------- faults

  /** One fault for each of the next submits, in the order of their arrival. */
  public void nextSubmits(Fault... faults) {
    submitFaults.next.addAll(List.of(faults));
  }

  /** One fault for each of the next polls. */
  public void nextPolls(Fault... faults) {
    pollFaults.next.addAll(notOfSubmits(faults));
  }

  /** One fault for each of the next downloads. */
  public void nextDownloads(Fault... faults) {
    downloadFaults.next.addAll(notOfSubmits(faults));
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
    pollFaults.rules.add(new Rule<>(taskId, notOfSubmits(fault).get(0)));
  }

  /** A fault for every download of a matching task id, as {@link #onSubmit}. */
  public void onDownload(Predicate<String> taskId, Fault fault) {
    downloadFaults.rules.add(new Rule<>(taskId, notOfSubmits(fault).get(0)));
  }

  /** Drops every queued fault and every rule; records and tasks stay. */
  public void clearFaults() {
    submitFaults.clear();
    pollFaults.clear();
    downloadFaults.clear();
  }

  private static List<Fault> notOfSubmits(Fault... faults) {
    for (Fault fault : faults) {
      if (fault.ofSubmits()) {
        throw new IllegalArgumentException("a fault for submits only");
      }
    }
    return List.of(faults);
  }

  // ---------------------------------------------------------------- settings

  /** Changes the behaviour until {@link #reset()}. */
  public void configure(Options changed) {
    options = changed;
  }

  /** Moves the double's clock ahead: tasks finish, URLs expire, the rate window slides. */
  public void advance(Duration by) {
    synchronized (lock) {
      ahead = ahead.plus(by);
    }
    hosts.sendWebhooks();
  }

  /** Tasks accepted from now on give png, jpeg or webp, whatever is asked; null: as asked. */
  public void answerAs(String type) {
    answerType = type;
  }

  /** Tasks accepted from now on give pictures of this size in pixels, whatever is asked. */
  public void answerSize(int width, int height) {
    answerSize = new int[] {width, height};
  }

  /** Refuses every other key at Novita; without this every key is good there. */
  public void onlyKey(String key) {
    apiKey = key;
  }

  /** Asks for {@code user:password} at the WebUI; without this it asks for nothing. */
  public void webUiLogin(String login) {
    webUiLogin = login;
  }

  /** These models, and no others, are no more; also checkpoints that are not available. */
  public void gone(String... entries) {
    gone = Set.of(entries);
  }

  /** These models answer in their other documented form, see {@link SimulatedHostsSettings}. */
  public void answerInOtherForm(String... entries) {
    otherForm = Set.of(entries);
  }

  /** Sets Novita's balance in 1/10000 USD. */
  public void balance(long units) {
    hosts.balance(BigDecimal.valueOf(units, USD_DIGITS));
  }

  /**
   * Whether finished tasks call the webhook of their submit, up to six times until a 2xx. Switched
   * on late, it also sends those held back so far.
   */
  public void deliverWebhooks(boolean on) {
    webhooksOn = on;
    hosts.sendWebhooks();
  }

  /** From now on all tasks give the same picture, so that drawing them costs nothing. */
  public void giveOnePicture() {
    onePicture = true;
  }

  // ---------------------------------------------------------------- what happened

  /** Every submit in the order of its arrival, refused ones too. */
  public List<Submit> submits() {
    synchronized (lock) {
      return List.copyOf(submits);
    }
  }

  /** Every submit to that model. */
  public List<Submit> submits(String model) {
    return submits().stream().filter(submit -> submit.model().equals(model)).toList();
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

  /** How many submits to that model must be paid for. */
  public int paid(String model) {
    return (int) submits(model).stream().filter(Submit::accepted).count();
  }

  /** What must be paid in all. */
  public BigDecimal paidUsd() {
    return submits().stream().map(Submit::priceUsd).reduce(BigDecimal.ZERO, BigDecimal::add);
  }

  /** How many submits got this status; 429: those beyond the images a minute. */
  public int refused(int status) {
    return (int) submits().stream().filter(submit -> submit.status() == status).count();
  }

  /** How often each prompt was accepted; more than once is money lost. */
  public Map<String, Integer> acceptedByPrompt() {
    return submits().stream()
        .filter(Submit::accepted)
        .collect(toMap(Submit::prompt, submit -> 1, Integer::sum, TreeMap::new));
  }

  /** The largest number of submits accepted in any sliding window of this length. */
  public int maxAcceptedInAny(Duration length) {
    Deque<Instant> inside = new ArrayDeque<>();
    int most = 0;
    for (Submit submit : submits()) {
      if (submit.accepted()) {
        while (!inside.isEmpty() && !inside.peekFirst().plus(length).isAfter(submit.at())) {
          inside.removeFirst();
        }
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

  /** The largest number of submits to that model that waited for their answers at one time. */
  public int mostInFlight(String model) {
    synchronized (lock) {
      return mostWaiting.getOrDefault(model, 0);
    }
  }

  /** How many accepted submits give pictures that are stamped. */
  public int watermarked() {
    synchronized (lock) {
      return watermarked;
    }
  }

  /** Headers that took a key of Novita's to another host, hosts of pictures included. */
  public List<String> leakedKeys() {
    synchronized (lock) {
      return headersElsewhere.stream()
          .filter(header -> Stream.of(header.split(" ")).anyMatch(keysOfNovita::contains))
          .toList();
    }
  }

  /** How long the picture of an accepted submit takes. */
  public Duration latency(String taskId) {
    return Duration.ofMillis(tasks.get(taskId).delayMillis());
  }

  /** The exact bytes of a task's first picture. */
  public byte[] imageBytes(String taskId) {
    return hosts.picture(tasks.get(taskId), 0);
  }

  // ---------------------------------------------------------------- in between

  private final class Hook implements Faults {

    @Override
    public void answer(SimulatedCall call) throws IOException {
      String model = call.model().map(SimulatedModel::entry).orElse("");
      Fault fault;
      Answer answer;
      inFlight.incrementAndGet();
      try {
        synchronized (lock) {
          mostWaiting.merge(model, waiting.merge(model, 1, Integer::sum), Math::max);
          noteKeys(call);
          fault = faultOf(call);
          current = fault;
          answer = fault.instead(call.host());
          if (answer == null) {
            answer = fault.change(call.carryOut());
          }
          record(call, answer, fault.silent() ? 0 : answer.status());
        }
        fault.deliver(call, call.isDownload() ? onePicture(answer) : answer);
      } finally {
        inFlight.decrementAndGet();
        synchronized (lock) {
          waiting.merge(model, -1, Integer::sum);
        }
      }
    }

    @Override
    public SimulatedTask accepted(SimulatedTask task) {
      watermarked += task.request().watermark() ? 1 : 0;
      long spread = options.latencySpread().toMillis();
      return current.accepted(
          Fault.edit(
              task,
              json -> {
                ObjectNode request = json.withObject("/request");
                if (answerType != null) {
                  request.put("imageType", answerType);
                }
                if (answerSize != null) {
                  request.put("width", answerSize[0]).put("height", answerSize[1]);
                }
                long delay = ThreadLocalRandom.current().nextLong(-spread, spread + 1);
                json.put("delayMillis", task.delayMillis() + delay);
              }));
    }

    @Override
    public boolean sendsWebhooks() {
      return webhooksOn && !down;
    }

    @Override
    public Duration webhookPause(int failures) {
      return Duration.ofMillis(100);
    }

    @Override
    public void webhookSent(SimulatedTask task, int status) {
      synchronized (lock) {
        URI url = URI.create(task.request().webhookUrl());
        webhooks.add(new Webhook(now(), task.id(), url, status));
      }
    }
  }

  private void noteKeys(SimulatedCall call) {
    Collection<String> headers = call.request().headers().values();
    if (call.host() != SimulatedHost.NOVITA) {
      headersElsewhere.addAll(headers);
    } else if (call.request().header("Authorization").matches("Bearer \\S+")) {
      keysOfNovita.add(call.request().header("Authorization").substring("Bearer ".length()));
    }
  }

  private Fault faultOf(SimulatedCall call) {
    if (call.model().isPresent()) {
      return submitFaults.of(submit(call, null, 0));
    }
    return call.isPoll()
        ? pollFaults.of(call.taskId())
        : call.isDownload() ? downloadFaults.of(call.taskId()) : Fault.none();
  }

  private void record(SimulatedCall call, Answer answer, int status) {
    String authorization = call.request().header("Authorization");
    if (call.model().isPresent()) {
      accepted += answer.accepted() == null ? 0 : 1;
      submits.add(submit(call, answer.accepted(), status));
    } else if (call.isPoll()) {
      polls.add(new Call(now(), call.taskId(), status, authorization));
    } else if (call.isDownload()) {
      downloads.add(new Call(now(), call.taskId(), status, authorization));
    }
  }

  private Submit submit(SimulatedCall call, SimulatedTask paid, int status) {
    JsonNode request = call.body();
    return new Submit(
        now(),
        call.model().orElseThrow().entry(),
        paid != null,
        status,
        paid == null ? null : paid.id(),
        request,
        call.request().header("Authorization"),
        request.path("request").path("prompt").asText(request.path("prompt").asText("")),
        paid == null ? BigDecimal.ZERO : paid.request().priceUsd());
  }

  private Answer onePicture(Answer answer) {
    if (!onePicture || answer.status() != 200) {
      return answer;
    }
    if (thePicture == null) {
      thePicture = answer.body().get();
    }
    return answer.with(() -> thePicture);
  }

  private Instant now() {
    return Instant.now().plus(ahead);
  }

  private final class Tasks implements SimulatedTasks {
    @Override
    public void add(SimulatedTask task) {
      tasks.put(task.id(), task);
    }

    @Override
    public Optional<SimulatedTask> find(String taskId) {
      return Optional.ofNullable(tasks.get(taskId));
    }
  }
}
