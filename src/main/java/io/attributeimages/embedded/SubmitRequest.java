package io.attributeimages.embedded;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.util.Set;

/**
 * The checked body of {@code POST /v3/async/txt2img}.
 *
 * @param seed −1 asks for a random one
 * @param imageType {@code jpeg} or {@code png}; a WebP is drawn as PNG, which the JDK can write
 * @param webhookUrl null when none is asked for
 */
record SubmitRequest(
    String prompt,
    int width,
    int height,
    int images,
    long seed,
    String imageType,
    String webhookUrl) {
  private static final int MAX_PROMPT_CHARACTERS = 1024;
  private static final Set<String> IMAGE_TYPES = Set.of("png", "webp", "jpeg");

  /** Reads the body and applies the documented limits of each field. */
  static SubmitRequest parse(byte[] body, ObjectMapper json) throws NovitaRefusal {
    JsonNode root = readObject(body, json);
    JsonNode request = root.path("request");
    if (!request.isObject()) {
      throw invalid("request is missing");
    }
    requiredText(request, "model_name");
    requiredText(request, "sampler_name");
    integer(request, "steps", 1, 100);
    number(request, "guidance_scale", 1, 30);
    int images = (int) integer(request, "image_num", 1, 8);
    long seed = integer(request, "seed", -1, Long.MAX_VALUE);
    JsonNode negative = request.path("negative_prompt");
    if (!negative.isMissingNode() && !negative.isNull()) {
      if (!negative.isTextual() || length(negative.textValue()) > MAX_PROMPT_CHARACTERS) {
        throw invalid("negative_prompt must be a text of at most 1024 characters");
      }
    }
    return new SubmitRequest(
        prompt(request),
        side(request, "width"),
        side(request, "height"),
        images,
        seed,
        imageType(root.path("extra")),
        webhookUrl(root.path("extra")));
  }

  private static JsonNode readObject(byte[] body, ObjectMapper json) throws NovitaRefusal {
    try {
      JsonNode root = json.readTree(body);
      if (root != null && root.isObject()) {
        return root;
      }
    } catch (IOException e) {
      // answered below, like every other body that is no JSON object
    }
    throw invalid("the body is not a JSON object");
  }

  private static String prompt(JsonNode request) throws NovitaRefusal {
    JsonNode prompt = request.path("prompt");
    if (!prompt.isTextual() || prompt.textValue().isBlank()) {
      throw new NovitaRefusal(400, "ILLEGAL_PROMPT", "prompt is empty");
    }
    if (length(prompt.textValue()) > MAX_PROMPT_CHARACTERS) {
      throw invalid("prompt is longer than 1024 characters");
    }
    return prompt.textValue();
  }

  private static int side(JsonNode request, String field) throws NovitaRefusal {
    JsonNode value = request.path(field);
    if (!value.isIntegralNumber()) {
      throw invalid(field + " must be an integer");
    }
    if (!value.canConvertToInt() || value.intValue() < 128 || value.intValue() > 2048) {
      throw new NovitaRefusal(400, "INVALID_IMAGE_SIZE", field + " must be 128 to 2048");
    }
    return value.intValue();
  }

  private static String imageType(JsonNode extra) throws NovitaRefusal {
    String asked = extra.path("response_image_type").asText("png");
    if (!IMAGE_TYPES.contains(asked)) {
      throw invalid("response_image_type must be png, webp or jpeg");
    }
    return asked.equals("jpeg") ? "jpeg" : "png";
  }

  private static String webhookUrl(JsonNode extra) throws NovitaRefusal {
    JsonNode url = extra.path("webhook").path("url");
    if (url.isMissingNode() || url.isNull() || url.asText().isEmpty()) {
      return null;
    }
    try {
      URI uri = URI.create(url.asText());
      if (Set.of("http", "https").contains(String.valueOf(uri.getScheme()))
          && uri.getHost() != null) {
        return uri.toString();
      }
    } catch (IllegalArgumentException e) {
      // answered below, like every other text that is no web address
    }
    throw invalid("webhook.url must be an http or https URL");
  }

  private static void requiredText(JsonNode request, String field) throws NovitaRefusal {
    JsonNode value = request.path(field);
    if (!value.isTextual() || value.textValue().isBlank()) {
      throw invalid(field + " is missing");
    }
  }

  private static long integer(JsonNode request, String field, long least, long most)
      throws NovitaRefusal {
    JsonNode value = request.path(field);
    if (!value.isIntegralNumber()
        || !value.canConvertToLong()
        || value.longValue() < least
        || value.longValue() > most) {
      throw invalid(field + " must be an integer from " + least + " to " + most);
    }
    return value.longValue();
  }

  private static void number(JsonNode request, String field, double least, double most)
      throws NovitaRefusal {
    JsonNode value = request.path(field);
    if (!value.isNumber() || value.doubleValue() < least || value.doubleValue() > most) {
      throw invalid(field + " must be a number from " + least + " to " + most);
    }
  }

  private static int length(String text) {
    return text.codePointCount(0, text.length());
  }

  private static NovitaRefusal invalid(String message) {
    return new NovitaRefusal(400, "INVALID_REQUEST_BODY", message);
  }
}
