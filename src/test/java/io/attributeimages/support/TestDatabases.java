package io.attributeimages.support;

import io.attributeimages.embedded.EmbeddedPostgres;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.postgresql.ds.PGSimpleDataSource;
import org.springframework.jdbc.core.JdbcTemplate;

/** A real Postgres server on which tests get databases of their own. */
public final class TestDatabases implements AutoCloseable {

  private final EmbeddedPostgres server;

  private TestDatabases(EmbeddedPostgres server) {
    this.server = server;
  }

  /** Starts the server in an empty directory. */
  public static TestDatabases start(Path directory) {
    return new TestDatabases(EmbeddedPostgres.start(directory));
  }

  /** A new database without a table. */
  public DataSource empty() {
    // DDL takes no parameters; the name is of our own making
    String name = "test_" + UUID.randomUUID().toString().replace("-", "");
    admin().execute("CREATE DATABASE " + name + " TEMPLATE template0");
    return dataSource(name);
  }

  /** A new database with the tables of the program. */
  public DataSource migrated() {
    DataSource database = empty();
    flyway(database).migrate();
    return database;
  }

  /** The database in which roles and databases are made. */
  public JdbcTemplate admin() {
    return new JdbcTemplate(dataSource("postgres"));
  }

  /** Flyway as the program configures it. */
  public static Flyway flyway(DataSource database) {
    Map<String, String> shipped = TestSettings.shipped();
    return Flyway.configure()
        .dataSource(database)
        .locations("filesystem:migrations")
        .baselineOnMigrate(Boolean.parseBoolean(shipped.get("quarkus.flyway.baseline-on-migrate")))
        .baselineVersion(shipped.get("quarkus.flyway.baseline-version"))
        .table(shipped.get("quarkus.flyway.table"))
        .load();
  }

  private PGSimpleDataSource dataSource(String database) {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setUrl(server.jdbcUrl().replaceFirst("/postgres$", "/" + database));
    source.setUser(server.username());
    source.setPassword(server.password());
    return source;
  }

  @Override
  public void close() {
    // the server is given 5 s to stop, in which all these databases would have to be written to
    // disk
    admin().execute("CHECKPOINT");
    server.close();
  }
}
