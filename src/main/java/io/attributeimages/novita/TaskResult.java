package io.attributeimages.novita;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;

/** The answer of {@code GET /v3/async/task-result}, as far as it is used. */
@JsonNaming(SnakeCaseStrategy.class)
@JsonIgnoreProperties(ignoreUnknown = true)
public record TaskResult(Extra extra, Task task, List<Image> images) {

  /** Presigned URLs have a few hundred characters. */
  private static final int MAX_URL = 4096;

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

  /** Whether Novita knows the task. */
  public boolean known() {
    return !hasStatus("TASK_STATUS_UNKNOWN");
  }

  /**
   * Makes sure that the answer is about the task it was asked for: what stands between Novita and
   * here may give another one's.
   *
   * @throws OtherTaskException if it is not
   */
  public static void requireTask(String asked, TaskResult answer) throws OtherTaskException {
    String answered = answer == null || answer.task() == null ? null : answer.task().taskId();
    if (!asked.equals(answered)) {
      throw new OtherTaskException(asked, answered);
    }
  }

  private boolean hasStatus(String status) {
    return task != null && status.equals(task.status());
  }

  /** Why Novita gave up on it, in its own words, as one line. */
  public String failure() {
    String reason = task == null ? "" : ForeignText.line(task.reason());
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
   * Where the picture is: an http or https URL with a host, which is all that a presigned one is.
   *
   * @throws IllegalArgumentException if the answer names none, or something else
   */
  public String imageUrl() {
    if (images == null
        || images.isEmpty()
        || images.get(0) == null
        || images.get(0).imageUrl() == null) {
      throw new IllegalArgumentException("Novita says the task succeeded but names no image");
    }
    String url = images.get(0).imageUrl();
    if (url.length() > MAX_URL || !isWeb(url)) {
      throw new IllegalArgumentException(
          "Novita's URL of the picture is none that can be fetched: " + ForeignText.line(url));
    }
    return url;
  }

  /** A strict reading: what is no URL, Camel would mend, or replace {{settings}} in. */
  private static boolean isWeb(String url) {
    try {
      URI uri = new URI(url);
      return uri.getScheme() != null
          && uri.getScheme().matches("(?i)https?")
          && uri.getHost() != null
          && uri.getRawUserInfo() == null
          && uri.getPort() != 0
          && uri.getPort() <= 65_535;
    } catch (URISyntaxException e) {
      return false;
    }
  }
}
