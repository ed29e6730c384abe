package io.attributeimages.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.attributeimages.ledger.Coverage;
import java.util.List;
import org.junit.jupiter.api.Test;

class CheckTest {

  @Test
  void theSummaryCountsImagesAndCovers() {
    Coverage coverage =
        new Coverage(
            List.of(new Coverage.Group("age", "anime", 4, 3, List.of("30s"))),
            new Coverage.Covers(2, List.of("realistic")));

    assertThat(Check.summary(coverage))
        .isEqualTo("1 of 4 images and 1 of 2 covers are missing; the command generate makes them.");
  }

  @Test
  void oneCoverIsACover() {
    Coverage.Group stored = new Coverage.Group("age", "anime", 4, 4, List.of());

    assertThat(Check.summary(new Coverage(List.of(stored), new Coverage.Covers(1, List.of()))))
        .isEqualTo("All 4 images and 1 cover are stored.");
    assertThat(
            Check.summary(new Coverage(List.of(stored), new Coverage.Covers(1, List.of("anime")))))
        .isEqualTo("0 of 4 images and 1 of 1 cover are missing; the command generate makes them.");
  }

  @Test
  void ofAGreatManyMissingImagesTheFirstAreNamed() {
    assertThat(Check.missing(new Coverage.Group("look", "plain", 1000, 10, List.of("a", "b"))))
        .isEqualTo("a, b and 988 more");
    assertThat(Check.missing(new Coverage.Group("look", "plain", 2, 0, List.of("a", "b"))))
        .isEqualTo("a, b");
  }

  @Test
  void columnsAreAsWideAsTheyNeedToBe() {
    Table table = new Table("A", "B");
    table.row("long cell", "x");
    table.row("é", "");

    assertThat(table.lines()).containsExactly("A          B", "long cell  x", "é");
  }
}
