package io.attributeimages.pipeline;

import io.attributeimages.provider.Model;
import io.attributeimages.provider.ProviderFailure;
import io.attributeimages.provider.Provider;
import io.attributeimages.provider.ResultRequest;
import io.attributeimages.provider.Host;
import com.fasterxml.jackson.core.JsonProcessingException;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.apache.camel.Exchange;
import org.apache.camel.LoggingLevel;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.model.dataformat.JsonLibrary;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.dao.InvalidDataAccessResourceUsageException;

/** Makes use of webhooks: what they say of a submit whose answer was lost is believed after Novita was asked. */
@ApplicationScoped
public class ConfirmRoute extends RouteBuilder {

  /** The exchange property of a caller that wants to know when the event is written down. */
  public static final String RECORDED = "recorded";

  private final Spool spool;
  private final Provider provider;

  /** Keeps there what the database does not take, and asks those providers. */
  public ConfirmRoute(Spool spool, Provider provider) {
    this.spool = spool;
    this.provider = provider;
  }

  @Override
  public void configure() {
    // In: a PaidTask. Out: the task is due at once, or what the webhook says of it is kept as a hint.
    from("seda:record-webhook?concurrentConsumers=4")
        .routeId("record-webhook")
        .routeConfigurationId("outcome-errors")
        .to("sql:classpath:sql/confirm/record-webhook.sql?noop=true")
        .process(ConfirmRoute::recorded).id("answer-webhook")
        .log("Webhook for task ${body.providerTaskId}");

    // In: a PaidTask that the ledger has not yet. Out: a file, which outlives this instance; or an error, as its caller may call again.
    from("direct:spool-webhook")
        .routeId("spool-webhook")
        .errorHandler(noErrorHandler())
        .process(exchange -> spool.keep(exchange.getMessage().getBody(PaidTask.class))).id("keep");

    // What an earlier instance, or this one, has heard and not written down. A file stays until the ledger has it; one that
    // cannot be read, as the power failed, or that the database refuses, is put aside.
    from("file:{{novita.webhook-spool}}"
            + "?autoCreate=false"
            + "&startingDirectoryMustExist=false"
            + "&initialDelay=0"
            + "&delay=2000"
            + "&maxMessagesPerPoll=20"
            + "&delete=true"
            + "&scheduledExecutorService=#timers")
        .routeId("read-spool")
        .routeConfigurationId("outcome-errors")
        .onException(JsonProcessingException.class, DataIntegrityViolationException.class, InvalidDataAccessResourceUsageException.class)
            .handled(true)
            .log(LoggingLevel.WARN, "${header.CamelFileName} cannot be written down and is kept in the folder refused: ${exception.class.simpleName}")
            .useOriginalMessage()
            .to("file:{{novita.webhook-spool}}/refused")
        .end()
        .unmarshal().json(JsonLibrary.Jackson, PaidTask.class)
        .choice()
            // an answer to a submit, which needs no confirmation
            .when(simple("${body.attempt} > 0"))
                .setProperty("accepted", body())
                .to("direct:record-answer")
            .otherwise()
                .to("sql:classpath:sql/confirm/record-webhook.sql?noop=true")
        .end()
        .log("Task ${body.providerTaskId}, from a file");

    from("scheduler:confirm-claim?delay=1000&scheduledExecutorService=#timers")
        .routeId("confirm-claim")
        .routeConfigurationId("ledger-errors")
        .to("sql:classpath:sql/confirm/claim-hints.sql")
        .split(body())
            .to("direct:confirm")
        .end();

    // In: a row of ledger.webhook_hint. Out: the task id in the ledger, where Novita knows it. Errors: confirm-errors.
    from("direct:confirm")
        .routeId("confirm")
        .routeConfigurationId("confirm-errors")
        .process(ConfirmRoute::setAccepted).id("set-hinted")
        .process(exchange -> exchange.getMessage().setBody(question(exchange))).id("write-question")
        .to("direct:provider-result")
        .choice()
            .when(body().method("known"))
                .log("A webhook brought task ${exchangeProperty.accepted.providerTaskId}")
                .to("direct:record-answer")
                .setHeader("olderThanSeconds", constant(0))
                .to("sql:classpath:sql/confirm/forget-hint.sql?noop=true")
                .endChoice()
            .otherwise()
                .to("direct:doubt-hint")
        .end();

    // Novita does not know the task that a webhook named, or not yet: it is asked again, for as long as it may take its time.
    from("direct:doubt-hint")
        .routeId("doubt-hint")
        .routeConfigurationId("ledger-errors")
        .setHeader("olderThanSeconds", simple("${bean:settings.unconfirmedGraceSeconds}"))
        .to("sql:classpath:sql/confirm/forget-hint.sql?noop=true")
        .filter(header("CamelSqlUpdateCount").isGreaterThan(0))
        .log(LoggingLevel.WARN, "A webhook named task ${exchangeProperty.accepted.providerTaskId}, which Novita does not know");
  }

  private static void recorded(Exchange exchange) {
    CompletableFuture<?> waiting = exchange.getProperty(RECORDED, CompletableFuture.class);
    if (waiting != null) {
      waiting.complete(null);
    }
  }

  private ResultRequest question(Exchange exchange) throws ProviderFailure {
    String model = (String) exchange.getMessage().getBody(Map.class).get("model");
    Host host =
        provider
            .entry(model)
            .map(Model::host)
            .filter(known -> known.results() != null)
            .orElseThrow(() -> new ProviderFailure.Lost("TASK_NOT_FOUND", null, model + " has no tasks that can be asked for"));
    return new ResultRequest(host, exchange.getProperty("accepted", PaidTask.class).providerTaskId());
  }

  private static void setAccepted(Exchange exchange) {
    Map<?, ?> hint = exchange.getMessage().getBody(Map.class);
    exchange.setProperty("accepted", new PaidTask((UUID) hint.get("id"), (String) hint.get("provider_task_id")));
  }
}
