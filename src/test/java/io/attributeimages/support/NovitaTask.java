package io.attributeimages.support;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;

/**
 * An accepted submit: what it gives, and when.
 *
 * @param type png, jpeg or webp
 * @param failure why it will fail, or null
 * @param webhook null where none was asked for
 */
record NovitaTask(
    String id,
    Instant acceptedAt,
    Duration latency,
    long seed,
    String type,
    int width,
    int height,
    int images,
    String failure,
    URI webhook) {

  Instant doneAt() {
    return acceptedAt.plus(latency);
  }

  /** The answer to a poll of this moment; URLs in it live for the given time. */
  ObjectNode result(Instant now, URI baseUrl, Duration urlTtl) {
    boolean done = !now.isBefore(doneAt());
    boolean queued = now.isBefore(acceptedAt.plus(latency.dividedBy(10)));
    String status =
        queued
            ? "TASK_STATUS_QUEUED"
            : !done
                ? "TASK_STATUS_PROCESSING"
                : failure != null ? "TASK_STATUS_FAILED" : "TASK_STATUS_SUCCEED";
    long elapsed = Duration.between(acceptedAt, now).toMillis();

    ObjectNode result = JsonNodeFactory.instance.objectNode();
    ObjectNode extra = result.putObject("extra");
    extra.put("seed", done ? Long.toString(seed) : "");
    extra.put("enable_nsfw_detection", false);
    extra
        .putObject("debug_info")
        .put("submit_time_ms", Long.toString(acceptedAt.toEpochMilli()))
        .put("execute_time_ms", Long.toString(done ? latency.toMillis() : 0))
        .put("complete_time_ms", Long.toString(done ? doneAt().toEpochMilli() : 0));
    result
        .putObject("task")
        .put("task_id", id)
        .put("task_type", "TXT_TO_IMG")
        .put("status", status)
        .put("reason", done && failure != null ? failure : "")
        .put("eta", done ? 0 : Duration.between(now, doneAt()).toSeconds())
        .put("progress_percent", done ? 100 : 100 * elapsed / Math.max(1, latency.toMillis()));
    result.putArray("images");
    result.putArray("videos");
    if (status.equals("TASK_STATUS_SUCCEED")) {
      for (int i = 0; i < images; i++) {
        result
            .withArray("images")
            .addObject()
            .put("image_url", presigned(baseUrl, i, now.plus(urlTtl)))
            .put("image_url_ttl", Long.toString(urlTtl.toSeconds()))
            .put("image_type", type)
            .putNull("nsfw_detection_result");
      }
    }
    return result;
  }

  /** The bytes of one of the pictures, always the same. */
  byte[] picture(int index) {
    return NovitaPictures.picture(type, width, height, (id + index).hashCode());
  }

  private String presigned(URI baseUrl, int index, Instant expires) {
    long millis = expires.toEpochMilli();
    return "%s/images/%s?index=%d&expires=%d&sig=%s"
        .formatted(baseUrl, id, index, millis, signature(id, index, millis));
  }

  /** What makes a picture's URL valid until that moment (epoch milliseconds). */
  static String signature(String taskId, int index, long expires) {
    String signed = "double" + taskId + index + expires;
    return UUID.nameUUIDFromBytes(signed.getBytes(StandardCharsets.UTF_8)).toString();
  }
}
