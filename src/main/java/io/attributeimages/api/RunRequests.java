package io.attributeimages.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.attributeimages.ledger.ImageFilter;
import io.attributeimages.ledger.RunMode;
import io.attributeimages.ledger.RunTrigger;
import io.attributeimages.pipeline.PipelineSettings;
import io.attributeimages.pipeline.RunRequest;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.camel.Exchange;

/** Reads the body of {@code POST /api/runs}: every field is optional, none is ignored. */
@ApplicationScoped
public class RunRequests {

  private static final Set<String> FIELDS =
      new TreeSet<>(Set.of("category", "values", "style", "mode", "dryRun", "maxCostUsd"));
  private static final int MAX_VALUES = 1000;
  private static final BigDecimal MAX_COST = BigDecimal.valueOf(1_000_000);

  private static final ObjectMapper JSON =
      JsonMapper.builder(
              com.fasterxml.jackson.core.JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(20)
                          .maxNumberLength(30)
                          .maxStringLength(1000)
                          .build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .build();

  private final Queries queries;
  private final PipelineSettings settings;

  /** Checks choices as the queries do. */
  public RunRequests(Queries queries, PipelineSettings settings) {
    this.queries = queries;
    this.settings = settings;
  }

  /** The body as a {@link RunRequest}, and whether it is a dry run in the header {@code dryRun}. */
  public void read(Exchange exchange) {
    String query = exchange.getMessage().getHeader(Exchange.HTTP_QUERY, "", String.class);
    if (!query.isEmpty()) {
      throw Problem.badRequest(
          "The URL has the parameters '"
              + Queries.printable(query)
              + "'; send them as a JSON object in the body, such as {\"dryRun\":true}");
    }
    String type = exchange.getMessage().getHeader(Exchange.CONTENT_TYPE, String.class);
    if (type != null && !type.toLowerCase(Locale.ROOT).matches("application/json\\s*(;.*)?")) {
      throw new Problem(
          415,
          "Unsupported media type",
          "The body is " + Queries.printable(type) + "; send it as Content-Type: application/json");
    }
    JsonNode body = parse(exchange.getMessage().getBody(byte[].class));
    body.fieldNames()
        .forEachRemaining(
            name -> {
              if (!FIELDS.contains(name)) {
                throw Problem.badRequest(
                    "Unknown field '"
                        + Queries.printable(name)
                        + "'; known are "
                        + String.join(", ", FIELDS));
              }
            });
    ImageFilter filter = new ImageFilter(text(body, "category"), values(body), text(body, "style"));
    queries.check(filter);
    RunRequest request = new RunRequest(RunTrigger.REST, null, mode(body), filter, maxCost(body));
    exchange.getMessage().setHeader("dryRun", dryRun(body));
    exchange.getMessage().setBody(request);
  }

  private static JsonNode parse(byte[] body) {
    try {
      JsonNode node =
          body == null || body.length == 0 ? JSON.createObjectNode() : JSON.readTree(body);
      if (node.isObject()) {
        return node;
      }
      throw Problem.badRequest("The body is no JSON object, such as {\"category\":\"age\"}");
    } catch (IOException | NumberFormatException e) {
      // Besides its own, Jackson throws those of a broken encoding and of an absurd exponent.
      int line =
          e instanceof JsonProcessingException json && json.getLocation() != null
              ? json.getLocation().getLineNr()
              : 1;
      throw Problem.badRequest(
          "The body is no valid JSON at line "
              + line
              + "; expected is an object such as {\"category\":\"age\"}");
    }
  }

  private static Optional<String> text(JsonNode body, String field) {
    JsonNode node = body.path(field);
    if (node.isMissingNode() || node.isNull()) {
      return Optional.empty();
    }
    if (!node.isTextual()) {
      throw wrong(field, node, "a text");
    }
    return Optional.of(node.textValue());
  }

  private static List<String> values(JsonNode body) {
    JsonNode node = body.path("values");
    if (node.isMissingNode() || node.isNull()) {
      return List.of();
    }
    if (!node.isArray() || node.isEmpty() || node.size() > MAX_VALUES) {
      throw wrong("values", node, "a list of 1 to " + MAX_VALUES + " texts");
    }
    List<String> values = new ArrayList<>();
    for (JsonNode value : node) {
      if (!value.isTextual()) {
        throw wrong("values", node, "a list of texts");
      }
      values.add(value.textValue());
    }
    return List.copyOf(values);
  }

  private static RunMode mode(JsonNode body) {
    String mode = text(body, "mode").orElse(RunMode.MISSING.label());
    try {
      return RunMode.of(mode);
    } catch (IllegalArgumentException e) {
      throw wrong("mode", body.path("mode"), "missing or regenerate");
    }
  }

  private static boolean dryRun(JsonNode body) {
    JsonNode node = body.path("dryRun");
    if (!node.isMissingNode() && !node.isNull() && !node.isBoolean()) {
      throw wrong("dryRun", node, "true or false");
    }
    return node.booleanValue();
  }

  /** The lower of the request's limit and the program's. */
  private BigDecimal maxCost(JsonNode body) {
    JsonNode node = body.path("maxCostUsd");
    if (node.isMissingNode() || node.isNull()) {
      return settings.maxCostUsd().orElse(null);
    }
    if (!node.isNumber()
        || node.decimalValue().signum() < 0
        || node.decimalValue().compareTo(MAX_COST) > 0
        || node.decimalValue().stripTrailingZeros().scale() > 4) {
      throw wrong(
          "maxCostUsd",
          node,
          "an amount in US dollars from 0 to 1000000 with at most four decimals");
    }
    BigDecimal asked = node.decimalValue();
    return settings.maxCostUsd().map(asked::min).orElse(asked);
  }

  private static Problem wrong(String field, JsonNode value, String allowed) {
    return Problem.badRequest(
        "Field "
            + field
            + " is "
            + Queries.printable(value.toString())
            + "; allowed is "
            + allowed);
  }
}
