package io.attributeimages.novita;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SubmitAnswerTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  @Test
  void theTaskIdIsReadAndWhatIsNewIsIgnored() throws Exception {
    SubmitAnswer answer =
        JSON.readValue(
            "{\"task_id\":\"4f2c0b0e-9e1a-4f7b-8d7a-0f2b7c1d9e55\",\"new\":{\"a\":[1]}}",
            SubmitAnswer.class);

    assertThat(answer.taskId()).isEqualTo("4f2c0b0e-9e1a-4f7b-8d7a-0f2b7c1d9e55");
  }

  @Test
  void theTaskIdIsReadWhereTheAnswerIsWrapped() throws Exception {
    SubmitAnswer answer =
        JSON.readValue(
            "{\"code\":0,\"msg\":\"\",\"data\":{\"task_id\":\"t-1\",\"new\":1}}",
            SubmitAnswer.class);

    assertThat(answer.taskId()).isEqualTo("t-1");
  }

  @Test
  void aBareTaskIdGoesBeforeAWrappedOne() throws Exception {
    SubmitAnswer answer =
        JSON.readValue("{\"task_id\":\"t-1\",\"data\":{\"task_id\":\"t-2\"}}", SubmitAnswer.class);

    assertThat(answer.taskId()).isEqualTo("t-1");
  }

  @Test
  void anIdOfAHundredCharactersIsTheLongest() {
    assertThat(new SubmitAnswer("a".repeat(100)).taskId()).hasSize(100);
    assertThatThrownBy(() -> new SubmitAnswer("a".repeat(101)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", " ", "a b", "../a", "a/b", "a?b", "a&b=c", "a\n", "\u0000", "ä", "a%2f"})
  void whatCannotBePartOfAUrlAndAKeyIsNoId(String id) {
    assertThatThrownBy(() -> new SubmitAnswer(id))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Novita's answer to a submit names no task");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"task_id\":null}",
        "{\"task_id\":[\"a\"]}",
        "{\"taskId\":\"a\"}",
        "{\"data\":{}}",
        "{\"data\":{\"task_id\":null}}",
        "{\"data\":{\"task_id\":[\"a\"]}}",
        "{\"data\":{\"task_id\":\"../a\"}}",
        "{\"data\":[{\"task_id\":\"a\"}]}",
        "{\"data\":\"a\"}",
        "[]",
        "\"a\"",
        "null"
      })
  void anAnswerThatNamesNoTaskFails(String body) {
    assertThatThrownBy(() -> JSON.readValue(body, SubmitAnswer.class))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Novita's answer to a submit names no task");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "<<<", "{\"task_id\":\"a\""})
  void whatIsNoJsonFails(String body) {
    assertThatThrownBy(() -> JSON.readValue(body, SubmitAnswer.class))
        .isInstanceOf(JsonProcessingException.class);
  }
}
