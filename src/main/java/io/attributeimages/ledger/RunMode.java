package io.attributeimages.ledger;

/** Which of the selected images a run makes; written in lower case in the ledger and in JSON. */
public enum RunMode {
  /** Those that are not stored. */
  MISSING,
  /** All; each new picture replaces the old one when it is in place. */
  REGENERATE;

  /** The mode's name in the ledger and in JSON. */
  public String label() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }

  /**
   * The mode of that name.
   *
   * @throws IllegalArgumentException for any other name
   */
  public static RunMode of(String label) {
    for (RunMode mode : values()) {
      if (mode.label().equals(label)) {
        return mode;
      }
    }
    throw new IllegalArgumentException("no run mode " + label);
  }
}
