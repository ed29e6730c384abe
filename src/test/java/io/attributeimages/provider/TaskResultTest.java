package io.attributeimages.provider;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TaskResultTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  private static final String DOCUMENTED =
      """
      {"extra":  {"seed": "392212448", "enable_nsfw_detection": false,
                  "debug_info": {"submit_time_ms": "1715052533293", "execute_time_ms": "1"}},
       "task":   {"task_id": "t-1", "task_type": "TXT_TO_IMG", "status": "TASK_STATUS_SUCCEED",
                  "reason": "", "eta": 0, "progress_percent": 100},
       "images": [{"image_url": "https://host/a?X-Sig=1&b=2", "image_url_ttl": "3600",
                   "image_type": "jpeg", "nsfw_detection_result": null}],
       "videos": []}
      """;

  @Test
  void theDocumentedAnswerIsRead() throws Exception {
    TaskResult result = read(DOCUMENTED);

    assertThat(result.succeeded()).isTrue();
    assertThat(result.failed()).isFalse();
    assertThat(result.seed()).isEqualTo(392212448L);
    assertThat(result.imageUrl()).isEqualTo("https://host/a?X-Sig=1&b=2");
    assertThat(result.task().taskId()).isEqualTo("t-1");
  }

  @ParameterizedTest
  @CsvSource({
    "TASK_STATUS_QUEUED, false, false",
    "TASK_STATUS_PROCESSING, false, false",
    "TASK_STATUS_SUCCEED, true, false",
    "TASK_STATUS_FAILED, false, true",
    "TASK_STATUS_UNKNOWN, false, false",
    "SOMETHING_NEW, false, false",
  })
  void everyStatusMeansOneThing(String status, boolean succeeded, boolean failed) throws Exception {
    TaskResult result = read("{\"task\":{\"status\":\"" + status + "\"}}");

    assertThat(result.succeeded()).isEqualTo(succeeded);
    assertThat(result.failed()).isEqualTo(failed);
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "{\"task\":null}", "{\"task\":{}}", "{\"task\":{\"status\":null}}"})
  void anAnswerWithoutAStatusIsNeitherDoneNorFailed(String body) throws Exception {
    assertThat(read(body).succeeded()).isFalse();
    assertThat(read(body).failed()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "'\"392212448\"', 392212448",
    "'\"8589934592\"', 8589934592",
    "'\"9223372036854775807\"', 9223372036854775807",
    "'\" 7 \"', 7",
    "'\"-1\"', -1",
    "12345678901, 12345678901",
  })
  void theSeedIsANumberBeyond32Bits(String json, long seed) throws Exception {
    assertThat(read("{\"extra\":{\"seed\":" + json + "}}").seed()).isEqualTo(seed);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"extra\":null}",
        "{\"extra\":{}}",
        "{\"extra\":{\"seed\":null}}",
        "{\"extra\":{\"seed\":\"\"}}",
        "{\"extra\":{\"seed\":\"random\"}}",
        "{\"extra\":{\"seed\":\"1e5\"}}",
        "{\"extra\":{\"seed\":\"99999999999999999999\"}}"
      })
  void aSeedThatIsNoneIsNull(String body) throws Exception {
    assertThat(read(body).seed()).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"images\":null}",
        "{\"images\":[]}",
        "{\"images\":[null]}",
        "{\"images\":[{}]}",
        "{\"images\":[{\"image_url\":null}]}",
        "{\"task\":{\"images\":[{\"image_url\":\"https://host/a\"}]}}"
      })
  void anAnswerMayNameNoPicture(String body) throws Exception {
    assertThat(read(body).hasPicture()).isFalse();
  }

  @Test
  void theReasonOfAFailureIsNovitasOwn() throws Exception {
    assertThat(read("{\"task\":{\"reason\":\" out of memory \"}}").failure())
        .isEqualTo("out of memory");
    assertThat(read("{\"task\":{\"reason\":\"\"}}").failure()).isEqualTo("Novita gave no reason");
    assertThat(read("{}").failure()).isEqualTo("Novita gave no reason");
  }

  @Test
  void theReasonOfAFailureIsOnePrintableLineOfBoundedLength() throws Exception {
    String reason = "\\u0000no\\r\\n\\tmemory\\u202e\\ud83d" + "x".repeat(1000);

    assertThat(read("{\"task\":{\"reason\":\"" + reason + "\"}}").failure())
        .startsWith("no memory x")
        .endsWith("x…")
        .hasSize(501);
    assertThat(read("{\"task\":{\"reason\":\"\\u0000\\n\"}}").failure())
        .isEqualTo("Novita gave no reason");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1e400",
        "-1e999999999",
        "true",
        "\"\\u0000\"",
        "\"0x10\"",
        "1.5",
        "\"Infinity\"",
        "\"9223372036854775808\""
      })
  void anAbsurdSeedIsNull(String seed) throws Exception {
    assertThat(read("{\"extra\":{\"seed\":" + seed + "}}").seed()).isNull();
  }

  @Test
  void ofTwoFieldsOfOneNameTheLastCounts() throws Exception {
    assertThat(read("{\"task\":{\"status\":\"X\",\"status\":\"TASK_STATUS_FAILED\"}}").failed())
        .isTrue();
  }

  private static TaskResult read(String body) throws Exception {
    return JSON.readValue(body, TaskResult.class);
  }
}
