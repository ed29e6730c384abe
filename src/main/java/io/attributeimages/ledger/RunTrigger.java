package io.attributeimages.ledger;

/** What started a run. */
public enum RunTrigger {
  /** The cron expression in {@code pipeline.schedule}. */
  SCHEDULE,
  /** The start of the program, with {@code pipeline.run-at-start}. */
  START,
  /** {@code POST /api/runs}. */
  REST,
  /** A command. */
  CLI
}
