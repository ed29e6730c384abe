package io.attributeimages.catalog;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
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

  private static final int NAMES_IN_A_SENTENCE = 50;

  /** Every required image, covers last, made one at a time as the stream is read. */
  public Stream<Combination> combinations() {
    // Not by flatMap: an iterator over its stream would make all images of a style at once.
    return LongStream.range(0, imageCount() + styles.size()).mapToObj(this::combination);
  }

  /** The required image at a position, counted from 0, in the order of {@link #combinations}. */
  public Combination combination(long position) {
    long attributes = imageCount();
    return position < attributes
        ? combination(styles.get((int) (position / imagesPerStyle())), position % imagesPerStyle())
        : cover(styles.get((int) (position - attributes)));
  }

  /**
   * The positions of the images of a choice, in order, as ranges that do not overlap; what is left
   * empty stands for all.
   */
  public List<Range> ranges(
      Optional<String> category, Optional<String> value, Optional<String> style) {
    List<Range> ranges = new ArrayList<>();
    long first = 0;
    for (Style s : styles) {
      boolean wanted = style.map(s.name()::equals).orElse(true);
      for (Category c : categories) {
        if (wanted && category.map(c.name()::equals).orElse(true)) {
          add(ranges, first, c.values().stream().map(Category.Value::name).toList(), value);
        }
        first += c.values().size();
      }
    }
    if (category.map(Combination.COVER_CATEGORY::equals).orElse(true)
        && value.map(Combination.COVER_VALUE::equals).orElse(true)) {
      add(ranges, first, styleNames(), style);
    }
    return ranges;
  }

  private static void add(
      List<Range> ranges, long first, List<String> names, Optional<String> name) {
    if (name.isEmpty()) {
      ranges.add(new Range(first, first + names.size()));
    } else if (names.contains(name.get())) {
      long position = first + names.indexOf(name.get());
      ranges.add(new Range(position, position + 1));
    }
  }

  /**
   * Positions one after the other.
   *
   * @param first the first one
   * @param end the one after the last one
   */
  public record Range(long first, long end) {}

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

  /** Names as a sentence lists them: all of them, or so many that it can still be read. */
  public static String listed(List<String> names) {
    int more = names.size() - NAMES_IN_A_SENTENCE;
    return names.stream().limit(NAMES_IN_A_SENTENCE).collect(Collectors.joining(", "))
        + (more > 0 ? " and " + more + " more" : "");
  }

  /** The style of that name, where the catalogue still has it. */
  public Optional<Style> style(String name) {
    return styles.stream().filter(style -> style.name().equals(name)).findFirst();
  }
}
