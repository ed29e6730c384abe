package io.attributeimages.support;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads spans from the body of an OTLP export over HTTP: as much of protobuf as that takes. */
public final class Spans {

  private static final int RESOURCE_SPANS = 1;
  private static final int SCOPE_SPANS = 2;
  private static final int SPANS = 2;
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int BYTES = 2;

  private Spans() {}

  /**
   * A span.
   *
   * @param parentId empty for a root
   * @param start in nanoseconds since 1970
   * @param end likewise
   * @param failed whether its status is an error
   */
  public record Span(
      String traceId,
      String spanId,
      String parentId,
      String name,
      long start,
      long end,
      Map<String, String> attributes,
      boolean failed) {}

  private record Field(int number, long value, byte[] bytes) {}

  /** The spans of an ExportTraceServiceRequest. */
  public static List<Span> read(byte[] request) {
    List<Span> spans = new ArrayList<>();
    for (Field resource : fields(request, RESOURCE_SPANS)) {
      for (Field scope : fields(resource.bytes(), SCOPE_SPANS)) {
        fields(scope.bytes(), SPANS).forEach(span -> spans.add(span(span.bytes())));
      }
    }
    return spans;
  }

  private static Span span(byte[] message) {
    Map<String, String> attributes = new LinkedHashMap<>();
    for (Field attribute : fields(message, 9)) {
      String key = text(fields(attribute.bytes(), 1).get(0));
      byte[] value = fields(attribute.bytes(), 2).get(0).bytes();
      Field any = fields(value).get(0);
      attributes.put(key, any.number() == 1 ? text(any) : String.valueOf(any.value()));
    }
    boolean failed =
        fields(message, 15).stream()
            .flatMap(status -> fields(status.bytes(), 3).stream())
            .anyMatch(code -> code.value() == 2);
    return new Span(
        hex(message, 1),
        hex(message, 2),
        hex(message, 4),
        text(fields(message, 5).get(0)),
        fields(message, 7).get(0).value(),
        fields(message, 8).get(0).value(),
        attributes,
        failed);
  }

  private static String hex(byte[] message, int number) {
    return fields(message, number).stream()
        .map(field -> HexFormat.of().formatHex(field.bytes()))
        .findFirst()
        .orElse("");
  }

  private static String text(Field field) {
    return new String(field.bytes(), StandardCharsets.UTF_8);
  }

  private static List<Field> fields(byte[] message, int number) {
    return fields(message).stream().filter(field -> field.number() == number).toList();
  }

  private static List<Field> fields(byte[] message) {
    List<Field> fields = new ArrayList<>();
    ByteBuffer in = ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN);
    while (in.hasRemaining()) {
      long tag = varint(in);
      int number = (int) (tag >>> 3);
      fields.add(
          switch ((int) tag & 7) {
            case VARINT -> new Field(number, varint(in), null);
            case FIXED64 -> new Field(number, in.getLong(), null);
            case BYTES -> {
              byte[] bytes = new byte[(int) varint(in)];
              in.get(bytes);
              yield new Field(number, 0, bytes);
            }
            default -> new Field(number, in.getInt(), null);
          });
    }
    return fields;
  }

  private static long varint(ByteBuffer in) {
    long value = 0;
    for (int shift = 0; ; shift += 7) {
      byte b = in.get();
      value |= (long) (b & 0x7F) << shift;
      if (b >= 0) {
        return value;
      }
    }
  }
}
