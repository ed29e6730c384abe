package io.attributeimages.novita;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.attributeimages.novita.Verdict.Ambiguous;
import io.attributeimages.novita.Verdict.Gone;
import io.attributeimages.novita.Verdict.Halt;
import io.attributeimages.novita.Verdict.Reject;
import io.attributeimages.novita.Verdict.Retry;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.apache.camel.http.base.HttpOperationFailedException;
import org.apache.hc.client5.http.ConnectTimeoutException;
import org.apache.hc.client5.http.HttpHostConnectException;

/** The one place that says what a failed call to Novita means. */
public final class ErrorClassifier {

  private static final Set<String> HALTING_REASONS =
      Set.of(
          "MISSING_API_KEY",
          "INVALID_API_KEY",
          "API_NOT_ALLOWED",
          "NEED_REAL_NAME_VERIFY",
          "BILLING_AUTH_FAILED",
          "BILLING_BALANCE_NOT_ENOUGH");

  private static final ObjectMapper JSON = new ObjectMapper();

  private ErrorClassifier() {}

  /**
   * What a failed submit means. Once the request may have gone out, only an answer proves that it
   * was not paid.
   */
  public static Verdict ofSubmit(Throwable failure) {
    Optional<HttpOperationFailedException> answer =
        find(failure, HttpOperationFailedException.class);
    if (answer.isPresent()) {
      return ofAnswer(answer.get());
    }
    if (neverConnected(failure)) {
      return unreachable(failure);
    }
    return new Ambiguous("ANSWER_LOST", null, describe(failure));
  }

  /**
   * What a failed question for a result, or a failed download, means. Asking again costs nothing.
   */
  public static Verdict ofCollect(Throwable failure) {
    Optional<HttpOperationFailedException> answer =
        find(failure, HttpOperationFailedException.class);
    if (answer.isEmpty()) {
      return find(failure, JsonProcessingException.class).isPresent()
          ? new Retry("UNREADABLE_ANSWER", null, "Novita's answer is no JSON", Duration.ZERO, true)
          : unreachable(failure);
    }
    Verdict verdict = ofAnswer(answer.get());
    if (verdict instanceof Halt || verdict.reason().equals("TASK_NOT_FOUND")) {
      return verdict;
    }
    return new Retry(
        verdict.reason(), verdict.status(), verdict.message(), retryAfter(answer.get()), true);
  }

  private static Verdict ofAnswer(HttpOperationFailedException answer) {
    int status = answer.getStatusCode();
    ErrorBody error = ErrorBody.of(answer.getResponseBody());
    String reason = error.reason() == null ? "HTTP_" + status : error.reason();
    String message = message(error, status);
    if (reason.equals("TASK_NOT_FOUND")) {
      return new Gone(reason, status, message);
    }
    if (HALTING_REASONS.contains(reason) || status == 401 || status == 403) {
      return new Halt(reason, status, message);
    }
    if (status == 429 || reason.equals("RATE_LIMIT_EXCEEDED")) {
      return new Retry(reason, status, message, retryAfter(answer), true);
    }
    if (status == 404 || status / 100 == 3) {
      return new Halt(
          reason, status, message + "; is novita.base-url right? Redirects are not followed");
    }
    if (status / 100 == 4) {
      return new Reject(reason, status, message);
    }
    boolean gateway = status > 501;
    return new Retry(reason, status, message, retryAfter(answer), gateway);
  }

  private static Retry unreachable(Throwable failure) {
    return new Retry("UNREACHABLE", null, describe(failure), Duration.ZERO, true);
  }

  /** Whether the failure came before a byte of the request could leave. */
  private static boolean neverConnected(Throwable failure) {
    return Stream.of(
            ConnectTimeoutException.class,
            HttpHostConnectException.class,
            UnknownHostException.class,
            NoRouteToHostException.class,
            ConnectException.class,
            SSLHandshakeException.class,
            SSLPeerUnverifiedException.class)
        .anyMatch(type -> find(failure, type).isPresent());
  }

  private static <T extends Throwable> Optional<T> find(Throwable failure, Class<T> type) {
    int depth = 0;
    for (Throwable t = failure; t != null && depth < 20; t = t.getCause(), depth++) {
      if (type.isInstance(t)) {
        return Optional.of(type.cast(t));
      }
    }
    return Optional.empty();
  }

  /**
   * The pause in the header {@code Retry-After}, in seconds or as a date; zero where there is none.
   */
  private static Duration retryAfter(HttpOperationFailedException answer) {
    Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    if (answer.getResponseHeaders() != null) {
      headers.putAll(answer.getResponseHeaders());
    }
    String header = headers.getOrDefault("Retry-After", "").strip();
    if (header.matches("\\d{1,9}")) {
      return Duration.ofSeconds(Long.parseLong(header));
    }
    try {
      Instant date = ZonedDateTime.parse(header, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      Duration pause = Duration.between(Instant.now(), date);
      return pause.isNegative() ? Duration.ZERO : pause;
    } catch (DateTimeParseException e) {
      return Duration.ZERO;
    }
  }

  private static String message(ErrorBody error, int status) {
    String text = ForeignText.line(error.message());
    return text.isEmpty() ? "Novita answered with HTTP status " + status : "Novita: " + text;
  }

  private static String describe(Throwable failure) {
    Throwable root = failure;
    for (int depth = 0; root.getCause() != null && depth < 20; depth++) {
      root = root.getCause();
    }
    String text = root.getMessage() == null ? "" : ": " + ForeignText.line(root.getMessage());
    return root.getClass().getSimpleName() + text;
  }

  @JsonIgnoreProperties(ignoreUnknown = true)
  private record ErrorBody(String reason, String message) {

    private static final ErrorBody NONE = new ErrorBody(null, null);

    /** Novita's own errors are JSON with a reason in upper case; a gateway's are HTML. */
    static ErrorBody of(String body) {
      if (body == null || !body.strip().startsWith("{")) {
        return NONE;
      }
      try {
        ErrorBody error = JSON.readValue(body, ErrorBody.class);
        boolean word = error.reason() != null && error.reason().matches("[A-Z][A-Z0-9_]{0,99}");
        return word ? error : new ErrorBody(null, error.message());
      } catch (JsonProcessingException e) {
        return NONE;
      }
    }
  }
}
