package io.attributeimages.novita;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import com.fasterxml.jackson.databind.util.StdConverter;
import java.util.regex.Pattern;

/**
 * Novita's answer to a submit: from here on the image is paid for.
 *
 * @param taskId by which the picture is asked for
 */
@JsonDeserialize(converter = SubmitAnswer.Reader.class)
public record SubmitAnswer(String taskId) {

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

  /** Reads the answer, bare or wrapped in {@code data}; a JSON null, too, names no task. */
  static final class Reader extends StdConverter<JsonNode, SubmitAnswer> {
    @Override
    public SubmitAnswer convert(JsonNode answer) {
      String wrapped = answer.at("/data/task_id").asText("");
      return new SubmitAnswer(answer.path("task_id").asText(wrapped));
    }
  }
}
