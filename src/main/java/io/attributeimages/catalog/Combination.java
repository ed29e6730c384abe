package io.attributeimages.catalog;

/**
 * One image that should exist.
 *
 * @param category its category; {@link #COVER_CATEGORY} for a style's cover
 * @param value its value; {@link #COVER_VALUE} for a style's cover
 * @param style its style
 * @param prompt what is asked of the image model, 1 to 1024 characters
 */
public record Combination(String category, String value, String style, String prompt) {

  /** The category under which covers are planned; no catalogue may use it for anything else. */
  public static final String COVER_CATEGORY = "style";

  /** The value under which covers are planned. */
  public static final String COVER_VALUE = "cover";

  /** Whether this is a style's cover. */
  public boolean isCover() {
    return COVER_CATEGORY.equals(category);
  }
}
