package io.attributeimages.api;

import io.attributeimages.catalog.Catalogue;
import io.attributeimages.catalog.Combination;
import io.attributeimages.ledger.Rows;
import io.attributeimages.ledger.TaskState;
import io.attributeimages.novita.NovitaSettings;
import io.attributeimages.pipeline.RunRequest;
import jakarta.enterprise.context.ApplicationScoped;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.camel.Exchange;

/** Shapes what SQL statements return into the answers of the REST calls. */
@ApplicationScoped
public class Answers {

  private static final double USUAL_SECONDS_PER_IMAGE = 15;

  private final Catalogue catalogue;
  private final NovitaSettings novita;

  /** Answers about that catalogue. */
  public Answers(Catalogue catalogue, NovitaSettings novita) {
    this.catalogue = catalogue;
    this.novita = novita;
  }

  /** One run of {@code sql/select-runs.sql}. */
  public void run(Exchange exchange) {
    List<Map<String, Object>> rows = rows(exchange);
    if (rows.isEmpty()) {
      throw Problem.notFound("There is no such run");
    }
    json(exchange, run(rows.get(0)));
  }

  /** The runs of {@code sql/select-runs.sql}. */
  public void runs(Exchange exchange) {
    json(exchange, Map.of("runs", rows(exchange).stream().map(this::run).toList()));
  }

  private Map<String, Object> run(Map<String, Object> row) {
    Map<String, Object> run = new LinkedHashMap<>();
    run.put("id", Json.value(row.get("id")));
    run.put("trigger", row.get("trigger"));
    run.put("mode", row.get("mode"));
    run.put("category", row.get("category"));
    run.put("values", Rows.strings(row.get("filter_values")));
    run.put("style", row.get("style"));
    run.put("state", row.get("state"));
    run.put("reason", row.get("reason"));
    run.put("maxCostUsd", Json.value(row.get("max_cost_usd")));
    run.put("planned", row.get("planned"));
    run.put("submitted", row.get("submitted"));
    run.put("stored", row.get("stored"));
    run.put("skipped", row.get("skipped"));
    run.put("failed", row.get("failed"));
    run.put("joined", row.get("joined"));
    run.put("costUsd", Json.value(row.get("cost_usd")));
    run.put("possibleCostUsd", Json.value(row.get("possible_cost_usd")));
    run.put("startedAt", Json.value(row.get("started_at")));
    run.put("plannedAt", Json.value(row.get("planned_at")));
    run.put("finishedAt", Json.value(row.get("finished_at")));
    run.put("etaSeconds", etaSeconds(row));
    return run;
  }

  /**
   * How long a running run still takes: what waits for its minute, and the time an image takes.
   * Null for others.
   */
  private Long etaSeconds(Map<String, Object> row) {
    if (!"RUNNING".equals(row.get("state")) || row.get("planned_at") == null) {
      return null;
    }
    long unfinished = ((Number) row.get("unfinished")).longValue();
    if (unfinished == 0) {
      return 0L;
    }
    long waiting = ((Number) row.get("waiting")).longValue();
    long minutes = waiting == 0 ? 0 : (waiting - 1) / novita.imagesPerMinute();
    Number measured = (Number) row.get("seconds_per_image");
    double perImage = measured == null ? USUAL_SECONDS_PER_IMAGE : measured.doubleValue();
    return minutes * 60 + Math.round(perImage);
  }

  /** The tasks of {@code sql/select-tasks.sql}, with where to go on. */
  public void tasks(Exchange exchange) {
    page(exchange, "tasks");
  }

  /** The dead letters of {@code sql/select-tasks.sql}, with where to go on. */
  public void deadLetters(Exchange exchange) {
    page(exchange, "deadLetters");
  }

  /** The dead letter of {@code sql/replay-dead-letters.sql}, on its way again. */
  public void replayed(Exchange exchange) {
    json(exchange, task(rows(exchange).get(0)), 202);
  }

  /**
   * Why the task of {@code sql/select-task.sql} was not replayed.
   *
   * @throws Problem that says so
   */
  public void notReplayed(Exchange exchange) {
    List<Map<String, Object>> rows = rows(exchange);
    if (rows.isEmpty()) {
      throw Problem.notFound("There is no such dead letter");
    }
    Object state = rows.get(0).get("state");
    throw new Problem(
        409,
        "Conflict",
        TaskState.FAILED.name().equals(state)
            ? "Another task is making the image, or the budget of its run has no room for it;"
                + " start a new run if it is still missing later"
            : "The task is " + state + ", so there is nothing to replay");
  }

  /** How many rows of {@code sql/replay-dead-letters.sql} are collected, and how many submitted. */
  public void replays(Exchange exchange) {
    List<Map<String, Object>> rows = rows(exchange);
    long collected =
        rows.stream().filter(row -> TaskState.SUBMITTED.name().equals(row.get("state"))).count();
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("replayed", rows.size());
    answer.put("collected", collected);
    answer.put("submitted", rows.size() - collected);
    json(exchange, answer, 202);
  }

  /** Nothing, if the statement {@code sql/discard-dead-letter.sql} found the dead letter. */
  public void discarded(Exchange exchange) {
    if (exchange.getMessage().getHeader("CamelSqlUpdateCount", 0, Integer.class) == 0) {
      throw Problem.notFound("There is no such dead letter");
    }
    exchange.getMessage().removeHeaders("*");
    exchange.getMessage().setHeader(Exchange.HTTP_RESPONSE_CODE, 204);
    exchange.getMessage().setBody(null);
  }

  private static void page(Exchange exchange, String name) {
    List<Map<String, Object>> rows = rows(exchange);
    Map<String, Object> page = new LinkedHashMap<>();
    page.put(name, rows.stream().map(Answers::task).toList());
    boolean more = rows.size() == exchange.getProperty("limit", Integer.class);
    page.put("next", more ? rows.get(rows.size() - 1).get("position") : null);
    json(exchange, page);
  }

  private static Map<String, Object> task(Map<String, Object> row) {
    List<String> lost = Rows.strings(row.get("lost_task_ids"));
    Object current = row.get("novita_task_id");
    Map<String, Object> task = new LinkedHashMap<>();
    task.put("id", Json.value(row.get("id")));
    task.put("runId", Json.value(row.get("run_id")));
    task.put("category", row.get("category"));
    task.put("value", row.get("value"));
    task.put("style", row.get("style"));
    task.put("state", row.get("state"));
    task.put("prompt", row.get("prompt"));
    task.put("negativePrompt", row.get("negative_prompt"));
    task.put("model", row.get("model"));
    task.put("sampler", row.get("sampler"));
    task.put("steps", row.get("steps"));
    task.put("guidanceScale", Json.value(row.get("guidance_scale")));
    task.put("width", row.get("width"));
    task.put("height", row.get("height"));
    task.put("seed", row.get("seed"));
    task.put("attempts", row.get("attempts"));
    task.put("costUsd", Json.value(row.get("cost_usd")));
    task.put("possibleCostUsd", Json.value(row.get("possible_cost_usd")));
    task.put(
        "novitaTaskId", current == null && !lost.isEmpty() ? lost.get(lost.size() - 1) : current);
    task.put("objectKey", row.get("object_key"));
    task.put("imageUrl", row.get("image_url"));
    task.put("createdAt", Json.value(row.get("created_at")));
    task.put("submittedAt", Json.value(row.get("submitted_at")));
    task.put("finishedAt", Json.value(row.get("finished_at")));
    task.put("error", error(row));
    return task;
  }

  private static Map<String, Object> error(Map<String, Object> row) {
    if (row.get("error_reason") == null) {
      return null;
    }
    Map<String, Object> error = new LinkedHashMap<>();
    error.put("reason", row.get("error_reason"));
    error.put("status", row.get("error_status"));
    error.put("message", row.get("error_message"));
    return error;
  }

  /**
   * The pictures of {@code sql/select-attribute-images.sql}; one picture's fields at the top where
   * a value is asked for.
   */
  public void attributeImages(Exchange exchange) {
    List<Map<String, Object>> rows = rows(exchange);
    Map<String, Object> answer = new LinkedHashMap<>();
    if (!exchange.getProperty("oneImage", Boolean.class)) {
      answer.put("success", true);
      answer.put("images", Json.rows(rows));
    } else if (rows.isEmpty()) {
      answer.put("success", false);
      answer.put("error", "The image is not stored yet");
      json(exchange, answer, 404);
      return;
    } else {
      answer.put("success", true);
      answer.putAll(Json.row(rows.get(0)));
    }
    json(exchange, answer);
  }

  /** The covers of {@code sql/select-style-images.sql}. */
  public void styleImages(Exchange exchange) {
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("success", true);
    answer.put("images", Json.rows(rows(exchange)));
    json(exchange, answer);
  }

  /** The status, from the row of {@code sql/select-status.sql} and the missing images. */
  public void status(Exchange exchange) {
    @SuppressWarnings("unchecked")
    Map<String, Object> ledger = exchange.getMessage().getBody(Map.class);
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
    status.put("failed", ledger.get("failed"));
    status.put("costUsd", Json.value(ledger.get("cost_usd")));
    status.put("possibleCostUsd", Json.value(ledger.get("possible_cost_usd")));
    status.put("groups", groups);
    status.put("styles", Map.of("required", catalogue.styles().size(), "stored", covers));
    json(exchange, status);
  }

  private static Set<Combination> missing(Exchange exchange) {
    Set<Combination> missing = new HashSet<>();
    for (Map<String, Object> row : missingRows(exchange)) {
      missing.add(
          image(
              (String) row.get("category"), (String) row.get("value"), (String) row.get("style")));
    }
    return missing;
  }

  private static Combination image(String category, String value, String style) {
    return new Combination(category, value, style, "");
  }

  /** What a run would make and cost, from the images it is about and those that are missing. */
  public void dryRun(Exchange exchange) {
    RunRequest request = exchange.getProperty("request", RunRequest.class);
    Map<Boolean, List<Map<String, Object>>> images =
        missingRows(exchange).stream()
            .collect(Collectors.partitioningBy(row -> Boolean.TRUE.equals(row.get("fetched"))));
    List<Map<String, Object>> paid = images.get(false);
    long affordable = paid.size();
    if (request.maxCostUsd() != null) {
      long budget = request.maxCostUsd().divideToIntegralValue(novita.priceUsd()).longValue();
      affordable = Math.min(affordable, budget);
    }
    List<Map<String, Object>> planned =
        Stream.concat(images.get(true).stream(), paid.stream().limit(affordable)).toList();
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("dryRun", true);
    answer.put("mode", request.mode().label());
    answer.put("planned", planned.size());
    answer.put("costUsd", Json.value(price(affordable)));
    answer.put("beyondBudget", paid.size() - affordable);
    answer.put("images", planned);
    json(exchange, answer);
  }

  private BigDecimal price(long images) {
    return novita.priceUsd().multiply(BigDecimal.valueOf(images));
  }

  @SuppressWarnings("unchecked")
  private static List<Map<String, Object>> missingRows(Exchange exchange) {
    return exchange.getProperty("missing", List.class);
  }

  @SuppressWarnings("unchecked")
  private static List<Map<String, Object>> rows(Exchange exchange) {
    return exchange.getMessage().getBody(List.class);
  }

  private static void json(Exchange exchange, Object answer) {
    json(exchange, answer, 200);
  }

  /**
   * The answer and nothing else: headers of the call must not come back as headers of the answer.
   */
  private static void json(Exchange exchange, Object answer, int status) {
    exchange.getMessage().removeHeaders("*");
    exchange.getMessage().setHeader(Exchange.HTTP_RESPONSE_CODE, status);
    exchange.getMessage().setHeader(Exchange.CONTENT_TYPE, "application/json");
    exchange.getMessage().setBody(Json.write(answer));
  }
}
