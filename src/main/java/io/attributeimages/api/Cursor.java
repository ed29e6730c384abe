package io.attributeimages.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/** Where a list of pictures goes on: category, value and style of the last one, as one word. */
final class Cursor {

  /** Before the first picture. */
  static final List<String> START = Arrays.asList(null, null, null);

  private static final ObjectMapper JSON = new ObjectMapper();

  private Cursor() {}

  /** The word for what comes after the last of the rows. */
  static String after(List<Map<String, Object>> rows) {
    Map<String, Object> last = rows.get(rows.size() - 1);
    try {
      return Base64.getUrlEncoder()
          .withoutPadding()
          .encodeToString(
              JSON.writeValueAsBytes(
                  List.of(last.get("category"), last.get("value"), last.get("style"))));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Category, value and style.
   *
   * @throws Problem if the word is none of ours
   */
  static List<String> read(String word) {
    try {
      List<String> names =
          JSON.readValue(Base64.getUrlDecoder().decode(word), new TypeReference<>() {});
      if (names != null && names.size() == START.size() && !names.contains(null)) {
        return names;
      }
    } catch (IOException | IllegalArgumentException e) {
      // said below
    }
    throw Problem.badRequest(
        "Parameter after is '"
            + Queries.printable(word)
            + "'; allowed is what the field next of the page before says");
  }
}
