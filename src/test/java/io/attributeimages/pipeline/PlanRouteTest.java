package io.attributeimages.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.attributeimages.ledger.Run;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.component.mock.MockEndpoint;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.dao.DuplicateKeyException;

class PlanRouteTest extends RouteTest {

  @Test
  void aRunIsPlannedChunkByChunkAndThenFinishedOnce() throws Exception {
    start("pipeline.plan-chunk=3");

    plan(run(null, null));

    // four images: two ages, one body, one cover
    assertThat(effects()).containsExactly("plan-chunk", "plan-chunk", "select-pays", "finish-plan");
    assertThat(chunks()).containsExactly(List.of(0L, 3L), List.of(3L, 4L));
  }

  @Test
  void everyStatementKnowsTheRun() throws Exception {
    start();
    Map<String, Object> run = run(null, null);

    plan(run);

    for (String statement : List.of("plan-chunk", "finish-plan")) {
      assertThat(seenBy(statement).getProperty("run", Run.class).id()).isEqualTo(run.get("id"));
    }
  }

  @Test
  void theBalanceIsKnownBeforeTheFirstSubmitOfARunThatHasSomethingToPay() throws Exception {
    start();
    answers(sql("select-pays"), body(true));
    answers(balance(), body("{\"availableBalance\":\"12345\"}"));

    plan(run(null, null));

    assertThat(effects()).endsWith("select-pays", "detail", "finish-plan");
    assertThat(seenBy("finish-plan").getProperty("balanceUsd", BigDecimal.class))
        .isEqualByComparingTo("1.2345");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "<html>", "{}", "{\"availableBalance\":\"much\"}", "[]"})
  void aBalanceThatCannotBeReadStopsNoRun(String answer) throws Exception {
    start();
    answers(sql("select-pays"), body(true));
    answers(balance(), body(answer));

    plan(run(null, null));

    assertThat(effects()).endsWith("select-pays", "detail", "finish-plan");
    assertThat(seenBy("finish-plan").getProperty("balanceUsd")).isNull();
  }

  @Test
  void aBalanceThatNovitaDoesNotTellStopsNoRun() throws Exception {
    start();
    answers(sql("select-pays"), body(true));
    answers(balance(), error(403, "INVALID_API_KEY"));

    plan(run(null, null));

    assertThat(effects()).endsWith("select-pays", "detail", "finish-plan");
  }

  private MockEndpoint balance() {
    return getMockEndpoint("mock:http:novita.test/openapi/v1/billing/balance/detail");
  }

  @Test
  void aFilterLeavesOutTheRest() throws Exception {
    start();

    plan(run("age", new String[] {"30s"}));

    assertThat(chunks()).containsExactly(List.of(0L, 2L));
  }

  @Test
  void aFilterThatMatchesNothingFinishesAtOnce() throws Exception {
    start();

    plan(run("hair", new String[] {"90s"}));

    assertThat(effects()).containsExactly("select-pays", "finish-plan");
  }

  @Test
  void aChunkIsMadeOnlyAfterTheOneBeforeItIsPlanned() throws Exception {
    start("pipeline.plan-chunk=1");
    List<Integer> chunksSeen = new ArrayList<>();
    answers(sql("plan-chunk"), exchange -> chunksSeen.add(effects().size()));

    plan(run(null, null));

    assertThat(chunksSeen).containsExactly(1, 2, 3, 4);
  }

  @Test
  void aRunWithAChunkThatFailedIsNotFinished() throws Exception {
    start("pipeline.plan-chunk=1");
    Processor planned = exchange -> {};
    answers(sql("plan-chunk"), planned, databaseAway(), planned);

    Exchange done = plan(run(null, null));

    assertThat(effects()).containsExactly("plan-chunk", "plan-chunk");
    assertThat(done.getException()).isNull();
  }

  @Test
  void aRunThatWasCutShortIsPlannedAnewFromItsClaim() throws Exception {
    start("pipeline.plan-chunk=2");
    answers(sql("claim-run"), body(run(null, null)));
    answers(sql("plan-chunk"), databaseAway(), exchange -> {});

    template.sendBody("direct:plan-claim", null);
    template.sendBody("direct:plan-claim", null);

    assertThat(effects())
        .containsExactly(
            "claim-run",
            "plan-chunk",
            "claim-run",
            "plan-chunk",
            "plan-chunk",
            "select-pays",
            "finish-plan");
  }

  @Test
  void withoutARunThereIsNothingToPlan() throws Exception {
    start();
    answers(sql("claim-run"), exchange -> exchange.getMessage().setBody(null));

    template.sendBody("direct:plan-claim", null);

    assertThat(effects()).containsExactly("claim-run");
  }

  @Test
  void aClaimThatFailsIsTheNextTicksBusiness() throws Exception {
    start();
    answers(sql("claim-run"), databaseAway());

    Exchange done = template.send("direct:plan-claim", exchange -> {});

    assertThat(effects()).containsExactly("claim-run");
    assertThat(done.getException()).isNull();
  }

  @Test
  void aChunkIsPlannedAgainWhileAnotherPlannerWasAtItsImages() throws Exception {
    start("pipeline.plan-chunk=3");
    answers(sql("plan-chunk"), body(true), body(true), body(false));

    plan(run(null, null));

    assertThat(chunks())
        .containsExactly(List.of(0L, 3L), List.of(0L, 3L), List.of(0L, 3L), List.of(3L, 4L));
    assertThat(effects()).endsWith("plan-chunk", "select-pays", "finish-plan");
  }

  @Test
  void aChunkOfARunThatDoesNotGoOnIsNotPlannedAgain() throws Exception {
    start("pipeline.plan-chunk=3");
    answers(sql("plan-chunk"), exchange -> exchange.getMessage().setBody(null));

    plan(run(null, null));

    assertThat(chunks()).containsExactly(List.of(0L, 3L), List.of(3L, 4L));
  }

  @Test
  void anInterruptedPlanGoesOnWhereItWas() throws Exception {
    start("pipeline.plan-chunk=2");
    Map<String, Object> run = run(null, null);
    run.put("plan_position", 3L);
    answers(sql("claim-run"), body(run));

    template.sendBody("direct:plan-claim", null);

    assertThat(chunks()).containsExactly(List.of(3L, 4L));
    assertThat(effects()).containsExactly("claim-run", "plan-chunk", "select-pays", "finish-plan");
  }

  @Test
  void aPlanThatWasInterruptedAtItsEndIsOnlyFinished() throws Exception {
    start();
    Map<String, Object> run = run("age", null);
    run.put("plan_position", 2L);

    plan(run);

    assertThat(effects()).containsExactly("select-pays", "finish-plan");
  }

  @Test
  void aChunkThatTheDatabaseGaveUpForAnotherStatementIsPlannedAgain() throws Exception {
    start("pipeline.plan-chunk=3");
    answers(
        sql("plan-chunk"),
        body(true),
        deadlock(),
        failure(new DuplicateKeyException("task_open")),
        body(false));

    plan(run(null, null));

    assertThat(chunks())
        .containsExactly(
            List.of(0L, 3L), List.of(0L, 3L), List.of(0L, 3L), List.of(0L, 3L), List.of(3L, 4L));
    assertThat(outages.outages()).isEmpty();
  }

  private Exchange plan(Map<String, Object> run) {
    return template.send("direct:plan", exchange -> exchange.getMessage().setBody(run));
  }

  /** The first position of each chunk, and the one after its last. */
  private List<List<Object>> chunks() {
    return sql("plan-chunk").getReceivedExchanges().stream()
        .map(exchange -> exchange.getMessage().getBody(Map.class))
        .map(chunk -> List.of(chunk.get("first"), chunk.get("end")))
        .toList();
  }

  private static Map<String, Object> run(String category, String[] values) {
    Map<String, Object> row = new HashMap<>();
    row.put("id", UUID.randomUUID());
    row.put("mode", "missing");
    row.put("category", category);
    row.put("filter_values", values);
    row.put("style", null);
    row.put("max_cost_usd", null);
    row.put("plan_position", 0L);
    return row;
  }
}
