package io.attributeimages.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.camel.CamelContext;
import org.apache.camel.CamelExecutionException;
import org.apache.camel.Exchange;
import org.apache.camel.ProducerTemplate;

/** Calls statements and routes. */
@ApplicationScoped
class Calls {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int FIRST_REFUSAL = 400;

  private final CamelContext camel;
  private final ProducerTemplate template;

  Calls(CamelContext camel, ProducerTemplate template) {
    this.camel = camel;
    this.template = template;
  }

  /** The rows of a statement in {@code sql/read/}. */
  @SuppressWarnings("unchecked")
  List<Map<String, Object>> rows(String statement, Map<String, Object> parameters) {
    return template.requestBody("sql:classpath:sql/read/" + statement, parameters, List.class);
  }

  /** What a route answers to a body. */
  <T> T ask(String route, Object body, Class<T> type) {
    return template.requestBody(route, body, type);
  }

  /**
   * The JSON with which a route answers a REST call, so that scripts find here what they would find
   * there.
   *
   * @throws RefusedException if the answer is a problem
   */
  JsonNode json(String route, Object body, Map<String, Object> headers) {
    Exchange exchange =
        template.send(
            route,
            call -> {
              call.getMessage().setBody(body);
              call.getMessage().setHeaders(new HashMap<>(headers));
            });
    if (exchange.getException() != null) {
      throw new CamelExecutionException("The call failed", exchange, exchange.getException());
    }
    String text = exchange.getMessage().getBody(String.class);
    int status = exchange.getMessage().getHeader(Exchange.HTTP_RESPONSE_CODE, 200, Integer.class);
    JsonNode answer = parse(text);
    if (status >= FIRST_REFUSAL) {
      throw new RefusedException(answer.path("detail").asText("The call failed") + ".");
    }
    return answer;
  }

  private static JsonNode parse(String text) {
    try {
      return text == null || text.isEmpty() ? JSON.createObjectNode() : JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a route's answer is no JSON", e);
    }
  }

  /** The context of the routes. */
  CamelContext camel() {
    return camel;
  }
}
