package io.attributeimages.catalog;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.error.MarkedYAMLException;

/**
 * Reads the operator's YAML files; what is wrong with one is told in words, with its place.
 *
 * @param type what a file is read as; its fields in kebab case
 * @param setting which names the file
 * @param kind what the file is, in words
 * @param content what it must have, in words
 */
public record YamlFile<T>(Class<T> type, String setting, String kind, String content) {

  /** The size of a file beyond which it is surely none, in characters. */
  private static final int MAX_FILE = 100_000_000;

  private static final ObjectMapper YAML =
      YAMLMapper.builder(
              YAMLFactory.builder()
                  .loaderOptions(loaderOptions())
                  .enable(YAMLParser.Feature.EMPTY_STRING_AS_NULL)
                  .build())
          .propertyNamingStrategy(PropertyNamingStrategies.KEBAB_CASE)
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

  /**
   * The text of a file.
   *
   * @throws InputFileException if it cannot be read
   */
  public String text(Path file) {
    try {
      return Files.readString(file);
    } catch (CharacterCodingException e) {
      throw new InputFileException(setting + ": " + file + " is not UTF-8 text");
    } catch (IOException e) {
      throw new InputFileException(
          setting + ": " + file + " cannot be read; name a file that this program may read");
    }
  }

  /** The text of a file that comes with the program. */
  public String resource(String name) {
    try (InputStream in = YamlFile.class.getClassLoader().getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new InputFileException(name + " cannot be read: " + e.getMessage());
    }
  }

  /**
   * What stands in a text.
   *
   * @param source what to call the text in messages
   * @throws InputFileException if it is no YAML, or has other fields
   */
  public T parse(String source, String text) {
    T file;
    try {
      file = YAML.readValue(text, type);
    } catch (UnrecognizedPropertyException e) {
      // Its location is the end of the entry it is in; its path says where it is.
      throw new InputFileException(source + ": " + path(e) + cause(e));
    } catch (JsonMappingException e) {
      syntaxError(source, e);
      throw new InputFileException(source + at(e.getLocation()) + ": " + path(e) + cause(e));
    } catch (JsonProcessingException e) {
      syntaxError(source, e);
      throw new InputFileException(
          source + at(e.getLocation()) + ": " + firstLine(e.getOriginalMessage()));
    }
    if (file == null) {
      throw new InputFileException(source + ": " + empty());
    }
    return file;
  }

  private String empty() {
    return "is empty; " + content;
  }

  /** Throws what the YAML parser says, where the mistake is one of syntax. */
  private static void syntaxError(String source, JsonProcessingException e) {
    for (Throwable t = e; t != null; t = t.getCause()) {
      if (t instanceof MarkedYAMLException yaml && yaml.getProblemMark() != null) {
        throw new InputFileException(
            source
                + (", line " + (yaml.getProblemMark().getLine() + 1) + ": ")
                + firstLine(yaml.getProblem()));
      }
    }
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

  private String cause(JsonMappingException e) {
    return firstLine(e.getOriginalMessage())
        .replaceAll(" \\((class|token|set) [^)]*\\)", "")
        .replaceAll("`?java\\.util\\.[A-Za-z]*List<[^>]*>`?", "list")
        .replaceFirst("^No content to map.*", empty())
        .replaceFirst("^Trailing token.*", "a second document starts; a " + kind + " is only one")
        .replaceAll("`?(java\\.[a-z.]+|io\\.[a-zA-Z.$]+)([A-Z][A-Za-z$<>]*)`?", "$2");
  }

  private static String firstLine(String message) {
    return message.lines().findFirst().orElse(message);
  }
}
