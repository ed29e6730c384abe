package io.attributeimages.cli;

/** A command that was not written as it can be; the message is one sentence for who wrote it. */
public final class UsageException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** An exception with that message. */
  public UsageException(String message) {
    super(message);
  }
}
