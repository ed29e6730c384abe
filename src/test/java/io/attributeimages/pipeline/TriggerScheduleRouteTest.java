package io.attributeimages.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.math.BigDecimal;
import java.sql.Timestamp;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.TimeZone;
import java.util.UUID;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.ServiceStatus;
import org.apache.camel.component.quartz.QuartzComponent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.quartz.CronExpression;
import org.quartz.CronTrigger;
import org.quartz.Scheduler;
import org.quartz.SchedulerException;
import org.quartz.TriggerKey;
import org.quartz.impl.matchers.GroupMatcher;

class TriggerScheduleRouteTest extends RouteTest {

  private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

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
    assertThat(parameters.get("mode")).isEqualTo("missing");
    assertThat(parameters.get("category")).isNull();
    assertThat((String[]) parameters.get("values")).isEmpty();
    assertThat(parameters.get("maxCostUsd")).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"Europe/Berlin", "Asia/Kolkata", "UTC", "+02:00"})
  void aSlotIsByTheClockOfTheSettings(String zone) throws Exception {
    start("pipeline.schedule=0 0 3 * * ?", "pipeline.schedule-zone=" + zone);
    Instant before = lastThreeOClock(ZoneId.of(zone));

    fire();

    assertThat(slotSeenBy("create-run")).isIn(before, lastThreeOClock(ZoneId.of(zone)));
  }

  @Test
  void withoutASettingASlotIsByTheClockOfTheMachine() throws Exception {
    start("pipeline.schedule=0 0 3 * * ?");
    Instant before = lastThreeOClock(ZoneId.systemDefault());

    fire();

    assertThat(slotSeenBy("create-run")).isIn(before, lastThreeOClock(ZoneId.systemDefault()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"Europe/Berlin", "Asia/Kolkata", "UTC", "Etc/GMT+5", "+02:00"})
  void theScheduleFiresByTheClockOfTheSettings(String zone) throws Exception {
    quartzRuns = true;
    start("pipeline.schedule=0 0 3 * * ?", "pipeline.schedule-zone=" + zone);

    assertThat(trigger().getTimeZone().toZoneId().getRules()).isEqualTo(ZoneId.of(zone).getRules());
    assertThat(trigger().getCronExpression()).isEqualTo("0 0 3 * * ?");
  }

  @Test
  void whatIsHaltedGoesOnOnceForASlotAndBeforeItsRun() throws Exception {
    start("pipeline.schedule=0 0 3 * * ?");
    answers(sql("resume-halted"), updated(1));
    answers(sql("create-run"), body(List.of()));

    fire();

    assertThat(effects()).containsExactly("resume-halted", "create-run");
    assertThat(slotSeenBy("resume-halted")).isEqualTo(slotSeenBy("create-run"));
  }

  @ParameterizedTest
  @CsvSource({
    // exactly on time, a moment late, and woken up later
    "0 0 3 * * ?, 2026-06-10T01:00:00Z, 2026-06-10T01:00:00Z",
    "0 0 3 * * ?, 2026-06-10T01:00:00.001Z, 2026-06-10T01:00:00Z",
    "0 0 3 * * ?, 2026-06-10T01:00:00.000999Z, 2026-06-10T01:00:00Z",
    "0 0 3 * * ?, 2026-06-10T01:00:00.999Z, 2026-06-10T01:00:00Z",
    "0 0 3 * * ?, 2026-06-10T01:01:15Z, 2026-06-10T01:00:00Z",
    "0 0 3 * * ?, 2026-06-10T09:30:00Z, 2026-06-10T01:00:00Z",
    "0 0 3 * * ?, 2026-06-11T00:59:59.999Z, 2026-06-10T01:00:00Z",
    // so late that the next one is due
    "0 0 3 * * ?, 2026-06-13T04:00:00Z, 2026-06-13T01:00:00Z",
    "0 0 * * * ?, 2026-06-10T05:01:15Z, 2026-06-10T05:00:00Z",
    "0 30 * * * ?, 2026-06-10T05:01:15Z, 2026-06-10T04:30:00Z",
    // often and seldom
    "0/1 * * ? * *, 2026-06-10T05:01:15Z, 2026-06-10T05:01:15Z",
    "0/1 * * ? * *, 2026-06-10T05:01:15.250Z, 2026-06-10T05:01:15Z",
    "0 0/5 * * * ?, 2026-06-10T05:01:15Z, 2026-06-10T05:00:00Z",
    "0 0 12 ? * MON, 2026-06-14T12:00:00Z, 2026-06-08T10:00:00Z",
    "0 0 3 1 1 ?, 2026-06-10T05:01:15Z, 2026-01-01T02:00:00Z",
    "0 0 3 29 2 ?, 2026-06-10T05:01:15Z, 2024-02-29T02:00:00Z",
    // the night in spring that has no hour from two to three
    "0 0 3 * * ?, 2026-03-29T01:00:00Z, 2026-03-29T01:00:00Z",
    "0 0 3 * * ?, 2026-03-29T00:59:59.999Z, 2026-03-28T02:00:00Z",
    "0 30 2 * * ?, 2026-03-29T05:00:00Z, 2026-03-28T01:30:00Z",
    "0 30 2 * * ?, 2026-03-30T00:30:00Z, 2026-03-30T00:30:00Z",
    "0 30 * * * ?, 2026-03-29T01:29:00Z, 2026-03-29T00:30:00Z",
    // the night in autumn that has it twice
    "0 0 3 * * ?, 2026-10-25T02:00:00Z, 2026-10-25T02:00:00Z",
    "0 0 3 * * ?, 2026-10-25T01:59:59.999Z, 2026-10-24T01:00:00Z",
    "0 30 2 * * ?, 2026-10-25T01:30:00Z, 2026-10-25T01:30:00Z",
    "0 30 2 * * ?, 2026-10-25T05:00:00Z, 2026-10-25T01:30:00Z",
  })
  void theSlotIsTheLatestTimeOfTheScheduleThatHasCome(String cron, Instant now, Instant slot)
      throws Exception {
    assertThat(TriggerScheduleRoute.slot(cron(cron), now)).isEqualTo(slot);
  }

  /** From one time to the next one, as the trigger does. */
  @ParameterizedTest
  @CsvSource({
    "0 0/15 * * * ?, 2026-03-28T20:00:00Z",
    "0 0/15 * * * ?, 2026-10-24T20:00:00Z",
    "0 30 * * * ?, 2026-10-24T20:00:00Z",
    "0 0 0/2 * * ?, 2026-10-24T20:00:00Z",
    "0 0 3 * * ?, 2026-03-25T20:00:00Z",
    "0 0 3 * * ?, 2026-10-20T20:00:00Z"
  })
  void whenTheScheduleFiresItIsTheTimeOfItsSlotAlsoWhereTheClockIsSet(String cron, Instant begin)
      throws Exception {
    CronExpression times = cron(cron);

    Date time = Date.from(begin);
    for (int i = 0; i < 50; i++) {
      time = times.getNextValidTimeAfter(time);
      assertThat(TriggerScheduleRoute.slot(times, time.toInstant().plusMillis(7)))
          .isEqualTo(time.toInstant());
    }
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
    assertThat(slotSeenBy("create-run")).isEqualTo(slotSeenBy("resume-halted"));
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
    answers(sql("count-missing"), missing(1));
    answers(sql("create-run"), body(List.of(Map.of("id", UUID.randomUUID()))));

    template.sendBody("direct:trigger-start", null);

    assertThat(parameters().get("trigger")).isEqualTo("START");
    assertThat(parameters().get("slot")).isNull();
    assertThat(parameters().get("mode")).isEqualTo("missing");
  }

  @Test
  void whereNothingIsMissingNoRunStarts() throws Exception {
    start("pipeline.run-at-start=true");
    answers(sql("count-missing"), missing(0));

    template.sendBody("direct:trigger-start", null);

    assertThat(effects()).containsExactly("count-missing");
  }

  private static Processor missing(long images) {
    return exchange -> exchange.getMessage().setHeader("missing", images);
  }

  @Override
  boolean isReplaced(String from) {
    return super.isReplaced(from) && !(quartzRuns && from.startsWith("quartz:"));
  }

  /** As Quartz does it for an instance that wakes up only now. */
  private Exchange fire() {
    return template.send(
        "direct:trigger-schedule",
        exchange -> exchange.getMessage().setHeader("scheduledFireTime", new Date()));
  }

  private static CronExpression cron(String expression) throws ParseException {
    CronExpression cron = new CronExpression(expression);
    cron.setTimeZone(TimeZone.getTimeZone(BERLIN));
    return cron;
  }

  private static Instant lastThreeOClock(ZoneId zone) {
    ZonedDateTime now = ZonedDateTime.now(zone);
    ZonedDateTime today = now.truncatedTo(ChronoUnit.DAYS).withHour(3);
    return (today.isAfter(now) ? today.minusDays(1) : today).toInstant();
  }

  private CronTrigger trigger() throws SchedulerException {
    Scheduler scheduler = context.getComponent("quartz", QuartzComponent.class).getScheduler();
    TriggerKey key = scheduler.getTriggerKeys(GroupMatcher.anyGroup()).iterator().next();
    return (CronTrigger) scheduler.getTrigger(key);
  }

  private Instant slotSeenBy(String statement) {
    return ((Timestamp) seenBy(statement).getMessage().getBody(Map.class).get("slot")).toInstant();
  }

  private Map<?, ?> parameters() {
    return sql("create-run").getReceivedExchanges().get(0).getMessage().getBody(Map.class);
  }
}
