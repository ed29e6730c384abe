package io.attributeimages.support;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The statements of {@code sql/}, by their names, which are unique. */
public final class SqlFiles {

  private static final Path FOLDER = Path.of("src/main/resources/sql");
  private static final Map<String, Path> FILES = files();

  private SqlFiles() {}

  private static Map<String, Path> files() {
    try (Stream<Path> files = Files.walk(FOLDER)) {
      return files
          .filter(Files::isRegularFile)
          .collect(
              Collectors.toMap(
                  file -> file.getFileName().toString().replace(".sql", ""), file -> file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All of them. */
  public static Set<String> names() {
    return new TreeSet<>(FILES.keySet());
  }

  /** Its text, with JDBC's names of parameters, which are none. */
  public static String text(String name) {
    try {
      return Files.readString(FILES.get(name)).replaceAll(":#(\\w+|\\$\\{[^}]*})", "?");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where camel-sql finds the statement. */
  public static String endpoint(String name) {
    return "sql:classpath:sql/" + FOLDER.relativize(FILES.get(name));
  }
}
