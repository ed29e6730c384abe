package io.attributeimages.cli;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import io.attributeimages.catalog.Catalogue;
import io.attributeimages.catalog.Category;
import io.attributeimages.catalog.Combination;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * How much of the catalogue is stored; as JSON under the names of {@code GET /api/status}.
 *
 * @param required how many images there should be, covers not counted
 * @param groups the images by category and style
 * @param styles the covers
 */
@JsonPropertyOrder({"complete", "required", "stored", "missing", "groups", "styles"})
record Coverage(int required, List<Group> groups, Covers styles) {

  /**
   * The images of one category in one style.
   *
   * @param missing the values that are not stored
   */
  @JsonPropertyOrder({"category", "style", "required", "stored", "missing"})
  record Group(String category, String style, int required, List<String> missing) {

    /** How many are stored. */
    @JsonProperty
    int stored() {
      return required - missing.size();
    }
  }

  /**
   * The covers of the styles.
   *
   * @param missing the styles whose cover is not stored
   */
  @JsonPropertyOrder({"required", "stored", "missing"})
  record Covers(int required, List<String> missing) {

    /** How many are stored. */
    @JsonProperty
    int stored() {
      return required - missing.size();
    }
  }

  /** The coverage of a catalogue of which these images are missing. */
  static Coverage of(Catalogue catalogue, Collection<Combination> missing) {
    Set<List<String>> absent = new HashSet<>();
    missing.forEach(image -> absent.add(List.of(image.category(), image.value(), image.style())));
    List<Group> groups = new ArrayList<>();
    for (Category category : catalogue.categories()) {
      for (String style : catalogue.styleNames()) {
        groups.add(
            new Group(
                category.name(),
                style,
                category.values().size(),
                category.values().stream()
                    .map(Category.Value::name)
                    .filter(value -> absent.contains(List.of(category.name(), value, style)))
                    .toList()));
      }
    }
    List<String> covers =
        catalogue.styleNames().stream()
            .filter(
                style ->
                    absent.contains(
                        List.of(Combination.COVER_CATEGORY, Combination.COVER_VALUE, style)))
            .toList();
    return new Coverage(
        Math.toIntExact(catalogue.imageCount()),
        groups,
        new Covers(catalogue.styles().size(), covers));
  }

  /** How many images are missing, covers not counted. */
  @JsonProperty
  int missing() {
    return groups.stream().mapToInt(group -> group.missing().size()).sum();
  }

  /** How many images are stored, covers not counted. */
  @JsonProperty
  int stored() {
    return required - missing();
  }

  /** Whether nothing is missing, covers included. */
  @JsonProperty("complete")
  boolean isComplete() {
    return missing() == 0 && styles.missing().isEmpty();
  }
}
