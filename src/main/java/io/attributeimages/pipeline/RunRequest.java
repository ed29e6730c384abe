package io.attributeimages.pipeline;

import io.attributeimages.ledger.ImageFilter;
import io.attributeimages.ledger.RunMode;
import io.attributeimages.ledger.RunTrigger;
import java.math.BigDecimal;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/**
 * A run that is asked for.
 *
 * @param id what the run is to be known by: asking twice makes one run
 * @param trigger who asks
 * @param slot the planned time of a scheduled run, null for the others
 * @param mode which of the chosen images are made
 * @param filter the chosen images
 * @param maxCostUsd the most it may pay, in US dollars, or null for no limit
 */
public record RunRequest(
    UUID id,
    RunTrigger trigger,
    Instant slot,
    RunMode mode,
    ImageFilter filter,
    BigDecimal maxCostUsd) {

  /** A run that nobody has asked for before. */
  public RunRequest(
      RunTrigger trigger, Instant slot, RunMode mode, ImageFilter filter, BigDecimal maxCostUsd) {
    this(UUID.randomUUID(), trigger, slot, mode, filter, maxCostUsd);
  }

  /** A run over all that is missing, for at most that many US dollars; null for no limit. */
  public static RunRequest forAllMissing(RunTrigger trigger, Instant slot, BigDecimal maxCostUsd) {
    return new RunRequest(trigger, slot, RunMode.MISSING, ImageFilter.ALL, maxCostUsd);
  }

  /** The parameters of {@code sql/run/create-run.sql}. */
  public Map<String, Object> parameters() {
    Map<String, Object> parameters = new HashMap<>();
    parameters.put("id", id);
    parameters.put("trigger", trigger.name());
    parameters.put("slot", slot == null ? null : Timestamp.from(slot));
    parameters.put("mode", mode.label());
    parameters.put("category", filter.category().orElse(null));
    parameters.put("values", filter.values().toArray(String[]::new));
    parameters.put("style", filter.style().orElse(null));
    parameters.put("maxCostUsd", maxCostUsd);
    return parameters;
  }
}
