package io.attributeimages.embedded;

/**
 * An embedded service cannot start. The message is one sentence for the operator that says what to
 * do, and is meant to be shown without a stack trace.
 */
public final class EmbeddedServiceException extends RuntimeException {
  public EmbeddedServiceException(String message) {
    super(message);
  }

  public EmbeddedServiceException(String message, Throwable cause) {
    super(message, cause);
  }
}
