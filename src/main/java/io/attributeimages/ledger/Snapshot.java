package io.attributeimages.ledger;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which transactions a statement saw, as Postgres writes it: {@code xmin:xmax:xip,…}. Everything
 * below {@code xmin} had ended, nothing from {@code xmax} on had begun, and those in the list were
 * under way. Two of them tell what was committed in between.
 *
 * @param text as {@code pg_current_snapshot()} writes it
 * @param end the first transaction that had not begun
 */
public record Snapshot(String text, long end) {

  /** Of one with 700 transactions under way, which is more than Postgres has connections for. */
  private static final int MAX_LENGTH = 8192;

  // a repeated group would take a frame of the stack for each of its repetitions
  private static final Pattern FORM = Pattern.compile("([0-9]{1,18}):([0-9]{1,18}):([0-9,]*)");
  private static final Pattern NUMBER = Pattern.compile("[0-9]{1,18}");

  /** The snapshot in a text that anyone may have sent; empty where Postgres would refuse it. */
  public static Optional<Snapshot> parse(String text) {
    Matcher parts = FORM.matcher(text == null ? "" : text);
    if (parts.regionEnd() > MAX_LENGTH || !parts.matches()) {
      return Optional.empty();
    }
    long min = Long.parseLong(parts.group(1));
    long max = Long.parseLong(parts.group(2));
    if (min < 1 || max < min) {
      return Optional.empty();
    }
    long last = min;
    String underWay = parts.group(3);
    for (String number : underWay.isEmpty() ? new String[0] : underWay.split(",", -1)) {
      if (!NUMBER.matcher(number).matches()) {
        return Optional.empty();
      }
      long transaction = Long.parseLong(number);
      if (transaction < last || transaction >= max) {
        return Optional.empty();
      }
      last = transaction;
    }
    return Optional.of(new Snapshot(text, max));
  }

  /** The snapshot that a statement returned. */
  public static Snapshot of(String text) {
    return parse(text).orElseThrow(() -> new IllegalArgumentException("no snapshot: " + text));
  }

  /** Whether it can have been taken before another one of the same database. */
  public boolean isNotAfter(Snapshot other) {
    return end <= other.end;
  }
}
