package io.attributeimages.catalog;

import java.util.ArrayList;
import java.util.List;

/**
 * What is wrong with a file of the operator's, collected so that all of it can be mended at once;
 * of a great many problems the first ones are told.
 */
public final class Problems {

  /** Novita's limit on the length of a prompt, in characters. */
  static final int MAX_PROMPT = 1024;

  static final int MAX_CATEGORY = 50;
  static final int MAX_VALUE = 100;
  static final int MAX_STYLE = 20;

  private static final int TOLD = 50;

  private final String source;
  private final List<String> told = new ArrayList<>();
  private long count;

  /** Problems of the file that was read from there. */
  public Problems(String source) {
    this.source = source;
  }

  /** Whether so many have been found that no more of them are told. */
  boolean areEnough() {
    return told.size() == TOLD;
  }

  /** Something is wrong there. */
  public void add(String path, String sentence) {
    add(source + ": " + path + " " + sentence);
  }

  /** Something is wrong; the sentence says where. */
  void add(String sentence) {
    count++;
    if (told.size() < TOLD) {
      told.add(sentence);
    }
  }

  /** Whether the text is there and fits; otherwise that is a problem. */
  public boolean text(String path, String text, int max) {
    if (text == null || text.isBlank()) {
      add(path, "is empty; a text of 1 to " + max + " characters is needed");
      return false;
    }
    return fits(path, text, max);
  }

  /** Whether it is a name as people and programs can ask for it; otherwise that is a problem. */
  boolean name(String path, String name, int max) {
    if (!text(path, name, max)) {
      return false;
    }
    if (!name.equals(name.strip()) || name.indexOf('\n') >= 0) {
      add(
          path,
          "'"
              + name.strip().replace("\n", "\\n")
              + "' has blanks around it or a line break; take them away");
      return false;
    }
    return true;
  }

  /** Whether the text fits; otherwise that is a problem. */
  boolean fits(String path, String text, int max) {
    int length = text.codePointCount(0, text.length());
    if (length > max) {
      add(path, "has " + length + " characters; allowed are 1 to " + max);
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      if (Character.isISOControl(text.charAt(i)) && text.charAt(i) != '\n') {
        add(path, "has control characters; only printable text is allowed");
        return false;
      }
    }
    return true;
  }

  /**
   * Goes on only if nothing is wrong.
   *
   * @throws InputFileException that tells the problems, one a line
   */
  public void throwIfAny() {
    if (count > told.size()) {
      told.add(source + ": " + (count - told.size()) + " more problems like these");
    }
    if (count > 0) {
      throw new InputFileException(String.join("\n", told));
    }
  }
}
