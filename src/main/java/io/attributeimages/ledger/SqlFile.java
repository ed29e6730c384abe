package io.attributeimages.ledger;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The statements that no route executes. */
public final class SqlFile {

  private SqlFile() {}

  /** The text of a file of {@code sql/}, by its path without the ending. */
  public static String text(String name) {
    return read("sql/" + name + ".sql");
  }

  static String read(String path) {
    try (InputStream in = SqlFile.class.getClassLoader().getResourceAsStream(path)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(path, e);
    }
  }
}
