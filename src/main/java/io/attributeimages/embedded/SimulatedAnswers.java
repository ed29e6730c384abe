package io.attributeimages.embedded;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** The answers that name or hold pictures, as each model's API has them. */
final class SimulatedAnswers {
  private final Supplier<SimulatedHostsSettings> settings;
  private final ImageUrls urls;
  private final InstantSource clock;
  private final Supplier<URI> baseUrl;

  SimulatedAnswers(
      Supplier<SimulatedHostsSettings> settings,
      ImageUrls urls,
      InstantSource clock,
      Supplier<URI> baseUrl) {
    this.settings = settings;
    this.urls = urls;
    this.clock = clock;
    this.baseUrl = baseUrl;
  }

  private boolean isInOtherForm(SimulatedModel model) {
    return settings.get().otherForm().contains(model.entry());
  }

  /** The answer to an accepted submit. */
  Answer accepted(SimulatedTask task) {
    SimulatedModel model = task.model();
    boolean other = isInOtherForm(model);
    if (model.answersTask()) {
      ObjectNode bare = object().put("task_id", task.id());
      ObjectNode answer = other ? object().put("code", 0).put("msg", "").set("data", bare) : bare;
      return Answer.json(200, answer).after(settings.get().submitDelay()).paid(task);
    }
    Answer answer =
        task.failure() != null
            ? model.host().error(500, "TASK_FAILED", task.failure())
            : Answer.json(
                () ->
                    switch (model) {
                      case FLUX_1_SCHNELL -> schnell(task);
                      case OPENAI_IMAGES -> openAi(task, other);
                      case STABLE_DIFFUSION_WEBUI -> webUi(task, other);
                      default -> seedream(task, other);
                    });
    return answer
        .with("x-request-id", "req_" + task.id())
        .after(Duration.ofMillis(task.delayMillis()))
        .paid(task);
  }

  private ObjectNode schnell(SimulatedTask task) {
    ObjectNode answer = object();
    answer.putObject("task").put("task_id", task.id());
    answer.set("images", images(task));
    return answer;
  }

  private ObjectNode seedream(SimulatedTask task, boolean base64) {
    ObjectNode answer = object();
    answer.putArray("images").add(base64 ? base64(task, 0) : url(task, 0));
    return answer;
  }

  private ObjectNode openAi(SimulatedTask task, boolean url) {
    SubmitRequest request = task.request();
    ObjectNode answer = object().put("created", clock.millis() / 1000);
    ArrayNode data = answer.putArray("data");
    for (int i = 0; i < request.images(); i++) {
      if (url) {
        data.addObject().put("url", url(task, i));
      } else {
        data.addObject().put("b64_json", base64(task, i));
      }
    }
    answer
        .put("size", request.width() + "x" + request.height())
        .put("quality", "medium")
        .put("output_format", request.imageType())
        .putObject("usage")
        .put("total_tokens", 1600);
    return answer;
  }

  private ObjectNode webUi(SimulatedTask task, boolean dataUrl) {
    ObjectNode answer = object();
    ArrayNode images = answer.putArray("images");
    long[] seeds =
        IntStream.range(0, task.request().images()).mapToLong(i -> task.seed() + i).toArray();
    for (int i = 0; i < seeds.length; i++) {
      images.add((dataUrl ? "data:image/png;base64," : "") + base64(task, i));
    }
    answer.putObject("parameters").put("prompt", task.request().prompt());
    String info = "{\"seed\": %d, \"all_seeds\": %s}";
    return answer.put("info", info.formatted(task.seed(), Arrays.toString(seeds)));
  }

  /** The result of a task that is asked for, as of the moment when it is sent. */
  Supplier<ObjectNode> result(SimulatedTask task) {
    return () -> resultNow(task);
  }

  private ObjectNode resultNow(SimulatedTask task) {
    long elapsed = clock.millis() - task.acceptedAtMillis();
    boolean done = elapsed >= task.delayMillis();
    boolean queued = elapsed < task.delayMillis() / 4;
    boolean succeeded = done && task.failure() == null;
    String status = succeeded ? "SUCCEED" : done ? "FAILED" : queued ? "QUEUED" : "PROCESSING";

    ObjectNode result = object();
    ObjectNode extra = result.putObject("extra");
    extra.put("enable_nsfw_detection", task.request().labelled());
    if (task.model() == SimulatedModel.TXT2IMG) {
      extra.put("seed", done ? Long.toString(task.seed()) : "");
    }
    result
        .putObject("task")
        .put("task_id", task.id())
        .put(
            "task_type",
            task.model() == SimulatedModel.TXT2IMG ? "TXT_TO_IMG" : task.model().name())
        .put("status", "TASK_STATUS_" + status)
        .put("reason", done && task.failure() != null ? task.failure() : "")
        .put("eta", done ? 0 : (task.delayMillis() - elapsed + 999) / 1000)
        .put("progress_percent", done ? 0 : elapsed * 100 / task.delayMillis());
    result.set("images", succeeded ? images(task) : array());
    result.putArray("videos");
    result.putArray("audios");
    return result;
  }

  private ArrayNode images(SimulatedTask task) {
    ArrayNode images = array();
    long ttl = settings.get().imageUrlTtl().toSeconds();
    for (int i = 0; i < task.request().images(); i++) {
      ObjectNode image = images.addObject().put("image_url", url(task, i));
      switch (task.model()) {
        case TXT2IMG -> image.put("image_url_ttl", Long.toString(ttl));
        case QWEN_IMAGE -> image.put("image_url_ttl", 0);
        default -> image.put("image_url_ttl", ttl);
      }
      image.put("image_type", task.request().imageType());
      if (task.request().labelled()) {
        image
            .putObject("nsfw_detection_result")
            .put("valid", true)
            .put("confidence", task.confidence());
      } else {
        image.putNull("nsfw_detection_result");
      }
    }
    return images;
  }

  /** Qwen-Image's addresses carry no signature. */
  private String url(SimulatedTask task, int index) {
    String number = index == 0 ? "" : "_" + index;
    String name = task.id() + number + "." + task.request().imageType();
    long expires = clock.millis() / 1000 + settings.get().imageUrlTtl().toSeconds();
    return baseUrl.get()
        + (task.model() == SimulatedModel.QWEN_IMAGE
            ? SimulatedCall.PICTURE_PATH + name
            : sign(name, Long.toString(expires)));
  }

  String sign(String name, String expiresAtSeconds) {
    return urls.sign(name, expiresAtSeconds);
  }

  /** The event that a webhook carries; in its other form it is the result alone. */
  byte[] event(SimulatedTask task) {
    ObjectNode result = resultNow(task);
    result.withObject("/extra/webhook").put("url", task.request().webhookUrl());
    ObjectNode event = object().put("event_type", "ASYNC_TASK_RESULT");
    event.set("payload", result);
    return (isInOtherForm(task.model()) ? result : event).toString().getBytes();
  }

  private String base64(SimulatedTask task, int index) {
    return HostApi.base64(picture(task, index));
  }

  /** The bytes of one of the pictures, always the same. */
  byte[] picture(SimulatedTask task, int index) {
    SubmitRequest request = task.request();
    return Painter.paint(
        request.prompt(),
        task.seed() + index,
        request.width(),
        request.height(),
        request.imageType(),
        request.watermark());
  }

  private static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  private static ArrayNode array() {
    return JsonNodeFactory.instance.arrayNode();
  }
}
