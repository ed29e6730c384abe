package io.attributeimages.cli;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.stream.Collectors;

/** Writes the query of a URL. */
final class QueryText {

  private QueryText() {}

  /** The parameters as they stand in a URL. */
  static String of(Map<String, Object> parameters) {
    return parameters.entrySet().stream()
        .map(
            parameter ->
                parameter.getKey()
                    + "="
                    + URLEncoder.encode(
                        String.valueOf(parameter.getValue()), StandardCharsets.UTF_8))
        .collect(Collectors.joining("&"));
  }
}
