package io.attributeimages.catalog;

/**
 * A file of the operator's that cannot be used; the message says where and what is wrong, one
 * problem a line.
 */
public final class InputFileException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** An exception with that message. */
  public InputFileException(String message) {
    super(message);
  }
}
