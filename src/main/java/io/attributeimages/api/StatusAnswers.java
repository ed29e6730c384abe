package io.attributeimages.api;

import io.attributeimages.ledger.Coverage;
import io.attributeimages.pipeline.PipelineSettings;
import io.attributeimages.provider.Provider;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.camel.Exchange;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** Shapes the answer of {@code GET /api/status}. */
@ApplicationScoped
public class StatusAnswers {

  private final Provider provider;
  private final PipelineSettings settings;
  private final Alerts alerts;
  private final boolean simulated;

  /** Answers with those alerts. */
  public StatusAnswers(
      Provider provider,
      PipelineSettings settings,
      Alerts alerts,
      @ConfigProperty(name = "embedded.simulated", defaultValue = "false") boolean simulated) {
    this.provider = provider;
    this.settings = settings;
    this.alerts = alerts;
    this.simulated = simulated;
  }

  /**
   * The status: from the rows of {@code sql/read/select-groups.sql} in the exchange property {@code
   * groups}, the row of {@code sql/read/select-status.sql} in {@code ledger}, and the rows of
   * {@code sql/read/select-alerts.sql} in the body.
   */
  @SuppressWarnings("unchecked")
  public void status(Exchange exchange) {
    Map<String, Object> ledger = exchange.getProperty("ledger", Map.class);
    Coverage coverage = Coverage.of(exchange.getProperty("groups", List.class));
    Map<String, Object> status = new LinkedHashMap<>();
    status.put("required", coverage.required());
    status.put("stored", coverage.stored());
    status.put("missing", coverage.missing());
    status.put("inFlight", ledger.get("in_flight"));
    status.put("unconfirmed", ledger.get("unconfirmed"));
    status.put("failed", ledger.get("failed"));
    status.put("costUsd", Json.value(ledger.get("cost_usd")));
    status.put("possibleCostUsd", Json.value(ledger.get("possible_cost_usd")));
    status.put("simulated", simulated);
    status.put("maxCostUsd", settings.maxCostUsd().orElse(null));
    status.put("imagesPerMinuteLimit", provider.imagesPerMinute());
    status.put("groups", coverage.groups());
    status.put(
        "styles",
        Map.of("required", coverage.styles().required(), "stored", coverage.styles().stored()));
    status.put("alerts", alerts.of(ledger, exchange.getMessage().getBody(List.class)));
    Json.answer(exchange, status);
  }
}
