package io.attributeimages.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.attributeimages.novita.SubmitAnswer;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;

/**
 * Where Novita reports a finished task. Its webhooks are not signed: the token in the URL says that it is one of ours,
 * and even then the event is only a reason to ask Novita, not something to believe.
 */
@ApplicationScoped
public class WebhookRoute extends RouteBuilder {

  private static final ObjectMapper JSON = new ObjectMapper();

  @Override
  public void configure() {
    rest("/webhooks/novita").id("rest-webhooks").description("For Novita")
        .post("/{task}/{token}").id("postWebhook")
            .description("A finished task")
            .responseMessage().code(204).message("Understood").endResponseMessage()
            .responseMessage().code(404).message("There is no such task, or the token is wrong").endResponseMessage()
            .to("direct:webhook");

    // In: the event, headers task and token. Out: the task is due at once.
    from("direct:webhook").routeId("webhook").routeConfigurationId("api-errors")
        .process(WebhookRoute::readTaskId)
        .to("sql:classpath:sql/select-webhook-token.sql?outputType=SelectOne")
        .process(WebhookRoute::checkToken)
        .filter(exchangeProperty("novitaTaskId").isNotNull())
            .to("sql:classpath:sql/record-webhook.sql?noop=true")
            .log("Webhook for task ${exchangeProperty.novitaTaskId}")
        .end()
        .removeHeaders("*")
        .setHeader(Exchange.HTTP_RESPONSE_CODE, constant(204))
        .setBody(constant((Object) null));
  }

  /** The Novita task the event is about; none where it is no event that we know. */
  private static void readTaskId(Exchange exchange) {
    Queries.requireId(exchange.getMessage().getHeader("task", String.class), "task");
    byte[] body = exchange.getMessage().getBody(byte[].class);
    try {
      JsonNode event = JSON.readTree(body == null ? new byte[0] : body);
      if (event.path("event_type").asText().equals("ASYNC_TASK_RESULT")) {
        String id = event.at("/payload/task/task_id").asText();
        exchange.setProperty("novitaTaskId", new SubmitAnswer(id).taskId());
      }
    } catch (IOException | IllegalArgumentException e) {
      // not one of Novita's events
    }
  }

  private static void checkToken(Exchange exchange) {
    String expected = exchange.getMessage().getBody(String.class);
    String given = exchange.getMessage().getHeader("token", "", String.class);
    boolean right =
        expected != null
            && MessageDigest.isEqual(
                expected.getBytes(StandardCharsets.UTF_8), given.getBytes(StandardCharsets.UTF_8));
    if (!right) {
      throw Problem.notFound("There is no such task, or the token is wrong");
    }
  }
}
