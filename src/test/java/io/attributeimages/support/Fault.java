package io.attributeimages.support;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.attributeimages.embedded.Answer;
import io.attributeimages.embedded.HttpConnection;
import io.attributeimages.embedded.SimulatedCall;
import io.attributeimages.embedded.SimulatedHost;
import io.attributeimages.embedded.SimulatedTask;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * One way in which a call to {@link NovitaDouble} goes wrong.
 *
 * <p>What stands <em>instead of</em> the call starts nothing, and nothing is paid. Every other
 * fault leaves the call as it is, payment included, and changes only what reaches the client. So a
 * submit that would have been refused anyway (invalid, over the limit, no balance) is not paid for
 * by {@link #resetAfterAccept()} either.
 */
public final class Fault {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** What the client gets: its answer, or a part of it, or none. */
  private interface Delivery {
    void of(SimulatedCall call, Answer answer) throws IOException;
  }

  private Function<SimulatedHost, Answer> instead = host -> null;
  private UnaryOperator<Answer> change = answer -> answer;
  private UnaryOperator<SimulatedTask> accepted = task -> task;
  private Delivery delivery = SimulatedCall::send;
  private boolean silent;
  private boolean ofSubmits;

  private Fault() {}

  /** What the host answers without doing anything, or null: the call is carried out. */
  Answer instead(SimulatedHost host) {
    return instead.apply(host);
  }

  /** Changes the answer of a call that is carried out. */
  Answer change(Answer answer) {
    return change.apply(answer);
  }

  /** Changes what is remembered of a submit; null: nothing is. */
  SimulatedTask accepted(SimulatedTask task) {
    return accepted.apply(task);
  }

  /** Whether the client learns no status. */
  boolean silent() {
    return silent;
  }

  /** Whether the fault makes sense for a submit only. */
  boolean ofSubmits() {
    return ofSubmits;
  }

  void deliver(SimulatedCall call, Answer answer) throws IOException {
    delivery.of(call, answer);
  }

  /** No fault; fills a place in a queue: the first call works, the second does not. */
  public static Fault none() {
    return new Fault();
  }

  /** An error in the words of the host; nothing is started. */
  public static Fault status(int code, String reason) {
    return status(code, reason, reason);
  }

  /** The same with a message. */
  public static Fault status(int code, String reason, String message) {
    return instead(host -> host.error(code, reason, message));
  }

  /** The HTML page of the gateway before Novita (502, 503, 504, 52x); nothing is started. */
  public static Fault gateway(int code) {
    return instead(host -> gatewayPage(code));
  }

  /** The call is carried out and paid for; the answer is the gateway's page all the same. */
  public static Fault gatewayAfterAccept(int code) {
    return replaced(gatewayPage(code));
  }

  private static Fault replaced(Answer by) {
    return change(
        answer ->
            new Answer(by.status(), by.headers(), by.body(), answer.delay(), answer.accepted()));
  }

  private static Answer gatewayPage(int code) {
    String page =
        """
        <!DOCTYPE html>
        <html lang="en-US"><head><title>api.novita.ai | %d</title></head>
        <body><h1>Error code %d</h1><p>cloudflare</p></body></html>
        """;
    return Answer.of(code, "text/html; charset=UTF-8", page.formatted(code, code))
        .with("Server", "cloudflare")
        .with("CF-RAY", "8c0ffee00c0ffee0-AMS");
  }

  /** 429 with {@code Retry-After} in whole seconds; nothing is started. */
  public static Fault rateLimited(Duration retryAfter) {
    return rateLimited(Long.toString(retryAfter.toSeconds()));
  }

  /** 429 with that {@code Retry-After}; nothing is started. */
  public static Fault rateLimited(String retryAfter) {
    return instead(
        host ->
            host.error(429, "RATE_LIMIT_EXCEEDED", "too many requests")
                .with("Retry-After", retryAfter));
  }

  /** Connection reset; the request is not acted on, but the client cannot tell. */
  public static Fault resetBeforeRead() {
    Fault fault = resetAfterAccept();
    fault.instead = host -> host.error(500, "RESET", "never sent");
    return fault;
  }

  /** The call is carried out and paid for, then the connection is reset without an answer. */
  public static Fault resetAfterAccept() {
    return unanswered(HttpConnection::reset);
  }

  /** The call is carried out and paid for, then the connection is closed without an answer. */
  public static Fault closeAfterAccept() {
    return unanswered(HttpConnection::close);
  }

  /** The call is carried out and paid for; silence for that long, then a close. */
  public static Fault hang(Duration silence) {
    return unanswered(
        connection -> {
          connection.awaitHangUp(silence);
          connection.close();
        });
  }

  /** The call is carried out and paid for; silence until the client hangs up. */
  public static Fault neverAnswer() {
    return hang(Duration.ZERO);
  }

  /** The call is carried out and paid for; the answer is a 200 that is not JSON. */
  public static Fault garbageAfterAccept() {
    return body("application/json", "<<<not json".getBytes(StandardCharsets.UTF_8));
  }

  /** The call is carried out and paid for; the answer is a 200 with these bytes. */
  public static Fault body(String contentType, byte[] bytes) {
    return replaced(Answer.of(200, contentType, () -> bytes));
  }

  /** The call is carried out and paid for; the body is changed on its way. */
  public static Fault changed(UnaryOperator<byte[]> change) {
    return change(answer -> answer.with(() -> change.apply(answer.body().get())));
  }

  /** The call is carried out and paid for; the JSON is changed on its way. */
  public static Fault edited(Consumer<ObjectNode> change) {
    return changed(
        body -> {
          try {
            ObjectNode json = (ObjectNode) JSON.readTree(body);
            change.accept(json);
            return json.toString().getBytes(StandardCharsets.UTF_8);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  /** Content-Length promises everything; a clean close comes after this part (0 to 1). */
  public static Fault truncatedBody(double fraction) {
    return cut(fraction, true, HttpConnection::close);
  }

  /** No Content-Length; a clean close after this part (0 to 1) looks like the end of the body. */
  public static Fault truncatedCleanClose(double fraction) {
    return cut(fraction, false, HttpConnection::close);
  }

  /** Content-Length promises everything; a reset comes after this part (0 to 1). */
  public static Fault resetDuringBody(double fraction) {
    return cut(fraction, true, HttpConnection::reset);
  }

  /** Content-Length promises everything; silence comes after this part (0 to 1). */
  public static Fault stalledBody(double fraction) {
    return cut(fraction, true, connection -> connection.awaitHangUp(Duration.ZERO));
  }

  /** The call is carried out and paid for at once; the normal answer comes after the delay. */
  public static Fault slow(Duration delay) {
    return change(answer -> answer.after(delay));
  }

  /** Submits only: accepted and paid for, and no picture will come of it. */
  public static Fault taskFailed(String reason) {
    return ofSubmits(task -> edit(task, json -> json.put("failure", reason)));
  }

  /** Submits only: where that is asked for, the picture is labelled so unsafe, from 0 to 100. */
  public static Fault labelled(double confidence) {
    return ofSubmits(task -> edit(task, json -> json.put("confidence", confidence)));
  }

  /** The task with some of its JSON changed. */
  static SimulatedTask edit(SimulatedTask task, Consumer<ObjectNode> change) {
    ObjectNode json = JSON.valueToTree(task);
    change.accept(json);
    return JSON.convertValue(json, SimulatedTask.class);
  }

  /** Submits only: accepted and paid for, but asked for later the task is 404 TASK_NOT_FOUND. */
  public static Fault taskForgotten() {
    return ofSubmits(task -> null);
  }

  private static Fault instead(Function<SimulatedHost, Answer> answer) {
    Fault fault = new Fault();
    fault.instead = answer;
    return fault;
  }

  private static Fault change(UnaryOperator<Answer> change) {
    Fault fault = new Fault();
    fault.change = change;
    return fault;
  }

  private static Fault ofSubmits(UnaryOperator<SimulatedTask> change) {
    Fault fault = new Fault();
    fault.accepted = change;
    fault.ofSubmits = true;
    return fault;
  }

  private static Fault unanswered(Consumer<HttpConnection> end) {
    Fault fault = new Fault();
    fault.silent = true;
    fault.delivery =
        (call, answer) -> {
          call.await(answer);
          end.accept(call.connection());
        };
    return fault;
  }

  private static Fault cut(double fraction, boolean lengthDeclared, Consumer<HttpConnection> end) {
    if (!(fraction >= 0 && fraction <= 1)) {
      throw new IllegalArgumentException("fraction must be from 0 to 1: " + fraction);
    }
    Fault fault = new Fault();
    fault.delivery =
        (call, answer) -> {
          call.await(answer);
          call.connection().sendPart(answer, fraction, lengthDeclared);
          end.accept(call.connection());
          call.connection().close();
        };
    return fault;
  }
}
