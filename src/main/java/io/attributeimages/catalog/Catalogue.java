package io.attributeimages.catalog;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which images should exist, and the prompt of each. Checked when it was read: names fit their
 * columns, prompts fit Novita's limit, and no two images share a name or an object key.
 *
 * <p>It may have millions of images, so it never holds them all: what is asked of single images is
 * asked of the database, where {@code CatalogueTable} writes them.
 */
public sealed interface Catalogue permits YamlCatalogue, CsvCatalogue {

  /** Where it was read from, for messages. */
  String source();

  /** The width of every image, in pixels. */
  int width();

  /** The height of every image, in pixels. */
  int height();

  /** The styles, in order. */
  List<Style> styles();

  /** The names of the categories, in order, covers not counted. */
  List<String> categoryNames();

  /**
   * The names of the values of one category, in order, or of all where none is given; the covers'
   * value is not among them.
   */
  Names valueNames(Optional<String> category);

  /** Whether one category, or any where none is given, has the value. */
  boolean hasValue(Optional<String> category, String value);

  /** The groups of images by their positions; covers last. */
  List<Group> groups();

  /**
   * Every required image, made one at a time as the stream is read; to be closed afterwards. Within
   * a group they come in order, but groups may mix.
   *
   * @throws InputFileException if it cannot be read any more
   */
  Stream<Combination> combinations();

  /** A digest of all images: catalogues that have the same one require the same. */
  String digest();

  /**
   * The images of one category in one style.
   *
   * @param category the category; {@link Combination#COVER_CATEGORY} for a cover
   * @param style the style
   * @param first the position of the first one, counted from 0 over all images
   * @param required how many there are
   */
  record Group(String category, String style, long first, long required) {

    /** The position after the last one. */
    public long end() {
      return first + required;
    }

    /** Whether it is the cover of a style. */
    public boolean isCover() {
      return Combination.COVER_CATEGORY.equals(category);
    }
  }

  /**
   * Positions one after the other.
   *
   * @param first the first one
   * @param end the one after the last one
   */
  record Range(long first, long end) {}

  /**
   * Names in order.
   *
   * @param first all of them, or the first ones where there are very many
   * @param count how many there are
   */
  record Names(List<String> first, long count) {

    private static final int IN_A_SENTENCE = 50;

    /** All of these names. */
    public static Names of(List<String> all) {
      return new Names(all, all.size());
    }

    /** As a sentence lists them: all of them, or so many that it can still be read. */
    public String listed() {
      long shown = Math.min(first.size(), IN_A_SENTENCE);
      return first.stream().limit(shown).collect(Collectors.joining(", "))
          + (count > shown ? " and " + (count - shown) + " more" : "");
    }
  }

  /** How many images are required, covers not counted. */
  default long imageCount() {
    return groups().stream().filter(g -> !g.isCover()).mapToLong(Group::required).sum();
  }

  /** How many covers are required. */
  default long coverCount() {
    return groups().stream().filter(Group::isCover).count();
  }

  /**
   * The positions of the images of a category and a style, in order, as ranges that do not touch;
   * what is left empty stands for all.
   */
  default List<Range> ranges(Optional<String> category, Optional<String> style) {
    List<Range> ranges = new ArrayList<>();
    for (Group group : groups()) {
      if (category.map(group.category()::equals).orElse(true)
          && style.map(group.style()::equals).orElse(true)) {
        int last = ranges.size() - 1;
        if (last >= 0 && ranges.get(last).end() == group.first()) {
          ranges.set(last, new Range(ranges.get(last).first(), group.end()));
        } else {
          ranges.add(new Range(group.first(), group.end()));
        }
      }
    }
    return ranges;
  }

  /** The categories a run can be about: the catalogue's, and the one of the covers. */
  default Names knownCategories() {
    return Names.of(
        Stream.concat(categoryNames().stream(), Stream.of(Combination.COVER_CATEGORY)).toList());
  }

  /** The values a run can be about: those of a category, or of all where none is given. */
  default Names knownValues(Optional<String> category) {
    if (category.filter(Combination.COVER_CATEGORY::equals).isPresent()) {
      return Names.of(List.of(Combination.COVER_VALUE));
    }
    Names names = valueNames(category);
    return category.isPresent() || names.first().size() < names.count()
        ? names
        : Names.of(
            Stream.concat(names.first().stream(), Stream.of(Combination.COVER_VALUE)).toList());
  }

  /** Whether a run can be about the value of that category, or of any where none is given. */
  default boolean knowsValue(Optional<String> category, String value) {
    boolean cover = category.map(Combination.COVER_CATEGORY::equals).orElse(true);
    return cover && Combination.COVER_VALUE.equals(value) || hasValue(category, value);
  }

  /** The names of the styles. */
  default Names knownStyles() {
    return Names.of(styles().stream().map(Style::name).toList());
  }

  /** The style of that name, where the catalogue still has it. */
  default Optional<Style> style(String name) {
    return styles().stream().filter(style -> style.name().equals(name)).findFirst();
  }
}
