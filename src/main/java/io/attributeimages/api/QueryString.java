package io.attributeimages.api;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.camel.Exchange;

/** The parameters in the URL of a call, and nothing else: a header of the same name is none. */
final class QueryString {

  private static final int MAX_TEXT = 200;

  private final Map<String, String> parameters;

  private QueryString(Map<String, String> parameters) {
    this.parameters = parameters;
  }

  /**
   * The parameters of the call.
   *
   * @param known those that the call has
   * @throws Problem if there is another one, one is there twice, or a value cannot be right
   */
  static QueryString of(Exchange exchange, String... known) {
    String query = exchange.getMessage().getHeader(Exchange.HTTP_QUERY, "", String.class);
    Map<String, String> parameters = new HashMap<>();
    for (String pair : query.split("&")) {
      if (pair.isEmpty()) {
        continue;
      }
      String[] parts = pair.split("=", 2);
      String name = decode(parts[0]);
      if (!List.of(known).contains(name)) {
        throw Problem.badRequest(
            "Unknown parameter '"
                + Queries.printable(name)
                + "'; "
                + (known.length == 0
                    ? "the call has none"
                    : "known are " + String.join(", ", List.of(known).stream().sorted().toList())));
      }
      String value = parts.length == 1 ? "" : decode(parts[1]);
      check(name, value);
      if (parameters.putIfAbsent(name, value) != null) {
        throw Problem.badRequest("Parameter " + name + " is there several times; allowed is one");
      }
    }
    return new QueryString(parameters);
  }

  private static String decode(String text) {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw Problem.badRequest(
          "The URL has a broken % escape in '" + Queries.printable(text) + "'");
    }
  }

  private static void check(String name, String value) {
    if (value.length() > MAX_TEXT || value.chars().anyMatch(Character::isISOControl)) {
      throw Problem.badRequest(
          "Parameter "
              + name
              + " has a value that cannot be right; allowed are at most "
              + MAX_TEXT
              + " printable characters");
    }
  }

  /** The value of a parameter; empty where it is not there or has none. */
  Optional<String> get(String name) {
    return Optional.ofNullable(parameters.get(name)).filter(value -> !value.isEmpty());
  }
}
