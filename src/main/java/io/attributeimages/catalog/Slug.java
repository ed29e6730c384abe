package io.attributeimages.catalog;

import java.text.Normalizer;

/** The part of an object key that a name becomes: lower case letters, digits and single hyphens. */
public final class Slug {

  private Slug() {}

  /** The slug of a name; empty where the name has neither an ASCII letter nor a digit. */
  public static String of(String name) {
    // no regular expressions: a catalogue may have a million names
    StringBuilder slug = new StringBuilder(name.length());
    boolean gap = false;
    for (int c : Normalizer.normalize(name, Normalizer.Form.NFD).codePoints().toArray()) {
      int lower = c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
      if (lower >= 'a' && lower <= 'z' || lower >= '0' && lower <= '9') {
        if (gap && !slug.isEmpty()) {
          slug.append('-');
        }
        gap = false;
        slug.append((char) lower);
      } else if (!isMark(lower)) {
        gap = true;
      }
    }
    return slug.toString();
  }

  private static boolean isMark(int c) {
    int type = Character.getType(c);
    return type == Character.NON_SPACING_MARK
        || type == Character.ENCLOSING_MARK
        || type == Character.COMBINING_SPACING_MARK;
  }
}
