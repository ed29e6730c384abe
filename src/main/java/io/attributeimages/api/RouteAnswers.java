package io.attributeimages.api;

import io.attributeimages.observe.RouteStatistics;
import io.attributeimages.observe.Statistic;
import io.attributeimages.provider.ForeignText;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.camel.Exchange;
import org.apache.camel.NamedNode;
import org.apache.camel.model.EndpointRequiredDefinition;
import org.apache.camel.model.LogDefinition;
import org.apache.camel.model.ModelCamelContext;
import org.apache.camel.model.OnCompletionDefinition;
import org.apache.camel.model.OnExceptionDefinition;
import org.apache.camel.model.OptionalIdentifiedDefinition;
import org.apache.camel.model.ProcessorDefinition;
import org.apache.camel.model.RouteDefinition;

/** Shapes the routes and their counts into answers. */
@ApplicationScoped
public class RouteAnswers {

  private static final int MAX_LABEL = 120;

  /** How Camel names processors, expressions and predicates that are Java code. */
  private static final String JAVA_CODE =
      "Processor@0x\\w+|\\{?[\\w.$]+(\\$\\$Lambda[^\\]}]*|Definition\\$\\d+@\\w+)}?";

  private static final String JAVA_OBJECT = "(?:\\w+\\.)+(\\w+)@[0-9a-f]+";

  private final RouteStatistics statistics;

  /** Answers with those counts. */
  public RouteAnswers(RouteStatistics statistics) {
    this.statistics = statistics;
  }

  /** All routes by their ids; those that answer calls say so. */
  public void routes(Exchange exchange) {
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("now", Instant.now().toString());
    answer.put("upSeconds", exchange.getContext().getUptime().toSeconds());
    answer.put(
        "routes",
        camel(exchange).getRouteDefinitions().stream()
            .sorted(Comparator.comparing(RouteDefinition::getRouteId))
            .map(route -> route(exchange, route))
            .toList());
    Json.answer(exchange, answer);
  }

  /** The route in the path, with its steps. */
  public void route(Exchange exchange) {
    String id = exchange.getMessage().getHeader("id", String.class);
    RouteDefinition route =
        Optional.ofNullable(camel(exchange).getRouteDefinition(id))
            .orElseThrow(
                () -> Problem.notFound("There is no route '" + ForeignText.quote(id) + "'"));
    Map<String, Object> answer = route(exchange, route);
    List<Map<String, Object>> steps = new ArrayList<>();
    route.getOutputs().forEach(step -> add(steps, step, 0, false));
    answer.put("steps", steps);
    Json.answer(exchange, answer);
  }

  private Map<String, Object> route(Exchange exchange, RouteDefinition route) {
    String id = route.getRouteId();
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("id", id);
    answer.put("description", route.getDescriptionText());
    answer.put("from", label(route.getInput()));
    answer.put("answers", ApiErrors.ID.equals(route.getRouteConfigurationId()));
    answer.put(
        "state", String.valueOf(exchange.getContext().getRouteController().getRouteStatus(id)));
    counts(answer, statistics.route(id));
    answer.put("redeliveries", statistics.route(id).redeliveries());
    return answer;
  }

  /** A step, and those inside it. */
  private void add(
      List<Map<String, Object>> steps, ProcessorDefinition<?> step, int level, boolean inner) {
    boolean later =
        inner || step instanceof OnExceptionDefinition || step instanceof OnCompletionDefinition;
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("id", step.getId());
    answer.put("level", level);
    answer.put("kind", step.getShortName());
    answer.put("label", label(step));
    answer.put("afterwards", later);
    statistics.step(step).ifPresent(statistic -> counts(answer, statistic));
    steps.add(answer);
    step.getOutputs().forEach(next -> add(steps, next, level + 1, later));
  }

  private static void counts(Map<String, Object> answer, Statistic statistic) {
    answer.put("exchanges", statistic.exchanges());
    answer.put("failed", statistic.failed());
    answer.put("inFlight", statistic.inFlight());
    answer.put("meanMillis", rounded(statistic.meanMillis()));
    answer.put("maxMillis", rounded(statistic.maxMillis()));
    answer.put("lastMillis", rounded(statistic.lastMillis()));
    answer.put("lastCompletedAt", statistic.lastDone().map(Instant::toString).orElse(null));
    answer.put(
        "lastFailure",
        statistic
            .lastFailure()
            .map(failure -> Map.of("at", failure.at().toString(), "message", failure.message()))
            .orElse(null));
  }

  private static double rounded(double millis) {
    return Math.round(millis * 10) / 10.0;
  }

  /**
   * What a step says of itself, or its id where it is code; options of endpoints and paths of URLs
   * may be secrets.
   */
  private static String label(NamedNode node) {
    String label =
        node instanceof LogDefinition log
            ? log.getMessage()
            : String.valueOf(node.getLabel())
                .replaceAll(JAVA_CODE, "Java")
                .replaceAll(JAVA_OBJECT, "$1")
                .replaceAll("^(\\w+)\\[(.*)]$", "$2");
    if (label.endsWith("Java")
        && node instanceof OptionalIdentifiedDefinition<?> step
        && step.hasCustomIdAssigned()) {
      label = node.getId();
    }
    if (node instanceof EndpointRequiredDefinition) {
      label = label.replaceFirst("(?s)\\?.*", "");
    }
    if (label.matches("(?s).*(https?|jdbc):.*")) {
      label = ForeignText.withoutPaths(label);
    }
    label = ForeignText.line(label);
    return label.length() > MAX_LABEL ? label.substring(0, MAX_LABEL) + "…" : label;
  }

  private static ModelCamelContext camel(Exchange exchange) {
    return (ModelCamelContext) exchange.getContext();
  }
}
