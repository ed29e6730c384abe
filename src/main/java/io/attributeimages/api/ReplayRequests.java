package io.attributeimages.api;

import io.attributeimages.ledger.ImageFilter;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.camel.Exchange;

/** Reads which dead letters are to be replayed, as parameters of the replay's SQL statement. */
@ApplicationScoped
public class ReplayRequests {

  private final Queries queries;

  /** Checks choices as the queries do. */
  public ReplayRequests(Queries queries) {
    this.queries = queries;
  }

  /** The dead letter in the path. */
  public void one(Exchange exchange) {
    RequestBody.of(exchange);
    Map<String, Object> parameters = parameters(ImageFilter.ALL);
    parameters.put("id", queries.deadLetter(exchange));
    exchange.getMessage().setBody(parameters);
  }

  /** Those the body describes; all of them where it has no field. */
  public void several(Exchange exchange) {
    RequestBody body = RequestBody.of(exchange, "run", "reason", "category", "values", "style");
    ImageFilter filter =
        new ImageFilter(body.text("category"), body.texts("values"), body.text("style"));
    queries.check(filter);
    Map<String, Object> parameters = parameters(filter);
    parameters.put("run", body.text("run").map(Queries::runId).orElse(null));
    parameters.put("reason", body.text("reason").map(reason -> reason(body, reason)).orElse(null));
    exchange.getMessage().setBody(parameters);
  }

  private static String reason(RequestBody body, String reason) {
    if (!reason.matches("[A-Z][A-Z0-9_]{0,99}")) {
      throw body.wrong("reason", "the reason of a dead letter, such as TASK_STATUS_FAILED");
    }
    return reason;
  }

  private static Map<String, Object> parameters(ImageFilter filter) {
    Map<String, Object> parameters = new HashMap<>();
    parameters.put("id", null);
    parameters.put("run", null);
    parameters.put("reason", null);
    parameters.put("category", filter.category().orElse(null));
    parameters.put("values", filter.values().toArray(String[]::new));
    parameters.put("style", filter.style().orElse(null));
    for (String after : List.of("afterCategory", "afterValue", "afterStyle")) {
      parameters.put(after, "");
    }
    return parameters;
  }
}
