package io.attributeimages.ledger;

import java.math.BigDecimal;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * A run that is being planned: one row of {@code ledger.run}.
 *
 * @param id the run
 * @param mode which of the selected images it makes
 * @param filter the images it is about
 * @param maxCostUsd the most it may pay, in US dollars, or null
 * @param planToken tells this planner from an earlier one that has not noticed yet
 * @param planPosition what stands before it in the catalogue is planned already
 */
public record Run(
    UUID id,
    RunMode mode,
    ImageFilter filter,
    BigDecimal maxCostUsd,
    UUID planToken,
    long planPosition) {

  /** The run in a row as the database returned it. */
  public static Run fromRow(Map<String, Object> row) {
    return new Run(
        (UUID) row.get("id"),
        RunMode.of((String) row.get("mode")),
        new ImageFilter(
            Optional.ofNullable((String) row.get("category")),
            Rows.strings(row.get("filter_values")),
            Optional.ofNullable((String) row.get("style"))),
        (BigDecimal) row.get("max_cost_usd"),
        (UUID) row.get("plan_token"),
        row.get("plan_position") instanceof Long position ? position : 0);
  }
}
