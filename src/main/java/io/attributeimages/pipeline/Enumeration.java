package io.attributeimages.pipeline;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.attributeimages.catalog.Catalogue;
import io.attributeimages.catalog.Combination;
import io.attributeimages.catalog.Style;
import io.attributeimages.ledger.ImageFilter;
import io.attributeimages.novita.NovitaSettings;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;

/**
 * Walks through the catalogue in chunks, each made when it is asked for: a large catalogue needs no
 * more memory.
 */
@ApplicationScoped
public class Enumeration {

  private final Catalogue catalogue;
  private final NovitaSettings novita;
  private final PipelineSettings settings;

  /** Enumerates that catalogue. */
  public Enumeration(Catalogue catalogue, NovitaSettings novita, PipelineSettings settings) {
    this.catalogue = catalogue;
    this.novita = novita;
    this.settings = settings;
  }

  /**
   * The chosen images as parameters of {@code sql/plan-chunk.sql} and {@code
   * sql/select-missing.sql}: arrays {@code categories}, {@code values}, {@code styles} and {@code
   * prompts}, and the styles' {@code recipes} as JSON.
   */
  public Iterator<Map<String, Object>> chunks(ImageFilter filter) {
    Iterator<Combination> images =
        catalogue
            .combinations()
            .filter(image -> filter.matches(image.category(), image.value(), image.style()))
            .iterator();
    String recipes = recipes();
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return images.hasNext();
      }

      @Override
      public Map<String, Object> next() {
        if (!images.hasNext()) {
          throw new NoSuchElementException();
        }
        List<Combination> chunk = new ArrayList<>();
        while (chunk.size() < settings.planChunk() && images.hasNext()) {
          chunk.add(images.next());
        }
        return parameters(chunk, recipes);
      }
    };
  }

  private static Map<String, Object> parameters(List<Combination> chunk, String recipes) {
    return Map.of(
        "categories", chunk.stream().map(Combination::category).toArray(String[]::new),
        "values", chunk.stream().map(Combination::value).toArray(String[]::new),
        "styles", chunk.stream().map(Combination::style).toArray(String[]::new),
        "prompts", chunk.stream().map(Combination::prompt).toArray(String[]::new),
        "recipes", recipes);
  }

  private String recipes() {
    List<Map<String, Object>> recipes = catalogue.styles().stream().map(this::recipe).toList();
    try {
      return new ObjectMapper().writeValueAsString(recipes);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("the styles cannot be written as JSON", e);
    }
  }

  private Map<String, Object> recipe(Style style) {
    Map<String, Object> recipe = new HashMap<>();
    recipe.put("style", style.name());
    recipe.put("negative_prompt", style.negativePrompt().orElse(novita.negativePrompt()));
    recipe.put("model", style.model().orElse(novita.model()));
    recipe.put("sampler", style.sampler().orElse(novita.sampler()));
    recipe.put("steps", style.steps().orElse(novita.steps()));
    recipe.put("guidance_scale", style.guidanceScale().orElse(novita.guidanceScale()));
    recipe.put("width", catalogue.width());
    recipe.put("height", catalogue.height());
    return recipe;
  }
}
