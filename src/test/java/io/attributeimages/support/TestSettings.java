package io.attributeimages.support;

import io.quarkus.runtime.configuration.DurationConverter;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;

/**
 * The program's settings as {@code application.properties} ships them, with changes, for tests that
 * start no container.
 */
public final class TestSettings {

  /** Relative to the project, where Maven runs the tests. */
  private static final Path FILE = Path.of("application.properties");

  private TestSettings() {}

  /**
   * A settings interface as the program would see it.
   *
   * @param type annotated with {@code @ConfigMapping}
   * @param overrides each written {@code name=value}; an empty value takes a default away
   */
  public static <T> T of(Class<T> type, String... overrides) {
    return new SmallRyeConfigBuilder()
        .addDefaultInterceptors()
        .withConverter(Duration.class, 200, new DurationConverter())
        .withSources(new PropertiesConfigSource(properties(overrides), "test settings", 100))
        .withMapping(type)
        .withValidateUnknown(false)
        .build()
        .getConfigMapping(type);
  }

  /** The shipped defaults by name, with changes; what belongs to a profile is left out. */
  public static Map<String, String> properties(String... overrides) {
    Map<String, String> properties = shipped();
    for (String override : overrides) {
      int equals = override.indexOf('=');
      if (equals < 1) {
        throw new IllegalArgumentException("not name=value: " + override);
      }
      properties.put(override.substring(0, equals), override.substring(equals + 1));
    }
    return properties;
  }

  /** The shipped defaults by name; what belongs to a profile is left out. */
  public static Map<String, String> shipped() {
    Properties file = new Properties();
    try (Reader reader = Files.newBufferedReader(FILE)) {
      file.load(reader);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Map<String, String> properties = new LinkedHashMap<>();
    file.stringPropertyNames().stream()
        .filter(name -> !name.startsWith("%"))
        .sorted()
        .forEach(name -> properties.put(name, file.getProperty(name)));
    return properties;
  }
}
