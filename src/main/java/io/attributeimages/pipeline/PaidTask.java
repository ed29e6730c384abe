package io.attributeimages.pipeline;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.math.BigDecimal;
import java.util.UUID;

/**
 * What was paid for an image: its answer to a submit says so, or a webhook, which is no more than a
 * hint until the provider was asked.
 *
 * @param task the row of the ledger
 * @param attempt which submit of it was answered; 0 where a webhook says so
 * @param providerTaskId the task at the provider, or ours where the answer is the picture
 * @param pictureUrl the picture's address, where the answer has one
 * @param secondsToLive how long it lives from now, where that is told
 * @param originalKey where in the bucket the picture is about to be that the answer has in it
 * @param seed the picture was made with, where the answer says so
 * @param confidence of 0 to 100 that it shows nudity, where the answer says so
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record PaidTask(
    UUID task,
    int attempt,
    String providerTaskId,
    String pictureUrl,
    Long secondsToLive,
    String originalKey,
    Long seed,
    BigDecimal confidence) {

  /** Rejects what names no task, as a file that was cut short may. */
  public PaidTask {
    if (task == null || providerTaskId == null) {
      throw new IllegalArgumentException("it names no task");
    }
  }

  /** Whether the answer was the picture, or should have been: there is no task to ask. */
  public boolean answersPicture() {
    return task != null && providerTaskId.equals(task + "-" + attempt);
  }

  /** What a webhook says. */
  public PaidTask(UUID task, String providerTaskId) {
    this(task, 0, providerTaskId);
  }

  /** A task at the provider. */
  public PaidTask(UUID task, int attempt, String providerTaskId) {
    this(task, attempt, providerTaskId, null, null, null, null, null);
  }
}
