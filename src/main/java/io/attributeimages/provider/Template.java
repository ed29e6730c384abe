package io.attributeimages.provider;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The body of a request, with names of fields in braces where their values go. A text that is one
 * name becomes the value with its type; within a text, its words. What has no value is left out,
 * and so is what holds nothing else.
 */
record Template(JsonNode body) {

  private static final Pattern FIELD = Pattern.compile("\\{([a-z_]+)}");
  private static final ObjectMapper JSON = new ObjectMapper();

  /** The names in it. */
  Set<String> fields() {
    Set<String> names = new TreeSet<>();
    FIELD.matcher(body.toString()).results().forEach(match -> names.add(match.group(1)));
    return names;
  }

  /** The body with those values. */
  JsonNode with(Map<String, ?> values) {
    return filled(body, values);
  }

  private static JsonNode filled(JsonNode node, Map<String, ?> values) {
    if (node.isTextual()) {
      return filled(node.textValue(), values);
    }
    if (node.isObject() && !node.isEmpty()) {
      ObjectNode object = JsonNodeFactory.instance.objectNode();
      node.properties()
          .forEach(
              field -> {
                JsonNode value = filled(field.getValue(), values);
                if (value != null) {
                  object.set(field.getKey(), value);
                }
              });
      return object.isEmpty() ? null : object;
    }
    if (node.isArray() && !node.isEmpty()) {
      ArrayNode array = JsonNodeFactory.instance.arrayNode();
      node.forEach(
          element -> {
            JsonNode value = filled(element, values);
            if (value != null) {
              array.add(value);
            }
          });
      return array.isEmpty() ? null : array;
    }
    return node;
  }

  /** Null where a field in it has no value. */
  private static JsonNode filled(String text, Map<String, ?> values) {
    Matcher field = FIELD.matcher(text);
    if (field.matches()) {
      Object value = values.get(field.group(1));
      return value == null ? null : JSON.valueToTree(value);
    }
    StringBuilder filled = new StringBuilder();
    field.reset();
    while (field.find()) {
      Object value = values.get(field.group(1));
      if (value == null) {
        return null;
      }
      field.appendReplacement(
          filled,
          Matcher.quoteReplacement(
              value instanceof JsonNode json ? json.asText() : value.toString()));
    }
    return TextNode.valueOf(field.appendTail(filled).toString());
  }
}
