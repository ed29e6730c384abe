package io.attributeimages.pipeline;

/** The image is not submitted now: its run does not go on, or the program stops. */
final class StoppedException extends Exception {

  private static final long serialVersionUID = 1L;

  /** Says what has stopped. */
  StoppedException(String message) {
    super(message);
  }
}
