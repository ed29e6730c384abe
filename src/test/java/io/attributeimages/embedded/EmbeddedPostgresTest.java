package io.attributeimages.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedPostgresTest {
  /** One directory for all tests: unpacking and initdb take most of a first start. */
  @TempDir static Path dataDir;

  private static EmbeddedPostgres postgres;

  @BeforeAll
  static void start() throws SQLException {
    postgres = EmbeddedPostgres.start(dataDir);
    execute("CREATE TABLE IF NOT EXISTS note (text varchar)");
  }

  @AfterAll
  static void stop() {
    postgres.close();
  }

  @Test
  void dataSurviveARestart() throws SQLException {
    execute("INSERT INTO note VALUES ('kept')");

    postgres.close();
    postgres = EmbeddedPostgres.start(dataDir);

    assertThat(query("SELECT count(*) FROM note WHERE text = 'kept'")).isEqualTo("1");
  }

  @Test
  void aServerLeftByAKilledProgramIsStoppedAndItsDataKept() throws Exception {
    postgres.close();
    Process program = startProgram("INSERT INTO note VALUES ('committed before the kill')");
    long serverPid = serverPid();

    program.destroyForcibly().waitFor();
    assertThat(ProcessHandle.of(serverPid)).isPresent();
    postgres = EmbeddedPostgres.start(dataDir);

    assertThat(query("SELECT count(*) FROM note WHERE text = 'committed before the kill'"))
        .isEqualTo("1");
    assertThat(serverPid()).isNotEqualTo(serverPid);
  }

  @Test
  void theServerEndsWithTheProgramButNotBeforeItsClients() throws Exception {
    postgres.close();
    Process program = startProgram("INSERT INTO note VALUES ('last words')");

    program.destroy();

    assertThat(program.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(dataDir.resolve("postgres/postmaster.pid")).doesNotExist();
    postgres = EmbeddedPostgres.start(dataDir);
    // one from its start, one from its shutdown hook
    assertThat(query("SELECT count(*) FROM note WHERE text = 'last words'")).isEqualTo("2");
  }

  @Test
  void aPidFileThatNamesAnotherProgramDoesNotHarmIt() throws Exception {
    postgres.close();
    Files.writeString(
        dataDir.resolve("postgres/postmaster.pid"), ProcessHandle.current().pid() + "\n");

    postgres = EmbeddedPostgres.start(dataDir);

    assertThat(query("SELECT 1")).isEqualTo("1");
  }

  @Test
  void aFirstStartThatWasCutShortBeginsAgain(@TempDir Path other) throws Exception {
    Files.createDirectory(other.resolve("postgres"));
    Files.createFile(other.resolve("postgres/PG_VERSION"));
    Files.createFile(other.resolve("postgres.initialising"));
    Files.createFile(other.resolve("postgres-credentials.properties"));

    try (EmbeddedPostgres server = EmbeddedPostgres.start(other);
        Connection connection = connect(server)) {
      assertThat(connection.isValid(5)).isTrue();
    }
    assertThat(other.resolve("postgres.initialising")).doesNotExist();
  }

  @Test
  void aDatabaseItDidNotMakeIsNotTouched(@TempDir Path other) throws Exception {
    Path foreign = Files.createDirectory(other.resolve("postgres")).resolve("precious");
    Files.createFile(foreign);

    assertThatThrownBy(() -> EmbeddedPostgres.start(other))
        .isInstanceOf(EmbeddedServiceException.class)
        .hasMessageContaining("was not made by this program");

    assertThat(foreign).exists();
  }

  @Test
  void aSecondInstanceIsRefusedAndTheFirstGoesOn() throws SQLException {
    assertThatThrownBy(() -> EmbeddedPostgres.start(dataDir))
        .isInstanceOf(EmbeddedServiceException.class)
        .hasMessageStartingWith("Another instance is already using");

    assertThat(query("SELECT 1")).isEqualTo("1");
  }

  @Test
  void aCommitIsOnDiskBeforeItIsAnswered() throws SQLException {
    assertThat(query("SHOW fsync")).isEqualTo("on");
    assertThat(query("SHOW synchronous_commit")).isEqualTo("on");
  }

  @Test
  void nobodyGetsInWithoutThePassword() {
    assertThatThrownBy(
            () -> DriverManager.getConnection(postgres.jdbcUrl(), postgres.username(), "guessed"))
        .isInstanceOf(SQLException.class)
        .hasMessageContaining("password authentication failed");
  }

  /** Starts another JVM on the directory, and waits until it has executed the statement. */
  private static Process startProgram(String sql) throws IOException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Program.class.getName(),
                dataDir.toString(),
                sql)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    assertThat(process.inputReader().readLine()).isEqualTo("ready");
    return process;
  }

  private static long serverPid() throws IOException {
    return Long.parseLong(
        Files.readAllLines(dataDir.resolve("postgres/postmaster.pid")).get(0).strip());
  }

  /** The program of the other JVM: keeps its connection until it is told to end. */
  static final class Program {
    public static void main(String[] arguments) throws Exception {
      EmbeddedPostgres server = EmbeddedPostgres.start(Path.of(arguments[0]));
      Connection connection = EmbeddedPostgresTest.connect(server);
      Runtime.getRuntime().addShutdownHook(new Thread(() -> finish(connection, arguments[1])));
      connection.createStatement().execute(arguments[1]);
      System.out.println("ready");
      new CountDownLatch(1).await();
    }

    private static void finish(Connection connection, String sql) {
      try (connection) {
        connection.createStatement().execute(sql);
      } catch (SQLException e) {
        throw new IllegalStateException("the server stopped before its client", e);
      }
    }
  }

  private static Connection connect(EmbeddedPostgres server) throws SQLException {
    return DriverManager.getConnection(server.jdbcUrl(), server.username(), server.password());
  }

  private static void execute(String sql) throws SQLException {
    try (Connection connection = connect(postgres);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static String query(String sql) throws SQLException {
    try (Connection connection = connect(postgres);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }
}
