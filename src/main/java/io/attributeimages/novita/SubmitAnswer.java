package io.attributeimages.novita;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.regex.Pattern;

/**
 * Novita's answer to a submit: from here on the image is paid for.
 *
 * @param taskId by which the picture is asked for
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record SubmitAnswer(@JsonProperty("task_id") String taskId) {

  private static final Pattern TASK_ID = Pattern.compile("[A-Za-z0-9_-]{1,100}");

  /**
   * Checks the id, which becomes part of URLs and object keys.
   *
   * @throws IllegalArgumentException if it is none
   */
  public SubmitAnswer {
    if (taskId == null || !TASK_ID.matcher(taskId).matches()) {
      throw new IllegalArgumentException("Novita's answer to a submit names no task");
    }
  }
}
