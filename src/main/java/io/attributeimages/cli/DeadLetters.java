package io.attributeimages.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.attributeimages.ledger.ImageFilter;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.camel.Exchange;

/** Lists dead letters, replays and discards them. */
@ApplicationScoped
class DeadLetters {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int PAGE = 500;
  private static final String WHO_MAKES_THEM =
      "A service that is running makes them, or the next generate.";

  private final Calls calls;

  DeadLetters(Calls calls) {
    this.calls = calls;
  }

  int list(DeadLetterListing command) {
    Answer answer = Answer.to(command.output());
    ArrayNode letters = JSON.createArrayNode();
    all(command, letters::add);
    answer.json(Map.of("deadLetters", letters));
    if (letters.isEmpty()) {
      answer.line("There are no dead letters.");
      return Commands.DONE;
    }
    Table table = new Table("ID", "IMAGE", "REASON", "ATTEMPTS", "PAID", "MESSAGE");
    for (JsonNode letter : letters) {
      table.row(
          letter.path("id").asText(),
          image(letter),
          letter.at("/error/reason").asText(),
          letter.path("attempts").asText(),
          Progress.usd(letter.path("costUsd").decimalValue()),
          letter.at("/error/message").asText());
    }
    table.lines().forEach(answer::line);
    return Commands.DONE;
  }

  private void all(DeadLetterListing command, Consumer<JsonNode> each) {
    ImageFilter filter = command.choice().filter();
    JsonNode next = null;
    do {
      Map<String, Object> query = new LinkedHashMap<>();
      query.put("limit", PAGE);
      filter.category().ifPresent(category -> query.put("category", category));
      filter.style().ifPresent(style -> query.put("style", style));
      command.filter().run().ifPresent(run -> query.put("run", run));
      if (next != null) {
        query.put("before", next.asText());
      }
      JsonNode page =
          calls.json(
              "direct:get-dead-letters", null, Map.of(Exchange.HTTP_QUERY, QueryText.of(query)));
      for (JsonNode letter : page.path("deadLetters")) {
        boolean wanted =
            (filter.values().isEmpty() || filter.values().contains(letter.path("value").asText()))
                && command
                    .filter()
                    .reason()
                    .map(letter.at("/error/reason").asText()::equals)
                    .orElse(true);
        if (wanted) {
          each.accept(letter);
        }
      }
      next = page.path("next");
    } while (next.isNumber());
  }

  int replay(DeadLettersCommand.Replay command) {
    Answer answer = Answer.to(command.output());
    if (command.ids().isEmpty()) {
      return replayChosen(command, answer);
    }
    ArrayNode replayed = JSON.createArrayNode();
    List<String> refused = new ArrayList<>();
    for (String id : command.ids()) {
      try {
        JsonNode task = calls.json("direct:replay-dead-letter", null, Map.of("id", id));
        replayed.add(task);
        boolean fetched = task.path("state").asText().equals("SUBMITTED");
        answer.line(
            id
                + ": "
                + image(task)
                + (fetched ? " is fetched, as it is paid." : " is submitted anew."));
      } catch (RefusedException e) {
        refused.add(refusal(id, e));
      }
    }
    if (!replayed.isEmpty()) {
      answer.line(WHO_MAKES_THEM);
    }
    return end(answer, "replayed", replayed, refused);
  }

  private int replayChosen(DeadLettersCommand.Replay command, Answer answer) {
    ImageFilter filter = command.choice().filter();
    ObjectNode body = JSON.createObjectNode();
    filter.category().ifPresent(category -> body.put("category", category));
    filter.style().ifPresent(style -> body.put("style", style));
    command.filter().run().ifPresent(run -> body.put("run", run));
    command.filter().reason().ifPresent(reason -> body.put("reason", reason));
    if (!filter.values().isEmpty()) {
      filter.values().forEach(body.putArray("values")::add);
    }
    JsonNode counts =
        calls.json(
            "direct:replay-dead-letters",
            body.toString(),
            Map.of(Exchange.CONTENT_TYPE, "application/json"));
    answer.json(counts);
    int replayed = counts.path("replayed").asInt();
    int beyond = counts.path("beyondBudget").asInt();
    if (replayed > 0) {
      answer.line(
          "%d on their way again: %d to be fetched, as they are paid, and %d submitted anew."
              .formatted(
                  replayed, counts.path("collected").asInt(), counts.path("submitted").asInt()));
      answer.line(WHO_MAKES_THEM);
    } else if (beyond == 0) {
      answer.line("There is nothing to replay.");
    }
    if (beyond > 0) {
      answer.problem(
          beyond
              + (beyond == 1 ? " stays" : " stay")
              + ": the budget of its run has no room; generate makes what is still missing.");
    }
    return beyond == 0 ? Commands.DONE : Commands.NOT_DONE;
  }

  int discard(DeadLettersCommand.Discard command) {
    Answer answer = Answer.to(command.output());
    ArrayNode discarded = JSON.createArrayNode();
    List<String> refused = new ArrayList<>();
    for (String id : command.ids()) {
      try {
        calls.json("direct:discard-dead-letter", null, Map.of("id", id));
        discarded.add(id);
        answer.line(id + " is discarded.");
      } catch (RefusedException e) {
        refused.add(refusal(id, e));
      }
    }
    return end(answer, "discarded", discarded, refused);
  }

  /** Every sentence names the id it is about. */
  private static String refusal(String id, RefusedException e) {
    return e.getMessage().contains(id) ? e.getMessage() : id + ": " + e.getMessage();
  }

  private static int end(Answer answer, String what, ArrayNode done, List<String> refused) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put(what, done);
    json.put("refused", refused);
    answer.json(json);
    refused.forEach(answer::problem);
    return refused.isEmpty() ? Commands.DONE : Commands.NOT_DONE;
  }

  private static String image(JsonNode task) {
    return task.path("category").asText()
        + "/"
        + task.path("value").asText()
        + "/"
        + task.path("style").asText();
  }
}
