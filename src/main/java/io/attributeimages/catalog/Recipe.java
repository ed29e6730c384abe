package io.attributeimages.catalog;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

/**
 * What one image is made from, as the ledger keeps it: {@code model}, {@code prompt}, {@code
 * negative_prompt}, {@code width} and {@code height} in pixels, {@code steps}, {@code sampler},
 * {@code guidance_scale}, {@code seed}; only those that apply to the model.
 */
public record Recipe(JsonNode fields) {

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

  /** The recipe in a JSON object. */
  public static Recipe parse(String json) {
    try {
      return new Recipe(JSON.readTree(json));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a recipe of the ledger cannot be read", e);
    }
  }

  /** A field by its name, or null where the recipe has none. */
  public JsonNode field(String name) {
    return fields.get(name);
  }

  /** What the picture shows. */
  public String prompt() {
    return fields.path("prompt").asText();
  }

  /** Of the picture that applications get, in pixels. */
  public int width() {
    return fields.path("width").asInt();
  }

  /** Of the picture that applications get, in pixels. */
  public int height() {
    return fields.path("height").asInt();
  }
}
