package io.attributeimages.embedded;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.net.URI;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What a submit asks for, after the documented limits of each field were applied.
 *
 * @param seed null where none is chosen
 * @param imageType {@code jpeg}, {@code png} or {@code webp}
 * @param watermark whether the pictures are stamped
 * @param labelled whether pictures that are not safe for work are labelled
 * @param priceUsd of all the pictures
 * @param webhookUrl null when none is asked for
 */
public record SubmitRequest(
    String prompt,
    int width,
    int height,
    int images,
    Long seed,
    String imageType,
    boolean watermark,
    boolean labelled,
    BigDecimal priceUsd,
    String webhookUrl) {

  private static final int MAX_PROMPT = 1024;
  private static final List<String> IMAGE_TYPES = List.of("png", "webp", "jpeg");
  private static final Set<String> OPENAI_FIELDS =
      Set.of(
          "model",
          "prompt",
          "n",
          "size",
          "quality",
          "output_format",
          "output_compression",
          "moderation");

  /** Without a stamp, a label and a webhook. */
  private SubmitRequest(
      String prompt, int width, int height, int images, Long seed, String type, BigDecimal price) {
    this(prompt, width, height, images, seed, type, false, false, price, null);
  }

  static SubmitRequest parse(SimulatedModel model, JsonNode body) throws Refusal {
    if (!body.isObject()) {
      throw Refusal.invalid("the body is not a JSON object");
    }
    return switch (model) {
      case TXT2IMG -> txt2Img(body.path("request"), body.path("extra"));
      case QWEN_IMAGE -> qwen(body);
      case FLUX_1_SCHNELL -> schnell(body);
      case SEEDREAM_4_0 -> seedream(body, 1_048_576, 16_777_216, "0.03");
      case SEEDREAM_4_5 -> seedream(body, 3_686_400, 16_777_216, "0.04");
      case SEEDREAM_5_0_LITE -> seedream(body, 3_686_400, 10_404_496, "0.035");
      case OPENAI_IMAGES -> openAi(body);
      case STABLE_DIFFUSION_WEBUI -> webUi(body);
    };
  }

  private static SubmitRequest txt2Img(JsonNode request, JsonNode extra) throws Refusal {
    text(request, "model_name", MAX_PROMPT);
    text(request, "sampler_name", MAX_PROMPT);
    whole(request, "steps", null, 1, 100);
    number(request, "guidance_scale", 1, 30);
    if (request.hasNonNull("negative_prompt")) {
      text(request, "negative_prompt", MAX_PROMPT);
    }
    int images = (int) whole(request, "image_num", null, 1, 8);
    boolean labelled = extra.path("enable_nsfw_detection").asBoolean();
    whole(extra, "nsfw_detection_level", 0L, 0, 2);
    return new SubmitRequest(
        prompt(request),
        side(request, "width", null, 128, 2048),
        side(request, "height", null, 128, 2048),
        images,
        chosen(whole(request, "seed", null, -1, Long.MAX_VALUE)),
        oneOf(extra, "response_image_type", IMAGE_TYPES),
        false,
        labelled,
        price(labelled ? "0.0165" : "0.015", images),
        webhookUrl(extra.path("webhook").path("url").asText("")));
  }

  private static SubmitRequest qwen(JsonNode body) throws Refusal {
    String prompt = text(body, "prompt", Integer.MAX_VALUE);
    int[] size = size(body, "1024*1024", "\\*", 256, 1536);
    return new SubmitRequest(prompt, size[0], size[1], 1, null, "jpeg", price("0.02", 1));
  }

  private static SubmitRequest schnell(JsonNode body) throws Refusal {
    int width = side(body, "width", null, 64, 2048);
    int height = side(body, "height", null, 64, 2048);
    long steps = whole(body, "steps", null, 1, 100);
    int images = (int) whole(body, "image_num", null, 1, 8);
    long seed = whole(body, "seed", null, 0, 4_294_967_295L);
    String type = oneOf(body, "response_image_format", IMAGE_TYPES);
    BigDecimal perStep = new BigDecimal("0.003").divide(BigDecimal.valueOf(4L * 1024 * 1024));
    BigDecimal price = perStep.multiply(BigDecimal.valueOf(steps * width * height * images));
    return new SubmitRequest(prompt(body), width, height, images, seed, type, price);
  }

  private static SubmitRequest seedream(JsonNode body, long least, long most, String price)
      throws Refusal {
    String prompt = text(body, "prompt", Integer.MAX_VALUE);
    int[] size = size(body, "2048x2048", "x", 1, 16_384);
    long pixels = (long) size[0] * size[1];
    if (pixels < least || pixels > most || size[0] > 16 * size[1] || size[1] > 16 * size[0]) {
      throw badSize("size: " + least + " to " + most + " pixels, 1/16 to 16 in ratio");
    }
    oneOf(body, "sequential_image_generation", List.of("disabled", "auto"));
    boolean stamped = body.path("watermark").asBoolean(true);
    return new SubmitRequest(
        prompt, size[0], size[1], 1, null, "jpeg", stamped, false, price(price, 1), null);
  }

  private static SubmitRequest openAi(JsonNode body) throws Refusal {
    for (String field : (Iterable<String>) body::fieldNames) {
      if (!OPENAI_FIELDS.contains(field)) {
        throw new Refusal(400, "unknown_parameter", "Unknown parameter: '" + field + "'.");
      }
    }
    String prompt = text(body, "prompt", 32_000);
    String model = text(body, "model", MAX_PROMPT);
    if (!model.startsWith("gpt-image-")) {
      throw new Refusal(404, "model_not_found", "The model '" + model + "' does not exist");
    }
    int images = (int) whole(body, "n", 1L, 1, 10);
    whole(body, "output_compression", 100L, 0, 100);
    oneOf(body, "quality", List.of("auto", "low", "medium", "high"));
    oneOf(body, "moderation", List.of("auto", "low"));
    String asked = oneOf(body, "size", List.of("auto", "1024x1024", "1024x1536", "1536x1024"));
    int width = asked.startsWith("1536") ? 1536 : 1024;
    int height = asked.endsWith("1536") ? 1536 : 1024;
    String type = oneOf(body, "output_format", IMAGE_TYPES);
    return new SubmitRequest(prompt, width, height, images, null, type, price("0.06", images));
  }

  private static SubmitRequest webUi(JsonNode body) throws Refusal {
    int width = side(body, "width", 512L, 8, 4096);
    int height = side(body, "height", 512L, 8, 4096);
    if (width % 8 + height % 8 > 0) {
      throw Refusal.invalid("width and height must be multiples of 8");
    }
    whole(body, "steps", 50L, 1, 150);
    Long seed = chosen(whole(body, "seed", -1L, -1, Long.MAX_VALUE));
    long images = whole(body, "batch_size", 1L, 1, 8) * whole(body, "n_iter", 1L, 1, 8);
    String prompt = body.path("prompt").asText("");
    return new SubmitRequest(prompt, width, height, (int) images, seed, "png", BigDecimal.ZERO);
  }

  private static Long chosen(long seed) {
    return seed < 0 ? null : seed;
  }

  private static String prompt(JsonNode request) throws Refusal {
    if (request.path("prompt").asText("").isBlank() && request.has("prompt")) {
      throw Refusal.invalid("ILLEGAL_PROMPT", "prompt is empty");
    }
    return text(request, "prompt", MAX_PROMPT);
  }

  /** Length is counted in code points. */
  private static String text(JsonNode request, String field, int most) throws Refusal {
    JsonNode value = request.path(field);
    String text = value.asText("");
    if (!value.isTextual() || text.isBlank() || text.codePointCount(0, text.length()) > most) {
      throw Refusal.invalid(field + " must be a text of 1 to " + most + " characters");
    }
    return text;
  }

  /** The first one where the field is missing. */
  private static String oneOf(JsonNode node, String field, List<String> allowed) throws Refusal {
    String value = node.path(field).asText(allowed.get(0));
    if (!allowed.contains(value)) {
      throw Refusal.invalid(field + " must be one of " + allowed);
    }
    return value;
  }

  private static int[] size(JsonNode body, String byDefault, String by, int least, int most)
      throws Refusal {
    String size = body.path("size").asText(byDefault);
    if (!size.matches("\\d{1,5}" + by + "\\d{1,5}")) {
      throw Refusal.invalid("size must be WIDTH" + by + "HEIGHT");
    }
    int[] sides = Stream.of(size.split(by)).mapToInt(Integer::parseInt).toArray();
    return new int[] {side(sides[0], "size", least, most), side(sides[1], "size", least, most)};
  }

  private static int side(JsonNode request, String field, Long byDefault, int least, int most)
      throws Refusal {
    long value = whole(request, field, byDefault, Long.MIN_VALUE, Long.MAX_VALUE);
    return side(value, field, least, most);
  }

  private static int side(long value, String field, int least, int most) throws Refusal {
    if (value < least || value > most) {
      throw badSize(field + " must be " + least + " to " + most);
    }
    return (int) value;
  }

  private static Refusal badSize(String message) {
    return Refusal.invalid("INVALID_IMAGE_SIZE", message);
  }

  /** The default, null: none, where the field is missing. */
  private static long whole(JsonNode request, String field, Long byDefault, long least, long most)
      throws Refusal {
    JsonNode value = request.path(field);
    if (value.isMissingNode() && byDefault != null) {
      return byDefault;
    }
    if (!value.isIntegralNumber()
        || !value.canConvertToLong()
        || value.longValue() < least
        || value.longValue() > most) {
      throw Refusal.invalid(field + " must be an integer from " + least + " to " + most);
    }
    return value.longValue();
  }

  private static void number(JsonNode request, String field, double least, double most)
      throws Refusal {
    JsonNode value = request.path(field);
    if (!value.isNumber() || value.doubleValue() < least || value.doubleValue() > most) {
      throw Refusal.invalid(field + " must be a number from " + least + " to " + most);
    }
  }

  private static BigDecimal price(String usd, int images) {
    return new BigDecimal(usd).multiply(BigDecimal.valueOf(images));
  }

  private static String webhookUrl(String url) throws Refusal {
    try {
      URI uri = URI.create(url);
      boolean web = Set.of("http", "https").contains(String.valueOf(uri.getScheme()));
      if (url.isEmpty() || web && uri.getHost() != null) {
        return url.isEmpty() ? null : url;
      }
    } catch (IllegalArgumentException e) {
      // refused below, like every other text that is no web address
    }
    throw Refusal.invalid("webhook.url must be an http or https URL");
  }
}
