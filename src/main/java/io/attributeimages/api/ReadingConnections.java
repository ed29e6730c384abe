package io.attributeimages.api;

import io.attributeimages.observe.Dependencies;
import io.quarkus.arc.Unremovable;
import jakarta.enterprise.inject.Typed;
import jakarta.inject.Inject;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import javax.sql.DataSource;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.springframework.jdbc.datasource.DelegatingDataSource;

/**
 * The database for calls that anyone may make: a third of the connections at most, in turn, so that
 * however many read, the pipeline can write down what it pays.
 */
@Singleton
@Unremovable
@Named("reads")
@Typed(ReadingConnections.class)
public class ReadingConnections extends DelegatingDataSource {

  private static final int SHARE = 3;

  private final Semaphore places;
  private final Duration patience;
  private final BooleanSupplier databaseWorks;

  /** A part of that database's connections; each is waited for as long as one of all is. */
  @Inject
  public ReadingConnections(
      DataSource database,
      @ConfigProperty(name = "quarkus.datasource.jdbc.max-size") int connections,
      @ConfigProperty(name = "quarkus.datasource.jdbc.acquisition-timeout") Duration patience,
      @ConfigProperty(name = "quarkus.http.host-enabled", defaultValue = "true") boolean listens,
      Dependencies dependencies) {
    // a command has nobody who asks the database all the time
    this(database, connections, patience, listens ? dependencies::databaseWorks : () -> true);
  }

  ReadingConnections(
      DataSource database, int connections, Duration patience, BooleanSupplier databaseWorks) {
    super(database);
    this.databaseWorks = databaseWorks;
    this.places = new Semaphore(Math.max(1, connections / SHARE), true);
    this.patience = patience;
  }

  /**
   * A connection, which gives its place back when it is closed.
   *
   * @throws Problem if too many read at once, or the database is known to be away
   */
  @Override
  public Connection getConnection() throws SQLException {
    enter();
    try {
      Connection connection = super.getConnection();
      AtomicBoolean open = new AtomicBoolean(true);
      return (Connection)
          Proxy.newProxyInstance(
              getClass().getClassLoader(),
              new Class<?>[] {Connection.class},
              (proxy, method, arguments) -> {
                try {
                  return method.invoke(connection, arguments);
                } catch (InvocationTargetException e) {
                  throw e.getCause();
                } finally {
                  if (method.getName().equals("close") && open.getAndSet(false)) {
                    places.release();
                  }
                }
              });
    } catch (SQLException | RuntimeException e) {
      places.release();
      throw e;
    }
  }

  private void enter() {
    if (!databaseWorks.getAsBoolean()) {
      throw ApiErrors.DATABASE_AWAY;
    }
    try {
      if (!places.tryAcquire(patience.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new Problem(503, "Busy", "Too many calls read at once; try again in a moment");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Problem(503, "Busy", "The program stops; try again in a moment");
    }
  }
}
