package io.attributeimages.ledger;

/** The states of a task; architecture and transitions are in {@code migrations/V2__ledger.sql}. */
public enum TaskState {
  /** Waits for its turn; nothing is paid. */
  PLANNED,
  /** An instance holds a lease and is submitting it. */
  SUBMITTING,
  /** Paid for; its Novita task id is known and its picture is to be collected. */
  SUBMITTED,
  /** The submit went out and its answer was lost: it may be paid for. */
  UNCONFIRMED,
  /** The picture is in the bucket and its row is in place. */
  STORED,
  /** A dead letter. */
  FAILED,
  /** The image turned up meanwhile. */
  SKIPPED,
  /** Its run was cancelled before it was paid for. */
  CANCELLED
}
