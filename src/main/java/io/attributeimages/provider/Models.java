package io.attributeimages.provider;

import io.attributeimages.catalog.Catalogue;
import io.attributeimages.catalog.InputFileException;
import io.attributeimages.catalog.Problems;
import io.attributeimages.catalog.Style;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The models that a style may use, from the models' file.
 *
 * @param source where they were read from, for messages
 */
public record Models(String source, List<Model> all) {

  /**
   * The model of that name in a setting or a style: an entry, or else the one whose checkpoints
   * have names of their own.
   */
  public Optional<Model> named(String name) {
    return all.stream()
        .filter(model -> model.name().equals(name))
        .findFirst()
        .or(() -> all.stream().filter(Model::checkpoints).findFirst());
  }

  /**
   * The model of each style, by the styles' names.
   *
   * @param usual the model of styles that name none
   * @throws InputFileException if a style's model is none, or cannot paint what the catalogue asks
   *     for
   */
  public Map<String, Model> of(Catalogue catalogue, String usual) {
    Size size = new Size(catalogue.width(), catalogue.height());
    Problems problems = new Problems(catalogue.source());
    Map<String, Model> models = new LinkedHashMap<>();
    for (Style style : catalogue.styles()) {
      String name = style.model().orElse(usual);
      String place = "the model '" + name + "' of the style '" + style.name() + "'";
      Optional<Model> model = named(name);
      if (model.isEmpty()) {
        problems.add(place, "is not in " + source + "; allowed are " + String.join(", ", names()));
      } else if (model.get().checkpoints() && model.get().name().equals(name)) {
        problems.add(
            place, "has checkpoints: name one of them, such as sd_xl_base_1.0.safetensors");
      } else if (model.get().sizes().atLeast(size).isEmpty()) {
        problems.add(
            place,
            "paints no size with the proportions of %d×%d".formatted(size.width(), size.height()));
      } else {
        models.put(style.name(), model.get());
      }
    }
    problems.throwIfAny();
    return models;
  }

  /** The names of all entries. */
  public List<String> names() {
    return all.stream().map(Model::name).toList();
  }
}
