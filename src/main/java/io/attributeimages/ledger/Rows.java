package io.attributeimages.ledger;

import java.sql.Array;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.List;

/** Reads column values as the JDBC driver returns them. */
public final class Rows {

  private Rows() {}

  /** The strings of a {@code text[]} column; none for null. */
  public static List<String> strings(Object array) {
    if (array == null) {
      return List.of();
    }
    try {
      Object value = array instanceof Array sql ? sql.getArray() : array;
      return List.of((String[]) value);
    } catch (SQLException e) {
      throw new IllegalStateException("an array of the database cannot be read", e);
    }
  }

  /** The instant of a {@code timestamptz} column, or null. */
  public static Instant instant(Object timestamp) {
    return timestamp == null ? null : ((Timestamp) timestamp).toInstant();
  }
}
