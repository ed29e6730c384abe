package io.attributeimages.cli;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;
import java.util.UUID;

/**
 * How far a run is: the row of {@code sql/read/select-progress.sql}.
 *
 * @param state of the run
 * @param reason why it is in that state, or null
 * @param planned whether its images are known
 * @param beyondBudget how many images its budget left out
 * @param images how many it makes or waits for
 * @param joined how many of those another run makes
 * @param waiting how many are not submitted
 * @param toPayUsd what its own that are not paid will cost
 * @param inFlight how many are paid, or may be, and not there yet
 * @param stored how many are there
 * @param failed how many are dead letters
 * @param costUsd what the run has paid
 * @param possibleCostUsd what lost answers may have cost beyond it
 * @param secondsPerImage from submit to store, or null while nothing is stored
 * @param secondsSinceSubmit since the last submit of what is in flight, or null where nothing is
 * @param secondsUntilDue until the last image is tried again or asked for, or null
 * @param secondsUntilSubmit until the account may submit the last image that waits, or null
 * @param pausedRun a run that is paused and has images that this one waits for, or null
 * @param braked whether it was halted by the brake, which a stored picture lets go
 * @param storeRefusal why the store takes none of what is left, or null
 */
record Progress(
    String state,
    String reason,
    boolean planned,
    long beyondBudget,
    long images,
    long joined,
    long waiting,
    BigDecimal toPayUsd,
    long inFlight,
    long stored,
    long failed,
    BigDecimal costUsd,
    BigDecimal possibleCostUsd,
    Double secondsPerImage,
    Double secondsSinceSubmit,
    Double secondsUntilDue,
    Double secondsUntilSubmit,
    UUID pausedRun,
    boolean braked,
    String storeRefusal) {

  private static final double USUAL_SECONDS_PER_IMAGE = 15;
  private static final int MINUTE = 60;
  private static final int HOUR = 60 * MINUTE;

  /** The progress in a row as the database returned it. */
  static Progress fromRow(Map<String, Object> row) {
    return new Progress(
        (String) row.get("state"),
        (String) row.get("reason"),
        (Boolean) row.get("planned"),
        number(row, "beyond_budget"),
        number(row, "images"),
        number(row, "joined"),
        number(row, "waiting"),
        (BigDecimal) row.get("to_pay_usd"),
        number(row, "in_flight"),
        number(row, "stored"),
        number(row, "failed"),
        (BigDecimal) row.get("cost_usd"),
        (BigDecimal) row.get("possible_cost_usd"),
        seconds(row, "seconds_per_image"),
        seconds(row, "seconds_since_submit"),
        seconds(row, "seconds_until_due"),
        seconds(row, "seconds_until_submit"),
        (UUID) row.get("paused_run"),
        (Boolean) row.get("braked"),
        (String) row.get("store_refusal"));
  }

  private static Double seconds(Map<String, Object> row, String column) {
    Number seconds = (Number) row.get(column);
    return seconds == null ? null : seconds.doubleValue();
  }

  private static long number(Map<String, Object> row, String column) {
    return ((Number) row.get(column)).longValue();
  }

  /** Why it is as it is, or null. */
  String why() {
    return storeRefusal == null ? reason : storeRefusal;
  }

  /** Whether the run will not go on by itself. */
  boolean isOver() {
    return state.equals("COMPLETED")
        || state.equals("CANCELLED")
        || storeRefusal != null
        // what the brake has halted goes on when one of its pictures can be stored
        || state.equals("HALTED") && !(braked && inFlight > 0);
  }

  /** How many images have come to an end, good or bad. */
  long done() {
    return stored + failed;
  }

  /**
   * How long it still takes: until the last image that waits may be submitted, or is tried again,
   * and the time an image takes, of which a part has passed for what is in flight.
   */
  long etaSeconds() {
    if (waiting + inFlight == 0) {
      return 0;
    }
    double perImage = orElse(secondsPerImage, USUAL_SECONDS_PER_IMAGE);
    double passed = waiting > 0 ? 0 : orElse(secondsSinceSubmit, 0);
    double untilBegun = Math.max(orElse(secondsUntilSubmit, 0), orElse(secondsUntilDue, 0));
    return Math.max(1, Math.round(Math.max(untilBegun, 0) + perImage - passed));
  }

  private static double orElse(Double seconds, double otherwise) {
    return seconds == null ? otherwise : seconds;
  }

  /** What was paid, and what may have been. */
  String cost() {
    return possibleCostUsd.signum() > 0
        ? usd(costUsd) + " (and perhaps " + usd(possibleCostUsd) + ")"
        : usd(costUsd);
  }

  /** The same, and what is still to come. */
  String costs() {
    return toPayUsd.signum() == 0 ? cost() : cost() + ", " + usd(toPayUsd) + " to come";
  }

  /** How far it is, in one line. */
  String line() {
    String line = counts() + ", " + costs();
    return waiting + inFlight == 0 ? line : line + ", about " + duration(etaSeconds()) + " to go";
  }

  /** How far it came, in one line. */
  String result() {
    return counts() + ", " + cost();
  }

  private String counts() {
    return stored + " of " + images + " stored" + (failed > 0 ? ", " + failed + " failed" : "");
  }

  /** An amount in US dollars, without needless zeros but at least with cents. */
  static String usd(BigDecimal amount) {
    BigDecimal plain = amount.stripTrailingZeros();
    return (plain.scale() < 2 ? plain.setScale(2, RoundingMode.UNNECESSARY) : plain).toPlainString()
        + " USD";
  }

  /** A duration in words. */
  static String duration(long seconds) {
    if (seconds < MINUTE) {
      return seconds + " s";
    }
    return seconds < HOUR
        ? "%d min %02d s".formatted(seconds / MINUTE, seconds % MINUTE)
        : "%d h %02d min".formatted(seconds / HOUR, seconds % HOUR / MINUTE);
  }
}
