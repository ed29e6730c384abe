package io.attributeimages.api;

import io.attributeimages.ledger.Snapshot;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.Map;

/**
 * Writes server-sent events. The id of each is a snapshot of the database of which its listener has
 * then seen everything.
 */
final class Events {

  private Events() {}

  /** What a stream begins with: how many milliseconds to wait before coming back. */
  static Buffer beginning(Snapshot seen) {
    return Buffer.buffer("retry: 2000\n" + id(seen) + "\n");
  }

  /** A sign of life: an event, as a page is not told of comments. It has no id of its own. */
  static Buffer heartbeat() {
    return Buffer.buffer("event: alive\ndata: {}\n\n");
  }

  /** Too much was missed: whoever hears it asks anew for what it shows. */
  static Buffer reset(Snapshot seen) {
    return Buffer.buffer(event("reset", seen, Map.of()));
  }

  /** Tasks that changed, for who has seen that much and not more until it is told so. */
  static Buffer tasks(List<Map<String, Object>> rows, Snapshot seen) {
    StringBuilder events = new StringBuilder();
    rows.forEach(row -> events.append(event("task", seen, TaskView.of(row))));
    return Buffer.buffer(events.toString());
  }

  /** A run. */
  static Buffer run(Map<String, Object> view, Snapshot seen) {
    return Buffer.buffer(event("run", seen, view));
  }

  /** No event, but what its listener has seen from now on: all changes up to there were told. */
  static Buffer seen(Snapshot seen) {
    return Buffer.buffer(id(seen) + "\n");
  }

  private static String event(String name, Snapshot seen, Map<String, Object> data) {
    return id(seen) + "event: " + name + "\ndata: " + Json.write(data) + "\n\n";
  }

  private static String id(Snapshot seen) {
    return "id: " + seen.text() + "\n";
  }
}
