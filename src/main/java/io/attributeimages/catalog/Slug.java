package io.attributeimages.catalog;

import java.text.Normalizer;
import java.util.Locale;

/** The part of an object key that a name becomes: lower case letters, digits and single hyphens. */
public final class Slug {

  private Slug() {}

  /** The slug of a name; empty where the name has neither an ASCII letter nor a digit. */
  public static String of(String name) {
    String ascii = Normalizer.normalize(name, Normalizer.Form.NFD).replaceAll("\\p{M}", "");
    return ascii.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceAll("^-|-$", "");
  }
}
