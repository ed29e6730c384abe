package io.attributeimages.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.dao.DataAccessResourceFailureException;

class DatabaseFailureTest {

  @ParameterizedTest
  @CsvSource({
    "08006, true",
    "57P01, true",
    "55P03, true",
    "40P01, true",
    "42703, false",
    "23505, false"
  })
  void theStateSaysWhetherItMayDoAnotherTime(String state, boolean unavailable) {
    var failure = new IllegalStateException(new SQLException("said", state));

    assertThat(DatabaseFailure.isUnavailable(failure)).isEqualTo(unavailable);
  }

  @Test
  void whatStandsInForTheDatabaseIsUnavailableLikeIt() {
    var failure =
        new DataAccessResourceFailureException("No file can be written", new IOException("full"));

    assertThat(DatabaseFailure.isUnavailable(failure)).isTrue();
    assertThat(DatabaseFailure.of(failure))
        .map(SQLException::getMessage)
        .hasValue("No file can be written");
  }

  @Test
  void aFailureOfAnotherKindIsNoneOfTheDatabases() {
    assertThat(DatabaseFailure.isUnavailable(new IOException("connection reset"))).isFalse();
  }
}
