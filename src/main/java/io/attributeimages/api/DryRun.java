package io.attributeimages.api;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.camel.Exchange;

/**
 * What a run would make, added up chunk by chunk in the exchange property {@code dryRun}. Of a
 * great many images the first ones are named, and all are counted.
 */
public final class DryRun {

  /** How many images are named. */
  static final int NAMED = 1000;

  private final List<Map<String, Object>> fetched = new ArrayList<>();
  private final List<Map<String, Object>> paid = new ArrayList<>();
  private BigDecimal leftUsd;
  private long fetchedCount;
  private long paidCount;
  private long beyondCount;
  private BigDecimal costUsd = BigDecimal.ZERO;

  /** Of a run that may pay so much; null where it has no budget. */
  DryRun(BigDecimal maxCostUsd) {
    this.leftUsd = maxCostUsd;
  }

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
    Map<String, Object> chunk = rows.get(0);
    BigDecimal usd = (BigDecimal) chunk.get("usd");
    fetchedCount += (Long) chunk.get("images_fetched");
    paidCount += (Long) chunk.get("images_paid");
    beyondCount += (Long) chunk.get("images_beyond");
    costUsd = costUsd.add(usd);
    leftUsd = leftUsd == null ? null : leftUsd.subtract(usd);
    for (Map<String, Object> row : rows) {
      boolean free = Boolean.TRUE.equals(row.get("fetched"));
      List<Map<String, Object>> named = free ? fetched : paid;
      if (named.size() < NAMED && Boolean.TRUE.equals(row.get("affordable"))) {
        row.keySet().retainAll(List.of("category", "value", "style", "fetched"));
        named.add(row);
      }
    }
  }

  /** What is left of the budget; null where there is none. */
  public BigDecimal leftUsd() {
    return leftUsd;
  }

  /** How many images it would make, paid now or earlier. */
  long plannedCount() {
    return fetchedCount + paidCount;
  }

  /** How many its budget leaves out. */
  long beyondCount() {
    return beyondCount;
  }

  /** What it would pay. */
  BigDecimal costUsd() {
    return costUsd;
  }

  /** The first images: those that are paid already, and then the others. */
  List<Map<String, Object>> images() {
    List<Map<String, Object>> images = new ArrayList<>(fetched);
    paid.stream().limit(NAMED - (long) images.size()).forEach(images::add);
    return images;
  }
}
