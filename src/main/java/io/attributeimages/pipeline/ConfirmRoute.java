package io.attributeimages.pipeline;

import io.attributeimages.novita.NovitaRequests;
import io.attributeimages.novita.TaskResult;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.model.dataformat.JsonLibrary;

/** Makes use of webhooks: what they say of a submit whose answer was lost is believed after Novita was asked. */
@ApplicationScoped
public class ConfirmRoute extends RouteBuilder {

  /** The exchange property of a caller that wants to know when the event is written down. */
  public static final String RECORDED = "recorded";

  private final NovitaRequests requests;

  /** Asks with those requests. */
  public ConfirmRoute(NovitaRequests requests) {
    this.requests = requests;
  }

  @Override
  public void configure() {
    // In: a WebhookEvent. Out: the task is due at once, or what the webhook says of it is kept as a hint.
    from("seda:record-webhook?concurrentConsumers=4")
        .routeId("record-webhook")
        .routeConfigurationId("outcome-errors")
        .to("sql:classpath:sql/record-webhook.sql?noop=true")
        .process(ConfirmRoute::recorded).id("answer-webhook")
        .log("Webhook for task ${body.novitaTaskId}");

    // In: a WebhookEvent that the ledger has not yet. Out: a file, which outlives this instance; the same event, one file.
    from("direct:spool-webhook")
        .routeId("spool-webhook")
        .errorHandler(noErrorHandler())
        .setHeader(Exchange.FILE_NAME, simple("${body.task}-${body.novitaTaskId}.json"))
        .marshal().json(JsonLibrary.Jackson)
        .to("file:{{novita.webhook-spool}}?tempPrefix=.");

    // What an earlier instance, or this one, has answered and not written down. A file stays until the ledger has it.
    from("file:{{novita.webhook-spool}}"
            + "?autoCreate=false"
            + "&startingDirectoryMustExist=false"
            + "&initialDelay=0"
            + "&delay=2000"
            + "&maxMessagesPerPoll=100"
            + "&delete=true"
            + "&scheduledExecutorService=#timers")
        .routeId("read-spool")
        .routeConfigurationId("outcome-errors")
        .unmarshal().json(JsonLibrary.Jackson, WebhookEvent.class)
        .to("sql:classpath:sql/record-webhook.sql?noop=true")
        .log("Webhook for task ${body.novitaTaskId}, from a file");

    from("scheduler:confirm-claim?delay=1000&scheduledExecutorService=#timers")
        .routeId("confirm-claim")
        .routeConfigurationId("ledger-errors")
        .to("sql:classpath:sql/claim-hints.sql")
        .split(body())
            .to("direct:confirm")
        .end();

    // In: a row of webhook_hint. Out: the task id in the ledger, where Novita knows it. Errors: confirm-errors.
    from("direct:confirm")
        .routeId("confirm")
        .routeConfigurationId("confirm-errors")
        .setProperty("hint", body())
        .removeHeaders("*")
        .setHeader("Authorization", requests::authorization)
        .setHeader(Exchange.HTTP_QUERY, simple("task_id=${exchangeProperty.hint[novita_task_id]}"))
        .setBody(constant((Object) null))
        .to("{{novita.base-url}}/v3/async/task-result"
            + "?httpMethod=GET"
            + "&httpClientConfigurer=#resultClient")
        .removeHeaders("*")
        .unmarshal().json(JsonLibrary.Jackson, TaskResult.class)
        .filter(ConfirmRoute::isKnown)
            .log("A webhook brought task ${exchangeProperty.hint[novita_task_id]}")
            .to("sql:classpath:sql/confirm-hint.sql?noop=true")
            .filter(header("CamelSqlUpdateCount").isEqualTo(0))
                .to("sql:classpath:sql/record-hinted.sql?noop=true")
            .end()
        .end()
        .to("sql:classpath:sql/forget-hint.sql?noop=true");
  }

  private static void recorded(Exchange exchange) {
    CompletableFuture<?> waiting = exchange.getProperty(RECORDED, CompletableFuture.class);
    if (waiting != null) {
      waiting.complete(null);
    }
  }

  private static boolean isKnown(Exchange exchange) {
    Object novitaTaskId = exchange.getProperty("hint", Map.class).get("novita_task_id");
    return exchange.getMessage().getBody(TaskResult.class).isAbout((String) novitaTaskId);
  }
}
