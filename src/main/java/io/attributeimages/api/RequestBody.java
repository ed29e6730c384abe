package io.attributeimages.api;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import org.apache.camel.Exchange;

/** The JSON object a call brings: every field is optional, none is ignored. */
final class RequestBody {

  private static final int MAX_VALUES = 1000;

  /** The largest body, unpacked: as {@code quarkus.http.limits.max-body-size} by default. */
  private static final int MAX_BODY = 256 * 1024;

  private static final ObjectMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(20)
                          .maxNumberLength(30)
                          .maxStringLength(1000)
                          .build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .build();

  private final JsonNode body;

  private RequestBody(JsonNode body) {
    this.body = body;
  }

  /**
   * The body of the call.
   *
   * @param known the fields the call has
   * @throws Problem if it is no JSON object, has another field, or there are parameters in the URL
   */
  static RequestBody of(Exchange exchange, String... known) {
    String query = exchange.getMessage().getHeader(Exchange.HTTP_QUERY, "", String.class);
    if (!query.isEmpty()) {
      throw Problem.badRequest(
          "The URL has the parameters '"
              + Queries.printable(query)
              + "'; send what the call needs as a JSON object in the body");
    }
    byte[] bytes = bytes(exchange, MAX_BODY);
    boolean unread = bytes == null && exchange.getMessage().getBody() != null;
    boolean empty = !unread && (bytes == null || bytes.length == 0);
    String type = exchange.getMessage().getHeader(Exchange.CONTENT_TYPE, String.class);
    boolean json =
        type == null || type.toLowerCase(Locale.ROOT).matches("application/json\\s*(;.*)?");
    if (unread || !empty && !json) {
      throw new Problem(
          415,
          "Unsupported media type",
          "The body is " + Queries.printable(type) + "; send it as Content-Type: application/json");
    }
    JsonNode body = empty ? JSON.createObjectNode() : parse(bytes);
    List<String> fields = List.of(known).stream().sorted().toList();
    body.fieldNames()
        .forEachRemaining(
            name -> {
              if (!fields.contains(name)) {
                throw Problem.badRequest(
                    "Unknown field '"
                        + Queries.printable(name)
                        + "'; "
                        + (fields.isEmpty()
                            ? "the call has none"
                            : "known are " + String.join(", ", fields)));
              }
            });
    return new RequestBody(body);
  }

  /**
   * The bytes of the body, unpacked where they came as gzip.
   *
   * @throws Problem if they came in another encoding, or are more than {@code max}
   */
  static byte[] bytes(Exchange exchange, int max) {
    byte[] bytes = exchange.getMessage().getBody(byte[].class);
    Object encoding = exchange.getMessage().removeHeader(Exchange.CONTENT_ENCODING);
    if (bytes == null
        || bytes.length == 0
        || encoding == null
        || encoding.toString().equalsIgnoreCase("identity")) {
      return bytes;
    }
    if (!encoding.toString().equalsIgnoreCase("gzip")) {
      throw new Problem(
          415,
          "Unsupported media type",
          "The body is encoded as "
              + Queries.printable(encoding.toString())
              + "; send it as Content-Encoding: gzip, or as it is");
    }
    try (GZIPInputStream packed = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
      byte[] unpacked = packed.readNBytes(max + 1);
      if (unpacked.length > max) {
        throw new Problem(413, "Content too large", "The body is larger than " + max + " bytes");
      }
      return unpacked;
    } catch (IOException e) {
      throw Problem.badRequest("The body is no gzip, as its Content-Encoding says");
    }
  }

  private static JsonNode parse(byte[] body) {
    try {
      JsonNode node = JSON.readTree(body);
      if (node.isObject()) {
        return node;
      }
      throw Problem.badRequest("The body is no JSON object, such as {\"category\":\"age\"}");
    } catch (IOException | NumberFormatException e) {
      // Besides its own, Jackson throws those of a broken encoding and of an absurd exponent.
      int line =
          e instanceof JsonProcessingException json && json.getLocation() != null
              ? json.getLocation().getLineNr()
              : 1;
      throw Problem.badRequest(
          "The body is no valid JSON at line "
              + line
              + "; expected is an object such as {\"category\":\"age\"}");
    }
  }

  /** A text; empty where the field is not there or null. */
  Optional<String> text(String field) {
    JsonNode node = body.path(field);
    if (isAbsent(node)) {
      return Optional.empty();
    }
    if (!node.isTextual()) {
      throw wrong(field, "a text");
    }
    return Optional.of(node.textValue());
  }

  /** A list of texts; empty where the field is not there or null. */
  List<String> texts(String field) {
    JsonNode node = body.path(field);
    if (isAbsent(node)) {
      return List.of();
    }
    if (!node.isArray() || node.isEmpty() || node.size() > MAX_VALUES) {
      throw wrong(field, "a list of 1 to " + MAX_VALUES + " texts");
    }
    List<String> values = new ArrayList<>();
    for (JsonNode value : node) {
      if (!value.isTextual()) {
        throw wrong(field, "a list of texts");
      }
      values.add(value.textValue());
    }
    return List.copyOf(values);
  }

  /** A yes or no; no where the field is not there or null. */
  boolean flag(String field) {
    JsonNode node = body.path(field);
    if (!isAbsent(node) && !node.isBoolean()) {
      throw wrong(field, "true or false");
    }
    return node.booleanValue();
  }

  /** An amount in US dollars from 0 to a maximum, to the hundredth of a cent. */
  Optional<BigDecimal> amount(String field, BigDecimal max) {
    JsonNode node = body.path(field);
    if (isAbsent(node)) {
      return Optional.empty();
    }
    if (!node.isNumber()
        || node.decimalValue().signum() < 0
        || node.decimalValue().compareTo(max) > 0
        || node.decimalValue().stripTrailingZeros().scale() > 4) {
      throw wrong(
          field, "an amount in US dollars from 0 to " + max + " with at most four decimals");
    }
    return Optional.of(node.decimalValue());
  }

  /** The field is not what is allowed. */
  Problem wrong(String field, String allowed) {
    return Problem.badRequest(
        "Field "
            + field
            + " is "
            + Queries.printable(body.path(field).toString())
            + "; allowed is "
            + allowed);
  }

  private static boolean isAbsent(JsonNode node) {
    return node.isMissingNode() || node.isNull();
  }
}
