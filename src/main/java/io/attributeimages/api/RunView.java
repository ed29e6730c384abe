package io.attributeimages.api;

import io.attributeimages.ledger.Rows;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/** A run as every call and event shows it. */
@ApplicationScoped
public class RunView {

  private static final double USUAL_SECONDS_PER_IMAGE = 15;
  private static final double MINUTE = 60;

  /** So many images have a pace. */
  private static final long ENOUGH = 10;

  /** The view of a row of {@code sql/read/select-runs.sql}. */
  public Map<String, Object> view(Map<String, Object> row) {
    Map<String, Object> run = new LinkedHashMap<>();
    run.put("id", Json.value(row.get("id")));
    run.put("trigger", row.get("trigger"));
    run.put("mode", row.get("mode"));
    run.put("category", row.get("category"));
    run.put("values", Rows.strings(row.get("filter_values")));
    run.put("style", row.get("style"));
    run.put("state", row.get("state"));
    run.put("reason", row.get("reason"));
    run.put("maxCostUsd", Json.value(row.get("max_cost_usd")));
    run.put("beyondBudget", row.get("beyond_budget"));
    run.put("planned", row.get("planned"));
    run.put("submitted", row.get("submitted"));
    run.put("stored", row.get("stored"));
    run.put("skipped", row.get("skipped"));
    run.put("failed", row.get("failed"));
    run.put("joined", row.get("joined"));
    run.put("costUsd", Json.value(row.get("cost_usd")));
    run.put("possibleCostUsd", Json.value(row.get("possible_cost_usd")));
    run.put("costToComeUsd", Json.value(row.get("cost_to_come_usd")));
    run.put("imagesPerMinute", row.get("stored_lately"));
    run.put("startedAt", Json.value(row.get("started_at")));
    run.put("plannedAt", Json.value(row.get("planned_at")));
    run.put("finishedAt", Json.value(row.get("finished_at")));
    run.put("etaSeconds", etaSeconds(row));
    return run;
  }

  /**
   * How long a running run still takes: until the last image that waits may be submitted, or is
   * tried again, and the time an image takes from then until it is stored; longer where the images
   * of the last minute came at a lower pace than the limit's. Null for others.
   */
  private Long etaSeconds(Map<String, Object> row) {
    if (!"RUNNING".equals(row.get("state")) || row.get("planned_at") == null) {
      return null;
    }
    if (number(row, "unfinished") == 0) {
      return 0L;
    }
    double untilBegun =
        Math.max(seconds(row, "seconds_until_submit", 0), seconds(row, "seconds_until_due", 0));
    double atLimit = untilBegun + seconds(row, "seconds_per_image", USUAL_SECONDS_PER_IMAGE);
    return Math.round(Math.max(atLimit, atPace(row)));
  }

  /** What is left at the pace of the last minute; 0 before that can be told. */
  private static double atPace(Map<String, Object> row) {
    long storedLately = number(row, "stored_lately");
    Instant planned = ((Timestamp) row.get("planned_at")).toInstant();
    double window = Math.min(MINUTE, Duration.between(planned, Instant.now()).toSeconds());
    return storedLately < ENOUGH || window < MINUTE / 4
        ? 0
        : number(row, "unfinished") * window / storedLately;
  }

  private static double seconds(Map<String, Object> row, String column, double otherwise) {
    Number seconds = (Number) row.get(column);
    return seconds == null ? otherwise : seconds.doubleValue();
  }

  private static long number(Map<String, Object> row, String column) {
    return ((Number) row.get(column)).longValue();
  }
}
