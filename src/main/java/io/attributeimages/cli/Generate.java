package io.attributeimages.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.attributeimages.ledger.DatabaseFailure;
import io.attributeimages.ledger.RunTrigger;
import io.attributeimages.pipeline.PipelineSettings;
import io.attributeimages.pipeline.RunRequest;
import jakarta.enterprise.context.ApplicationScoped;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.apache.camel.CamelContext;
import org.apache.camel.support.LifecycleStrategySupport;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * Makes images: writes a run into the ledger, and looks on until it is over. The work is done by
 * the routes, here and in every other instance.
 */
@ApplicationScoped
class Generate {

  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(300);

  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

  /** A look is followed by a pause of so many times its length. */
  private static final int PAUSE_FACTOR = 3;

  /** How long routes of one's own are waited for at the end; what they do not take is kept. */
  private static final Duration FOR_OWN_ROUTES = Duration.ofSeconds(30);

  private static final Duration A_MOMENT = Duration.ofSeconds(1);

  private final Calls calls;
  private final PipelineSettings settings;
  private final Interruption interruption;
  private final Optional<Path> joined;

  Generate(
      Calls calls,
      PipelineSettings settings,
      Interruption interruption,
      @ConfigProperty(name = "embedded.joined") Optional<Path> joined) {
    this.calls = calls;
    this.settings = settings;
    this.interruption = interruption;
    this.joined = joined;
  }

  int run(GenerateCommand command) {
    Answer answer = Answer.to(command.output());
    RunRequest request =
        new RunRequest(
            RunTrigger.CLI, null, command.mode(), command.choice().filter(), maxCost(command));
    return command.isDryRun() ? dryRun(request, answer) : new Watch(request, answer).run();
  }

  /** The lower of the command's limit and the program's; null for none. */
  private BigDecimal maxCost(GenerateCommand command) {
    BigDecimal limit = settings.maxCostUsd().orElse(null);
    return command.maxCost().map(asked -> limit == null ? asked : asked.min(limit)).orElse(limit);
  }

  private int dryRun(RunRequest request, Answer answer) {
    JsonNode plan = calls.json("direct:dry-run", request, Map.of());
    answer.json(plan);
    Table table = new Table("CATEGORY", "VALUE", "STYLE", "");
    for (JsonNode image : plan.path("images")) {
      table.row(
          image.path("category").asText(),
          image.path("value").asText(),
          image.path("style").asText(),
          image.path("fetched").asBoolean() ? "is paid already" : "");
    }
    long planned = plan.path("planned").asLong();
    if (planned > 0) {
      table.lines().forEach(answer::line);
      answer.line("");
    }
    answer.line(
        "%s would be made, for %s."
            .formatted(images(planned), Progress.usd(plan.path("costUsd").decimalValue())));
    long beyond = plan.path("beyondBudget").asLong();
    if (beyond > 0) {
      answer.line("The budget would leave out " + beyond + " more.");
    }
    return Commands.DONE;
  }

  private static String images(long count) {
    return count + (count == 1 ? " image" : " images");
  }

  /** One run, from the row in the ledger to its end. */
  private final class Watch {

    private final RunRequest request;
    private final Answer answer;
    private final ProgressView view;
    private final long start = System.nanoTime();
    private String run;
    private volatile Progress latest;
    private boolean joinedIsTold;
    private String pauseToldOf;
    private boolean brakeIsTold;
    private boolean outageIsTold;

    Watch(RunRequest request, Answer answer) {
      this.request = request;
      this.answer = answer;
      this.view = ProgressView.of(answer);
    }

    int run() {
      interruption.say(this::interrupted);
      run = calls.ask("direct:trigger-cli", request, String.class);
      view.tell("Run " + run);
      while (true) {
        long begin = System.nanoTime();
        Optional<Progress> now = look();
        Duration pause = pauseAfter(Duration.ofNanos(System.nanoTime() - begin));
        if (now.isPresent()) {
          latest = now.get();
          tellJoined();
          view.show(latest);
          tellPause();
          if (latest.isOver()) {
            return interruption.isDone() ? over() : Commands.NOT_DONE;
          }
        }
        if (interruption.within(pause)) {
          return Commands.NOT_DONE;
        }
        if (joined.filter(Files::notExists).isPresent()) {
          return interruption.isDone() ? abandoned() : Commands.NOT_DONE;
        }
      }
    }

    /**
     * Half a million images of other runs take a second to count: that is not done all the time.
     */
    private static Duration pauseAfter(Duration look) {
      Duration pause = look.multipliedBy(PAUSE_FACTOR);
      return pause.compareTo(BETWEEN_LOOKS) < 0
          ? BETWEEN_LOOKS
          : pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause;
    }

    /** How far the run is; empty while the database is away. */
    private Optional<Progress> look() {
      try {
        Progress progress =
            Progress.fromRow(calls.rows("select-progress.sql", Map.of("run", run)).get(0));
        outageIsTold = false;
        return Optional.of(progress);
      } catch (RuntimeException e) {
        if (DatabaseFailure.of(e).isEmpty() && !interruption.within(Duration.ZERO)) {
          throw e;
        }
        if (!outageIsTold && !interruption.within(Duration.ZERO)) {
          view.tell("The database does not answer; the run goes on when it does.");
          outageIsTold = true;
        }
        return Optional.empty();
      }
    }

    private void tellJoined() {
      if (latest.planned() && latest.joined() > 0 && !joinedIsTold) {
        view.tell("Under way in another run, and waited for: " + images(latest.joined()) + ".");
        joinedIsTold = true;
      }
    }

    private void tellPause() {
      if (latest.braked() && !brakeIsTold) {
        view.tell(
            latest.reason()
                + ". What is paid is waited for, and lets the run go on; Ctrl-C ends it.");
      }
      brakeIsTold = latest.braked();
      String paused =
          latest.state().equals("PAUSED") ? run : Objects.toString(latest.pausedRun(), null);
      if (paused != null && !paused.equals(pauseToldOf)) {
        view.tell(
            (paused.equals(run)
                    ? "The run was paused by an operator."
                    : "Images it waits for are in a run that was paused by an operator.")
                + " It goes on when POST /api/runs/"
                + paused
                + "/resume of a service says so; Ctrl-C ends the waiting.");
      }
      pauseToldOf = paused;
    }

    private int over() {
      view.close();
      long left = missing();
      String outcome =
          switch (latest.state()) {
            case "HALTED" -> "halted";
            case "CANCELLED" -> "cancelled";
            default ->
                latest.failed() == 0 && latest.beyondBudget() == 0 && left == 0
                    ? "complete"
                    : "incomplete";
          };
      boolean complete = outcome.equals("complete");
      answer.json(json(outcome, left));
      answer.line(answer.word(complete, ending(outcome)) + " " + sums());
      if (latest.why() != null) {
        answer.line("Reason: " + latest.why() + ".");
      }
      advice(outcome, left).ifPresent(answer::line);
      awaitOwnRoutes();
      return complete ? Commands.DONE : Commands.NOT_DONE;
    }

    /** How many images of the choice are still not in place. */
    private long missing() {
      Map<String, Object> row = calls.rows("count-missing.sql", request.parameters()).get(0);
      return (Long) row.get("images");
    }

    /** What has just happened is told to routes of one's own, if they get on with it. */
    private void awaitOwnRoutes() {
      long begun = System.nanoTime();
      boolean isTold = false;
      long untold = untold();
      while (untold > 0 && System.nanoTime() - begun < FOR_OWN_ROUTES.toNanos()) {
        if (!isTold && System.nanoTime() - begun > A_MOMENT.toNanos()) {
          answer.problem(
              "Routes of your own are still to be told of %s; waiting for that, at most %s."
                  .formatted(images(untold), Progress.duration(FOR_OWN_ROUTES.toSeconds())));
          isTold = true;
        }
        if (interruption.within(BETWEEN_LOOKS)) {
          return;
        }
        untold = untold();
      }
      if (untold > 0) {
        answer.problem(
            "They have not taken %s. A service, or the next generate, tells them again."
                .formatted(images(untold)));
      }
    }

    /**
     * How much routes of one's own are still to be told; nothing that can be where the database is
     * away.
     */
    private long untold() {
      try {
        return calls.ask("direct:count-untold", run, Long.class);
      } catch (RuntimeException e) {
        if (DatabaseFailure.of(e).isEmpty() && !interruption.within(Duration.ZERO)) {
          throw e;
        }
        return 0;
      }
    }

    private String ending(String outcome) {
      return switch (outcome) {
        case "complete" -> "Done.";
        case "incomplete" ->
            latest.failed() == 0 && latest.beyondBudget() > 0
                ? "The budget is used up."
                : "Not everything is stored.";
        default -> "The run is " + outcome + ".";
      };
    }

    private String sums() {
      return latest.images() == 0
          ? "There was nothing to make."
          : latest.result() + ", in " + Progress.duration(seconds()) + ".";
    }

    private Optional<String> advice(String outcome, long left) {
      if (latest.storeRefusal() != null) {
        return Optional.of(
            images(latest.inFlight())
                + " paid and not stored. Mend that; generate, or the service, then stores them without"
                + " paying again.");
      }
      if (outcome.equals("halted")) {
        return Optional.of(
            "Mend that, then run generate again: it takes over what is left, and what is paid is"
                + " fetched.");
      }
      if (latest.failed() > 0) {
        return Optional.of(
            "What failed is in dead-letters; dead-letters replay --run "
                + run
                + " tries it again.");
      }
      return left > 0 && !outcome.equals("complete")
          ? Optional.of(images(left) + " still missing; generate makes them.")
          : Optional.empty();
    }

    private long seconds() {
      return Duration.ofNanos(System.nanoTime() - start).toSeconds();
    }

    /** The service whose services these are has stopped. */
    private int abandoned() {
      view.close();
      answer.problem(
          "The service whose Postgres and storage this command was using has stopped. Nothing that"
              + " was paid is lost: generate, or the service, goes on with run "
              + run
              + ".");
      return Commands.NOT_DONE;
    }

    /** Says what becomes of the run, now and when the routes have stopped. */
    private void interrupted() {
      view.close();
      answer.problem(
          "Stopping: what is under way is finished or given back, in half a minute at most.");
      if (run == null) {
        return;
      }
      calls
          .camel()
          .addLifecycleStrategy(
              new LifecycleStrategySupport() {
                @Override
                public void onContextStopped(CamelContext stopped) {
                  farewell();
                }
              });
    }

    private void farewell() {
      answer.json(json("stopped", null));
      answer.problem(
          "Stopped. Nothing that was paid is lost: run "
              + run
              + " stays in the ledger, and a service or the next generate goes on with it.");
    }

    private Map<String, Object> json(String outcome, Long left) {
      Map<String, Object> json = new LinkedHashMap<>();
      json.put("outcome", outcome);
      json.put("run", run);
      if (latest != null) {
        json.put("state", latest.state());
        json.put("reason", latest.why());
        json.put("images", latest.images());
        json.put("joined", latest.joined());
        json.put("stored", latest.stored());
        json.put("failed", latest.failed());
        json.put("beyondBudget", latest.beyondBudget());
        json.put("costUsd", plain(latest.costUsd()));
        json.put("possibleCostUsd", plain(latest.possibleCostUsd()));
      }
      json.put("missing", left);
      json.put("seconds", seconds());
      return json;
    }

    private static BigDecimal plain(BigDecimal amount) {
      return new BigDecimal(amount.stripTrailingZeros().toPlainString());
    }
  }
}
