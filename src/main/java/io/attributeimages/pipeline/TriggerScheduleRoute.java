package io.attributeimages.pipeline;

import io.attributeimages.ledger.RunTrigger;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.Date;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;

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
    // Out: a row in generation_run, from which the route plan goes on.
    from("timer:start?repeatCount=1&delay=0")
        .routeId("trigger-start")
        .routeConfigurationId("outcome-errors")
        .autoStartup(settings.runAtStart())
        .setBody(exchange -> allMissing(RunTrigger.START, null).parameters())
        .to("sql:classpath:sql/create-run.sql")
        .filter(body().method("isEmpty").isEqualTo(false))
        .log("Run ${body[0][id]} starts with the program");

    if (!settings.schedule().equals("off")) {
      // In: the planned time of the slot. Instances that fire for the same slot make one run. What was halted goes on.
      fromF("quartz:trigger-schedule?cron=%s", settings.schedule().replace(' ', '+'))
          .routeId("trigger-schedule")
          .routeConfigurationId("outcome-errors")
          .to("sql:classpath:sql/resume-halted.sql?noop=true")
          .setBody(exchange -> allMissing(RunTrigger.SCHEDULE, slot(exchange)).parameters())
          .to("sql:classpath:sql/create-run.sql")
          .filter(body().method("isEmpty").isEqualTo(false))
          .log("Run ${body[0][id]} starts by schedule");
    }
  }

  private RunRequest allMissing(RunTrigger trigger, Instant slot) {
    return RunRequest.forAllMissing(trigger, slot, settings.maxCostUsd().orElse(null));
  }

  private static Instant slot(Exchange exchange) {
    return exchange.getMessage().getHeader("scheduledFireTime", Date.class).toInstant();
  }
}
