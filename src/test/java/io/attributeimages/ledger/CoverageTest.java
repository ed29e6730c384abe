package io.attributeimages.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CoverageTest {

  private static Map<String, Object> row(
      String category, String style, long required, String... missing) {
    Map<String, Object> row = new HashMap<>();
    row.put("category", category);
    row.put("style", style);
    row.put("cover", category.equals("style"));
    row.put("required", required);
    row.put("stored", required - missing.length);
    row.put("missing", missing.length == 0 ? null : missing);
    return row;
  }

  private static final Coverage INCOMPLETE =
      Coverage.of(
          List.of(
              row("age", "realistic", 2),
              row("age", "anime", 2, "30s"),
              row("style", "realistic", 1, "cover"),
              row("style", "anime", 1)));

  @Test
  void whatIsMissingIsNamedByCategoryAndStyle() {
    assertThat(INCOMPLETE.groups())
        .containsExactly(
            new Coverage.Group("age", "realistic", 2, 2, List.of()),
            new Coverage.Group("age", "anime", 2, 1, List.of("30s")));
    assertThat(INCOMPLETE.styles()).isEqualTo(new Coverage.Covers(2, List.of("realistic")));
    assertThat(INCOMPLETE.isComplete()).isFalse();
  }

  @Test
  void aMissingCoverAloneIsIncomplete() {
    assertThat(
            Coverage.of(List.of(row("age", "anime", 2), row("style", "anime", 1, "cover")))
                .isComplete())
        .isFalse();
    assertThat(Coverage.of(List.of(row("age", "anime", 2), row("style", "anime", 1))).isComplete())
        .isTrue();
  }

  @Test
  void scriptsFindTheNamesOfTheStatus() {
    JsonNode json = new ObjectMapper().valueToTree(INCOMPLETE);

    assertThat(json.toString())
        .isEqualTo(
            "{\"complete\":false,\"required\":4,\"stored\":3,\"missing\":1,\"groups\":["
                + "{\"category\":\"age\",\"style\":\"realistic\",\"required\":2,\"stored\":2,\"missing\":[]},"
                + "{\"category\":\"age\",\"style\":\"anime\",\"required\":2,\"stored\":1,\"missing\":[\"30s\"]}],"
                + "\"styles\":{\"required\":2,\"stored\":1,\"missing\":[\"realistic\"]}}");
  }
}
