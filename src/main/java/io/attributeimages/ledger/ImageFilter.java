package io.attributeimages.ledger;

import java.util.List;
import java.util.Optional;

/**
 * A choice of images. What is left empty stands for all.
 *
 * @param category one category
 * @param values any of these values
 * @param style one style
 */
public record ImageFilter(Optional<String> category, List<String> values, Optional<String> style) {

  /** All images. */
  public static final ImageFilter ALL =
      new ImageFilter(Optional.empty(), List.of(), Optional.empty());

  /** Whether the choice has the image. */
  public boolean matches(String imageCategory, String imageValue, String imageStyle) {
    return category.map(imageCategory::equals).orElse(true)
        && (values.isEmpty() || values.contains(imageValue))
        && style.map(imageStyle::equals).orElse(true);
  }
}
