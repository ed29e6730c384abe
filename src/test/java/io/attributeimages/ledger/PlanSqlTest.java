package io.attributeimages.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.attributeimages.catalog.Catalogue;
import io.attributeimages.catalog.CatalogueReader;
import io.attributeimages.pipeline.Enumeration;
import io.attributeimages.pipeline.RunRequest;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.camel.Exchange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.dao.DataIntegrityViolationException;

/** Runs and what they plan: {@code create-run}, {@code claim-run}, {@code plan-chunk}, … */
class PlanSqlTest extends LedgerTest {

  /** Three values and a cover in one style. */
  private static final Catalogue CATALOGUE =
      CatalogueReader.parse(
          "test",
          """
          categories:
            - name: age
              values:
                - {name: 20s, description: late twenties}
                - {name: 30s, description: mid thirties}
                - {name: 40s, description: mid forties}
          styles:
            - {name: realistic, prompt: "photo of {value}", cover-prompt: a photo, steps: 40}
          """);

  @Test
  void whatIsMissingIsPlannedInTheOrderOfTheCatalogue() {
    newPicture("30s", "url", null);
    UUID run = newRun();

    plan(run);

    assertThat(images(run, "PLANNED")).containsExactly("age/20s", "age/40s", "style/cover");
  }

  /** A picture can be made again, so that its seed is ours. */
  @Test
  void everyTaskHasASeedOfItsOwnWhereTheModelTakesOne() {
    plan(newRun());

    assertThat(
            database.queryForMap(
                """
                SELECT count(*) AS tasks, count(DISTINCT recipe ->> 'seed') AS seeds,
                       bool_and((recipe ->> 'seed')::bigint BETWEEN 0 AND 4294967295) AS within
                FROM ledger.task
                """))
        .isEqualTo(Map.of("tasks", 4L, "seeds", 4L, "within", true));
  }

  @Test
  void aModelWithoutSeedsLeavesThemOut() {
    UUID run = newRun();
    Map<String, Object> chunk = new HashMap<>(chunks(100).next());
    chunk.put("recipes", ((String) chunk.get("recipes")).replaceAll("\"max_seed\":\\d+,", ""));

    planChunk(runProperty(run), chunk);

    assertThat(value("SELECT count(recipe ->> 'seed') FROM ledger.task")).isEqualTo("0");
    assertThat(images(run, "PLANNED")).isNotEmpty();
  }

  @Test
  void aTaskIsPlannedWithTheRecipeOfItsStyle() {
    UUID run = newRun();

    plan(run);

    assertThat(
            database.queryForMap(
                """
                SELECT model, price_usd, replaces, attempts, recipe - 'seed' = jsonb_build_object(
                         'model', 'sd_xl_base_1.0.safetensors', 'prompt', 'photo of late twenties',
                         'negative_prompt', recipe ->> 'negative_prompt', 'width', 512, 'height', 768,
                         'steps', 40, 'sampler', 'DPM++ 2M Karras', 'guidance_scale', 7.5) AS recipe
                FROM ledger.task WHERE value = '20s'
                """))
        .containsEntry("recipe", true)
        .containsEntry("model", "txt2img")
        .containsEntry("price_usd", new BigDecimal("0.015"))
        .containsEntry("replaces", false)
        .containsEntry("attempts", 0);
  }

  @Test
  void planningTwicePlansNothingTwice() {
    UUID run = newRun();

    plan(run);
    plan(run);

    assertThat(images(run, "PLANNED")).hasSize(4);
  }

  @ParameterizedTest
  @EnumSource(names = {"PLANNED", "SUBMITTING", "SUBMITTED", "UNCONFIRMED"})
  void whatIsOnItsWayInAnotherRunIsJoined(TaskState state) {
    UUID other = newRun();
    newTask(other, "20s", state);
    UUID run = newRun();

    plan(run);

    assertThat(images(run, "PLANNED")).containsExactly("age/30s", "age/40s", "style/cover");
    assertThat(images(other, state.name())).containsExactly("age/20s");
    assertThat(joined(run)).hasSize(1);
  }

  @ParameterizedTest
  @EnumSource(names = {"STORED", "SKIPPED", "CANCELLED"})
  void anEndedTaskIsNoReasonNotToPlan(TaskState state) {
    newTask(newRun(), "20s", state);
    UUID run = newRun();

    plan(run);

    assertThat(images(run, "PLANNED")).contains("age/20s");
  }

  @Test
  void noMoreIsPlannedThanTheBudgetPays() {
    UUID run = newRun("max_cost_usd=0.044");

    plan(run);
    plan(run);

    assertThat(images(run, "PLANNED")).containsExactly("age/20s", "age/30s");
  }

  @Test
  void theBudgetHoldsOverAllChunks() {
    UUID run = newRun("max_cost_usd=0.03");

    planInChunksOf(1, run);

    assertThat(images(run, "PLANNED")).containsExactly("age/20s", "age/30s");
  }

  /** What costs nothing is made in any case. */
  @Test
  void theBudgetAddsUpWhatEachStyleCosts() throws Exception {
    Catalogue twoStyles =
        CatalogueReader.parse(
            "test",
            """
            categories: [{name: age, values: [{name: 20s, description: d}, {name: 30s, description: d}]}]
            styles:
              - {name: realistic, prompt: "photo of {value}", cover-prompt: a photo}
              - {name: anime, prompt: "drawing of {value}", cover-prompt: a drawing}
            """);
    Map<String, Object> chunk =
        new HashMap<>(
            enumeration(twoStyles, "novita.price-usd=0.02").chunks(ImageFilter.ALL).next());
    JsonNode recipes = new ObjectMapper().readTree((String) chunk.get("recipes"));
    assertThat(recipes.at("/1/style").asText()).isEqualTo("anime");
    ((ObjectNode) recipes.get(1)).put("price_usd", 0);
    chunk.put("recipes", recipes.toString());
    UUID run = newRun("max_cost_usd=0.03");
    Map<String, Object> dryRun = new HashMap<>(chunk);
    dryRun.putAll(Map.of("regenerate", false, "limit", 1000));
    Map<String, Object> budget = Map.of("dryRun", new Budget(new BigDecimal("0.03")));
    List<Map<String, Object>> foreseen =
        rows(run("select-plannable.sql", budget, Map.of(), dryRun));

    planChunk(runProperty(run), chunk);

    List<String> planned =
        database.queryForList(
            "SELECT concat_ws(' ', style, value, price_usd) FROM ledger.task ORDER BY position",
            String.class);
    assertThat(planned)
        .containsExactly("realistic 20s 0.02", "anime 20s 0", "anime 30s 0", "anime cover 0");
    assertThat(row("ledger.run", run))
        .containsEntry("committed_usd", new BigDecimal("0.02"))
        .containsEntry("beyond_budget", 2);
    assertThat(foreseen)
        .filteredOn(row -> row.get("affordable").equals(true))
        .extracting(row -> row.get("style") + " " + row.get("value"))
        .containsExactly("realistic 20s", "anime 20s", "anime 30s", "anime cover");
    assertThat(foreseen.get(0))
        .containsEntry("images_paid", 4L)
        .containsEntry("images_beyond", 2L)
        .containsEntry("usd", new BigDecimal("0.02"));
  }

  @Test
  void aRunThatWasCutShortByItsBudgetSaysSo() {
    UUID run = newRun("planned_at=NULL", "max_cost_usd=0.03");
    plan(run);

    finish(run);

    assertThat(row("ledger.run", run))
        .containsEntry("notice", "the budget of 0.03 USD leaves out 2 images")
        .containsEntry("committed_usd", new BigDecimal("0.030"));
  }

  @Test
  void aRunWithinItsBudgetSaysNothing() {
    UUID run = newRun("planned_at=NULL", "max_cost_usd=0.06");
    plan(run);

    finish(run);

    assertThat(row("ledger.run", run).get("notice")).isNull();
    assertThat(row("ledger.run", run).get("planned_at")).isNotNull();
  }

  @Test
  void aBalanceThatWillNotDoIsSaid() {
    UUID run = newRun("planned_at=NULL");
    plan(run);

    finish(run, new BigDecimal("0.045"));

    assertThat((String) row("ledger.run", run).get("notice"))
        .startsWith("Novita's balance of 0.045 USD is less than the 0.06 USD this run needs");
  }

  @Test
  void aBalanceThatJustDoesIsNotSaid() {
    UUID run = newRun("planned_at=NULL");
    plan(run);

    finish(run, new BigDecimal("0.06"));

    assertThat(row("ledger.run", run).get("notice")).isNull();
  }

  /** Whatever a program does, the database keeps the budget. */
  @Test
  void noRunCommitsItselfBeyondItsBudget() {
    UUID run = newRun("max_cost_usd=0.03", "committed_usd=0.03");

    assertThatThrownBy(
            () -> database.update("UPDATE ledger.run SET committed_usd = 0.0301 WHERE id = ?", run))
        .isInstanceOf(DataIntegrityViolationException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"HALTED", "CANCELLED"})
  void whatAStoppedRunLeftIsPlannedAnew(String stopped) {
    UUID old = newRun("state='" + stopped + "'", finishedAt(stopped));
    UUID task =
        newTask(old, "20s", TaskState.PLANNED, "cost_usd=0.015", "lost_task_ids='{task-0}'");
    UUID run = newRun();

    plan(run);

    assertThat(row("ledger.task", task))
        .containsEntry("state", "CANCELLED")
        .containsEntry("error_reason", "TAKEN_OVER")
        .containsEntry("run_id", old);
    assertThat(images(run, "PLANNED"))
        .containsExactly("age/20s", "age/30s", "age/40s", "style/cover");
  }

  /** As where the model is gone, and the operator has named another one and resumes the run. */
  @Test
  void whatARunHasPlannedForAnotherModelIsMadeByTheOneThatIsInUse() {
    UUID run = newRun();
    UUID waiting = newTask(run, "20s", TaskState.PLANNED, "model='gone'");
    UUID submitted = newTask(run, "30s", TaskState.SUBMITTED, "model='gone'");

    plan(run);

    assertThat(row("ledger.task", waiting))
        .containsEntry("state", "PLANNED")
        .containsEntry("model", "txt2img");
    assertThat(task(waiting).recipe().field("model").asText())
        .isEqualTo("sd_xl_base_1.0.safetensors");
    assertThat(task(waiting).recipe().field("seed").asLong()).isNotNegative();
    assertThat(row("ledger.task", submitted)).containsEntry("model", "gone");
    assertThat(images(run, "PLANNED")).containsExactly("age/20s", "age/40s", "style/cover");
  }

  @ParameterizedTest
  @EnumSource(names = {"SUBMITTING", "SUBMITTED", "UNCONFIRMED"})
  void whatIsInFlightInAHaltedRunIsJoined(TaskState state) {
    UUID halted = newRun("state='HALTED'");
    UUID task = newTask(halted, "30s", state);
    UUID run = newRun();

    plan(run);

    assertThat(row("ledger.task", task)).containsEntry("run_id", halted);
    assertThat(joined(run)).containsExactly(task);
    assertThat(images(run, "PLANNED")).containsExactly("age/20s", "age/40s", "style/cover");
  }

  @Test
  void whatTheBudgetHasNoRoomForIsNotTakenFromAHaltedRun() {
    UUID task = newTask(newRun("state='HALTED'"), "30s", TaskState.PLANNED);

    plan(newRun("max_cost_usd=0.015"));

    assertThat(state(task)).isEqualTo(TaskState.PLANNED);
  }

  @Test
  void whatAPausedRunPlannedStaysItsOwn() {
    UUID paused = newRun("state='PAUSED'");
    UUID task = newTask(paused, "20s", TaskState.PLANNED);

    plan(newRun());

    assertThat(row("ledger.task", task)).containsEntry("run_id", paused);
  }

  @Test
  void aRegenerationThatTakesATaskOverReplacesThePicture() {
    newTask(newRun("state='HALTED'"), "20s", TaskState.PLANNED);
    newPicture("20s", "url", null);
    UUID run = newRun("mode='regenerate'");

    plan(run);

    assertThat(value("SELECT replaces FROM ledger.task WHERE run_id = ? AND value = '20s'", run))
        .isEqualTo("t");
  }

  /** A run is planned again when it is resumed: what it has made is not made again. */
  @ParameterizedTest
  @EnumSource(names = {"STORED", "SKIPPED", "FAILED"})
  void whatARegenerationHasMadeIsNotMadeAgainByPlanningItAgain(TaskState state) {
    UUID run = newRun("mode='regenerate'");
    newTask(run, "20s", state);
    UUID joined = newTask(newRun(), "30s", state);
    database.update("INSERT INTO ledger.run_join (run_id, task_id) VALUES (?, ?)", run, joined);

    plan(run);

    assertThat(images(run, "PLANNED")).containsExactly("age/40s", "style/cover");
  }

  @Test
  void aPaidDeadLetterIsCollectedAgainInsteadOfPaidAgain() {
    UUID old = newRun("state='COMPLETED'", "finished_at=now()");
    UUID dead =
        newTask(
            old,
            "20s",
            TaskState.FAILED,
            "provider_task_id='task-1'",
            "setbacks=7",
            "cost_usd=0.015");
    UUID run = newRun();

    plan(run);

    assertThat(row("ledger.task", dead))
        .containsEntry("state", "SUBMITTED")
        .containsEntry("run_id", old)
        .containsEntry("provider_task_id", "task-1")
        .containsEntry("setbacks", 0)
        .containsEntry("finished_at", null);
    assertThat(joined(run)).containsExactly(dead);
    assertThat(row("ledger.run", old))
        .containsEntry("state", "RUNNING")
        .containsEntry("finished_at", null);
    assertThat(claim("claim-due", 10)).containsExactly(dead);
    assertThat(images(run, "PLANNED")).containsExactly("age/30s", "age/40s", "style/cover");
  }

  @Test
  void onlyTheNewestPaidDeadLetterOfAnImageIsCollectedAgain() {
    UUID older = newTask(newRun(), "20s", TaskState.FAILED, "provider_task_id='task-1'");
    UUID newer = newTask(newRun(), "20s", TaskState.FAILED, "provider_task_id='task-2'");

    plan(newRun());

    assertThat(state(older)).isEqualTo(TaskState.FAILED);
    assertThat(state(newer)).isEqualTo(TaskState.SUBMITTED);
  }

  @Test
  void aPaidDeadLetterBesideATaskOfAHaltedRunDoesNotStopThePlan() {
    UUID dead = newTask(newRun(), "20s", TaskState.FAILED, "provider_task_id='task-1'");
    UUID waiting = newTask(newRun("state='HALTED'"), "20s", TaskState.PLANNED);
    UUID run = newRun();
    assertThat(plannable(false))
        .as("a dry run says that it is paid")
        .filteredOn(row -> row.get("value").equals("20s"))
        .extracting(row -> row.get("fetched"))
        .containsExactly(false);

    plan(run);

    assertThat(state(waiting)).isEqualTo(TaskState.CANCELLED);
    assertThat(images(run, "PLANNED")).contains("age/20s");
    assertThat(state(dead)).isEqualTo(TaskState.FAILED);
  }

  @Test
  void anUnpaidDeadLetterGivesWayToTheNewTask() {
    UUID dead = newTask(newRun(), "20s", TaskState.FAILED);
    UUID run = newRun();

    plan(run);

    assertThat(state(dead)).isEqualTo(TaskState.CANCELLED);
    assertThat(images(run, "PLANNED")).contains("age/20s");
  }

  @Test
  void anUnpaidDeadLetterStaysWhenNothingIsPlannedInItsPlace() {
    UUID dead = newTask(newRun(), "20s", TaskState.FAILED);

    plan(newRun("max_cost_usd=0.001"));

    assertThat(state(dead)).isEqualTo(TaskState.FAILED);
  }

  @Test
  void aRegenerationPlansWhatIsThereAsAReplacement() {
    newPicture("20s", "url", null);
    newTask(newRun(), "30s", TaskState.SUBMITTED);
    UUID run = newRun("mode='regenerate'");

    plan(run);

    assertThat(images(run, "PLANNED")).containsExactly("age/20s", "age/40s", "style/cover");
    assertThat(value("SELECT every(replaces)::text FROM ledger.task WHERE run_id = ?", run))
        .isEqualTo("true");
  }

  @Test
  void aRegenerationPaysForANewPictureAndLeavesThePaidDeadLetter() {
    UUID dead = newTask(newRun(), "20s", TaskState.FAILED, "provider_task_id='task-1'");
    UUID run = newRun("mode='regenerate'");

    plan(run);

    assertThat(state(dead)).isEqualTo(TaskState.FAILED);
    assertThat(images(run, "PLANNED")).contains("age/20s");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/images/placeholder.png",
        "https://via.placeholder.com/512",
        "https://x.supabase.co/storage/v1/object/public/assets/placeholder.jpg"
      })
  void aCoverWithAPlaceholderIsMissing(String url) {
    database.update("INSERT INTO style_images (style, image_url) VALUES ('realistic', ?)", url);
    UUID run = newRun();

    plan(run);

    assertThat(images(run, "PLANNED")).contains("style/cover");
  }

  @Test
  void aRealCoverIsNotMissing() {
    database.update(
        "INSERT INTO style_images (style, image_url) VALUES"
            + " ('realistic', 'https://x.supabase.co/storage/v1/object/public/assets/cover.jpg')");
    UUID run = newRun();

    plan(run);

    assertThat(images(run, "PLANNED")).containsExactly("age/20s", "age/30s", "age/40s");
  }

  @ParameterizedTest
  @ValueSource(strings = {"PAUSED", "HALTED", "CANCELLED"})
  void aRunThatWasStoppedPlansNothing(String state) {
    UUID run = newRun("state='" + state + "'", finishedAt(state));

    plan(run);

    assertThat(images(run, "PLANNED")).isEmpty();
  }

  /** A dry run must not say anything else than what a run then does. */
  @ParameterizedTest
  @MethodSource("modes")
  void aDryRunListsWhatIsThenPlanned(RunMode mode) {
    newPicture("20s", "url", null);
    newTask(newRun(), "30s", TaskState.FAILED, "provider_task_id='task-1'");
    newTask(newRun("state='HALTED'"), "40s", TaskState.PLANNED);
    UUID run = newRun("mode='" + mode.label() + "'");
    List<Map<String, Object>> foreseen = plannable(mode == RunMode.REGENERATE);

    plan(run);

    assertThat(foreseen)
        .filteredOn(row -> row.get("fetched").equals(false))
        .extracting(row -> row.get("category") + "/" + row.get("value"))
        .containsExactlyInAnyOrderElementsOf(images(run, "PLANNED"));
    assertThat(foreseen)
        .filteredOn(row -> row.get("fetched").equals(true))
        .extracting(row -> row.get("category") + "/" + row.get("value"))
        .containsExactlyInAnyOrderElementsOf(
            mode == RunMode.REGENERATE ? List.of() : List.of("age/30s"));
    assertThat(joined(run)).hasSize(mode == RunMode.REGENERATE ? 0 : 1);
  }

  static Stream<RunMode> modes() {
    return Stream.of(RunMode.values());
  }

  @Test
  void theOldestUnplannedRunIsClaimedByOneInstanceAtATime() {
    UUID newer = newRun("planned_at=NULL");
    UUID older = newRun("planned_at=NULL", "started_at=now() - interval '1 hour'");
    newRun("started_at=now() - interval '2 hours'");
    newRun("planned_at=NULL", "state='PAUSED'", "started_at=now() - interval '2 hours'");

    assertThat(claimRun()).isEqualTo(older);
    assertThat(claimRun()).isEqualTo(newer);
    assertThat(claimRun()).isNull();
  }

  @Test
  void aRunWhosePlannerDiedIsPlannedAnew() {
    UUID run = newRun("planned_at=NULL", "plan_lease_until=now() - interval '1 s'");

    assertThat(claimRun()).isEqualTo(run);
  }

  @Test
  void planningKeepsTheClaimOnARunAlive() {
    UUID run = newRun("planned_at=NULL", "plan_lease_until=now() - interval '1 s'");

    plan(run);

    assertThat(claimRun()).isNull();
  }

  @Test
  void aRunIsCreatedAsItWasAskedFor() {
    RunRequest request =
        new RunRequest(
            RunTrigger.REST,
            null,
            RunMode.REGENERATE,
            new ImageFilter(
                Optional.of("age"), List.of("20s", "it's, {odd}"), Optional.of("anime")),
            new BigDecimal("1.5"));

    UUID id = create(request).get(0);

    Run run = Run.fromRow(row("ledger.run", id));
    assertThat(run.mode()).isEqualTo(RunMode.REGENERATE);
    assertThat(run.filter()).isEqualTo(request.filter());
    assertThat(run.maxCostUsd()).isEqualByComparingTo("1.5");
  }

  @Test
  void aSlotOfTheScheduleMakesOneRun() {
    RunRequest slot =
        RunRequest.forAllMissing(RunTrigger.SCHEDULE, Instant.parse("2026-01-01T03:00:00Z"), null);
    RunRequest next =
        RunRequest.forAllMissing(RunTrigger.SCHEDULE, Instant.parse("2026-01-02T03:00:00Z"), null);

    assertThat(create(slot)).hasSize(1);
    assertThat(create(slot)).isEmpty();
    assertThat(create(next)).hasSize(1);
  }

  @Test
  void runsOnDemandAreNotRestrictedToOne() {
    assertThat(create(RunRequest.forAllMissing(RunTrigger.REST, null, null))).hasSize(1);
    assertThat(create(RunRequest.forAllMissing(RunTrigger.REST, null, null))).hasSize(1);
  }

  @Test
  void whatIsAskedForTwiceMakesOneRun() {
    RunRequest request = RunRequest.forAllMissing(RunTrigger.REST, null, null);

    assertThat(create(request)).containsExactly(request.id());
    assertThat(create(request)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"RUNNING", "PAUSED", "HALTED"})
  void aPlannedRunWithoutUnfinishedTasksIsComplete(String state) {
    UUID run = newRun("state='" + state + "'");
    newTask(run, "20s", TaskState.STORED);
    newTask(run, "30s", TaskState.FAILED);

    run("complete-runs");

    assertThat(row("ledger.run", run)).containsEntry("state", "COMPLETED");
    assertThat(row("ledger.run", run).get("finished_at")).isNotNull();
  }

  @ParameterizedTest
  @EnumSource(names = {"PLANNED", "SUBMITTING", "SUBMITTED", "UNCONFIRMED"})
  void aRunWithAnUnfinishedTaskIsNotComplete(TaskState state) {
    UUID run = newRun();
    newTask(run, "20s", state);

    run("complete-runs");

    assertThat(row("ledger.run", run)).containsEntry("state", "RUNNING");
  }

  @Test
  void aRunThatIsStillToBePlannedIsNotComplete() {
    UUID run = newRun("planned_at=NULL");
    UUID halted = newRun("planned_at=NULL", "state='HALTED'");
    newRun();

    run("complete-runs");

    assertThat(row("ledger.run", run)).containsEntry("state", "RUNNING");
    assertThat(row("ledger.run", halted)).containsEntry("state", "HALTED");
  }

  @ParameterizedTest
  @EnumSource(names = {"PLANNED", "SUBMITTING", "SUBMITTED", "UNCONFIRMED"})
  void aRunWaitsForWhatItJoined(TaskState state) {
    newTask(newRun(), "20s", state);
    UUID run = newRun();
    plan(run);
    delete("run_id = ?", run);

    run("complete-runs");

    assertThat(row("ledger.run", run)).containsEntry("state", "RUNNING");
    delete("id IN (SELECT task_id FROM ledger.run_join)");
    run("complete-runs");
    assertThat(row("ledger.run", run)).containsEntry("state", "COMPLETED");
  }

  /**
   * Two instances plan two runs at once: what the other has planned is not seen by a statement that
   * began before, and is joined by the next one.
   */
  @Test
  void whatAnotherRunPlansAtTheSameTimeIsJoined() throws Exception {
    UUID first = newRun("planned_at=NULL");
    UUID second = newRun("planned_at=NULL");
    Map<String, Object> chunk = chunks(1000).next();
    try (Connection planner = database.getDataSource().getConnection();
        Statement statement = planner.createStatement()) {
      planner.setAutoCommit(false);
      statement.execute(
          "INSERT INTO ledger.task (run_id, category, value, style, model, price_usd, recipe)"
              + " SELECT '"
              + first
              + "', category, value, style, 'txt2img', 0.015, jsonb_build_object('prompt', prompt) FROM ledger.catalogue_image"
              + " WHERE catalogue_id = "
              + chunk.get("catalogue")
              + " AND NOT stored");
      CompletableFuture<Boolean> again =
          CompletableFuture.supplyAsync(() -> planChunk(runProperty(second), chunk));
      awaitLock();
      planner.commit();
      assertThat(again.get(30, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(joined(second)).isEmpty();
    assertThat(row("ledger.run", second)).containsEntry("plan_position", 0L);

    assertThat(planChunk(runProperty(second), chunk)).isFalse();

    assertThat(images(second, "PLANNED")).isEmpty();
    assertThat(joined(second)).hasSameSizeAs(images(first, "PLANNED")).isNotEmpty();
    assertThat(row("ledger.run", second)).containsEntry("plan_position", chunk.get("end"));
    assertThat((BigDecimal) row("ledger.run", second).get("committed_usd")).isZero();
  }

  @Test
  void aPlanThatIsInterruptedGoesOnWhereItWas() {
    UUID run = create(RunRequest.forAllMissing(RunTrigger.REST, null, null)).get(0);
    continueWithTheCatalogue();
    assertThat(claimRun()).isEqualTo(run);
    Iterator<Map<String, Object>> chunks = chunks(1);
    planChunk(runProperty(run), chunks.next());
    planChunk(runProperty(run), chunks.next());
    Object next = chunks.next().get("first");
    database.update(
        "UPDATE ledger.run SET plan_lease_until = now() - interval '1 s', beyond_budget = 7");

    assertThat(claimRun()).isEqualTo(run);

    Run claimed = Run.fromRow(row("ledger.run", run));
    assertThat(enumeration(CATALOGUE, "pipeline.plan-chunk=1").chunks(claimed).next())
        .containsEntry("first", next);
    assertThat(row("ledger.run", run)).containsEntry("beyond_budget", 7);
  }

  @Test
  void aRunThatIsPlannedAgainBeginsAnew() {
    UUID run = newRun("plan_position=5", "state='PAUSED'");

    run("resume-run.sql?noop=true", Map.of(), Map.of(), Map.of("run", run.toString()));

    assertThat(row("ledger.run", run)).containsEntry("plan_position", 0L);
  }

  private void continueWithTheCatalogue() {
    database.update("UPDATE ledger.run SET plan = NULL");
  }

  private void plan(UUID run) {
    planInChunksOf(1000, run);
  }

  private void planInChunksOf(int size, UUID run) {
    Map<String, Object> properties = runProperty(run);
    chunks(size).forEachRemaining(chunk -> planChunk(properties, chunk));
  }

  /** Whether the chunk is to be planned once more; null where the run is not to be planned. */
  private Boolean planChunk(Map<String, Object> properties, Map<String, Object> chunk) {
    return run("plan-chunk.sql?outputType=SelectOne", properties, Map.of(), chunk)
        .getMessage()
        .getBody(Boolean.class);
  }

  private void finish(UUID run) {
    run("finish-plan.sql", runProperty(run), Map.of(), null);
  }

  private void finish(UUID run, BigDecimal balanceUsd) {
    Map<String, Object> properties = new HashMap<>(runProperty(run));
    properties.put("balanceUsd", balanceUsd);
    run("finish-plan.sql", properties, Map.of(), null);
  }

  private Map<String, Object> runProperty(UUID run) {
    return Map.of("run", Run.fromRow(row("ledger.run", run)));
  }

  private Iterator<Map<String, Object>> chunks(int size) {
    return enumeration(CATALOGUE, "pipeline.plan-chunk=" + size).chunks(ImageFilter.ALL);
  }

  private UUID claimRun() {
    Exchange done = run("claim-run.sql?outputType=SelectOne", Map.of(), Map.of(), null);
    Map<?, ?> row = done.getMessage().getBody(Map.class);
    return row == null ? null : (UUID) row.get("id");
  }

  private List<UUID> create(RunRequest request) {
    return ids(run("create-run.sql", Map.of(), Map.of(), request.parameters()));
  }

  /** What a dry run has left to spend. */
  public record Budget(BigDecimal leftUsd) {}

  private List<Map<String, Object>> plannable(boolean regenerate) {
    Map<String, Object> parameters = new HashMap<>(chunks(1000).next());
    parameters.put("regenerate", regenerate);
    parameters.put("limit", 1000);
    return rows(run("select-plannable.sql", Map.of(), Map.of(), parameters));
  }

  @Test
  void aRunIsPlannedByAnInstanceLikeTheOneThatTookItOn() throws Exception {
    create(RunRequest.forAllMissing(RunTrigger.REST, null, null));

    for (Enumeration other :
        List.of(
            enumeration(CATALOGUE),
            enumeration(CatalogueReader.builtIn(), "novita.model=another-model.safetensors"))) {
      continueWith(other);
      assertThat(claimRun()).isNull();
    }
    continueWith(enumeration(CatalogueReader.builtIn()));
    assertThat(claimRun()).isNotNull();
  }

  @Test
  void whereNoneOfThoseIsLeftAnyOtherPlansIt() throws Exception {
    UUID run = create(RunRequest.forAllMissing(RunTrigger.REST, null, null)).get(0);
    continueWith(enumeration(CATALOGUE));
    database.update("UPDATE ledger.run SET started_at = now() - interval '61 seconds'");

    assertThat(claimRun()).isEqualTo(run);
  }

  @Test
  void aRunThatIsToBePlannedAgainIsLeftToItsLikeAsWell() throws Exception {
    UUID run = create(RunRequest.forAllMissing(RunTrigger.REST, null, null)).get(0);
    database.update(
        "UPDATE ledger.run SET state = 'PAUSED', planned_at = now(), started_at = now() - interval '1 hour'");
    run("resume-run.sql?noop=true", Map.of(), Map.of(), Map.of("run", run.toString()));

    continueWith(enumeration(CATALOGUE));
    assertThat(claimRun()).isNull();
    database.update("UPDATE ledger.run SET plan_lease_until = now() - interval '61 seconds'");
    assertThat(claimRun()).isEqualTo(run);
  }

  /** As another instance does, which plans from that. */
  private void continueWith(Enumeration enumeration) throws Exception {
    configure();
    bind("enumeration", enumeration);
  }

  /** A planner that was overtaken, by a resume for instance, does nothing more. */
  @Test
  void aPlannerWithoutTheTokenPlansNothingAndFinishesNothing() {
    UUID run = newRun("planned_at=NULL");
    Map<String, Object> overtaken = runProperty(run);
    claimRun();

    chunks(1000).forEachRemaining(chunk -> planChunk(overtaken, chunk));
    run("finish-plan.sql", overtaken, Map.of(), null);

    assertThat(images(run, "PLANNED")).isEmpty();
    assertThat(row("ledger.run", run)).containsEntry("planned_at", null);
  }

  /** A replay that comes in between must not end as a planned task in a completed run. */
  @Test
  void aRunThatChangesWhileItIsLookedAtIsNotCompleted() throws Exception {
    UUID run = newRun();
    UUID dead = newTask(run, "20s", TaskState.FAILED);
    try (Connection replay = database.getDataSource().getConnection();
        Statement statement = replay.createStatement()) {
      replay.setAutoCommit(false);
      statement.execute("UPDATE ledger.run SET reason = NULL WHERE id = '" + run + "'");
      CompletableFuture<Void> completing = CompletableFuture.runAsync(() -> run("complete-runs"));
      awaitLock();
      statement.execute(
          "UPDATE ledger.task SET state = 'PLANNED', finished_at = NULL WHERE id = '" + dead + "'");
      replay.commit();
      completing.get(30, TimeUnit.SECONDS);
    }

    assertThat(row("ledger.run", run)).containsEntry("state", "RUNNING");
  }

  /**
   * Who cancels has the run first and then its images, and so has who plans: none waits for ever.
   */
  @Test
  void aHaltedRunThatIsCancelledMeanwhileIsWaitedFor() throws Exception {
    UUID halted = newRun("state='HALTED'");
    newTask(halted, "20s", TaskState.PLANNED);
    UUID run = newRun();
    try (Connection cancel = database.getDataSource().getConnection();
        Statement statement = cancel.createStatement()) {
      cancel.setAutoCommit(false);
      statement.execute(
          "UPDATE ledger.run SET state = 'CANCELLED', finished_at = now() WHERE id = '"
              + halted
              + "'");
      CompletableFuture<Void> planning = CompletableFuture.runAsync(() -> plan(run));
      awaitLock();
      statement.execute(
          "UPDATE ledger.task SET state = 'CANCELLED', finished_at = now() WHERE run_id = '"
              + halted
              + "'");
      cancel.commit();
      planning.get(30, TimeUnit.SECONDS);
    }

    assertThat(images(run, "PLANNED"))
        .containsExactly("age/20s", "age/30s", "age/40s", "style/cover");
    assertThat(images(halted, "CANCELLED")).containsExactly("age/20s");
  }

  private void awaitLock() {
    await()
        .atMost(Duration.ofMinutes(1))
        .until(
            () ->
                value(
                        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
                    .equals("1"));
  }

  @Test
  void aRunWithWorkIsReopened() {
    UUID run = newRun("state='COMPLETED'", "finished_at=now()");
    newTask(run, "20s", TaskState.PLANNED);
    UUID over = newRun("state='COMPLETED'", "finished_at=now()");

    run("reopen-runs");

    assertThat(row("ledger.run", run)).containsEntry("state", "RUNNING");
    assertThat(row("ledger.run", over)).containsEntry("state", "COMPLETED");
  }

  @Test
  void whatWaitsForAPersonIsNotPlanned() throws Exception {
    configure("novita.unconfirmed-policy=park");
    newTask(newRun(), "20s", TaskState.FAILED, "error_reason='UNCONFIRMED'");
    UUID run = newRun();

    plan(run);

    assertThat(images(run, "PLANNED")).containsExactly("age/30s", "age/40s", "style/cover");
    assertThat(plannable(false)).extracting(row -> row.get("value")).doesNotContain("20s");
  }

  @Test
  void whatIsTakenOverNoLongerCommitsTheHaltedRun() {
    UUID halted = newRun("state='HALTED'", "max_cost_usd=0.06", "committed_usd=0.06");
    newTask(halted, "20s", TaskState.PLANNED);
    newTask(halted, "30s", TaskState.PLANNED);

    plan(newRun());

    assertThat(row("ledger.run", halted)).containsEntry("committed_usd", new BigDecimal("0.030"));
  }

  private List<UUID> joined(UUID run) {
    return database.queryForList(
        "SELECT task_id FROM ledger.run_join WHERE run_id = ?", UUID.class, run);
  }

  private static String finishedAt(String state) {
    return state.equals("CANCELLED") ? "finished_at=now()" : "finished_at=NULL";
  }

  private List<String> images(UUID run, String state) {
    return database.queryForList(
        "SELECT category || '/' || value FROM ledger.task"
            + " WHERE run_id = ? AND state = ? ORDER BY position",
        String.class,
        run,
        state);
  }
}
