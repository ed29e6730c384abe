package io.attributeimages.api;

import io.attributeimages.ledger.ImageFilter;
import io.attributeimages.ledger.RunMode;
import io.attributeimages.ledger.RunTrigger;
import io.attributeimages.pipeline.PipelineSettings;
import io.attributeimages.pipeline.RunRequest;
import jakarta.enterprise.context.ApplicationScoped;
import java.math.BigDecimal;
import org.apache.camel.Exchange;

/** Reads the body of {@code POST /api/runs}. */
@ApplicationScoped
public class RunRequests {

  private static final BigDecimal MAX_COST = BigDecimal.valueOf(1_000_000);

  private final Queries queries;
  private final PipelineSettings settings;

  /** Checks choices as the queries do. */
  public RunRequests(Queries queries, PipelineSettings settings) {
    this.queries = queries;
    this.settings = settings;
  }

  /** The body as a {@link RunRequest}, and whether it is a dry run in the header {@code dryRun}. */
  public void read(Exchange exchange) {
    RequestBody body =
        RequestBody.of(exchange, "category", "values", "style", "mode", "dryRun", "maxCostUsd");
    ImageFilter filter =
        new ImageFilter(body.text("category"), body.texts("values"), body.text("style"));
    queries.check(filter);
    RunRequest request = new RunRequest(RunTrigger.REST, null, mode(body), filter, maxCost(body));
    exchange.getMessage().setHeader("dryRun", body.flag("dryRun"));
    exchange.getMessage().setBody(request);
  }

  private static RunMode mode(RequestBody body) {
    try {
      return RunMode.of(body.text("mode").orElse(RunMode.MISSING.label()));
    } catch (IllegalArgumentException e) {
      throw body.wrong("mode", "missing or regenerate");
    }
  }

  /** The lower of the request's limit and the program's. */
  private BigDecimal maxCost(RequestBody body) {
    BigDecimal limit = settings.maxCostUsd().orElse(null);
    return body.amount("maxCostUsd", MAX_COST)
        .map(asked -> limit == null ? asked : asked.min(limit))
        .orElse(limit);
  }
}
