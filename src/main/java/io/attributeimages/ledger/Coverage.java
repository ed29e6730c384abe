package io.attributeimages.ledger;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.List;
import java.util.Map;

/**
 * How much of the catalogue is stored; as JSON under the names of {@code GET /api/status}.
 *
 * @param groups the images by category and style, covers not among them
 * @param styles the covers
 */
@JsonPropertyOrder({"complete", "required", "stored", "missing", "groups", "styles"})
public record Coverage(List<Group> groups, Covers styles) {

  /**
   * How many missing images of a group are named, or less where there are more than a hundred
   * groups; what there are more are only counted.
   */
  public static final int NAMED = 100;

  /**
   * The images of one category in one style.
   *
   * @param required how many there should be
   * @param stored how many are in place
   * @param missing the values that are not, at most the first {@value Coverage#NAMED} of them
   */
  @JsonPropertyOrder({"category", "style", "required", "stored", "missing"})
  public record Group(
      String category, String style, long required, long stored, List<String> missing) {}

  /**
   * The covers of the styles.
   *
   * @param missing the styles whose cover is not stored
   */
  @JsonPropertyOrder({"required", "stored", "missing"})
  public record Covers(int required, List<String> missing) {

    /** How many are stored. */
    @JsonProperty
    public int stored() {
      return required - missing.size();
    }
  }

  /** The coverage in the rows of {@code sql/read/select-groups.sql}. */
  public static Coverage of(List<Map<String, Object>> rows) {
    List<Map<String, Object>> covers = rows.stream().filter(Coverage::isCover).toList();
    return new Coverage(
        rows.stream().filter(row -> !isCover(row)).map(Coverage::group).toList(),
        new Covers(
            covers.size(),
            covers.stream()
                .map(Coverage::group)
                .filter(cover -> cover.stored() < cover.required())
                .map(Group::style)
                .toList()));
  }

  private static boolean isCover(Map<String, Object> row) {
    return (Boolean) row.get("cover");
  }

  private static Group group(Map<String, Object> row) {
    return new Group(
        (String) row.get("category"),
        (String) row.get("style"),
        (Long) row.get("required"),
        (Long) row.get("stored"),
        Rows.strings(row.get("missing")));
  }

  /** How many images there should be, covers not counted. */
  @JsonProperty
  public long required() {
    return groups.stream().mapToLong(Group::required).sum();
  }

  /** How many images are stored, covers not counted. */
  @JsonProperty
  public long stored() {
    return groups.stream().mapToLong(Group::stored).sum();
  }

  /** How many images are missing, covers not counted. */
  @JsonProperty
  public long missing() {
    return required() - stored();
  }

  /** Whether nothing is missing, covers included. */
  @JsonProperty("complete")
  public boolean isComplete() {
    return missing() == 0 && styles.missing().isEmpty();
  }
}
