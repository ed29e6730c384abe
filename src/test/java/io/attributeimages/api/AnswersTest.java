package io.attributeimages.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.attributeimages.provider.NovitaSettings;
import io.attributeimages.support.TestSettings;
import java.util.List;
import java.util.Map;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.Test;

class AnswersTest {

  private static final List<Map<String, Object>> ROWS =
      List.of(Map.of("category", "age", "value", "30s"), Map.of("category", "age", "value", "40s"));

  @Test
  void oneImageIsAnsweredAtTheTop() throws Exception {
    JsonNode answer = attributeImages("30s", ROWS.subList(0, 1));

    assertThat(answer).isEqualTo(json("{\"success\":true,\"category\":\"age\",\"value\":\"30s\"}"));
  }

  @Test
  void severalImagesAreAnsweredAsAList() throws Exception {
    JsonNode answer = attributeImages(null, ROWS.subList(0, 1));

    assertThat(answer.at("/images")).hasSize(1);
    assertThat(answer.at("/next").isNull()).isTrue();
  }

  @Test
  void aFullPageSaysWhereToGoOn() throws Exception {
    Map<String, Object> first =
        Map.of("id", 2L, "category", "age", "value", "20s", "style", "anime");
    Map<String, Object> last = Map.of("id", 1L, "category", "髪", "value", "a/b", "style", "anime");

    JsonNode answer = attributeImages(null, List.of(first, last));

    assertThat(Cursor.read(answer.at("/next").textValue())).containsExactly("髪", "a/b", "anime");
  }

  @Test
  void anImageThatIsNotStoredIsNotFound() throws Exception {
    Exchange exchange = exchange("30s", List.of());

    answers().attributeImages(exchange);

    assertThat(exchange.getMessage().getHeader(Exchange.HTTP_RESPONSE_CODE)).isEqualTo(404);
    assertThat(json(exchange.getMessage().getBody(String.class)).at("/success").asBoolean(true))
        .isFalse();
  }

  private static JsonNode attributeImages(String value, List<Map<String, Object>> rows)
      throws Exception {
    Exchange exchange = exchange(value, rows);
    answers().attributeImages(exchange);
    assertThat(exchange.getMessage().getHeader(Exchange.HTTP_RESPONSE_CODE)).isEqualTo(200);
    return json(exchange.getMessage().getBody(String.class));
  }

  private static Exchange exchange(String value, List<Map<String, Object>> rows) {
    Exchange exchange = new DefaultExchange(new DefaultCamelContext());
    exchange.setProperty("oneImage", value != null);
    exchange.setProperty("limit", 2);
    exchange.getMessage().setBody(rows);
    return exchange;
  }

  private static Answers answers() {
    NovitaSettings novita = TestSettings.of(NovitaSettings.class);
    return new Answers(new RunView());
  }

  private static JsonNode json(String text) throws Exception {
    return new ObjectMapper().readTree(text);
  }
}
