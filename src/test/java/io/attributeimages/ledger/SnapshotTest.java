package io.attributeimages.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullAndEmptySource;
import org.junit.jupiter.params.provider.ValueSource;

class SnapshotTest {

  @ParameterizedTest
  @ValueSource(strings = {"1:1:", "795:799:", "795:799:795", "795:799:795,796,796,798"})
  void whatPostgresWritesIsKeptAsItIs(String text) {
    assertThat(Snapshot.parse(text)).map(Snapshot::text).hasValue(text);
  }

  @ParameterizedTest
  @NullAndEmptySource
  @ValueSource(
      strings = {
        "7",
        "7:8",
        "0:8:",
        "9:8:",
        "-1:8:",
        "7:8:6",
        "7:8:8",
        "7:9:8,7",
        "7:9:,",
        "7:9:7,",
        " 7:9:",
        "7:9:\n",
        "x:y:z",
        "9999999999999999999:9999999999999999999:",
        "1:2:' OR 1=1"
      })
  void whatPostgresWouldRefuseIsNone(String text) {
    assertThat(Snapshot.parse(text)).isEmpty();
  }

  @Test
  void aTextOfAnyLengthIsReadWithoutTheStack() {
    assertThat(Snapshot.parse("1:99999:1" + ",1".repeat(3500))).isPresent();
    assertThat(Snapshot.parse("1:99999:1" + ",1".repeat(6000))).isEmpty();
    assertThat(Snapshot.parse("1".repeat(10_000_000))).isEmpty();
  }

  @Test
  void oneThatSawLessWasTakenBefore() {
    Snapshot early = Snapshot.of("7:9:8");
    Snapshot late = Snapshot.of("8:12:");

    assertThat(early.isNotAfter(late)).isTrue();
    assertThat(early.isNotAfter(early)).isTrue();
    assertThat(late.isNotAfter(early)).isFalse();
  }
}
