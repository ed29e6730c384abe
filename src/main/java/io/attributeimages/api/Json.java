package io.attributeimages.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.math.BigDecimal;
import java.sql.Timestamp;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.camel.Exchange;

/** Writes answers as JSON. */
final class Json {

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private Json() {}

  /** The text of an answer made of maps, lists and plain values. */
  static String write(Object answer) {
    try {
      return MAPPER.writeValueAsString(answer);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("an answer cannot be written as JSON", e);
    }
  }

  /** Makes the answer, and nothing else, what the call gets: no header of the call comes back. */
  static void answer(Exchange exchange, Object answer) {
    answer(exchange, answer, 200);
  }

  /** The same with another HTTP status. */
  static void answer(Exchange exchange, Object answer, int status) {
    exchange.getMessage().removeHeaders("*");
    exchange.getMessage().setHeader(Exchange.HTTP_RESPONSE_CODE, status);
    exchange.getMessage().setHeader(Exchange.CONTENT_TYPE, "application/json");
    exchange.getMessage().setBody(write(answer));
  }

  /** A database row under its own column names, with values as JSON has them. */
  static Map<String, Object> row(Map<String, Object> row) {
    Map<String, Object> json = new LinkedHashMap<>();
    row.forEach((column, value) -> json.put(column, value(value)));
    return json;
  }

  /** Rows under their own column names. */
  static List<Map<String, Object>> rows(List<Map<String, Object>> rows) {
    return rows.stream().map(Json::row).toList();
  }

  /** A column's value as JSON has it: times in ISO 8601, amounts without trailing zeros. */
  static Object value(Object value) {
    if (value instanceof Timestamp time) {
      return time.toInstant().toString();
    }
    if (value instanceof UUID id) {
      return id.toString();
    }
    if (value instanceof BigDecimal amount) {
      return amount.signum() == 0
          ? BigDecimal.ZERO
          : new BigDecimal(amount.stripTrailingZeros().toPlainString());
    }
    return value;
  }
}
