package io.attributeimages.provider;

/** An answer to a submit that is a success by its status, and names no task and no picture. */
final class NothingAcceptedException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String answer;

  NothingAcceptedException(String answer) {
    this.answer = answer;
  }

  /** All that it says. */
  String answer() {
    return answer;
  }
}
