package io.attributeimages.api;

import io.vertx.core.http.HttpServerResponse;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A call that cannot be answered as asked: becomes {@code application/problem+json} (RFC 9457). */
public final class Problem extends RuntimeException {

  /** What problems are answered as. */
  public static final String MEDIA_TYPE = "application/problem+json";

  private static final long serialVersionUID = 1L;

  private final int status;
  private final String title;
  private final transient Map<String, List<String>> headers = new LinkedHashMap<>();

  /**
   * A problem.
   *
   * @param status the HTTP status
   * @param title its name, the same for all problems of its kind
   * @param detail a sentence that says what to do
   */
  public Problem(int status, String title, String detail) {
    super(detail);
    this.status = status;
    this.title = title;
  }

  /** A field, parameter or body that is not what is allowed. */
  public static Problem badRequest(String detail) {
    return new Problem(400, "Bad request", detail);
  }

  /** Something that does not exist. */
  public static Problem notFound(String detail) {
    return new Problem(404, "Not found", detail);
  }

  /** The headers beside it. */
  Map<String, List<String>> headers() {
    return headers;
  }

  /** The problem as JSON. */
  public String body() {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("type", "about:blank");
    body.put("title", title);
    body.put("status", status);
    body.put("detail", getMessage());
    return Json.write(body);
  }

  /** The same problem with a header beside it; one that is there already is replaced. */
  public Problem with(String header, List<String> values) {
    headers.put(header, List.copyOf(values));
    return this;
  }

  /** Answers a call that no route sees. */
  public void send(HttpServerResponse response) {
    headers.forEach(response::putHeader);
    response
        .setStatusCode(status)
        .putHeader("Cache-Control", "no-store")
        .putHeader("Content-Type", MEDIA_TYPE)
        .end(body());
  }

  /** The HTTP status. */
  public int status() {
    return status;
  }
}
