package io.attributeimages.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.attributeimages.provider.TaskResult;
import io.attributeimages.pipeline.ConfirmRoute;
import io.attributeimages.pipeline.PaidTask;
import io.attributeimages.pipeline.WebhookTokens;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.io.IOException;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.camel.Exchange;
import org.apache.camel.LoggingLevel;
import org.apache.camel.builder.RouteBuilder;

/**
 * Where Novita reports a finished task. Its webhooks are not signed: the token in the URL says that it is one of ours,
 * and even then the event is only a reason to ask Novita, not something to believe.
 */
@ApplicationScoped
public class WebhookRoute extends RouteBuilder {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern PATH =
      Pattern.compile("/webhooks/novita/([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})/([0-9a-f]{64})/?");
  /** After who calls is found out, and before the body is read. */
  private static final int EARLY = 90;
  private static final int MAX_BODY = 16 * 1024;
  private static final int QUEUE = 10_000;
  private static final long MILLIS_TO_RECORD = 500;

  private final WebhookTokens tokens;
  private final BodyHandler body = BodyHandler.create(false).setBodyLimit(MAX_BODY);
  private volatile boolean ledgerIsSlow;

  /** Checks with those tokens. */
  public WebhookRoute(WebhookTokens tokens) {
    this.tokens = tokens;
  }

  /** A stranger's call is refused by its first lines: nothing of its body is read. */
  void register(@Observes Filters filters) {
    filters.register(this::letIn, EARLY);
  }

  private void letIn(RoutingContext call) {
    String path = call.normalizedPath();
    if (!call.request().method().equals(HttpMethod.POST) || !path.startsWith("/webhooks")) {
      call.next();
      return;
    }
    Matcher parts = PATH.matcher(path);
    if (parts.matches() && tokens.isRight(UUID.fromString(parts.group(1)), parts.group(2))) {
      body.handle(call);
      return;
    }
    call.response().putHeader("Connection", "close");
    Problem.notFound("There is no such task, or the token is wrong").send(call.response());
  }

  @Override
  public void configure() {
    rest("/webhooks/novita").id("rest-webhooks").description("For Novita")
        .post("/{task}/{token}").id("postWebhook")
            .description("A finished task")
            .responseMessage().code(204).message("Understood").endResponseMessage()
            .responseMessage().code(503).message("Neither the ledger nor a file takes it now: call again").endResponseMessage()
            .responseMessage().code(404).message("There is no such task, or the token is wrong").endResponseMessage()
            .to("direct:webhook");

    // In: the event, headers task and token. Out: 204 when the ledger or a file has it, at once even when the database is slow.
    from("direct:webhook").routeId("webhook").routeConfigurationId("api-errors")
        .setBody(WebhookRoute::event)
        .filter(body().isNotNull())
            .setProperty(ConfirmRoute.RECORDED, CompletableFuture::new)
            .doTry()
                .to("seda:record-webhook?waitForTaskToComplete=Never&size=" + QUEUE)
            .doCatch(IllegalStateException.class)
                .log(LoggingLevel.DEBUG, "Too many webhooks are waiting: a file keeps this one")
            .end()
            .process(this::waitBriefly)
            .filter(WebhookRoute::isNotRecorded)
                .to("direct:spool-webhook")
            .end()
        .end()
        .removeHeaders("*")
        .setHeader(Exchange.HTTP_RESPONSE_CODE, constant(204))
        .setBody(constant((Object) null));
  }

  /** What the webhook says; null where it is no event that we know. */
  private static PaidTask event(Exchange exchange) {
    byte[] body = RequestBody.bytes(exchange, MAX_BODY);
    try {
      JsonNode event = JSON.readTree(body == null ? new byte[0] : body);
      // the result, in an envelope or without one
      String id = event.path("payload").isObject() ? event.at("/payload/task/task_id").asText("") : event.at("/task/task_id").asText("");
      if (TaskResult.isTaskId(id)) {
        return new PaidTask(UUID.fromString(exchange.getMessage().getHeader("task", String.class)), id);
      }
    } catch (IOException | IllegalArgumentException e) {
      // not one of Novita's events
    }
    return null;
  }

  /**
   * With a database that is well, the event is written down before Novita hears that it was understood, as it may bring
   * the only word of a paid task. With one that is slow, only the first event waits, and a file keeps what is not
   * written down yet.
   */
  private void waitBriefly(Exchange exchange) throws InterruptedException, ExecutionException {
    CompletableFuture<?> recorded = exchange.getProperty(ConfirmRoute.RECORDED, CompletableFuture.class);
    recorded.thenRun(() -> ledgerIsSlow = false);
    if (!ledgerIsSlow) {
      try {
        recorded.get(MILLIS_TO_RECORD, TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        ledgerIsSlow = true;
      }
    }
  }

  private static boolean isNotRecorded(Exchange exchange) {
    return !exchange.getProperty(ConfirmRoute.RECORDED, CompletableFuture.class).isDone();
  }
}
