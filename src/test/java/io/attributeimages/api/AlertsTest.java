package io.attributeimages.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.attributeimages.pipeline.OutageLog;
import io.attributeimages.provider.NovitaSettings;
import io.attributeimages.support.TestSettings;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AlertsTest {

  private final OutageLog outages = new OutageLog();

  @Test
  void whereAllIsWellNobodyIsAlarmed() {
    assertThat(alerts(0, 0)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "BILLING_BALANCE_NOT_ENOUGH (HTTP 400): no|Top up the balance of the account, then resume the run.",
        "INVALID_API_KEY (HTTP 403): no|Set a key that the host accepts, such as novita.api-key at Novita, start the program anew, then resume the run.",
        "The answers to the last 10 submits were lost|See what stands between here and the model's host, and whether the time-out of its entry, or novita.response-timeout, is long enough, then resume the run.",
        "The last 10 paid pictures could not be stored|Mend what the reason names; the run goes on by itself when one of them can be stored, or when you resume it.",
        "HTTP_404 (HTTP 404): is novita.base-url right?|Mend what the reason names, then resume the run."
      })
  void aHaltSaysWhatToDo(String reason, String action) {
    UUID run = UUID.randomUUID();

    Map<String, Object> alert = alerts(0, 0, row("HALTED", run, 1, null, reason)).get(0);

    assertThat(alert)
        .containsEntry("kind", "HALTED")
        .containsEntry("runId", run.toString())
        .containsEntry("action", action);
    assertThat((String) alert.get("message")).startsWith("A run is halted: " + reason);
  }

  @Test
  void aPausedRunThatOthersWaitForIsSaid() {
    UUID run = UUID.randomUUID();

    assertThat(alerts(0, 0, row("PAUSED", run, 3, null, null)).get(0))
        .containsEntry("kind", "PAUSED")
        .containsEntry("runId", run.toString())
        .containsEntry("message", "A run waits for 3 images of a run that is paused.");
  }

  @Test
  void imagesThatDoNotGetOnAreAnOutage() {
    Map<String, Object> alert =
        alerts(0, 0, row("SETBACKS", null, 12, "STORAGE_FAILED", "connect timed out")).get(0);

    assertThat(alert)
        .containsEntry("kind", "OUTAGE")
        .containsEntry("message", "12 images do not get on, for STORAGE_FAILED: connect timed out.")
        .doesNotContainKey("runId");
  }

  @Test
  void routesThatFailForTheSameReasonAreOneOutage() {
    outages.failed("submit-claim", new IllegalStateException("connection refused"));
    outages.failed("collect-claim", new IllegalStateException("connection refused"));
    outages.failed("recover", new IllegalStateException("no space left"));

    assertThat(alerts(0, 0))
        .extracting(alert -> alert.get("message"))
        .containsExactly(
            "The routes collect-claim, submit-claim do not get on: connection refused.",
            "The route recover does not get on: no space left.");
  }

  @ParameterizedTest
  @CsvSource({
    "resubmit, 'is submitted again, or becomes a dead letter where its attempts are used up.'",
    "park, becomes a dead letter."
  })
  void whatBecomesOfLostAnswersIsSaid(String policy, String fate) {
    Map<String, Object> alert =
        new Alerts(
                outages,
                TestSettings.of(NovitaSettings.class, "novita.unconfirmed-policy=" + policy))
            .of(Map.of("unconfirmed", 2L, "failed", 0L), List.of())
            .get(0);

    assertThat(alert)
        .containsEntry("kind", "UNCONFIRMED")
        .containsEntry(
            "message", "2 images may be paid for, as the answers to their submits were lost.")
        .containsEntry("action", "Wait: what no webhook clears up, for at most 120 s, " + fate);
  }

  @Test
  void deadLettersAreCounted() {
    assertThat(alerts(0, 1).get(0))
        .containsEntry("kind", "DEAD_LETTERS")
        .containsEntry("message", "1 image is a dead letter.");
    assertThat(alerts(0, 3).get(0)).containsEntry("message", "3 images are dead letters.");
  }

  @SafeVarargs
  @SuppressWarnings("varargs")
  private final List<Map<String, Object>> alerts(
      long unconfirmed, long failed, Map<String, Object>... rows) {
    return new Alerts(outages, TestSettings.of(NovitaSettings.class))
        .of(Map.of("unconfirmed", unconfirmed, "failed", failed), List.of(rows));
  }

  private static Map<String, Object> row(
      String kind, UUID run, long images, String reason, String message) {
    Map<String, Object> row = new HashMap<>();
    row.put("kind", kind);
    row.put("run_id", run);
    row.put("images", images);
    row.put("reason", reason);
    row.put("message", message);
    return row;
  }
}
