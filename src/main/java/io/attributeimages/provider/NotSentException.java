package io.attributeimages.provider;

import java.io.IOException;

/** A request that was not sent, as it was too late for it. */
public final class NotSentException extends IOException {

  private static final long serialVersionUID = 1;

  NotSentException() {
    super("connecting took so long that nothing was sent");
  }
}
