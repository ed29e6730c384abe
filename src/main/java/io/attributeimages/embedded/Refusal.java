package io.attributeimages.embedded;

/** A request that a simulated host refuses. */
final class Refusal extends Exception {
  private final int status;
  private final String reason;

  Refusal(int status, String reason, String message) {
    super(message);
    this.status = status;
    this.reason = reason;
  }

  /** A field that is missing or beyond its limits: the host has its own status for that. */
  static Refusal invalid(String message) {
    return invalid("INVALID_REQUEST_BODY", message);
  }

  static Refusal invalid(String reason, String message) {
    return new Refusal(0, reason, message);
  }

  Answer inTheWordsOf(SimulatedHost host) {
    if (status != 0) {
      return host.error(status, reason, getMessage());
    }
    return switch (host) {
      case OPENAI -> host.error(400, "invalid_value", getMessage());
      case WEBUI -> host.error(422, "value_error", getMessage());
      default -> host.error(400, reason, getMessage());
    };
  }
}
