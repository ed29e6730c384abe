package io.attributeimages.storage;

/** Bytes that are not the picture that was asked for. */
public final class PictureException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final Reason reason;

  /** What is wrong with the bytes. */
  public enum Reason {
    /** They are no picture, or only a part of one: another download may bring it. */
    NOT_A_PICTURE,
    /** A whole picture, but not of the size that was asked for: asking again brings the same. */
    WRONG_SIZE,
    /** It needs more memory than there is now. */
    NO_MEMORY,
    /** The store holds other bytes than were sent. */
    STORED_DIFFERENTLY
  }

  /** An exception with a message for people. */
  public PictureException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  /** What is wrong. */
  public Reason reason() {
    return reason;
  }
}
