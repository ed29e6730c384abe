package io.attributeimages.embedded;

/**
 * What a picture card shows, for example {@code ("age", "30s", "realistic")}. The cover of a style
 * is {@code ("style", "cover", <style>)}.
 */
public record CardLabel(String category, String value, String style) {
  boolean isStyleCover() {
    return category.equalsIgnoreCase("style") && value.equalsIgnoreCase("cover");
  }
}
