package io.attributeimages.provider;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.attributeimages.provider.ProviderFailure.Ambiguous;
import io.attributeimages.provider.ProviderFailure.Gone;
import io.attributeimages.provider.ProviderFailure.Halt;
import io.attributeimages.provider.ProviderFailure.Lost;
import io.attributeimages.provider.ProviderFailure.Reject;
import io.attributeimages.provider.ProviderFailure.Retry;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Locale;
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

/** The one place that says what a failed call to a provider means. */
public final class ErrorClassifier {

  /** Every call will fail the same way until a person does something. */
  public static final Set<String> HALTING_REASONS =
      Set.of(
          "MISSING_API_KEY",
          "INVALID_API_KEY",
          "API_NOT_ALLOWED",
          "FEATURE_NOT_ALLOWED",
          "MODEL_ACCESS_DENIED",
          "ACCESS_DENY",
          "NEED_REAL_NAME_VERIFY",
          "BILLING_AUTH_FAILED",
          "BILLING_BALANCE_NOT_ENOUGH",
          "NOT_ENOUGH_BALANCE",
          // OpenAI's words
          "INSUFFICIENT_QUOTA",
          "BILLING_HARD_LIMIT_REACHED");

  /** The model, or the way to it, is no more. */
  private static final Set<String> GONE_REASONS = Set.of("API_NOT_FOUND", "MODEL_NOT_FOUND");

  /** The provider's own word that it has started nothing. */
  private static final Set<String> NOT_STARTED =
      Set.of("CREATE_TASK_FAILED", "BILLING_FAILED", "OUTOFMEMORYERROR");

  private static final String SECONDS = "\\d{1,9}(\\.\\d{1,9})?";

  /** A gateway's word that it never reached the provider. */
  private static final Set<Integer> NOT_REACHED = Set.of(521, 522, 523, 525, 526);

  /** Where providers write the reason of a refusal, and what they say of it. */
  private static final List<String> REASONS =
      List.of("/reason", "/error/code", "/error/type", "/error");

  private static final List<String> MESSAGES =
      List.of("/message", "/error/message", "/detail/0/msg", "/detail", "/errors");

  private static final List<String> CODES = List.of("/code", "/error/code", "/status", "/error");

  /** What an answer is that says neither what was accepted nor why not. */
  private static final String UNREADABLE = "UNREADABLE_ANSWER";

  private static final int OK = 200;
  private static final int KEPT = 200;

  private static final ObjectMapper JSON = new ObjectMapper();

  private ErrorClassifier() {}

  /**
   * What a failed submit means. Once the request may have gone out, only the provider's own answer
   * proves that it was not paid: a gateway's error page does not. Where nothing is paid, a lost
   * answer is no loss.
   *
   * @param instead the entries that could take the model's place
   */
  public static ProviderFailure ofSubmit(
      Throwable failure, Model model, boolean free, List<String> instead) {
    Optional<ProviderFailure> known = find(failure, ProviderFailure.class);
    Optional<HttpOperationFailedException> answer =
        find(failure, HttpOperationFailedException.class);
    Optional<NothingAcceptedException> nothing = find(failure, NothingAcceptedException.class);
    ProviderFailure meaning;
    if (known.isPresent()) {
      meaning = known.get();
    } else if (answer.isPresent()) {
      ErrorBody error = ErrorBody.of(answer.get().getResponseBody());
      meaning =
          ofSubmit(answer.get().getStatusCode(), error, retryAfter(answer.get()), model, instead);
    } else if (nothing.isPresent()) {
      meaning = ofNothing(nothing.get().answer(), model, instead);
    } else if (neverConnected(failure)) {
      meaning = unreachable(failure);
    } else {
      meaning = new Ambiguous("ANSWER_LOST", null, ForeignText.cause(failure));
    }
    return free && meaning instanceof Ambiguous
        // it was reached, so that the image may be at fault
        ? new Retry(meaning.reason(), meaning.status(), meaning.getMessage(), Duration.ZERO, false)
        : meaning;
  }

  /**
   * What a failed question for a result, or a failed download, means. Asking again costs nothing.
   *
   * @param host what people call the other side
   */
  public static ProviderFailure ofResult(Throwable failure, String host) {
    Optional<ProviderFailure> known = find(failure, ProviderFailure.class);
    if (known.isPresent()) {
      return known.get();
    }
    Optional<HttpOperationFailedException> answer =
        find(failure, HttpOperationFailedException.class);
    if (answer.isEmpty()) {
      return find(failure, OtherTaskException.class)
          .map(Throwable::getMessage)
          .or(
              () ->
                  find(failure, JsonProcessingException.class)
                      .map(e -> host + "'s answer is no JSON"))
          .map(message -> new Retry(UNREADABLE, null, message, Duration.ZERO, true))
          .orElseGet(() -> unreachable(failure));
    }
    int status = answer.get().getStatusCode();
    ErrorBody error = ErrorBody.of(answer.get().getResponseBody());
    String reason = reason(error, status);
    String message = message(host, error, status);
    if (reason.equals("TASK_NOT_FOUND")) {
      return new Lost(reason, status, message);
    }
    // of the account; anything else may be about this one task
    if (HALTING_REASONS.contains(reason) || status == 401) {
      return new Halt(reason, status, message);
    }
    return new Retry(reason, status, message, retryAfter(answer.get()), true);
  }

  /** A success that names nothing says an error, or nothing: the first words of it are kept. */
  private static ProviderFailure ofNothing(String answer, Model model, List<String> instead) {
    ErrorBody error = ErrorBody.of(answer);
    String all = ForeignText.withoutPaths(ForeignText.line(answer));
    String words = all.substring(0, Math.min(all.length(), KEPT));
    if (!error.isEmpty()) {
      int status = error.code() == null ? OK : error.code();
      ProviderFailure meaning = ofSubmit(status, error, Duration.ZERO, model, instead);
      // the only trace of what it may have been
      return meaning instanceof Ambiguous
          ? new Ambiguous(meaning.reason(), meaning.status(), meaning.getMessage() + ": " + words)
          : meaning;
    }
    return new Ambiguous(
        UNREADABLE,
        OK,
        "The answer names no task and no picture: " + (words.isEmpty() ? "it is empty" : words));
  }

  /** Whether a success says that it is none. */
  static boolean isError(String answer) {
    ErrorBody error = ErrorBody.of(answer);
    return error.reason() != null || error.code() != null;
  }

  private static ProviderFailure ofSubmit(
      int status, ErrorBody error, Duration retryAfter, Model model, List<String> instead) {
    Host host = model.host();
    String reason = reason(error, status);
    String message = message(host.title(), error, status);
    if (HALTING_REASONS.contains(reason) || status == 401 || status == 402 || status == 403) {
      return new Halt(reason, status, message);
    }
    if (status == 429
        || status == 425
        || reason.equals("RATE_LIMIT_EXCEEDED")
        || NOT_REACHED.contains(status)) {
      return new Retry(reason, status, message, retryAfter, true);
    }
    if (NOT_STARTED.contains(reason)) {
      return new Retry(reason, status, message, retryAfter, false);
    }
    if (status == 404 || GONE_REASONS.contains(reason)) {
      return new Gone(status, gone(model, message, instead));
    }
    if (status / 100 == 3) {
      return new Halt(
          reason,
          status,
          message + "; is " + host.urlSetting() + " right? Redirects are not followed");
    }
    return status / 100 == 4 && status != 408
        ? new Reject(reason, status, message)
        : new Ambiguous(reason, status, message);
  }

  private static String gone(Model model, String message, List<String> instead) {
    Host host = model.host();
    return "%s serves the model %s no more (POST %s: %s). %s; or %s is not right"
        .formatted(
            host.title(),
            model.name(),
            model.path(),
            message,
            instead.isEmpty()
                ? "Add another model to the models' file"
                : "Its place can be taken by "
                    + String.join(", ", instead)
                    + ": name one in novita.model, or in the style",
            host.urlSetting());
  }

  private static String reason(ErrorBody error, int status) {
    return error.reason() != null ? error.reason() : status == OK ? UNREADABLE : "HTTP_" + status;
  }

  private static Retry unreachable(Throwable failure) {
    return new Retry("UNREACHABLE", null, ForeignText.cause(failure), Duration.ZERO, true);
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
            SSLPeerUnverifiedException.class,
            NotSentException.class)
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
    if (header.matches(SECONDS)) {
      return Duration.ofMillis(Math.round(Double.parseDouble(header) * 1000));
    }
    // OpenAI's way to say it, such as 1m30s
    String reset = headers.getOrDefault("x-ratelimit-reset-images", "").strip();
    if (header.isEmpty() && reset.matches("(\\d{1,5}m)?" + SECONDS + "s")) {
      return Duration.parse("PT" + reset);
    }
    try {
      Instant date = ZonedDateTime.parse(header, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      Duration pause = Duration.between(Instant.now(), date);
      return pause.isNegative() ? Duration.ZERO : pause;
    } catch (DateTimeParseException e) {
      return Duration.ZERO;
    }
  }

  private static String message(String host, ErrorBody error, int status) {
    String text = ForeignText.line(error.message());
    return text.isEmpty() ? host + " answered with HTTP status " + status : host + ": " + text;
  }

  /**
   * What an error says of itself.
   *
   * @param code the HTTP status that it names, or null
   */
  private record ErrorBody(String reason, String message, Integer code) {

    private static final ErrorBody NONE = new ErrorBody(null, "", null);

    boolean isEmpty() {
      return reason == null && message.isEmpty() && code == null;
    }

    /** A provider's own errors are JSON with a reason; a gateway's are HTML. */
    static ErrorBody of(String body) {
      if (body == null || !body.strip().startsWith("{")) {
        return NONE;
      }
      try {
        JsonNode error = JSON.readTree(body);
        String reason =
            texts(error, REASONS)
                .filter(text -> text.matches("[A-Za-z][A-Za-z0-9_]{0,99}"))
                .map(text -> text.toUpperCase(Locale.ROOT))
                .findFirst()
                .orElse(null);
        String message = texts(error, MESSAGES).findFirst().orElse(null);
        Integer code =
            CODES.stream()
                .map(error::at)
                .map(JsonNode::asInt)
                .filter(status -> status >= 400 && status < 600)
                .findFirst()
                .orElse(null);
        return new ErrorBody(reason, ForeignText.withoutPaths(message), code);
      } catch (JsonProcessingException e) {
        return NONE;
      }
    }

    private static Stream<String> texts(JsonNode error, List<String> places) {
      return places.stream()
          .map(error::at)
          .filter(JsonNode::isTextual)
          .map(JsonNode::textValue)
          .filter(text -> !text.isBlank());
    }
  }
}
