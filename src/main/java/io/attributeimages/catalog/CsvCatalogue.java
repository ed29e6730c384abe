package io.attributeimages.catalog;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A catalogue from CSV: a row for every image. The rows stay in the file; kept of them is what
 * groups there are, and enough of each value to know it again.
 */
public final class CsvCatalogue implements Catalogue {

  private static final int WIDTH = 512;
  private static final int HEIGHT = 768;

  private final Path file;
  private final List<Style> styles;
  private final Map<String, CsvValues> values;
  private final List<Group> groups;
  private final String digest;

  CsvCatalogue(
      Path file,
      List<Style> styles,
      Map<String, CsvValues> values,
      List<Group> groups,
      String digest) {
    this.file = file;
    this.styles = styles;
    this.values = values;
    this.groups = groups;
    this.digest = digest;
  }

  @Override
  public String source() {
    return file.toString();
  }

  @Override
  public int width() {
    return WIDTH;
  }

  @Override
  public int height() {
    return HEIGHT;
  }

  @Override
  public List<Style> styles() {
    return styles;
  }

  @Override
  public List<String> categoryNames() {
    return List.copyOf(values.keySet());
  }

  @Override
  public Names valueNames(Optional<String> category) {
    List<CsvValues> chosen = chosen(category).toList();
    return new Names(
        chosen.stream().flatMap(v -> v.first().stream()).distinct().toList(),
        chosen.stream().mapToLong(CsvValues::count).sum());
  }

  @Override
  public boolean hasValue(Optional<String> category, String value) {
    return chosen(category).anyMatch(v -> v.has(value));
  }

  private Stream<CsvValues> chosen(Optional<String> category) {
    return category.map(c -> Stream.ofNullable(values.get(c))).orElse(values.values().stream());
  }

  @Override
  public List<Group> groups() {
    return groups;
  }

  @Override
  public Stream<Combination> combinations() {
    return new CsvCatalogueReader(file).rows();
  }

  @Override
  public String digest() {
    return digest;
  }
}
