package io.attributeimages.embedded;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Signs and checks {@code /images/<name>?expires=<epoch seconds>&signature=<hex>}. */
final class ImageUrls {
  private static final String ALGORITHM = "HmacSHA256";

  private final SecretKeySpec key;

  ImageUrls(String secret) {
    this.key = new SecretKeySpec(secret.getBytes(StandardCharsets.US_ASCII), ALGORITHM);
  }

  /** Path and query of a URL that is good until the given second. */
  String sign(String name, long expiresAtSeconds) {
    return "/images/%s?expires=%d&signature=%s"
        .formatted(name, expiresAtSeconds, signature(name, Long.toString(expiresAtSeconds)));
  }

  /** Whether this signature was made for this name and time; says nothing about the time itself. */
  boolean isGenuine(String name, String expires, String signature) {
    return MessageDigest.isEqual(
        signature(name, expires).getBytes(StandardCharsets.US_ASCII),
        signature.getBytes(StandardCharsets.UTF_8));
  }

  private String signature(String name, String expires) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      byte[] digest = mac.doFinal((name + "\n" + expires).getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has " + ALGORITHM, e);
    }
  }
}
