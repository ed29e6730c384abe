package io.attributeimages.embedded;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Signs {@code /images/<name>?expires=<epoch seconds>&signature=<percent-encoded base64>}. An
 * address is good byte for byte only, so it is checked by being signed again.
 */
final class ImageUrls {
  private static final String ALGORITHM = "HmacSHA256";

  private final SecretKeySpec key;

  ImageUrls(String secret) {
    this.key = new SecretKeySpec(secret.getBytes(StandardCharsets.US_ASCII), ALGORITHM);
  }

  /** Path and query of a URL that is good until the given second. */
  String sign(String name, String expiresAtSeconds) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      byte[] digest =
          mac.doFinal((name + "\n" + expiresAtSeconds).getBytes(StandardCharsets.UTF_8));
      String signature = Base64.getEncoder().encodeToString(digest);
      return "/images/%s?expires=%s&signature=%s"
          .formatted(
              name, expiresAtSeconds, URLEncoder.encode(signature, StandardCharsets.US_ASCII));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has " + ALGORITHM, e);
    }
  }
}
