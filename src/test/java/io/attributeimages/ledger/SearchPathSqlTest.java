package io.attributeimages.ledger;

import static org.assertj.core.api.Assertions.assertThatCode;

import io.attributeimages.support.SqlFiles;
import io.attributeimages.support.TestDatabases;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.postgresql.ds.PGSimpleDataSource;
import org.springframework.jdbc.core.JdbcTemplate;

/** Somebody's tables of the same names, in a schema that comes first, are never taken for ours. */
@Tag("database")
class SearchPathSqlTest {

  private static PGSimpleDataSource dataSource;
  private static Connection connection;

  @BeforeAll
  static void putOtherTablesFirst() throws SQLException {
    dataSource = TestDatabases.migrated();
    JdbcTemplate database = new JdbcTemplate(dataSource);
    database.execute("CREATE SCHEMA theirs");
    for (String table :
        database.queryForList(
            "SELECT table_name::text FROM information_schema.tables WHERE table_schema IN ('public', 'ledger')",
            String.class)) {
      database.execute("CREATE TABLE theirs." + table + " ()");
    }
    dataSource.setCurrentSchema("theirs,public");
    connection = dataSource.getConnection();
    connection
        .createStatement()
        .execute(SqlFiles.text("prepare-catalogue-rows").replace("ON COMMIT DROP", ""));
  }

  @AfterAll
  static void dropDatabase() throws SQLException {
    connection.close();
    TestDatabases.drop(dataSource);
  }

  static Set<String> statements() {
    return SqlFiles.names();
  }

  @ParameterizedTest
  @MethodSource("statements")
  void aStatementNamesTheSchemasOfItsTables(String name) {
    assertThatCode(
            () -> {
              try (PreparedStatement prepared = connection.prepareStatement(SqlFiles.text(name))) {
                prepared.getParameterMetaData();
              }
            })
        .doesNotThrowAnyException();
  }
}
