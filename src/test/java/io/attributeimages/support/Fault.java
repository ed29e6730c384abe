package io.attributeimages.support;

import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * One way in which a call to {@link NovitaDouble} goes wrong.
 *
 * <p>{@link Refuse} and {@link ResetBeforeRead} stand <em>instead of</em> the call: nothing is
 * started, nothing is paid. Every other fault leaves the call as it is, payment included, and
 * changes only what reaches the client. So a submit that would have been refused anyway (invalid,
 * over the limit, no balance) is not paid for by {@link #resetAfterAccept()} either.
 */
public sealed interface Fault {

  /** No fault; fills a place in a queue: the first call works, the second does not. */
  static Fault none() {
    return new None();
  }

  /** Novita's JSON error; nothing is started. */
  static Fault status(int code, String reason) {
    return status(code, reason, reason);
  }

  /** Novita's JSON error with that message; nothing is started. */
  static Fault status(int code, String reason, String message) {
    return new Refuse(NovitaReplies.error(code, reason, message));
  }

  /** The HTML page of the gateway before Novita (502, 503, 504, 52x); nothing is started. */
  static Fault gateway(int code) {
    return new Refuse(
        NovitaConnection.Response.of(code, "text/html; charset=UTF-8", gatewayPage(code))
            .with("Server", "cloudflare")
            .with("CF-RAY", "8c0ffee00c0ffee0-AMS"));
  }

  /** The call is carried out and paid for; the answer is the gateway's page all the same. */
  static Fault gatewayAfterAccept(int code) {
    byte[] page = gatewayPage(code).getBytes(StandardCharsets.UTF_8);
    return new Body(code, "text/html; charset=UTF-8", page);
  }

  private static String gatewayPage(int code) {
    return """
        <!DOCTYPE html>
        <html lang="en-US"><head><title>api.novita.ai | %d</title></head>
        <body><h1>Error code %d</h1><p>cloudflare</p></body></html>
        """
        .formatted(code, code);
  }

  /** 429 RATE_LIMIT_EXCEEDED with {@code Retry-After} in whole seconds; nothing is started. */
  static Fault rateLimited(Duration retryAfter) {
    return new Refuse(
        NovitaReplies.error(429, "RATE_LIMIT_EXCEEDED", "too many requests")
            .with("Retry-After", Long.toString(retryAfter.toSeconds())));
  }

  /**
   * Connection reset; the request is not looked at beyond its first line (as a rule of {@code
   * onSubmit}: read, but not acted on). The client has connected, so it cannot tell.
   */
  static Fault resetBeforeRead() {
    return new ResetBeforeRead();
  }

  /** The call is carried out and paid for, then the connection is reset without an answer. */
  static Fault resetAfterAccept() {
    return new HangUp(true);
  }

  /** The call is carried out and paid for, then the connection is closed without an answer. */
  static Fault closeAfterAccept() {
    return new HangUp(false);
  }

  /** The call is carried out and paid for; silence for that long, then a close. */
  static Fault hang(Duration silence) {
    return new Silence(silence);
  }

  /** The call is carried out and paid for; silence until the client hangs up. */
  static Fault neverAnswer() {
    return new Silence(Duration.ZERO);
  }

  /** The call is carried out and paid for; the answer is a 200 that is not JSON. */
  static Fault garbageAfterAccept() {
    return body("application/json", "<<<not json".getBytes(StandardCharsets.UTF_8));
  }

  /** The call is carried out and paid for; the answer is a 200 with these bytes. */
  static Fault body(String contentType, byte[] bytes) {
    return new Body(200, contentType, bytes);
  }

  /** Content-Length promises everything; a clean close comes after this part (0 to 1). */
  static Fault truncatedBody(double fraction) {
    return new Cut(fraction, true, false);
  }

  /** No Content-Length; a clean close after this part (0 to 1) looks like the end of the body. */
  static Fault truncatedCleanClose(double fraction) {
    return new Cut(fraction, false, false);
  }

  /** Content-Length promises everything; a reset comes after this part (0 to 1). */
  static Fault resetDuringBody(double fraction) {
    return new Cut(fraction, true, true);
  }

  /** The call is carried out and paid for at once; the normal answer comes after the delay. */
  static Fault slow(Duration delay) {
    return new Slow(delay);
  }

  /** Submits only: accepted and paid for, and the result will be TASK_STATUS_FAILED. */
  static Fault taskFailed(String reason) {
    return new TaskFailed(reason);
  }

  /** Submits only: accepted and paid for, but asked for later the task is 404 TASK_NOT_FOUND. */
  static Fault taskForgotten() {
    return new TaskForgotten();
  }

  /** True where the fault makes sense for a submit only. */
  default boolean submitOnly() {
    return this instanceof TaskFailed || this instanceof TaskForgotten;
  }

  /** See {@link #none()}. */
  record None() implements Fault {}

  /** An error answer instead of the call. */
  record Refuse(NovitaConnection.Response response) implements Fault {}

  /** See {@link #resetBeforeRead()}. */
  record ResetBeforeRead() implements Fault {}

  /** No answer; the connection ends by a reset or by a clean close. */
  record HangUp(boolean reset) implements Fault {}

  /** No answer for that long; zero: until the client hangs up. */
  record Silence(Duration duration) implements Fault {}

  /** Another body, under a 200 as a rule. */
  record Body(int status, String contentType, byte[] bytes) implements Fault {}

  /** A part of the body only. */
  record Cut(double fraction, boolean lengthDeclared, boolean reset) implements Fault {
    /** Rejects a part that is no part. */
    public Cut {
      if (!(fraction >= 0 && fraction <= 1)) {
        throw new IllegalArgumentException("fraction must be from 0 to 1: " + fraction);
      }
    }
  }

  /** A late answer. */
  record Slow(Duration delay) implements Fault {}

  /** See {@link #taskFailed(String)}. */
  record TaskFailed(String reason) implements Fault {}

  /** See {@link #taskForgotten()}. */
  record TaskForgotten() implements Fault {}
}
