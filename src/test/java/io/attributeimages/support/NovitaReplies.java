package io.attributeimages.support;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.attributeimages.support.NovitaConnection.Response;
import java.util.List;

/** Answers in the words of Novita and of its picture host. */
final class NovitaReplies {

  private NovitaReplies() {}

  /** Novita's error answer. */
  static Response error(int code, String reason, String message) {
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    body.put("code", code).put("reason", reason).put("message", message).putObject("metadata");
    return json(code, body);
  }

  static Response json(int status, JsonNode body) {
    return Response.of(status, "application/json", body.toString());
  }

  static Response s3Error(int status, String code, String message) {
    return Response.of(
        status,
        "application/xml",
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            + "<Error><Code>%s</Code><Message>%s</Message></Error>".formatted(code, message));
  }

  /** Why the documentation would not have this submit, or null. */
  static Response invalid(JsonNode body) {
    JsonNode asked = body.path("request");
    String prompt = asked.path("prompt").asText("");
    JsonNode width = asked.path("width");
    JsonNode height = asked.path("height");
    boolean sized = width.isIntegralNumber() && height.isIntegralNumber();
    if (sized && (!within(width, 128, 2048) || !within(height, 128, 2048))) {
      return error(400, "INVALID_IMAGE_SIZE", "width and height: 128 to 2048");
    }
    String type = body.path("extra").path("response_image_type").asText("png");
    String webhook = body.path("extra").path("webhook").path("url").asText("");
    boolean valid =
        sized
            && !asked.path("model_name").asText("").isBlank()
            && !asked.path("sampler_name").asText("").isBlank()
            && !prompt.isEmpty()
            && prompt.codePointCount(0, prompt.length()) <= 1024
            && within(asked.path("steps"), 1, 100)
            && within(asked.path("image_num"), 1, 8)
            && within(asked.path("guidance_scale"), 1, 30)
            && asked.path("seed").isIntegralNumber()
            && asked.path("seed").asLong() >= -1
            && List.of("png", "webp", "jpeg").contains(type)
            && (webhook.isEmpty() || webhook.matches("https?://\\S+"));
    return valid ? null : error(400, "INVALID_REQUEST_BODY", "see the API reference");
  }

  private static boolean within(JsonNode number, double least, double most) {
    return number.isNumber() && number.asDouble() >= least && number.asDouble() <= most;
  }
}
