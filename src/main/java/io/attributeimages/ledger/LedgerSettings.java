package io.attributeimages.ledger;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** What the ledger keeps. */
@ConfigMapping(prefix = "ledger")
public interface LedgerSettings {

  /**
   * How long a task stays in the ledger after its end, as a duration, or {@code off} for ever. Dead
   * letters, and what tells of the pictures in place, always stay, and so do the runs with their
   * counts and costs.
   */
  @WithDefault("90d")
  String keepFinished();
}
