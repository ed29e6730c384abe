package io.attributeimages.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.math.BigDecimal;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.camel.Exchange;
import org.apache.camel.ServiceStatus;
import org.junit.jupiter.api.Test;

class TriggerScheduleRouteTest extends RouteTest {

  private static final Instant SLOT = Instant.parse("2026-01-01T03:00:00Z");

  private boolean quartzRuns;

  @Test
  void withoutAScheduleThereIsNoRoute() throws Exception {
    start("pipeline.schedule=off");

    assertThat(context.getRoute("trigger-schedule")).isNull();
  }

  @Test
  void aSlotOfTheScheduleIsARunOverAllThatIsMissing() throws Exception {
    start("pipeline.schedule=0 0 3 * * ?");
    answers(sql("create-run"), body(List.of(Map.of("id", UUID.randomUUID()))));

    fire();

    Map<?, ?> parameters = parameters();
    assertThat(parameters.get("trigger")).isEqualTo("SCHEDULE");
    assertThat(parameters.get("slot")).isEqualTo(Timestamp.from(SLOT));
    assertThat(parameters.get("mode")).isEqualTo("missing");
    assertThat(parameters.get("category")).isNull();
    assertThat((String[]) parameters.get("values")).isEmpty();
    assertThat(parameters.get("maxCostUsd")).isNull();
  }

  @Test
  void theBudgetOfTheSettingsHoldsForTheScheduledRun() throws Exception {
    start("pipeline.schedule=0 0 3 * * ?", "pipeline.max-cost-usd=1.5");
    answers(sql("create-run"), body(List.of(Map.of("id", UUID.randomUUID()))));

    fire();

    assertThat(parameters().get("maxCostUsd")).isEqualTo(new BigDecimal("1.5"));
  }

  @Test
  void aSlotThatAnotherInstanceTookIsNoFailure() throws Exception {
    start("pipeline.schedule=0 0 3 * * ?");
    answers(sql("create-run"), body(List.of()));

    Exchange done = fire();

    assertThat(done.getException()).isNull();
    assertThat(outages.outages()).isEmpty();
  }

  @Test
  void aSlotIsKeptUntilTheDatabaseIsBack() throws Exception {
    start("pipeline.schedule=0 0 3 * * ?");
    answers(sql("create-run"), databaseAway(), body(List.of()));

    Exchange done = fire();

    assertThat(effects()).containsExactly("resume-halted", "create-run", "create-run");
    assertThat(done.getException()).isNull();
  }

  /** A cron expression has blanks and question marks, which mean something else in a URI. */
  @Test
  void theScheduleFiresAtItsPlannedTime() throws Exception {
    quartzRuns = true;
    start("pipeline.schedule=0/1 * * ? * *");
    answers(sql("create-run"), body(List.of()));

    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> !sql("create-run").getReceivedExchanges().isEmpty());

    assertThat(((Timestamp) parameters().get("slot")).getNanos())
        .as("the planned time, not the moment it is handled")
        .isZero();
  }

  @Test
  void theRunAtStartIsOffUnlessAskedFor() throws Exception {
    start();

    assertThat(context.getRouteController().getRouteStatus("trigger-start"))
        .isEqualTo(ServiceStatus.Stopped);
  }

  @Test
  void theRunAtStartIsOverAllThatIsMissing() throws Exception {
    start("pipeline.run-at-start=true");
    answers(sql("create-run"), body(List.of(Map.of("id", UUID.randomUUID()))));

    template.sendBody("direct:trigger-start", null);

    assertThat(parameters().get("trigger")).isEqualTo("START");
    assertThat(parameters().get("slot")).isNull();
    assertThat(parameters().get("mode")).isEqualTo("missing");
  }

  @Override
  boolean isReplaced(String from) {
    return super.isReplaced(from) && !(quartzRuns && from.startsWith("quartz:"));
  }

  private Exchange fire() {
    return template.send(
        "direct:trigger-schedule",
        exchange -> exchange.getMessage().setHeader("scheduledFireTime", Date.from(SLOT)));
  }

  private Map<?, ?> parameters() {
    return sql("create-run").getReceivedExchanges().get(0).getMessage().getBody(Map.class);
  }
}
