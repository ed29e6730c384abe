package io.attributeimages.catalog;

import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * Which images should exist, and the prompt of each. Checked when it was read: names fit their
 * columns, prompts fit Novita's limit, and no two images share a name or an object key.
 *
 * @param source where it was read from, for messages
 * @param width of every image, in pixels
 * @param height of every image, in pixels
 */
public record Catalogue(
    String source, int width, int height, List<Category> categories, List<Style> styles) {

  static final String PLACEHOLDER = "{value}";

  /** Every required image, covers last, made one at a time as the stream is read. */
  public Stream<Combination> combinations() {
    // Not by flatMap: an iterator over its stream would make all images of a style at once.
    long perStyle = imagesPerStyle();
    long attributes = imageCount();
    return LongStream.range(0, attributes + styles.size())
        .mapToObj(
            i ->
                i < attributes
                    ? combination(styles.get((int) (i / perStyle)), i % perStyle)
                    : cover(styles.get((int) (i - attributes))));
  }

  /** How many images are required, covers not counted. */
  public long imageCount() {
    return imagesPerStyle() * styles.size();
  }

  private long imagesPerStyle() {
    return categories.stream().mapToLong(category -> category.values().size()).sum();
  }

  private Combination combination(Style style, long index) {
    long inCategory = index;
    for (Category category : categories) {
      if (inCategory < category.values().size()) {
        Category.Value value = category.values().get((int) inCategory);
        String prompt = style.prompt().replace(PLACEHOLDER, value.description());
        return new Combination(category.name(), value.name(), style.name(), prompt);
      }
      inCategory -= category.values().size();
    }
    throw new IndexOutOfBoundsException("the catalogue has no image " + index);
  }

  private static Combination cover(Style style) {
    return new Combination(
        Combination.COVER_CATEGORY, Combination.COVER_VALUE, style.name(), style.coverPrompt());
  }

  /** The names of the categories a run can be about: the catalogue's, and the one of the covers. */
  public List<String> categoryNames() {
    return Stream.concat(
            categories.stream().map(Category::name), Stream.of(Combination.COVER_CATEGORY))
        .toList();
  }

  /** The names of the values of one category, or of all where none is given. */
  public List<String> valueNames(Optional<String> category) {
    Stream<String> names =
        categories.stream()
            .filter(c -> category.map(c.name()::equals).orElse(true))
            .flatMap(c -> c.values().stream())
            .map(Category.Value::name);
    boolean covers = category.map(Combination.COVER_CATEGORY::equals).orElse(true);
    return Stream.concat(names, covers ? Stream.of(Combination.COVER_VALUE) : Stream.empty())
        .distinct()
        .toList();
  }

  /** The names of the styles. */
  public List<String> styleNames() {
    return styles.stream().map(Style::name).toList();
  }

  /** The style of that name, where the catalogue still has it. */
  public Optional<Style> style(String name) {
    return styles.stream().filter(style -> style.name().equals(name)).findFirst();
  }
}
