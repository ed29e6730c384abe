package io.attributeimages.observe;

import io.opentelemetry.sdk.trace.IdGenerator;
import io.quarkus.arc.Unremovable;
import jakarta.inject.Singleton;
import java.util.HexFormat;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * Ids of traces and spans: random ones, but those of an image's trace follow from its task's id. So
 * every instance finds the trace of an image without anything being stored, and so does a person:
 * the trace id is the task id without its hyphens.
 */
@Singleton
@Unremovable
public class TraceIds implements IdGenerator {

  private static final String ZERO = "0000000000000000";

  private final IdGenerator random = IdGenerator.random();
  private final ThreadLocal<UUID> root = new ThreadLocal<>();
  private final ThreadLocal<String> span = new ThreadLocal<>();

  /** The trace of a task. */
  static String traceId(UUID task) {
    return HexFormat.of().toHexDigits(task.getMostSignificantBits())
        + HexFormat.of().toHexDigits(task.getLeastSignificantBits());
  }

  /** The span from plan to end, which is the parent of all others of the trace. */
  static String rootSpanId(UUID task) {
    String id =
        HexFormat.of().toHexDigits(task.getMostSignificantBits() ^ task.getLeastSignificantBits());
    return id.equals(ZERO) ? ZERO.replaceFirst("0$", "1") : id;
  }

  /** Starts the span that is the root of the task's trace. */
  <T> T asRootOf(UUID task, Supplier<T> start) {
    root.set(task);
    try {
      return start.get();
    } finally {
      root.remove();
    }
  }

  /** Starts a span of that id, which others may have named as their parent before. */
  <T> T asSpan(String spanId, Supplier<T> start) {
    span.set(spanId);
    try {
      return start.get();
    } finally {
      span.remove();
    }
  }

  @Override
  public String generateTraceId() {
    UUID task = root.get();
    return task == null ? random.generateTraceId() : traceId(task);
  }

  @Override
  public String generateSpanId() {
    if (span.get() != null) {
      return span.get();
    }
    UUID task = root.get();
    return task == null ? random.generateSpanId() : rootSpanId(task);
  }
}
