package io.attributeimages.pipeline;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.attributeimages.catalog.Catalogue;
import io.attributeimages.ledger.CatalogueTable;
import io.attributeimages.ledger.ImageFilter;
import io.attributeimages.ledger.Run;
import io.attributeimages.provider.Provider;
import io.attributeimages.provider.Provider.StyleRecipe;
import io.quarkus.arc.Unremovable;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Named;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Walks through the catalogue in chunks of its positions; its images themselves are in the
 * database, and stay there.
 */
@ApplicationScoped
@Unremovable
@Named("enumeration")
public class Enumeration {

  private final Catalogue catalogue;
  private final CatalogueTable table;
  private final Provider provider;
  private final PipelineSettings settings;
  private UUID digest;

  /** Enumerates that catalogue, whose rows are in that table. */
  public Enumeration(
      Catalogue catalogue, CatalogueTable table, Provider provider, PipelineSettings settings) {
    this.catalogue = catalogue;
    this.table = table;
    this.provider = provider;
    this.settings = settings;
  }

  /**
   * Where the images of the run are that are still to be planned, as {@link #chunks(ImageFilter)}.
   */
  public Iterator<Map<String, Object>> chunks(Run run) {
    return chunks(run.filter(), run.planPosition());
  }

  /**
   * Where the chosen images are, as parameters of {@code sql/plan/plan-chunk.sql} and {@code
   * sql/plan/select-plannable.sql}: positions from {@code first} to before {@code end} of the
   * catalogue {@code catalogue}, the choice itself, and the styles' {@code recipes} as JSON, each
   * with its model, price and largest seed.
   */
  public Iterator<Map<String, Object>> chunks(ImageFilter filter) {
    return chunks(filter, 0);
  }

  private Iterator<Map<String, Object>> chunks(ImageFilter filter, long from) {
    Map<String, Object> all = new HashMap<>();
    all.put("catalogue", table.id());
    all.put("category", filter.category().orElse(null));
    all.put("values", filter.values().toArray(String[]::new));
    all.put("style", filter.style().orElse(null));
    all.put("recipes", recipes());
    List<Map<String, Object>> chunks = new ArrayList<>();
    for (Catalogue.Range range : catalogue.ranges(filter.category(), filter.style())) {
      for (long first = Math.max(from, range.first());
          first < range.end();
          first += settings.planChunk()) {
        Map<String, Object> chunk = new HashMap<>(all);
        chunk.put("first", first);
        chunk.put("end", Math.min(range.end(), first + settings.planChunk()));
        chunks.add(chunk);
      }
    }
    return chunks.iterator();
  }

  /**
   * A digest of what images are made from: the catalogue, and what the settings add to it. A run is
   * left to the instances that have the same one as the instance that took it on.
   */
  public synchronized UUID digest() {
    if (digest == null) {
      String all = catalogue.digest() + recipes();
      digest = UUID.nameUUIDFromBytes(all.getBytes(StandardCharsets.UTF_8));
    }
    return digest;
  }

  private String recipes() {
    List<Map<String, Object>> recipes =
        provider.styles().values().stream().map(Enumeration::recipe).toList();
    try {
      return new ObjectMapper().writeValueAsString(recipes);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("the styles cannot be written as JSON", e);
    }
  }

  private static Map<String, Object> recipe(StyleRecipe style) {
    Map<String, Object> recipe = new TreeMap<>();
    recipe.put("style", style.style());
    recipe.put("model", style.model().name());
    recipe.put("price_usd", style.priceUsd());
    recipe.put("max_seed", style.model().maxSeed().orElse(null));
    recipe.put("recipe", style.recipe().fields());
    return recipe;
  }
}
