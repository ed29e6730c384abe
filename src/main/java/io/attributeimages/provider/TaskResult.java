package io.attributeimages.provider;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.math.BigDecimal;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.regex.Pattern;

/** The answer of {@code GET /v3/async/task-result}, as far as it is used. */
@JsonNaming(SnakeCaseStrategy.class)
@JsonIgnoreProperties(ignoreUnknown = true)
public record TaskResult(Extra extra, Task task, List<Image> images) {

  /** Presigned URLs have a few hundred characters. */
  private static final int MAX_URL = 4096;

  private static final String SUCCEEDED = "TASK_STATUS_SUCCEED";
  private static final Pattern TASK_ID = Pattern.compile("[A-Za-z0-9_-]{1,100}");

  /** The seed comes as a string and exceeds 32 bits at times. */
  @JsonNaming(SnakeCaseStrategy.class)
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Extra(String seed, JsonNode hasNsfwContents) {}

  /** How far it is. */
  @JsonNaming(SnakeCaseStrategy.class)
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Task(String taskId, String status, String reason) {}

  /** A finished picture; its URL is presigned and dies. */
  @JsonNaming(SnakeCaseStrategy.class)
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Image(String imageUrl, Label nsfwDetectionResult) {}

  /** How likely it is, of 0 to 100, that the picture shows nudity; where the detector ran. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Label(Boolean valid, BigDecimal confidence) {}

  /** Whether a text can be a task's id, which becomes part of URLs and object keys. */
  public static boolean isTaskId(String text) {
    return text != null && TASK_ID.matcher(text).matches();
  }

  /** The result of a call whose answer was the picture: its address, or null, and its label. */
  public static TaskResult ofPicture(String url, BigDecimal confidence) {
    return new TaskResult(
        null,
        new Task(null, SUCCEEDED, null),
        List.of(new Image(url, new Label(confidence != null, confidence))));
  }

  /** Whether the picture can be fetched. */
  public boolean succeeded() {
    return hasStatus(SUCCEEDED);
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
    String reason = task == null ? "" : ForeignText.withoutPaths(ForeignText.line(task.reason()));
    return reason.isEmpty() ? "Novita gave no reason" : reason;
  }

  /** The seed that was used, or null where the answer has none that is a number. */
  public Long seed() {
    return extra == null ? null : Accepted.number(extra.seed());
  }

  /** The confidence, of 0 to 100, that the picture shows nudity; null where nobody has looked. */
  public BigDecimal confidence() {
    boolean labelled = images != null && !images.isEmpty() && images.get(0) != null;
    Label label = labelled ? images.get(0).nsfwDetectionResult() : null;
    return label == null || !Boolean.TRUE.equals(label.valid()) ? null : risk(label.confidence());
  }

  /** What is no confidence of 0 to 100 says nothing: null. */
  static BigDecimal risk(BigDecimal confidence) {
    return confidence == null
            || confidence.signum() < 0
            || confidence.compareTo(BigDecimal.valueOf(100)) > 0
        ? null
        : confidence;
  }

  /** Whether Novita says that the picture shows nudity. */
  public boolean isNamedNsfw() {
    JsonNode named = extra == null ? null : extra.hasNsfwContents();
    if (named == null || !named.isArray()) {
      return false;
    }
    return named.valueStream().anyMatch(one -> !one.isNull() && !one.asText().equals("false"));
  }

  /** Whether it names a picture: a success may name none, where a moderation took it away. */
  public boolean hasPicture() {
    return images != null
        && !images.isEmpty()
        && images.get(0) != null
        && images.get(0).imageUrl() != null
        && !images.get(0).imageUrl().isBlank();
  }

  /**
   * Where the picture is: an http or https URL with a host, which is all that a presigned one is.
   *
   * @throws IllegalArgumentException if it is none that can be fetched
   */
  public String imageUrl() {
    return fetchable(images.get(0).imageUrl());
  }

  /**
   * The address of a picture, as an answer names it.
   *
   * @throws IllegalArgumentException if it is none that can be fetched
   */
  public static String fetchable(String url) {
    if (!isFetchable(url)) {
      throw new IllegalArgumentException(
          "the URL of the picture is none that can be fetched: "
              + ForeignText.withoutPaths(ForeignText.line(url)));
    }
    return url;
  }

  /** Whether it is an http or https URL with a host, of a length that URLs have. */
  static boolean isFetchable(String url) {
    return url.length() <= MAX_URL && isWeb(url);
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
