package io.attributeimages.pipeline;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.apache.camel.CamelContext;

/**
 * The token in the URL of a task's webhook: nobody can guess it, it is right for that task only,
 * and any instance checks it without asking the database. It is an HMAC of the task's id under a
 * key that all instances share.
 */
@ApplicationScoped
public class WebhookTokens {

  private static final String ALGORITHM = "HmacSHA256";

  private final CamelContext camel;
  private volatile SecretKeySpec key;

  /** Tokens under the key in the ledger, which is read once. */
  @Inject
  public WebhookTokens(CamelContext camel) {
    this.camel = camel;
  }

  /** Tokens under that key. */
  WebhookTokens(String key) {
    this((CamelContext) null);
    this.key = new SecretKeySpec(key.getBytes(StandardCharsets.UTF_8), ALGORITHM);
  }

  /** The token of a task: 64 hexadecimal digits. */
  public String token(UUID task) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key());
      byte[] text = ("webhook " + task).getBytes(StandardCharsets.UTF_8);
      return HexFormat.of().formatHex(mac.doFinal(text));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Whether it is the task's token; the time this takes says nothing about how much is right. */
  public boolean isRight(UUID task, String token) {
    return MessageDigest.isEqual(
        token(task).getBytes(StandardCharsets.UTF_8), token.getBytes(StandardCharsets.UTF_8));
  }

  /** Reads the key, so that no webhook has to wait for the database. */
  public SecretKeySpec key() {
    SecretKeySpec known = key;
    if (known == null) {
      try (var sql = camel.createProducerTemplate()) {
        String text =
            sql.requestBody(
                "sql:classpath:sql/confirm/select-webhook-key.sql?outputType=SelectOne",
                null,
                String.class);
        known = new SecretKeySpec(text.getBytes(StandardCharsets.UTF_8), ALGORITHM);
        key = known;
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }
    return known;
  }
}
