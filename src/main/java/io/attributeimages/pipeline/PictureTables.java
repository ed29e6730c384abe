package io.attributeimages.pipeline;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.attributeimages.catalog.Catalogue;
import io.attributeimages.catalog.Combination;
import io.attributeimages.catalog.Style;
import io.attributeimages.ledger.DatabaseFailure;
import io.attributeimages.ledger.SqlFile;
import io.attributeimages.storage.ObjectKeys;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import javax.sql.DataSource;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * The tables that applications read, before anything is paid that has to be in them: those of
 * earlier scripts may have columns, checks, triggers and policies of their own.
 */
@ApplicationScoped
public class PictureTables {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int LONGEST_PROMPT = 1024;

  /** Of the models that take one. */
  private static final long LARGEST_SEED = 4294967295L;

  /**
   * Postgres' words for others who write there now, or keep the database busy, and for tables that
   * are not there.
   */
  private static final String IN_THE_WAY = "40...|55P03|57014";

  private static final String NO_TABLES = "42P01";

  private final Catalogue catalogue;
  private final ObjectKeys keys;
  private final DataSource database;

  /** The tables in that database, for the pictures of that catalogue. */
  public PictureTables(Catalogue catalogue, ObjectKeys keys, DataSource database) {
    this.catalogue = catalogue;
    this.keys = keys;
    this.database = database;
  }

  /**
   * What keeps them from holding what will be stored, in words; empty where nothing does. Rows are
   * written, read and taken back: one of each group of the catalogue, as checks may be about names.
   *
   * @throws SQLException if that cannot be told now
   */
  public Optional<String> refusal() throws SQLException {
    try (Connection connection = database.getConnection()) {
      connection.setAutoCommit(false);
      try {
        return refusal(connection);
      } catch (SQLException e) {
        String state = String.valueOf(e.getSQLState());
        if (state.matches(IN_THE_WAY)) {
          return Optional.empty();
        }
        if (state.equals(NO_TABLES) || DatabaseFailure.isUnavailable(e)) {
          throw e;
        }
        connection.rollback();
        return Optional.of(obstacle(connection).orElseGet(() -> words(e)));
      } finally {
        connection.rollback();
      }
    }
  }

  /** What a column lacks, where that is why a row was refused. */
  private static Optional<String> obstacle(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      ResultSet obstacle = statement.executeQuery(SqlFile.text("probe/select-obstacles"));
      return obstacle.next() ? Optional.of(obstacle.getString(1)) : Optional.empty();
    }
  }

  private Optional<String> refusal(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET LOCAL lock_timeout = '3s'");
    }
    for (boolean covers : new boolean[] {false, true}) {
      List<Map<String, Object>> rows =
          catalogue.groups().stream()
              .filter(group -> group.isCover() == covers)
              .map(this::row)
              .toList();
      if (write(connection, covers ? "probe/try-covers" : "probe/try-images", rows)
          != rows.size()) {
        return Optional.of(
            "rows of %s are not what was written; look at its triggers, rules and policies"
                .formatted(covers ? "style_images" : "attribute_images"));
      }
    }
    return Optional.empty();
  }

  /** How many of the rows are read as they were written. */
  private static long write(Connection connection, String name, List<Map<String, Object>> rows)
      throws SQLException {
    try (PreparedStatement statement =
            connection.prepareStatement(SqlFile.text(name).replace(":#images", "?"));
        Statement constraints = connection.createStatement()) {
      String json = JSON.writeValueAsString(rows);
      statement.setString(1, json);
      statement.setString(2, json);
      ResultSet kept = statement.executeQuery();
      kept.next();
      long count = kept.getLong(1);
      constraints.execute("SET CONSTRAINTS ALL IMMEDIATE");
      return count;
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private Map<String, Object> row(Catalogue.Group group) {
    String value =
        group.isCover()
            ? Combination.COVER_VALUE
            : catalogue.valueNames(Optional.of(group.category())).first().get(0);
    String key = keys.key(group.category(), value, group.style(), UUID.randomUUID().toString());
    Map<String, Object> row = new HashMap<>();
    row.put("category", group.category());
    row.put("value", value);
    row.put("style", group.style());
    row.put("url", keys.publicUrl(key));
    row.put("key", key);
    row.put("seed", LARGEST_SEED - group.first());
    row.put("width", catalogue.width());
    row.put("height", catalogue.height());
    row.put("prompt", "a".repeat(LONGEST_PROMPT));
    row.put("title", catalogue.style(group.style()).map(Style::title).orElse(null));
    row.put("description", catalogue.style(group.style()).map(Style::description).orElse(null));
    return row;
  }

  private static String words(SQLException refused) {
    ServerErrorMessage server =
        refused instanceof PSQLException e ? e.getServerErrorMessage() : null;
    if (server == null) {
      return refused.getMessage();
    }
    String place =
        server.getColumn() != null
            ? " (column %s of %s)".formatted(server.getColumn(), server.getTable())
            : server.getTable() != null ? " (table %s)".formatted(server.getTable()) : "";
    return "a row as the pipeline writes it is refused: " + server.getMessage() + place;
  }
}
