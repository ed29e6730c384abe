package io.attributeimages.api;

import io.attributeimages.ledger.TaskState;
import io.attributeimages.pipeline.RunRequest;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.camel.Exchange;

/** Shapes what SQL statements return into the answers of the REST calls. */
@ApplicationScoped
public class Answers {

  private final RunView runs;

  /** Answers with those views. */
  public Answers(RunView runs) {
    this.runs = runs;
  }

  /** One run of {@code sql/read/select-runs.sql}. */
  public void run(Exchange exchange) {
    List<Map<String, Object>> rows = rows(exchange);
    if (rows.isEmpty()) {
      throw Problem.notFound("There is no such run");
    }
    Json.answer(exchange, runs.view(rows.get(0)));
  }

  /** The runs of {@code sql/read/select-runs.sql}. */
  public void runs(Exchange exchange) {
    Json.answer(exchange, Map.of("runs", rows(exchange).stream().map(runs::view).toList()));
  }

  /** The tasks of {@code sql/read/select-tasks.sql}, with where to go on. */
  public void tasks(Exchange exchange) {
    page(exchange, "tasks");
  }

  /** The dead letters of {@code sql/read/select-tasks.sql}, with where to go on. */
  public void deadLetters(Exchange exchange) {
    page(exchange, "deadLetters");
  }

  /** The task of {@code sql/read/select-task.sql}, and what its run is. */
  public void task(Exchange exchange) {
    List<Map<String, Object>> rows = rows(exchange);
    if (rows.isEmpty()) {
      throw Problem.notFound("There is no such task");
    }
    Map<String, Object> task = TaskView.of(rows.get(0));
    task.put("trigger", rows.get(0).get("trigger"));
    task.put("mode", rows.get(0).get("mode"));
    Json.answer(exchange, task);
  }

  /**
   * The dead letter of {@code sql/read/select-task.sql}, on its way again where the exchange
   * property {@code replayed} counts it.
   *
   * @throws Problem that says why it is not
   */
  public void replayed(Exchange exchange) {
    List<Map<String, Object>> rows = rows(exchange);
    if (rows.isEmpty()) {
      throw Problem.notFound("There is no such dead letter");
    }
    if (exchange.getProperty("replayed", Long.class) > 0) {
      Json.answer(exchange, TaskView.of(rows.get(0)), 202);
      return;
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

  /**
   * How many dead letters go on, by the exchange properties {@code replayed} and {@code collected},
   * which are paid; the body says how many images the budget of their runs leaves out.
   */
  public void replays(Exchange exchange) {
    long replayed = exchange.getProperty("replayed", Long.class);
    long collected = exchange.getProperty("collected", Long.class);
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("replayed", replayed);
    answer.put("collected", collected);
    answer.put("submitted", replayed - collected);
    answer.put("beyondBudget", exchange.getMessage().getBody(Long.class));
    Json.answer(exchange, answer, 202);
  }

  /**
   * Nothing, if the statement {@code sql/dead-letter/discard-dead-letter.sql} found the dead
   * letter.
   */
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
    page.put(name, rows.stream().map(TaskView::of).toList());
    boolean more = rows.size() == exchange.getProperty("limit", Integer.class);
    page.put("next", more ? rows.get(rows.size() - 1).get("position") : null);
    Json.answer(exchange, page);
  }

  /**
   * The pictures of {@code sql/read/select-attribute-images.sql}, with where to go on; one
   * picture's fields at the top where a value is asked for.
   */
  public void attributeImages(Exchange exchange) {
    List<Map<String, Object>> rows = rows(exchange);
    Map<String, Object> answer = new LinkedHashMap<>();
    if (!exchange.getProperty("oneImage", Boolean.class)) {
      boolean more = rows.size() == exchange.getProperty("limit", Integer.class);
      answer.put("success", true);
      answer.put("images", Json.rows(rows));
      answer.put("next", more ? Cursor.after(rows) : null);
    } else if (rows.isEmpty()) {
      answer.put("success", false);
      answer.put("error", "The image is not stored yet");
      Json.answer(exchange, answer, 404);
      return;
    } else {
      answer.put("success", true);
      answer.putAll(Json.row(rows.get(0)));
    }
    Json.answer(exchange, answer);
  }

  /** The covers of {@code sql/read/select-style-images.sql}. */
  public void styleImages(Exchange exchange) {
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("success", true);
    answer.put("images", Json.rows(rows(exchange)));
    Json.answer(exchange, answer);
  }

  /** What a run would make and cost, from the images it is about and those that are missing. */
  public void dryRun(Exchange exchange) {
    RunRequest request = exchange.getProperty("request", RunRequest.class);
    DryRun found = DryRun.of(exchange);
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("dryRun", true);
    answer.put("mode", request.mode().label());
    answer.put("planned", found.plannedCount());
    answer.put("costUsd", Json.value(found.costUsd()));
    answer.put("beyondBudget", found.beyondCount());
    answer.put("images", found.images());
    Json.answer(exchange, answer);
  }

  @SuppressWarnings("unchecked")
  private static List<Map<String, Object>> rows(Exchange exchange) {
    return exchange.getMessage().getBody(List.class);
  }
}
