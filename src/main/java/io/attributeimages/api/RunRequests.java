package io.attributeimages.api;

import io.attributeimages.ledger.ImageFilter;
import io.attributeimages.ledger.Run;
import io.attributeimages.ledger.RunMode;
import io.attributeimages.ledger.RunTrigger;
import io.attributeimages.pipeline.PipelineSettings;
import io.attributeimages.pipeline.RunRequest;
import jakarta.enterprise.context.ApplicationScoped;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
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
    RunRequest request =
        new RunRequest(id(exchange), RunTrigger.REST, null, mode(body), filter, maxCost(body));
    exchange.getMessage().setHeader("dryRun", body.flag("dryRun"));
    exchange.getMessage().setBody(request);
  }

  /** The client's name for the run, so that it can ask again when it got no answer. */
  private static UUID id(Exchange exchange) {
    String key = exchange.getMessage().getHeader(ClientHeaders.IDEMPOTENCY_KEY, String.class);
    return key == null
        ? UUID.randomUUID()
        : Queries.uuid(key)
            .orElseThrow(
                () ->
                    Problem.badRequest(
                        "Header Idempotency-Key is '"
                            + Queries.printable(key)
                            + "'; allowed is a UUID, a new one for each run"));
  }

  /**
   * Checks that the row of {@code sql/read/select-runs.sql} is the run that was asked for.
   *
   * @throws Problem if the key has been used for another one
   */
  @SuppressWarnings("unchecked")
  public void checkSame(Exchange exchange) {
    RunRequest request = exchange.getProperty("request", RunRequest.class);
    List<Map<String, Object>> rows = exchange.getMessage().getBody(List.class);
    Run run = Run.fromRow(rows.get(0));
    if (run.mode() != request.mode()
        || !run.filter().equals(request.filter())
        || !Objects.equals(amount(run.maxCostUsd()), amount(request.maxCostUsd()))) {
      throw new Problem(
          422,
          "Unprocessable content",
          "The Idempotency-Key stands for another run, "
              + run.id()
              + "; send a new one for each run");
    }
  }

  private static BigDecimal amount(BigDecimal usd) {
    return usd == null ? null : usd.stripTrailingZeros();
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
