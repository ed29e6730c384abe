package io.attributeimages.api;

import io.attributeimages.catalog.Catalogue;
import io.attributeimages.catalog.Combination;
import io.attributeimages.novita.NovitaSettings;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.camel.Exchange;

/** Shapes the answer of {@code GET /api/status}. */
@ApplicationScoped
public class StatusAnswers {

  private final Catalogue catalogue;
  private final NovitaSettings novita;
  private final Alerts alerts;

  /** Answers about that catalogue. */
  public StatusAnswers(Catalogue catalogue, NovitaSettings novita, Alerts alerts) {
    this.catalogue = catalogue;
    this.novita = novita;
    this.alerts = alerts;
  }

  /**
   * The status: from the rows of {@code sql/select-missing.sql} in the exchange property {@code
   * missing}, the row of {@code sql/select-status.sql} in {@code ledger}, and the rows of {@code
   * sql/select-alerts.sql} in the body.
   */
  @SuppressWarnings("unchecked")
  public void status(Exchange exchange) {
    Map<String, Object> ledger = exchange.getProperty("ledger", Map.class);
    Set<Combination> missing = missing(exchange);
    List<Map<String, Object>> groups = new ArrayList<>();
    long required = 0;
    long absent = 0;
    for (var category : catalogue.categories()) {
      for (var style : catalogue.styles()) {
        List<String> lacking =
            category.values().stream()
                .map(value -> value.name())
                .filter(value -> missing.contains(image(category.name(), value, style.name())))
                .toList();
        Map<String, Object> group = new LinkedHashMap<>();
        group.put("category", category.name());
        group.put("style", style.name());
        group.put("required", category.values().size());
        group.put("stored", category.values().size() - lacking.size());
        group.put("missing", lacking);
        groups.add(group);
        required += category.values().size();
        absent += lacking.size();
      }
    }
    long covers =
        catalogue.styleNames().stream()
            .filter(
                style ->
                    !missing.contains(
                        image(Combination.COVER_CATEGORY, Combination.COVER_VALUE, style)))
            .count();
    Map<String, Object> status = new LinkedHashMap<>();
    status.put("required", required);
    status.put("stored", required - absent);
    status.put("missing", absent);
    status.put("inFlight", ledger.get("in_flight"));
    status.put("unconfirmed", ledger.get("unconfirmed"));
    status.put("failed", ledger.get("failed"));
    status.put("costUsd", Json.value(ledger.get("cost_usd")));
    status.put("possibleCostUsd", Json.value(ledger.get("possible_cost_usd")));
    status.put("imagesPerMinuteLimit", novita.imagesPerMinute());
    status.put("groups", groups);
    status.put("styles", Map.of("required", catalogue.styles().size(), "stored", covers));
    status.put("alerts", alerts.of(ledger, exchange.getMessage().getBody(List.class)));
    Json.answer(exchange, status);
  }

  @SuppressWarnings("unchecked")
  private static Set<Combination> missing(Exchange exchange) {
    Set<Combination> missing = new HashSet<>();
    for (Map<String, Object> row :
        (List<Map<String, Object>>) exchange.getProperty("missing", List.class)) {
      missing.add(
          image(
              (String) row.get("category"), (String) row.get("value"), (String) row.get("style")));
    }
    return missing;
  }

  private static Combination image(String category, String value, String style) {
    return new Combination(category, value, style, "");
  }
}
