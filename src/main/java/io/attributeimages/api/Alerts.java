package io.attributeimages.api;

import io.attributeimages.pipeline.OutageLog;
import io.attributeimages.pipeline.OutageLog.Outage;
import io.attributeimages.provider.NovitaSettings;
import io.attributeimages.provider.NovitaSettings.UnconfirmedPolicy;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What an operator must not miss, each with a sentence that says what to do. */
@ApplicationScoped
public class Alerts {

  private final OutageLog outages;
  private final NovitaSettings novita;

  /** Alerts of the ledger and of that log. */
  public Alerts(OutageLog outages, NovitaSettings novita) {
    this.outages = outages;
    this.novita = novita;
  }

  /**
   * The alerts.
   *
   * @param ledger the row of {@code sql/read/select-status.sql}
   * @param rows those of {@code sql/read/select-alerts.sql}
   */
  List<Map<String, Object>> of(Map<String, Object> ledger, List<Map<String, Object>> rows) {
    List<Map<String, Object>> alerts = new ArrayList<>();
    for (Map<String, Object> row : rows) {
      alerts.add(
          switch ((String) row.get("kind")) {
            case "HALTED" -> halted(row);
            case "PAUSED" -> paused(row);
            default -> setBack(row);
          });
    }
    Map<String, List<Outage>> byMessage =
        outages.outages().stream()
            .collect(Collectors.groupingBy(Outage::message, TreeMap::new, Collectors.toList()));
    byMessage.forEach((message, failing) -> alerts.add(outage(message, failing)));
    long unconfirmed = number(ledger, "unconfirmed");
    if (unconfirmed > 0) {
      alerts.add(unconfirmed(unconfirmed));
    }
    long failed = number(ledger, "failed");
    if (failed > 0) {
      alerts.add(
          alert(
              "DEAD_LETTERS",
              images(failed, "is a dead letter", "are dead letters") + ".",
              "Look at the reason, and replay or discard "
                  + (failed == 1 ? "it" : "them")
                  + "; a replay fetches what the host still has, and submits and pays the rest anew."));
    }
    return alerts;
  }

  private static Map<String, Object> halted(Map<String, Object> row) {
    String reason = String.valueOf(row.get("message"));
    Map<String, Object> alert =
        alert("HALTED", sentence("A run is halted: " + reason), mend(reason));
    alert.put("runId", Json.value(row.get("run_id")));
    return alert;
  }

  private static Map<String, Object> paused(Map<String, Object> row) {
    Map<String, Object> alert =
        alert(
            "PAUSED",
            "A run waits for "
                + images(
                    number(row, "images"), "of a run that is paused", "of a run that is paused")
                + ".",
            "Resume the paused run, or cancel it: then the one that waits makes them.");
    alert.put("runId", Json.value(row.get("run_id")));
    return alert;
  }

  private static String mend(String reason) {
    if (reason.contains("MODEL_GONE")) {
      return "Name another model in novita.model or in the style, start the program anew, then resume"
          + " the run.";
    }
    if (reason.contains("BALANCE")) {
      return "Top up the balance of the account, then resume the run.";
    }
    if (reason.contains("INVALID_API_KEY") || reason.contains("(HTTP 401)")) {
      return "Set a key that the host accepts, such as novita.api-key at Novita, start the program"
          + " anew, then resume the run.";
    }
    if (reason.contains("answered with neither a task nor an error")) {
      return "See whether the address of the host is right, and what answers there, then resume the run.";
    }
    if (reason.contains("The answers to the last") || reason.contains("A gateway has answered")) {
      return "See what stands between here and the model's host, and whether the time-out of its"
          + " entry, or novita.response-timeout, is long enough, then resume the run.";
    }
    if (reason.contains("The store has refused")) {
      return "Change the setting that the reason names; what is paid is stored then, and the run goes on"
          + " by itself.";
    }
    if (reason.contains("paid pictures could not be stored")) {
      return "Mend what the reason names; the run goes on by itself when one of them can be stored,"
          + " or when you resume it.";
    }
    return "Mend what the reason names, then resume the run.";
  }

  private static Map<String, Object> setBack(Map<String, Object> row) {
    return alert(
        "OUTAGE",
        sentence(
            images(number(row, "images"), "does not get on", "do not get on")
                + ", for "
                + row.get("reason")
                + (row.get("message") == null ? "" : ": " + row.get("message"))),
        "Check the service that the reason names; each image is tried again by itself, and nothing"
            + " that is paid is lost.");
  }

  private static Map<String, Object> outage(String message, List<Outage> failing) {
    String routes = failing.stream().map(Outage::route).collect(Collectors.joining(", "));
    return alert(
        "OUTAGE",
        sentence(
            (failing.size() == 1 ? "The route " : "The routes ")
                + routes
                + (failing.size() == 1 ? " does" : " do")
                + " not get on: "
                + message),
        "Check the service that the message names; the program keeps trying and goes on by"
            + " itself.");
  }

  private Map<String, Object> unconfirmed(long images) {
    boolean parked = novita.unconfirmedPolicy() == UnconfirmedPolicy.PARK;
    return alert(
        "UNCONFIRMED",
        images(images, "may be paid for, as the answer", "may be paid for, as the answers")
            + " to "
            + (images == 1 ? "its submit was" : "their submits were")
            + " lost.",
        "Wait: what no webhook clears up, for at most "
            + novita.unconfirmedGrace().toSeconds()
            + " s, "
            + (parked
                ? "becomes a dead letter."
                : "is submitted again, or becomes a dead letter where its attempts are used up."));
  }

  private static Map<String, Object> alert(String kind, String message, String action) {
    Map<String, Object> alert = new LinkedHashMap<>();
    alert.put("kind", kind);
    alert.put("message", message);
    alert.put("action", action);
    return alert;
  }

  private static String images(long count, String one, String several) {
    return count == 1 ? "1 image " + one : count + " images " + several;
  }

  private static String sentence(String text) {
    return text.matches("(?s).*[.!?…]") ? text : text + ".";
  }

  private static long number(Map<String, Object> row, String column) {
    return ((Number) row.get(column)).longValue();
  }
}
