package io.attributeimages.ledger;

import io.attributeimages.catalog.Catalogue;
import io.attributeimages.catalog.CatalogueDigest;
import io.attributeimages.catalog.Combination;
import io.attributeimages.catalog.InputFileException;
import io.quarkus.arc.Unremovable;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Named;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.namedparam.NamedParameterJdbcTemplate;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;

/**
 * The catalogue as rows of the database, under the name {@code catalogueTable}: statements read
 * those of {@code :#${bean:catalogueTable.id}}. It is written once, by the first program that has
 * it; at each start it is compared with the pictures that are in place, and triggers keep that up
 * to date.
 */
@ApplicationScoped
@Unremovable
@Named("catalogueTable")
public class CatalogueTable {

  private static final Logger LOG = LoggerFactory.getLogger(CatalogueTable.class);

  /** How often those who write pictures may make the comparison wait, for some seconds each. */
  private static final int ATTEMPTS = 5;

  /**
   * A million rows may take longer than the usual statement; what is not committed by then is not
   * there.
   */
  private static final int PATIENCE_MILLIS = 10 * 60 * 1000;

  /** Postgres' word for a lock that was not to be had in time. */
  private static final String LOCK_NOT_AVAILABLE = "55P03";

  private final Catalogue catalogue;
  private final DataSource database;
  private int id;

  /** The rows of that catalogue in that database. */
  public CatalogueTable(Catalogue catalogue, DataSource database) {
    this.catalogue = catalogue;
    this.database = database;
  }

  /** What the rows of the catalogue in use are marked with; they are written where they are not. */
  public synchronized int id() {
    if (id == 0) {
      id = write();
    }
    return id;
  }

  private int write() {
    try (Connection connection = database.getConnection()) {
      int timeout = connection.getNetworkTimeout();
      connection.setNetworkTimeout(Runnable::run, PATIENCE_MILLIS);
      connection.setAutoCommit(false);
      try {
        int written = write(connection);
        connection.setAutoCommit(true);
        connection.setNetworkTimeout(Runnable::run, timeout);
        return written;
      } catch (SQLException | RuntimeException e) {
        rollback(connection, e);
        throw e;
      }
    } catch (SQLException e) {
      throw new IllegalStateException("the catalogue cannot be written into the database", e);
    }
  }

  private static void rollback(Connection connection, Exception reason) {
    try {
      connection.rollback();
    } catch (SQLException e) {
      reason.addSuppressed(e);
    }
  }

  private int write(Connection connection) throws SQLException {
    NamedParameterJdbcTemplate sql =
        new NamedParameterJdbcTemplate(new SingleConnectionDataSource(connection, true));
    takeTime(sql);
    String digest = catalogue.digest();
    Map<String, Object> names = Map.of("digest", digest, "source", catalogue.source());
    boolean isNew = sql.update(statement("create-catalogue"), names) == 1;
    int written = sql.queryForObject(statement("find-catalogue"), names, Integer.class);
    if (isNew) {
      LOG.info("Writing the catalogue {} into the database", catalogue.source());
      fill(connection, sql, written, digest);
    }
    connection.commit();
    compare(connection, sql, Map.of("catalogue", written));
    return written;
  }

  /** The transaction may take longer than the usual statement, and read whole tables. */
  private static void takeTime(NamedParameterJdbcTemplate sql) {
    sql.getJdbcOperations()
        .execute(
            "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0;"
                + " SET LOCAL enable_seqscan = on");
  }

  /** Rows come as they are in the catalogue, and get their positions in the database. */
  private void fill(
      Connection connection, NamedParameterJdbcTemplate sql, int written, String digest)
      throws SQLException {
    sql.getJdbcOperations().execute(statement("prepare-catalogue-rows"));
    if (!copyRows(connection).equals(digest)) {
      throw new InputFileException(
          catalogue.source() + " has changed since it was read; start the program again");
    }
    sql.batchUpdate(
        statement("write-catalogue-group"),
        catalogue.groups().stream()
            .map(
                group ->
                    Map.of(
                        "catalogue", written,
                        "first", group.first(),
                        "category", group.category(),
                        "style", group.style(),
                        "required", group.required()))
            .<Map<String, Object>>toArray(Map[]::new));
    sql.update(statement("write-catalogue-images"), Map.of("catalogue", written));
    sql.getJdbcOperations().execute("ANALYZE ledger.catalogue_group, ledger.catalogue_image");
  }

  /** The digest of what was copied. */
  private String copyRows(Connection connection) throws SQLException {
    CatalogueDigest digest = new CatalogueDigest();
    CopyIn copy =
        connection
            .unwrap(PGConnection.class)
            .getCopyAPI()
            .copyIn("COPY catalogue_row (category, value, style, prompt) FROM STDIN");
    try (Stream<Combination> images = catalogue.combinations()) {
      CopyText text = new CopyText(copy);
      for (Combination image : (Iterable<Combination>) images::iterator) {
        digest.add(image);
        text.row(image.category(), image.value(), image.style(), image.prompt());
      }
      text.end();
    } finally {
      if (copy.isActive()) {
        copy.cancelCopy();
      }
    }
    return digest.hex();
  }

  /** Whoever writes pictures meanwhile waits, and sees afterwards what to keep up to date. */
  private static void compare(
      Connection connection, NamedParameterJdbcTemplate sql, Map<String, Object> written)
      throws SQLException {
    for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
      takeTime(sql);
      if (lockPictures(connection)) {
        sql.update(statement("compare-catalogue"), written);
        sql.update(statement("forget-catalogue-deltas"), written);
        sql.update(statement("count-catalogue"), written);
        sql.update(statement("use-catalogue"), written);
        connection.commit();
        return;
      }
      connection.rollback();
    }
    if (sql.update(statement("use-catalogue-as-it-is"), written) == 0) {
      throw new InputFileException(
          "The pictures in the database cannot be compared with the catalogue, as a long transaction"
              + " holds attribute_images; end that one, and start the program again");
    }
    connection.commit();
    LOG.warn(
        "The catalogue is not compared with the pictures in place, as a long transaction holds"
            + " them; what has been noted of them is used");
  }

  /** Whether it could be had; others may hold it for long. */
  private static boolean lockPictures(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      return !statement.execute(statement("lock-pictures"));
    } catch (SQLException e) {
      if (LOCK_NOT_AVAILABLE.equals(e.getSQLState())) {
        return false;
      }
      throw e;
    }
  }

  /** A statement, with the names of parameters as JDBC templates want them. */
  private static String statement(String name) {
    return SqlFile.text("catalogue/" + name).replace(":#", ":");
  }

  /** Postgres' text format of rows, sent a piece at a time. */
  private static final class CopyText {
    private static final int PIECE = 1 << 16;

    private final CopyIn copy;
    private final StringBuilder text = new StringBuilder(2 * PIECE);

    CopyText(CopyIn copy) {
      this.copy = copy;
    }

    void row(String... fields) throws SQLException {
      for (int i = 0; i < fields.length; i++) {
        text.append(i == 0 ? "" : "\t");
        append(fields[i]);
      }
      text.append('\n');
      if (text.length() >= PIECE) {
        send();
      }
    }

    private void append(String field) {
      for (int i = 0; i < field.length(); i++) {
        char c = field.charAt(i);
        switch (c) {
          case '\\' -> text.append("\\\\");
          case '\t' -> text.append("\\t");
          case '\n' -> text.append("\\n");
          case '\r' -> text.append("\\r");
          default -> text.append(c);
        }
      }
    }

    void end() throws SQLException {
      send();
      copy.endCopy();
    }

    private void send() throws SQLException {
      byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
      copy.writeToCopy(bytes, 0, bytes.length);
      text.setLength(0);
    }
  }
}
