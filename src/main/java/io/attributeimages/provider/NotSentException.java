package io.attributeimages.provider;

import java.io.IOException;

/** A request that was not sent: it was too late for it, or nobody took it. */
public final class NotSentException extends IOException {

  private static final long serialVersionUID = 1;

  NotSentException(Exception cause) {
    super(cause);
  }

  NotSentException() {
    super("connecting took so long that nothing was sent");
  }
}
