package io.attributeimages.catalog;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * A catalogue from YAML: every value of every category in every style, and a cover for each style.
 *
 * @param source where it was read from, for messages
 * @param width of every image, in pixels
 * @param height of every image, in pixels
 * @param categories with all their values
 * @param styles with the templates of their prompts
 */
public record YamlCatalogue(
    String source, int width, int height, List<Category> categories, List<Style> styles)
    implements Catalogue {

  static final String PLACEHOLDER = "{value}";

  @Override
  public List<String> categoryNames() {
    return categories.stream().map(Category::name).toList();
  }

  @Override
  public Names valueNames(Optional<String> category) {
    return Names.of(values(category).distinct().toList());
  }

  @Override
  public boolean hasValue(Optional<String> category, String value) {
    return values(category).anyMatch(value::equals);
  }

  private Stream<String> values(Optional<String> category) {
    return categories.stream()
        .filter(c -> category.map(c.name()::equals).orElse(true))
        .flatMap(c -> c.values().stream())
        .map(Category.Value::name);
  }

  @Override
  public List<Group> groups() {
    List<Group> groups = new ArrayList<>();
    long first = 0;
    for (Style style : styles) {
      for (Category category : categories) {
        groups.add(new Group(category.name(), style.name(), first, category.values().size()));
        first += category.values().size();
      }
    }
    for (Style style : styles) {
      groups.add(new Group(Combination.COVER_CATEGORY, style.name(), first, 1));
      first++;
    }
    return groups;
  }

  @Override
  public Stream<Combination> combinations() {
    // Not by flatMap: an iterator over its stream would make all images of a style at once.
    return LongStream.range(0, imagesPerStyle() * styles.size() + styles.size())
        .mapToObj(this::combination);
  }

  private Combination combination(long position) {
    long attributes = imagesPerStyle() * styles.size();
    return position < attributes
        ? combination(styles.get((int) (position / imagesPerStyle())), position % imagesPerStyle())
        : cover(styles.get((int) (position - attributes)));
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

  @Override
  public String digest() {
    CatalogueDigest digest = new CatalogueDigest();
    try (Stream<Combination> images = combinations()) {
      images.forEach(digest::add);
    }
    return digest.hex();
  }
}
