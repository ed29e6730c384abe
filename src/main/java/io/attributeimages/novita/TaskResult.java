package io.attributeimages.novita;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.util.List;

/** The answer of {@code GET /v3/async/task-result}, as far as it is used. */
@JsonNaming(SnakeCaseStrategy.class)
@JsonIgnoreProperties(ignoreUnknown = true)
public record TaskResult(Extra extra, Task task, List<Image> images) {

  /** The seed comes as a string and exceeds 32 bits at times. */
  @JsonNaming(SnakeCaseStrategy.class)
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Extra(String seed) {}

  /** How far it is. */
  @JsonNaming(SnakeCaseStrategy.class)
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Task(String taskId, String status, String reason) {}

  /** A finished picture; its URL is presigned and dies. */
  @JsonNaming(SnakeCaseStrategy.class)
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Image(String imageUrl) {}

  /** Whether the picture can be fetched. */
  public boolean succeeded() {
    return hasStatus("TASK_STATUS_SUCCEED");
  }

  /** Whether Novita gave up on it. */
  public boolean failed() {
    return hasStatus("TASK_STATUS_FAILED");
  }

  /** Whether Novita knows that task. */
  public boolean isAbout(String taskId) {
    return task != null && taskId.equals(task.taskId()) && !hasStatus("TASK_STATUS_UNKNOWN");
  }

  private boolean hasStatus(String status) {
    return task != null && status.equals(task.status());
  }

  /** Why Novita gave up on it, in its own words. */
  public String failure() {
    String reason = task == null || task.reason() == null ? "" : task.reason().strip();
    return reason.isEmpty() ? "Novita gave no reason" : reason;
  }

  /** The seed that was used, or null where the answer has none that is a number. */
  public Long seed() {
    try {
      return extra == null || extra.seed() == null ? null : Long.valueOf(extra.seed().strip());
    } catch (NumberFormatException e) {
      return null;
    }
  }

  /**
   * Where the picture is.
   *
   * @throws IllegalArgumentException if the answer names none
   */
  public String imageUrl() {
    if (images == null
        || images.isEmpty()
        || images.get(0) == null
        || images.get(0).imageUrl() == null) {
      throw new IllegalArgumentException("Novita says the task succeeded but names no image");
    }
    return images.get(0).imageUrl();
  }
}
