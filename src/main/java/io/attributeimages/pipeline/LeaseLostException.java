package io.attributeimages.pipeline;

/**
 * The claim on a task has expired while it was worked on: what becomes of it is no longer ours to
 * say.
 */
final class LeaseLostException extends Exception {

  private static final long serialVersionUID = 1L;

  /** An exception with that message. */
  LeaseLostException(String message) {
    super(message);
  }
}
