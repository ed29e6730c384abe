package io.attributeimages.provider;

import java.io.IOException;

/** An answer about another task than the one that was asked for, or about none. */
public final class OtherTaskException extends IOException {

  private static final long serialVersionUID = 1;

  OtherTaskException(String asked, String answered) {
    super(
        "Novita was asked for task "
            + ForeignText.quote(asked)
            + " and answered about "
            + (answered == null ? "none" : "task " + ForeignText.quote(answered)));
  }
}
