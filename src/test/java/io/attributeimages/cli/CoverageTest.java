package io.attributeimages.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.attributeimages.catalog.Catalogue;
import io.attributeimages.catalog.CatalogueReader;
import io.attributeimages.catalog.Combination;
import java.util.List;
import org.junit.jupiter.api.Test;

class CoverageTest {

  private static final Catalogue CATALOGUE =
      CatalogueReader.parse(
          "test",
          """
          categories:
            - name: age
              values:
                - {name: 20s, description: late twenties}
                - {name: 30s, description: mid thirties}
          styles:
            - {name: realistic, prompt: "photo of {value}", cover-prompt: a photo}
            - {name: anime, prompt: "drawing of {value}", cover-prompt: a drawing}
          """);

  private static Combination image(String category, String value, String style) {
    return new Combination(category, value, style, "");
  }

  @Test
  void whatIsMissingIsNamedByCategoryAndStyle() {
    Coverage coverage =
        Coverage.of(
            CATALOGUE, List.of(image("age", "30s", "anime"), image("style", "cover", "realistic")));

    assertThat(coverage.groups())
        .containsExactly(
            new Coverage.Group("age", "realistic", 2, List.of()),
            new Coverage.Group("age", "anime", 2, List.of("30s")));
    assertThat(coverage.styles()).isEqualTo(new Coverage.Covers(2, List.of("realistic")));
    assertThat(coverage.isComplete()).isFalse();
    assertThat(Check.summary(coverage))
        .isEqualTo("1 of 4 images and 1 of 2 covers are missing; the command generate makes them.");
  }

  @Test
  void aMissingCoverAloneIsIncomplete() {
    assertThat(Coverage.of(CATALOGUE, List.of(image("style", "cover", "anime"))).isComplete())
        .isFalse();
  }

  @Test
  void scriptsFindTheNamesOfTheStatus() {
    JsonNode json =
        new ObjectMapper()
            .valueToTree(Coverage.of(CATALOGUE, List.of(image("age", "20s", "anime"))));

    assertThat(json.toString())
        .isEqualTo(
            "{\"complete\":false,\"required\":4,\"stored\":3,\"missing\":1,\"groups\":["
                + "{\"category\":\"age\",\"style\":\"realistic\",\"required\":2,\"stored\":2,\"missing\":[]},"
                + "{\"category\":\"age\",\"style\":\"anime\",\"required\":2,\"stored\":1,\"missing\":[\"20s\"]}],"
                + "\"styles\":{\"required\":2,\"stored\":2,\"missing\":[]}}");
  }

  @Test
  void columnsAreAsWideAsTheyNeedToBe() {
    Table table = new Table("A", "B");
    table.row("long cell", "x");
    table.row("é", "");

    assertThat(table.lines()).containsExactly("A          B", "long cell  x", "é");
  }
}
