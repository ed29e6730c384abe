package io.attributeimages.support;

import static org.awaitility.Awaitility.await;

import io.agroal.api.AgroalDataSource;
import io.agroal.api.configuration.supplier.AgroalDataSourceConfigurationSupplier;
import io.agroal.api.security.NamePrincipal;
import io.agroal.api.security.SimplePassword;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;
import org.postgresql.ds.PGSimpleDataSource;
import org.springframework.dao.PessimisticLockingFailureException;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * The real Postgres server of this JVM, on which tests get databases of their own. It starts with
 * the first of them. It stops when the last test is done, or with the JVM where tests of Quarkus,
 * which have a class loader of their own, started it.
 */
public final class TestDatabases implements LauncherSessionListener {

  /** What tests hold that migrate a database, because the roles of the server matter to that. */
  public static final String ROLES = "roles";

  /** Its programs, unpacked once for all JVMs, and the data of each. */
  private static final File DIRECTORY = new File("target/postgres");

  /** A system property, which all class loaders see. */
  private static final String PORT = "test.postgres.port";

  /** What all class loaders see as well. */
  private static final Object LOCK = Runtime.getRuntime();

  private static final String MIGRATED = "migrated";

  private static EmbeddedPostgres server;

  @Override
  public void launcherSessionClosed(LauncherSession session) {
    stop();
  }

  private static void stop() {
    synchronized (LOCK) {
      if (server != null) {
        System.clearProperty(PORT);
        try {
          server.close();
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
        server = null;
      }
    }
  }

  private static int port() {
    synchronized (LOCK) {
      if (System.getProperty(PORT) == null) {
        try {
          // the library turns fsync off, which suits a server that nothing kills
          server =
              EmbeddedPostgres.builder()
                  .setOverrideWorkingDirectory(DIRECTORY)
                  .setDataDirectory(new File(DIRECTORY, "data-" + UUID.randomUUID()))
                  .setPGStartupWait(Duration.ofMinutes(2))
                  .setOutputRedirector(ProcessBuilder.Redirect.DISCARD)
                  .setErrorRedirector(ProcessBuilder.Redirect.DISCARD)
                  .start();
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
        flyway(create(server.getPort(), MIGRATED, "template0")).migrate();
        System.setProperty(PORT, String.valueOf(server.getPort()));
      }
      return Integer.getInteger(PORT);
    }
  }

  /** A new database without a table. */
  public static PGSimpleDataSource empty() {
    return copyOf("template0");
  }

  /** A new database with the tables of the program. */
  public static PGSimpleDataSource migrated() {
    return copyOf(MIGRATED);
  }

  /** The same behind a pool, as the program has it. */
  public static DataSource pooled() {
    PGSimpleDataSource database = migrated();
    try {
      return AgroalDataSource.from(
          new AgroalDataSourceConfigurationSupplier()
              .connectionPoolConfiguration(
                  pool ->
                      pool.maxSize(30)
                          .acquisitionTimeout(Duration.ofMinutes(2))
                          .connectionFactoryConfiguration(
                              connection ->
                                  connection
                                      .jdbcUrl(database.getUrl())
                                      .principal(new NamePrincipal(database.getUser()))
                                      .credential(new SimplePassword(database.getPassword())))));
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A new database with all that is in that one, to which nobody is connected. */
  public static PGSimpleDataSource copyOf(String template) {
    return create(port(), "test_" + UUID.randomUUID().toString().replace("-", ""), template);
  }

  /** Takes that database away, with all connections to it. */
  public static void drop(PGSimpleDataSource database) {
    admin().execute("DROP DATABASE " + database.getDatabaseName() + " WITH (FORCE)");
  }

  private static PGSimpleDataSource create(int port, String name, String template) {
    // DDL takes no parameters; the names are of our own making
    new JdbcTemplate(dataSource(port, "postgres"))
        .execute("CREATE DATABASE " + name + " TEMPLATE " + template);
    return dataSource(port, name);
  }

  /** The database in which roles and databases are made. */
  public static JdbcTemplate admin() {
    return new JdbcTemplate(dataSource(port(), "postgres"));
  }

  private static PGSimpleDataSource dataSource(int port, String database) {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setUrl("jdbc:postgresql://127.0.0.1:" + port + "/" + database);
    source.setUser("postgres");
    source.setPassword("a-password-of-the-database");
    return source;
  }

  /** Flyway as the program configures it. */
  public static Flyway flyway(DataSource database) {
    Map<String, String> shipped = TestSettings.shipped();
    return Flyway.configure()
        .dataSource(database)
        .locations("filesystem:migrations")
        .defaultSchema(shipped.get("quarkus.flyway.default-schema"))
        .table(shipped.get("quarkus.flyway.table"))
        .ignoreMigrationPatterns(shipped.get("quarkus.flyway.ignore-migration-patterns").split(","))
        .load();
  }

  /**
   * Takes out what runs have left in a migrated database, and frees all permits. A program that is
   * idle still asks for work now and then, so this waits until it is not in the way.
   */
  public static void clear(JdbcTemplate database) {
    await()
        .atMost(Duration.ofMinutes(2))
        .pollDelay(Duration.ZERO)
        .ignoreException(PessimisticLockingFailureException.class)
        .until(
            () -> {
              database.execute(
                  "TRUNCATE attribute_images, style_images, ledger.run, ledger.task,"
                      + " ledger.run_join, ledger.run_halt, ledger.webhook_hint, ledger.image_event, ledger.handed_task, ledger.brake_cause");
              return true;
            });
    database.update("UPDATE ledger.permit SET free_at = '-infinity', task_id = NULL");
  }
}
