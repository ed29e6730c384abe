package io.attributeimages.catalog;

import static io.attributeimages.catalog.Problems.MAX_CATEGORY;
import static io.attributeimages.catalog.Problems.MAX_PROMPT;
import static io.attributeimages.catalog.Problems.MAX_STYLE;
import static io.attributeimages.catalog.Problems.MAX_VALUE;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Reads a catalogue and checks it; here, what is written in YAML. */
public final class CatalogueReader {

  /** The resource with the built-in catalogue. */
  public static final String BUILT_IN = "catalogue.yaml";

  private static final int MAX_TITLE = 100;

  private static final YamlFile<File> YAML =
      new YamlFile<>(
          File.class, "catalog.location", "catalogue", "a catalogue has categories and styles");

  private final String source;
  private final Problems problems;

  private CatalogueReader(String source) {
    this.source = source;
    this.problems = new Problems(source);
  }

  /**
   * The catalogue in a file: CSV where its name ends in {@code .csv}, and YAML otherwise.
   *
   * @throws InputFileException if it cannot be read, or is wrong
   */
  public static Catalogue read(Path file) {
    if (file.toString().toLowerCase(Locale.ROOT).endsWith(".csv")) {
      return new CsvCatalogueReader(file).read();
    }
    return parse(file.toString(), YAML.text(file));
  }

  /** The catalogue that comes with the program. */
  public static YamlCatalogue builtIn() {
    return parse(BUILT_IN, YAML.resource(BUILT_IN));
  }

  /**
   * The catalogue in a YAML text.
   *
   * @param source what to call the text in messages
   * @throws InputFileException if it is wrong
   */
  public static YamlCatalogue parse(String source, String yaml) {
    return new CatalogueReader(source).catalogue(YAML.parse(source, yaml));
  }

  private YamlCatalogue catalogue(File file) {
    Size size = file.size() == null ? new Size(512, 768) : file.size();
    side("size.width", size.width());
    side("size.height", size.height());
    List<Category> categories = categories(file.categories());
    List<Style> styles = styles(file.styles());
    problems.throwIfAny();
    YamlCatalogue catalogue =
        new YamlCatalogue(source, size.width(), size.height(), categories, styles);
    try (Stream<Combination> images = catalogue.combinations()) {
      images.forEach(this::checkPrompt);
    }
    problems.throwIfAny();
    return catalogue;
  }

  private List<Category> categories(List<CategoryEntry> entries) {
    if (entries == null || entries.isEmpty()) {
      problems.add("categories", "is empty; at least one category is needed");
      return List.of();
    }
    Names names = new Names();
    List<Category> categories = new ArrayList<>();
    for (int i = 0; i < entries.size(); i++) {
      String path = "categories[" + i + "]";
      CategoryEntry entry = entries.get(i);
      if (entry == null) {
        problems.add(path, "is empty; a category has a name and values");
        continue;
      }
      names.check(path, entry.name(), MAX_CATEGORY);
      if (Combination.COVER_CATEGORY.equalsIgnoreCase(entry.name())) {
        problems.add(
            path + ".name", "'" + entry.name() + "' is kept for the covers; choose another name");
      }
      categories.add(new Category(entry.name(), values(path, entry.values())));
    }
    return List.copyOf(categories);
  }

  private List<Category.Value> values(String parent, List<ValueEntry> entries) {
    if (entries == null || entries.isEmpty()) {
      problems.add(parent + ".values", "is empty; at least one value is needed");
      return List.of();
    }
    Names names = new Names();
    List<Category.Value> values = new ArrayList<>();
    for (int i = 0; i < entries.size(); i++) {
      String path = parent + ".values[" + i + "]";
      ValueEntry entry = entries.get(i);
      if (entry == null) {
        problems.add(path, "is empty; a value has a name and a description");
        continue;
      }
      names.check(path, entry.name(), MAX_VALUE);
      problems.text(path + ".description", entry.description(), MAX_PROMPT);
      values.add(new Category.Value(entry.name(), orEmpty(entry.description()).strip()));
    }
    return List.copyOf(values);
  }

  private List<Style> styles(List<StyleEntry> entries) {
    if (entries == null || entries.isEmpty()) {
      problems.add("styles", "is empty; at least one style is needed");
      return List.of();
    }
    Names names = new Names();
    List<Style> styles = new ArrayList<>();
    for (int i = 0; i < entries.size(); i++) {
      String path = "styles[" + i + "]";
      StyleEntry entry = entries.get(i);
      if (entry == null) {
        problems.add(path, "is empty; a style has a name, a prompt and a cover-prompt");
        continue;
      }
      names.check(path, entry.name(), MAX_STYLE);
      if (problems.text(path + ".prompt", entry.prompt(), MAX_PROMPT)
          && !entry.prompt().contains(YamlCatalogue.PLACEHOLDER)) {
        problems.add(path + ".prompt", "has no {value}, so all its images would look the same");
      }
      problems.text(path + ".cover-prompt", entry.coverPrompt(), MAX_PROMPT);
      optionalText(path + ".title", entry.title(), MAX_TITLE);
      problems.fits(path + ".description", orEmpty(entry.description()), MAX_PROMPT);
      optionalText(path + ".negative-prompt", entry.negativePrompt(), MAX_PROMPT);
      optionalText(path + ".model", entry.model(), MAX_PROMPT);
      optionalText(path + ".sampler", entry.sampler(), MAX_PROMPT);
      if (entry.steps() != null && (entry.steps() < 1 || entry.steps() > 100)) {
        problems.add(path + ".steps", "is " + entry.steps() + "; allowed are 1 to 100");
      }
      if (entry.guidanceScale() != null
          && (entry.guidanceScale().compareTo(BigDecimal.ONE) < 0
              || entry.guidanceScale().compareTo(BigDecimal.valueOf(30)) > 0)) {
        problems.add(
            path + ".guidance-scale", "is " + entry.guidanceScale() + "; allowed are 1 to 30");
      }
      styles.add(
          new Style(
              entry.name(),
              entry.title() == null ? entry.name() : entry.title(),
              orEmpty(entry.description()),
              orEmpty(entry.prompt()).strip(),
              orEmpty(entry.coverPrompt()).strip(),
              Optional.ofNullable(entry.negativePrompt()),
              Optional.ofNullable(entry.model()),
              Optional.ofNullable(entry.sampler()),
              Optional.ofNullable(entry.steps()),
              Optional.ofNullable(entry.guidanceScale())));
    }
    return List.copyOf(styles);
  }

  private void checkPrompt(Combination image) {
    int length = image.prompt().codePointCount(0, image.prompt().length());
    if (length > MAX_PROMPT) {
      problems.add(
          image.category() + "/" + image.value() + "/" + image.style(),
          "the prompt has " + length + " characters; allowed are 1 to " + MAX_PROMPT);
    }
  }

  private void side(String path, int pixels) {
    if (pixels < 128 || pixels > 2048) {
      problems.add(path, "is " + pixels + "; allowed are 128 to 2048 pixels");
    }
  }

  private void optionalText(String path, String text, int max) {
    if (text != null) {
      problems.text(path, text, max);
    }
  }

  private static String orEmpty(String text) {
    return text == null ? "" : text;
  }

  /** The names on one level of the catalogue: there, short enough, and no two alike. */
  private final class Names {
    private final Set<String> known = new HashSet<>();

    void check(String parent, String name, int max) {
      String path = parent + ".name";
      if (!problems.name(path, name, max)) {
        return;
      }
      if (!known.add(name)) {
        problems.add(path, "'" + name + "' is there twice");
      }
    }
  }

  private record File(Size size, List<CategoryEntry> categories, List<StyleEntry> styles) {}

  private record Size(int width, int height) {}

  private record CategoryEntry(String name, List<ValueEntry> values) {}

  private record ValueEntry(String name, String description) {}

  private record StyleEntry(
      String name,
      String title,
      String description,
      String prompt,
      String coverPrompt,
      String negativePrompt,
      String model,
      String sampler,
      Integer steps,
      BigDecimal guidanceScale) {}
}
