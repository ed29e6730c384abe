package io.attributeimages.api;

import io.attributeimages.catalog.Recipe;
import io.attributeimages.ledger.Rows;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A task as every call and event shows it. */
final class TaskView {

  private TaskView() {}

  /** The view of a row of {@code ledger.task}. */
  static Map<String, Object> of(Map<String, Object> row) {
    List<String> lost = Rows.strings(row.get("lost_task_ids"));
    Object current = row.get("provider_task_id");
    Map<String, Object> task = new LinkedHashMap<>();
    task.put("id", Json.value(row.get("id")));
    task.put("runId", Json.value(row.get("run_id")));
    task.put("category", row.get("category"));
    task.put("value", row.get("value"));
    task.put("style", row.get("style"));
    task.put("state", row.get("state"));
    Recipe recipe = Recipe.parse(row.get("recipe").toString());
    task.put("prompt", recipe.field("prompt"));
    task.put("negativePrompt", recipe.field("negative_prompt"));
    task.put("model", recipe.field("model"));
    task.put("sampler", recipe.field("sampler"));
    task.put("steps", recipe.field("steps"));
    task.put("guidanceScale", recipe.field("guidance_scale"));
    task.put("width", recipe.field("width"));
    task.put("height", recipe.field("height"));
    task.put("seed", recipe.field("seed"));
    task.put("attempts", row.get("attempts"));
    task.put("costUsd", Json.value(row.get("cost_usd")));
    task.put("possibleCostUsd", Json.value(row.get("possible_cost_usd")));
    task.put(
        "providerTaskId", current == null && !lost.isEmpty() ? lost.get(lost.size() - 1) : current);
    task.put("objectKey", row.get("object_key"));
    task.put("imageUrl", row.get("image_url"));
    task.put("createdAt", Json.value(row.get("created_at")));
    task.put("submittedAt", Json.value(row.get("submitted_at")));
    task.put("storingSince", Json.value(row.get("storing_since")));
    task.put("finishedAt", Json.value(row.get("finished_at")));
    task.put("error", error(row));
    return task;
  }

  /** Why the task does not get on, or did not; null where there is nothing to say. */
  static Map<String, Object> error(Map<String, Object> row) {
    if (row.get("error_reason") == null) {
      return null;
    }
    Map<String, Object> error = new LinkedHashMap<>();
    error.put("reason", row.get("error_reason"));
    error.put("status", row.get("error_status"));
    error.put("message", row.get("error_message"));
    return error;
  }
}
