package io.attributeimages.storage;

import java.net.SocketException;
import java.util.Optional;
import java.util.Set;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * What a store will not take, however often it is asked, until somebody changes a setting.
 *
 * @param status the HTTP status; null where the store hung up on the picture
 * @param message what it said, and what to change
 */
public record StoreRefusal(Integer status, String message) {

  /** Another matter the next time. */
  private static final Set<Integer> PASSING = Set.of(408, 409, 423, 425, 429);

  private static final Set<String> PASSING_CODES =
      Set.of("RequestTimeout", "RequestTimeTooSkewed", "BadDigest", "IncompleteBody", "SlowDown");

  /** What the failure of a call says; empty where it may be another matter the next time. */
  public static Optional<StoreRefusal> of(Throwable failure, StorageSettings settings) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof S3Exception answer) {
        int status = answer.statusCode();
        boolean refused =
            status / 100 == 4 && !PASSING.contains(status) && !PASSING_CODES.contains(code(answer));
        return refused && !(t instanceof NoSuchKeyException)
            ? Optional.of(new StoreRefusal(status, said(answer) + cure(answer, settings)))
            : Optional.empty();
      }
      if (t instanceof SocketException && failure instanceof SdkException) {
        return hungUp(t, settings);
      }
    }
    return Optional.empty();
  }

  /** A store, or a proxy before it, may not read a body that is too large to its end. */
  private static Optional<StoreRefusal> hungUp(Throwable failure, StorageSettings settings) {
    String said = String.valueOf(failure.getMessage());
    return said.matches("(?i).*(broken pipe|connection reset).*")
        ? Optional.of(
            new StoreRefusal(
                null,
                "The store hung up while it was sent a picture (%s). If that happens to each of them, %s"
                    .formatted(said, size(settings))))
        : Optional.empty();
  }

  private static String said(S3Exception answer) {
    String code = code(answer);
    return "The store refuses it" + (code.isEmpty() ? "" : " (" + code + ")") + ": ";
  }

  private static String code(S3Exception answer) {
    return answer.awsErrorDetails() == null || answer.awsErrorDetails().errorCode() == null
        ? ""
        : answer.awsErrorDetails().errorCode();
  }

  private static String cure(S3Exception answer, StorageSettings settings) {
    String bucket = "the bucket '" + settings.bucket() + "'";
    String code = code(answer);
    if (answer.statusCode() == 413 || code.equals("EntityTooLarge")) {
      return size(settings);
    }
    if (answer.statusCode() == 415 || code.equals("InvalidMimeType")) {
      return "let "
          + bucket
          + " take image/jpeg"
          + (settings.keepOriginals()
              ? ", image/png and image/webp, or keep no originals (storage.keep-originals=false)"
              : "");
    }
    if (code.equals("InvalidKey")) {
      return "it takes no such key; check storage.prefix, which is '" + settings.prefix() + "'";
    }
    if (answer.statusCode() == 404) {
      return "create " + bucket + " as a public one, or name one that exists in storage.bucket";
    }
    return "check storage.region, storage.access-key-id and storage.secret-access-key, and whether they"
        + " may write to and read from "
        + bucket;
  }

  private static String size(StorageSettings settings) {
    return "raise the size limit of the bucket '"
        + settings.bucket()
        + "', and of proxies before the store"
        + (settings.keepOriginals() ? ", or keep no originals (storage.keep-originals=false)" : "");
  }
}
