package io.attributeimages.embedded;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * What a simulated host answers.
 *
 * @param body made when it is sent, since painting takes time and the URLs in it expire
 * @param delay until it is sent
 * @param accepted what has to be paid for from now on, or null
 */
public record Answer(
    int status,
    Map<String, String> headers,
    Supplier<byte[]> body,
    Duration delay,
    SimulatedTask accepted) {

  /** An answer at once. */
  public static Answer of(int status, String contentType, Supplier<byte[]> body) {
    return new Answer(status, Map.of("Content-Type", contentType), body, Duration.ZERO, null);
  }

  /** A text at once. */
  public static Answer of(int status, String contentType, String body) {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    return of(status, contentType, () -> bytes);
  }

  static Answer json(int status, JsonNode body) {
    return of(status, "application/json", body.toString());
  }

  static Answer json(Supplier<? extends JsonNode> body) {
    return of(
        200, "application/json", () -> body.get().toString().getBytes(StandardCharsets.UTF_8));
  }

  /** The same with a header. */
  public Answer with(String name, String value) {
    Map<String, String> more = new TreeMap<>(headers);
    more.put(name, value);
    return new Answer(status, more, body, delay, accepted);
  }

  /** The same with another body. */
  public Answer with(Supplier<byte[]> other) {
    return new Answer(status, headers, other, delay, accepted);
  }

  /** The same, later by so much. */
  public Answer after(Duration more) {
    return new Answer(status, headers, body, delay.plus(more), accepted);
  }

  Answer paid(SimulatedTask task) {
    return new Answer(status, headers, body, delay, task);
  }
}
