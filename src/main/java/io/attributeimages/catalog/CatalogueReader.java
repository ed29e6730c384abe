package io.attributeimages.catalog;

import static io.attributeimages.catalog.Problems.MAX_CATEGORY;
import static io.attributeimages.catalog.Problems.MAX_PROMPT;
import static io.attributeimages.catalog.Problems.MAX_STYLE;
import static io.attributeimages.catalog.Problems.MAX_VALUE;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.io.StringReader;
import java.math.BigDecimal;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.error.MarkedYAMLException;

/** Reads a catalogue and checks it; here, what is written in YAML. */
public final class CatalogueReader {

  /** The resource with the built-in catalogue. */
  public static final String BUILT_IN = "catalogue.yaml";

  private static final int MAX_TITLE = 100;

  /** The size of a file beyond which it is surely no catalogue, in characters. */
  private static final int MAX_FILE = 100_000_000;

  private static final String EMPTY = "is empty; a catalogue has categories and styles";

  private static final ObjectMapper YAML =
      YAMLMapper.builder(
              YAMLFactory.builder()
                  .loaderOptions(loaderOptions())
                  .enable(YAMLParser.Feature.EMPTY_STRING_AS_NULL)
                  .build())
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .build();

  private static LoaderOptions loaderOptions() {
    LoaderOptions options = new LoaderOptions();
    options.setCodePointLimit(MAX_FILE);
    return options;
  }

  private final String source;
  private final Problems problems;

  private CatalogueReader(String source) {
    this.source = source;
    this.problems = new Problems(source);
  }

  /**
   * The catalogue in a file: CSV where its name ends in {@code .csv}, and YAML otherwise.
   *
   * @throws CatalogueException if it cannot be read, or is wrong
   */
  public static Catalogue read(Path file) {
    if (file.toString().toLowerCase(Locale.ROOT).endsWith(".csv")) {
      return new CsvCatalogueReader(file).read();
    }
    try {
      return parse(file.toString(), Files.readString(file));
    } catch (CharacterCodingException e) {
      throw new CatalogueException("catalog.location: " + file + " is not UTF-8 text");
    } catch (IOException e) {
      throw new CatalogueException(
          "catalog.location: "
              + file
              + " cannot be read; name a .yaml or .csv file that this program may read");
    }
  }

  /** The catalogue that comes with the program. */
  public static YamlCatalogue builtIn() {
    try (InputStream in = CatalogueReader.class.getClassLoader().getResourceAsStream(BUILT_IN)) {
      return parse(BUILT_IN, new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new CatalogueException(BUILT_IN + " cannot be read: " + e.getMessage());
    }
  }

  /**
   * The catalogue in a YAML text.
   *
   * @param source what to call the text in messages
   * @throws CatalogueException if it is wrong
   */
  public static YamlCatalogue parse(String source, String yaml) {
    return new CatalogueReader(source).catalogue(new StringReader(yaml));
  }

  private YamlCatalogue catalogue(Reader yaml) {
    File file;
    try {
      file = YAML.readValue(yaml, File.class);
    } catch (UnrecognizedPropertyException e) {
      // Its location is the end of the entry it is in; its path says where it is.
      throw new CatalogueException(source + ": " + path(e) + cause(e));
    } catch (JsonMappingException e) {
      syntaxError(e);
      throw new CatalogueException(source + at(e.getLocation()) + ": " + path(e) + cause(e));
    } catch (JsonProcessingException e) {
      syntaxError(e);
      throw new CatalogueException(
          source + at(e.getLocation()) + ": " + firstLine(e.getOriginalMessage()));
    } catch (IOException e) {
      throw new CatalogueException(source + " cannot be read: " + e.getMessage());
    }
    if (file == null) {
      throw new CatalogueException(source + ": " + EMPTY);
    }
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

  /** Throws what the YAML parser says, where the mistake is one of syntax. */
  private void syntaxError(JsonProcessingException e) {
    for (Throwable t = e; t != null; t = t.getCause()) {
      if (t instanceof MarkedYAMLException yaml && yaml.getProblemMark() != null) {
        throw new CatalogueException(
            source
                + (", line " + (yaml.getProblemMark().getLine() + 1) + ": ")
                + firstLine(yaml.getProblem()));
      }
    }
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
      if (Combination.COVER_CATEGORY.equals(Slug.of(orEmpty(entry.name())))) {
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
    int length = image.prompt().length();
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

  private static String at(JsonLocation location) {
    return location == null ? "" : ", line " + location.getLineNr();
  }

  private static String path(JsonMappingException e) {
    StringBuilder path = new StringBuilder();
    for (JsonMappingException.Reference step : e.getPath()) {
      if (step.getFieldName() == null) {
        path.append('[').append(step.getIndex()).append(']');
      } else {
        path.append(path.isEmpty() ? "" : ".").append(step.getFieldName());
      }
    }
    return path.isEmpty() ? "" : path + ": ";
  }

  private static String cause(JsonMappingException e) {
    return firstLine(e.getOriginalMessage())
        .replaceAll(" \\((class|token|set) [^)]*\\)", "")
        .replaceAll("`?java\\.util\\.[A-Za-z]*List<[^>]*>`?", "list")
        .replaceFirst("^No content to map.*", EMPTY)
        .replaceFirst("^Trailing token.*", "a second document starts; a catalogue is only one")
        .replaceAll("`?(java\\.[a-z.]+|io\\.[a-zA-Z.$]+)([A-Z][A-Za-z$<>]*)`?", "$2");
  }

  private static String firstLine(String message) {
    return message.lines().findFirst().orElse(message);
  }

  /** The names on one level of the catalogue: there, short enough, and no two alike. */
  private final class Names {
    private final Map<String, String> bySlug = new HashMap<>();

    void check(String parent, String name, int max) {
      String path = parent + ".name";
      if (!problems.name(path, name, max)) {
        return;
      }
      String slug = Slug.of(name);
      if (slug.isEmpty()) {
        problems.noSlug(path, name);
        return;
      }
      String other = bySlug.putIfAbsent(slug, name);
      if (name.equals(other)) {
        problems.add(path, "'" + name + "' is there twice");
      } else if (other != null) {
        problems.sharedSlug(path, name, other, slug);
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
      @JsonProperty("cover-prompt") String coverPrompt,
      @JsonProperty("negative-prompt") String negativePrompt,
      String model,
      String sampler,
      Integer steps,
      @JsonProperty("guidance-scale") BigDecimal guidanceScale) {}
}
