package io.attributeimages.pipeline;

import io.attributeimages.ledger.RunTrigger;
import jakarta.enterprise.context.ApplicationScoped;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Date;
import java.util.TimeZone;
import org.apache.camel.builder.RouteBuilder;
import org.quartz.CronExpression;

/** Starts the run of the schedule, and the one when the program is up. */
@ApplicationScoped
public class TriggerScheduleRoute extends RouteBuilder {

  private final PipelineSettings settings;

  /** Triggers as the settings say. */
  public TriggerScheduleRoute(PipelineSettings settings) {
    this.settings = settings;
  }

  @Override
  public void configure() {
    // Out: a row in ledger.run, from which the route plan goes on.
    from("timer:start?repeatCount=1&delay=0")
        .routeId("trigger-start")
        .routeConfigurationId("outcome-errors")
        .autoStartup(settings.runAtStart())
        .setBody(exchange -> allMissing(RunTrigger.START, null).parameters())
        .to("sql:classpath:sql/read/count-missing.sql?outputType=SelectOne&outputHeader=missing")
        .choice()
            .when(header("missing").isGreaterThan(0))
                .to("sql:classpath:sql/run/create-run.sql")
                .filter(body().method("isEmpty").isEqualTo(false))
                    .log("Run ${body[0][id]} starts with the program")
                .endChoice()
            .otherwise()
                .log("No image is missing: see them at http://{{quarkus.http.host}}:{{quarkus.http.port}}/create-character/")
        .end();

    if (!settings.schedule().equals("off")) {
      // In: the planned time of the slot. Instances that fire for the same slot make one run. What was halted goes on.
      CronExpression cron = cron();
      fromF("quartz:trigger-schedule?cron=%s&trigger.timeZone=RAW(%s)", settings.schedule().replace(' ', '+'), cron.getTimeZone().getID())
          .routeId("trigger-schedule")
          .routeConfigurationId("outcome-errors")
          .setBody(exchange -> allMissing(RunTrigger.SCHEDULE, slot(cron, Instant.now())).parameters())
          .setProperty("request", body())
          .to("sql:classpath:sql/run/resume-halted.sql?noop=true")
          .setBody(exchangeProperty("request"))
          .to("sql:classpath:sql/run/create-run.sql")
          .filter(body().method("isEmpty").isEqualTo(false))
          .log("Run ${body[0][id]} starts by schedule");
    }
  }

  private RunRequest allMissing(RunTrigger trigger, Instant slot) {
    return RunRequest.forAllMissing(trigger, slot, settings.maxCostUsd().orElse(null));
  }

  private CronExpression cron() {
    try {
      CronExpression cron = new CronExpression(settings.schedule());
      cron.setTimeZone(settings.scheduleZone().map(ZoneId::of).map(TimeZone::getTimeZone).orElseGet(TimeZone::getDefault));
      return cron;
    } catch (ParseException e) {
      throw new IllegalArgumentException("pipeline.schedule '" + settings.schedule() + "' is no cron expression", e);
    }
  }

  /**
   * The latest time of the schedule that is not in the future. An instance that was suspended and fires late has the same
   * one as those that were not; Quartz would give it the time at which it woke up.
   */
  static Instant slot(CronExpression cron, Instant now) {
    for (Duration back = Duration.ofMinutes(1); ; back = back.multipliedBy(2)) {
      Date last = null;
      Date next = cron.getNextValidTimeAfter(Date.from(now.minus(back)));
      while (next != null && !next.toInstant().isAfter(now)) {
        last = next;
        next = cron.getNextValidTimeAfter(next);
      }
      if (last != null) {
        return last.toInstant();
      }
    }
  }
}
