package io.attributeimages.api;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.camel.Exchange;

/**
 * What a run would make, added up chunk by chunk in the exchange property {@code dryRun}. Of a
 * great many images the first ones are named, and all are counted.
 */
final class DryRun {

  /** How many images are named. */
  static final int NAMED = 1000;

  private final List<Map<String, Object>> fetched = new ArrayList<>();
  private final List<Map<String, Object>> paid = new ArrayList<>();
  private long fetchedCount;
  private long paidCount;

  /** The rows of {@code sql/plan/select-plannable.sql} for one chunk. */
  @SuppressWarnings("unchecked")
  static void add(Exchange exchange) {
    List<Map<String, Object>> rows = exchange.getMessage().getBody(List.class);
    of(exchange).add(rows);
  }

  /** What was found in all. */
  static DryRun of(Exchange exchange) {
    return exchange.getProperty("dryRun", DryRun.class);
  }

  private void add(List<Map<String, Object>> rows) {
    if (rows.isEmpty()) {
      return;
    }
    long fetchedHere = (Long) rows.get(0).get("images_fetched");
    fetchedCount += fetchedHere;
    paidCount += (Long) rows.get(0).get("images") - fetchedHere;
    for (Map<String, Object> row : rows) {
      List<Map<String, Object>> named = Boolean.TRUE.equals(row.get("fetched")) ? fetched : paid;
      if (named.size() < NAMED) {
        row.keySet().removeAll(List.of("images", "images_fetched"));
        named.add(row);
      }
    }
  }

  /** How many would be fetched, as they are paid already. */
  long fetchedCount() {
    return fetchedCount;
  }

  /** How many would have to be paid. */
  long paidCount() {
    return paidCount;
  }

  /** The first images of a run that pays for so many. */
  List<Map<String, Object>> images(long affordable) {
    List<Map<String, Object>> images = new ArrayList<>(fetched);
    paid.stream().limit(Math.min(affordable, NAMED - (long) images.size())).forEach(images::add);
    return images;
  }
}
