package io.attributeimages.embedded;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.attributeimages.embedded.HttpConnection.Request;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Base64;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the simulated hosts do when they are called. */
final class HostApi {
  static final BigDecimal STARTING_BALANCE_USD = new BigDecimal(100_000);

  private static final Pattern IMAGE_NAME =
      Pattern.compile("([0-9a-f-]{36})(?:_([1-9]\\d?))?\\.(jpeg|png|webp)");

  /** Some of txt2img's checkpoints. */
  private static final List<String> CHECKPOINTS =
      List.of(
          "sd_xl_base_1.0.safetensors",
          "dreamshaper_8_93211.safetensors",
          "protovisionXLHighFidelity3D_release0630Bakedvae_154359.safetensors");

  private final Supplier<SimulatedHostsSettings> settings;
  private final SimulatedTasks tasks;
  private final SimulatedAnswers answers;
  private final InstantSource clock;
  private final Faults faults;
  private final Consumer<SimulatedTask> webhooks;
  private final Map<SimulatedModel, ImageRateLimit> limits = new EnumMap<>(SimulatedModel.class);

  /** A WebUI paints one picture at a time. */
  private final ReentrantLock gpu = new ReentrantLock(true);

  private BigDecimal balanceUsd = STARTING_BALANCE_USD;

  /**
   * @param webhooks takes each task that asks for a webhook
   */
  HostApi(
      Supplier<SimulatedHostsSettings> settings,
      SimulatedTasks tasks,
      SimulatedAnswers answers,
      InstantSource clock,
      Faults faults,
      Consumer<SimulatedTask> webhooks) {
    this.settings = settings;
    this.clock = clock;
    this.tasks = tasks;
    this.answers = answers;
    this.faults = faults;
    this.webhooks = webhooks;
    reset();
  }

  synchronized void balance(BigDecimal usd) {
    balanceUsd = usd;
  }

  /** Nothing was paid, and no image counts towards a limit. */
  synchronized void reset() {
    balanceUsd = STARTING_BALANCE_USD;
    for (SimulatedModel model : SimulatedModel.values()) {
      limits.put(model, new ImageRateLimit());
    }
  }

  Answer carryOut(SimulatedCall call) {
    SimulatedHost host = call.host();
    try {
      if (call.isDownload()) {
        return picture(call);
      }
      if (call.model().filter(m -> settings.get().gone().contains(m.entry())).isPresent()) {
        return gone(call.model().get());
      }
      requireKey(host, call.request());
      if (call.model().isPresent()) {
        return submit(call.model().get(), call);
      }
      if (call.isPoll()) {
        return Answer.json(answers.result(task(call.taskId())));
      }
      if (call.is("GET", "/openapi/v1/billing/balance/detail")) {
        return Answer.json(200, balance());
      }
      if (call.is("GET", "/v3/model")) {
        return Answer.json(200, checkpoints(call.request().parameter("filter.query")));
      }
      throw new Refusal(404, "API_NOT_FOUND", "route not found");
    } catch (Refusal e) {
      return e.inTheWordsOf(host);
    } catch (IOException e) {
      return host.error(500, "INTERNAL_ERROR", String.valueOf(e.getMessage()));
    }
  }

  private static Answer gone(SimulatedModel model) {
    return switch (model.host()) {
      case OPENAI -> model.host().error(404, "model_not_found", "The model does not exist");
      case WEBUI -> model.host().error(404, "", "Not Found");
      default -> model.host().error(404, "API_NOT_FOUND", "route not found");
    };
  }

  /** Each host has its own key; Novita's is good nowhere else. */
  private void requireKey(SimulatedHost host, Request request) throws Refusal {
    String header = request.header("Authorization");
    String novita = settings.get().novitaKey();
    if (host == SimulatedHost.NOVITA) {
      if (header.isBlank()) {
        throw new Refusal(400, "MISSING_API_KEY", "the Authorization header is missing");
      }
      String allowed = novita == null ? "Bearer \\S+" : Pattern.quote("Bearer " + novita);
      if (!header.matches(allowed) || header.equals("Bearer " + settings.get().openAiKey())) {
        throw new Refusal(403, "INVALID_API_KEY", "the API key is not valid");
      }
    } else if (host == SimulatedHost.OPENAI) {
      if (!header.equals("Bearer " + settings.get().openAiKey())) {
        throw new Refusal(401, "invalid_api_key", "Incorrect API key provided");
      }
    } else {
      String login = settings.get().webUiLogin();
      boolean good =
          login == null
              ? !header.equals("Bearer " + novita)
              : header.equals("Basic " + base64(login.getBytes(StandardCharsets.UTF_8)));
      if (!good) {
        throw new Refusal(401, "", "Incorrect username or password");
      }
    }
  }

  static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  private Answer submit(SimulatedModel model, SimulatedCall call) throws Refusal, IOException {
    SubmitRequest request = SubmitRequest.parse(model, call.body());
    long now = clock.millis();
    charge(model, request, now);
    SimulatedTask accepted =
        new SimulatedTask(
            UUID.randomUUID().toString(),
            model,
            now,
            settings.get().imageDelay().toMillis(),
            request.seed() == null ? randomSeed() : request.seed(),
            request,
            null,
            0.1);
    SimulatedTask kept = faults.accepted(accepted);
    if (kept != null) {
      tasks.add(kept);
    }
    if (kept != null && request.webhookUrl() != null) {
      webhooks.accept(kept);
    }
    return answers.accepted(kept == null ? accepted : kept);
  }

  private synchronized void charge(SimulatedModel model, SubmitRequest request, long now)
      throws Refusal {
    SimulatedHost host = model.host();
    boolean limited = host != SimulatedHost.WEBUI;
    if (host == SimulatedHost.NOVITA && balanceUsd.compareTo(request.priceUsd()) < 0) {
      throw new Refusal(400, "BILLING_BALANCE_NOT_ENOUGH", "not enough balance");
    }
    int limit = limited ? settings.get().imagesPerMinute() : 0;
    if (!limits.get(model).tryStart(request.images(), limit, now)) {
      String reason = host == SimulatedHost.OPENAI ? "rate_limit_exceeded" : "RATE_LIMIT_EXCEEDED";
      throw new Refusal(429, reason, "more than " + limit + " images per minute");
    }
    if (host == SimulatedHost.NOVITA) {
      balanceUsd = balanceUsd.subtract(request.priceUsd());
    }
  }

  /** Up to 33 bits: seeds that do not fit an unsigned int have been seen in practice. */
  private static long randomSeed() {
    return ThreadLocalRandom.current().nextLong(1L << 33);
  }

  private SimulatedTask task(String id) throws Refusal, IOException {
    return tasks
        .find(id)
        .orElseThrow(() -> new Refusal(404, "TASK_NOT_FOUND", "there is no task " + id));
  }

  private Answer picture(SimulatedCall call) throws Refusal, IOException {
    String name = call.path().substring(SimulatedCall.PICTURE_PATH.length());
    Matcher matcher = IMAGE_NAME.matcher(name);
    Optional<SimulatedTask> found =
        matcher.matches() ? tasks.find(matcher.group(1)) : Optional.empty();
    if (!call.request().header("Authorization").isEmpty()) {
      throw new Refusal(400, "InvalidArgument", "Only one auth mechanism allowed");
    }
    boolean signed = found.isEmpty() || found.get().model() != SimulatedModel.QWEN_IMAGE;
    if (signed) {
      String expires = call.request().parameter("expires");
      if (!call.request().target().toString().equals(answers.sign(name, expires))) {
        throw new Refusal(403, "SignatureDoesNotMatch", "The signature does not match");
      }
      if (clock.millis() / 1000 >= Long.parseLong(expires)) {
        throw new Refusal(403, "AccessDenied", "Request has expired");
      }
    }
    SimulatedTask task =
        found.orElseThrow(() -> new Refusal(404, "NoSuchKey", "The specified key does not exist."));
    int index = matcher.group(2) == null ? 0 : Integer.parseInt(matcher.group(2));
    return Answer.of(
        200, "image/" + task.request().imageType(), () -> answers.picture(task, index));
  }

  private synchronized ObjectNode balance() {
    String units = balanceUsd.movePointRight(4).setScale(0, RoundingMode.FLOOR).toPlainString();
    return JsonNodeFactory.instance
        .objectNode()
        .put("availableBalance", units)
        .put("cashBalance", units)
        .put("creditLimit", "0")
        .put("pendingCharges", "0")
        .put("outstandingInvoices", "0");
  }

  private ObjectNode checkpoints(String query) {
    ObjectNode list = JsonNodeFactory.instance.objectNode();
    ArrayNode models = list.putArray("models");
    for (String checkpoint : CHECKPOINTS) {
      if (checkpoint.contains(query)) {
        models
            .addObject()
            .put("name", checkpoint.replaceAll("[._].*", ""))
            .put("sd_name", checkpoint)
            .put("sd_name_in_api", checkpoint)
            .put("status", settings.get().gone().contains(checkpoint) ? 0 : 1)
            .putObject("type")
            .put("name", "checkpoint");
      }
    }
    list.putObject("pagination").put("next_cursor", "");
    return list;
  }

  /** Waits until the answer may be sent; a WebUI's calls wait for each other. */
  void await(SimulatedCall call, Answer answer) throws IOException {
    boolean alone = call.model().filter(m -> m.host() == SimulatedHost.WEBUI).isPresent();
    if (alone) {
      gpu.lock();
    }
    try {
      Thread.sleep(answer.delay().toMillis());
    } catch (InterruptedException e) {
      throw new IOException(e);
    } finally {
      if (alone) {
        gpu.unlock();
      }
    }
  }
}
