package io.attributeimages;

/**
 * Settings with which the program cannot start; the message names each one, its value and what is
 * allowed.
 */
public final class SettingsException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** An exception with that message. */
  public SettingsException(String message) {
    super(message);
  }

  /** An exception that says why nobody can be served. */
  static SettingsException ofAddress(String said) {
    return new SettingsException(
        "The address at quarkus.http.host and quarkus.http.port cannot be used: "
            + said
            + ". Stop what is there, or set QUARKUS_HTTP_PORT to another port.");
  }
}
