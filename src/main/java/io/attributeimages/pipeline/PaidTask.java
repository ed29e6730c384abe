package io.attributeimages.pipeline;

import java.util.UUID;

/**
 * A task at Novita that was paid for an image: its answer to a submit says so, or a webhook, which
 * is no more than a hint until Novita was asked.
 *
 * @param task the row of the ledger
 * @param attempt which submit of it was answered; 0 where a webhook says so
 * @param providerTaskId the task at Novita
 */
public record PaidTask(UUID task, int attempt, String providerTaskId) {

  /** Rejects what names no task, as a file that was cut short may. */
  public PaidTask {
    if (task == null || providerTaskId == null) {
      throw new IllegalArgumentException("it names no task");
    }
  }

  /** What a webhook says. */
  public PaidTask(UUID task, String providerTaskId) {
    this(task, 0, providerTaskId);
  }
}
