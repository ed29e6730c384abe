package io.attributeimages.catalog;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Adds up images to what names a catalogue in the database. */
public final class CatalogueDigest {

  private final MessageDigest digest = sha256();

  /** One image more. */
  public void add(Combination image) {
    add(image.category());
    add(image.value());
    add(image.style());
    add(image.prompt());
  }

  private void add(String text) {
    digest.update(text.getBytes(StandardCharsets.UTF_8));
    digest.update((byte) 0); // no text of a catalogue has this character
  }

  /** The digest of all images added, as hexadecimal digits; afterwards it begins anew. */
  public String hex() {
    return HexFormat.of().formatHex(digest.digest());
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
