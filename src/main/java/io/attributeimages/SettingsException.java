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
}
