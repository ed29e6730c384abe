package io.attributeimages.cli;

/** A route does not do what it was asked to do; the message is a sentence that says why. */
final class RefusedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  RefusedException(String message) {
    super(message);
  }
}
