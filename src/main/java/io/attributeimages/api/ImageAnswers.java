package io.attributeimages.api;

import io.attributeimages.catalog.Catalogue;
import io.attributeimages.catalog.Style;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.camel.Exchange;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** Shapes what the catalogue and the ledger say of the required images. */
@ApplicationScoped
public class ImageAnswers {

  private final Catalogue catalogue;
  private final boolean simulated;

  /** Answers about that catalogue. */
  public ImageAnswers(
      Catalogue catalogue,
      @ConfigProperty(name = "embedded.simulated", defaultValue = "false") boolean simulated) {
    this.catalogue = catalogue;
    this.simulated = simulated;
  }

  /** Whether the walk of {@link Queries#images} has another chunk. */
  public boolean goesOn(Exchange exchange) {
    return walk(exchange).goesOn();
  }

  /** The next chunk, as parameters of {@code sql/read/select-images.sql}. */
  public void nextChunk(Exchange exchange) {
    exchange.getMessage().setBody(walk(exchange).nextChunk());
  }

  /** The rows of that chunk. */
  @SuppressWarnings("unchecked")
  public void found(Exchange exchange) {
    walk(exchange).found(exchange.getMessage().getBody(List.class));
  }

  /** The images of the walk, with where to go on. */
  public void images(Exchange exchange) {
    ImageWalk walk = walk(exchange);
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("images", walk.rows().stream().map(ImageAnswers::image).toList());
    answer.put("next", walk.next());
    answer.put("total", walk.total());
    Json.answer(exchange, answer);
  }

  private static Map<String, Object> image(Map<String, Object> row) {
    Map<String, Object> image = new LinkedHashMap<>();
    image.put("position", row.get("position"));
    image.put("category", row.get("category"));
    image.put("value", row.get("value"));
    image.put("style", row.get("style"));
    image.put("state", row.get("state"));
    image.put("imageUrl", row.get("image_url"));
    image.put("taskId", Json.value(row.get("id")));
    image.put("runId", Json.value(row.get("run_id")));
    image.put("error", "STORED".equals(row.get("state")) ? null : TaskView.error(row));
    return image;
  }

  private static ImageWalk walk(Exchange exchange) {
    return exchange.getProperty(Queries.WALK, ImageWalk.class);
  }

  /** What can be chosen from. */
  public void catalog(Exchange exchange) {
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("categories", catalogue.categoryNames().stream().map(this::category).toList());
    answer.put("styles", catalogue.styles().stream().map(ImageAnswers::style).toList());
    answer.put("simulated", simulated);
    answer.put("width", catalogue.width());
    answer.put("height", catalogue.height());
    Json.answer(exchange, answer);
  }

  private Map<String, Object> category(String name) {
    Catalogue.Names values = catalogue.valueNames(Optional.of(name));
    Map<String, Object> json = labelled(name);
    json.put("values", values.first().stream().map(ImageAnswers::labelled).toList());
    json.put("valueCount", values.count());
    return json;
  }

  /** A catalogue names things as people read them. */
  private static Map<String, Object> labelled(String name) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("name", name);
    json.put("label", name);
    return json;
  }

  private static Map<String, Object> style(Style style) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("name", style.name());
    json.put("title", style.title());
    json.put("description", style.description());
    return json;
  }
}
