package io.attributeimages.ledger;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/** Whether others may create what our statements would run; migrations look at it first. */
public final class SchemaRights {

  private static final String CHECK = "migrations/beforeMigrate.sql";

  private SchemaRights() {}

  /**
   * Takes the right away where that harms nobody.
   *
   * @throws SQLException that says which statement takes it away
   */
  public static void check(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(SqlFile.read(CHECK));
    }
  }
}
