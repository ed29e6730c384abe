package io.attributeimages.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.attributeimages.support.TestDatabases;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.AbstractDataSource;

class ReadingConnectionsTest {

  private static final Duration PATIENCE = Duration.ofMillis(50);

  private static DataSource database;

  @BeforeAll
  static void createDatabase() {
    database = TestDatabases.empty();
  }

  @Test
  void aThirdOfTheConnectionsIsForReaders() throws SQLException {
    ReadingConnections reads = new ReadingConnections(database, 6, PATIENCE, () -> true);
    List<Connection> open = new ArrayList<>(List.of(reads.getConnection(), reads.getConnection()));

    assertThatThrownBy(reads::getConnection)
        .isInstanceOf(Problem.class)
        .hasMessage("Too many calls read at once; try again in a moment");

    open.remove(0).close();
    open.add(reads.getConnection());
    for (Connection connection : open) {
      connection.close();
    }
  }

  @Test
  void aPlaceIsGivenBackOnceHoweverOftenAConnectionIsClosed() throws SQLException {
    ReadingConnections reads = new ReadingConnections(database, 3, PATIENCE, () -> true);
    Connection first = reads.getConnection();
    first.close();
    first.close();

    try (Connection second = reads.getConnection()) {
      assertThat(second.isClosed()).isFalse();
      assertThatThrownBy(reads::getConnection).isInstanceOf(Problem.class);
    }
  }

  @Test
  void statementsFailAsTheyWouldWithoutIt() {
    JdbcTemplate sql = new JdbcTemplate(new ReadingConnections(database, 1, PATIENCE, () -> true));

    assertThat(sql.queryForObject("SELECT 1", Integer.class)).isEqualTo(1);
    assertThatThrownBy(() -> sql.queryForObject("SELECT nonsense", Integer.class))
        .hasRootCauseInstanceOf(SQLException.class)
        .hasMessageContaining("nonsense");
    assertThat(sql.queryForObject("SELECT 2", Integer.class)).isEqualTo(2);
  }

  @Test
  void aPlaceIsGivenBackWhereTheDatabaseIsAway() {
    ReadingConnections reads = new ReadingConnections(new Away(), 1, PATIENCE, () -> true);

    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(reads::getConnection).isInstanceOf(SQLException.class);
    }
  }

  @Test
  void aDatabaseThatIsKnownToBeAwayIsNotWaitedFor() {
    ReadingConnections reads = new ReadingConnections(database, 1, PATIENCE, () -> false);

    assertThatThrownBy(reads::getConnection).isSameAs(ApiErrors.DATABASE_AWAY);
  }

  private static final class Away extends AbstractDataSource {
    @Override
    public Connection getConnection() throws SQLException {
      throw new SQLException("connection refused");
    }

    @Override
    public Connection getConnection(String user, String password) throws SQLException {
      return getConnection();
    }
  }
}
