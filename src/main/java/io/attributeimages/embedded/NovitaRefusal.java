package io.attributeimages.embedded;

/** A request the simulated provider refuses, with the status and reason of its error table. */
final class NovitaRefusal extends Exception {
  private final int status;
  private final String reason;
  private final long retryAfterSeconds;

  NovitaRefusal(int status, String reason, String message) {
    this(status, reason, message, 0);
  }

  NovitaRefusal(int status, String reason, String message, long retryAfterSeconds) {
    super(message);
    this.status = status;
    this.reason = reason;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  int status() {
    return status;
  }

  String reason() {
    return reason;
  }

  /** 0 when the answer carries no Retry-After. */
  long retryAfterSeconds() {
    return retryAfterSeconds;
  }
}
