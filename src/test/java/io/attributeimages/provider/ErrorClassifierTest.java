package io.attributeimages.provider;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonParseException;
import io.attributeimages.provider.ProviderFailure.Ambiguous;
import io.attributeimages.provider.ProviderFailure.Gone;
import io.attributeimages.provider.ProviderFailure.Halt;
import io.attributeimages.provider.ProviderFailure.Lost;
import io.attributeimages.provider.ProviderFailure.Reject;
import io.attributeimages.provider.ProviderFailure.Retry;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.apache.camel.CamelExchangeException;
import org.apache.camel.CamelExecutionException;
import org.apache.camel.http.base.HttpOperationFailedException;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.apache.hc.client5.http.ConnectTimeoutException;
import org.apache.hc.client5.http.HttpHostConnectException;
import org.apache.hc.core5.http.ConnectionClosedException;
import org.apache.hc.core5.http.NoHttpResponseException;
import org.apache.hc.core5.http.TruncatedChunkException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ErrorClassifierTest {

  private static final String CLOUDFLARE =
      """
      <!DOCTYPE html>
      <html lang="en-US"><head><title>api.novita.ai | 502: Bad gateway</title></head>
      <body><h1>Error code 502</h1><p>cloudflare</p></body></html>
      """;

  private static final Models MODELS = ModelsReader.builtIn(name -> null);
  private static final Model MODEL = MODELS.named("txt2img").orElseThrow();

  private static ProviderFailure submit(Throwable failure) {
    return ErrorClassifier.ofSubmit(failure, MODEL, false, List.of("seedream-4.5"));
  }

  private static ProviderFailure result(Throwable failure) {
    return ErrorClassifier.ofResult(failure, "Novita");
  }

  private static Consumer<ProviderFailure> same(ProviderFailure expected) {
    return failure -> assertThat(described(failure)).isEqualTo(described(expected));
  }

  private static String described(ProviderFailure failure) {
    String pause = failure instanceof Retry retry ? retry.retryAfter() + " " + retry.outage() : "";
    return failure + " " + failure.reason() + " " + failure.status() + " " + pause;
  }

  // ------------------------------------------------------------------------------- Novita's table

  @ParameterizedTest
  @CsvSource({
    "INVALID_REQUEST_BODY, 400",
    "ILLEGAL_PROMPT, 400",
    "INVALID_IMAGE_SIZE, 400",
  })
  void anImageThatCanNeverWorkIsRejected(String reason, int status) {
    assertThat(submit(answer(status, reason)))
        .satisfies(same(new Reject(reason, status, "Novita: it was so")));
  }

  @ParameterizedTest
  @CsvSource({
    "MISSING_API_KEY, 400",
    "INVALID_API_KEY, 403",
    "API_NOT_ALLOWED, 403",
    "FEATURE_NOT_ALLOWED, 403",
    "MODEL_ACCESS_DENIED, 403",
    "ACCESS_DENY, 403",
    "NEED_REAL_NAME_VERIFY, 403",
    "BILLING_AUTH_FAILED, 403",
    "BILLING_BALANCE_NOT_ENOUGH, 400",
    "NOT_ENOUGH_BALANCE, 402",
    "NOT_ENOUGH_BALANCE, 500",
  })
  void whatFailsEveryImageHaltsOnSubmitAndOnCollect(String reason, int status) {
    Halt halt = new Halt(reason, status, "Novita: it was so");

    assertThat(submit(answer(status, reason))).satisfies(same(halt));
    assertThat(result(answer(status, reason))).satisfies(same(halt));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'code':403,'reason':'BILLING_BALANCE_NOT_ENOUGH','message':'not enough'} | Halt | BILLING_BALANCE_NOT_ENOUGH | 403",
        "{'reason':'NOT_ENOUGH_BALANCE','message':'not enough'} | Halt | NOT_ENOUGH_BALANCE | 200",
        "{'code':402,'message':'pay'} | Halt | HTTP_402 | 402",
        "{'code':429,'message':'slow down'} | Retry | HTTP_429 | 429",
        "{'code':404,'reason':'API_NOT_FOUND'} | Gone | MODEL_GONE | 404",
        "{'code':400,'reason':'ILLEGAL_PROMPT','message':'no'} | Reject | ILLEGAL_PROMPT | 400",
        "{'error':'something is wrong'} | Ambiguous | UNREADABLE_ANSWER | 200",
        "{'error':{'message':'overloaded','type':'server_error'}} | Ambiguous | SERVER_ERROR | 200",
        "{'task_id':''} | Ambiguous | UNREADABLE_ANSWER | 200",
        "<html>hello</html> | Ambiguous | UNREADABLE_ANSWER | 200",
      })
  void aSuccessWithoutATaskIsTheErrorThatItSays(
      String answer, String kind, String reason, int status) {
    ProviderFailure failure = submit(new NothingAcceptedException(answer.replace('\'', '"')));

    assertThat(failure.getClass().getSimpleName()).isEqualTo(kind);
    assertThat(failure.reason()).isEqualTo(reason);
    assertThat(failure.status()).isEqualTo(status);
  }

  @Test
  void whatMayBeATaskUnderAnotherNameIsKept() {
    String answer = "{\"code\":0,\"message\":\"success\",\"data\":{\"task_id\":\"abc\"}}";

    assertThat(submit(new NothingAcceptedException(answer)).getMessage())
        .isEqualTo("Novita: success: " + answer);
  }

  @Test
  void ofAnAnswerThatSaysNothingTheFirstWordsAreKeptAndNoSecret() {
    assertThat(submit(new NothingAcceptedException("<html>" + "x".repeat(1000))).getMessage())
        .startsWith("The answer names no task and no picture: <html>xxx")
        .hasSize("The answer names no task and no picture: ".length() + 200);
    assertThat(submit(new NothingAcceptedException("")).getMessage())
        .isEqualTo("The answer names no task and no picture: it is empty");
    assertThat(
            submit(
                    new NothingAcceptedException(
                        "{\"extra\":{\"url\":\"https:\\/\\/me.example\\/webhooks\\/novita\\/1\\/SECRET\"}}"))
                .getMessage())
        .contains("me.example")
        .doesNotContain("SECRET");
  }

  @Test
  void aRateLimitIsRetriedAsAnOutageOfNoOneImage() {
    Retry retry = new Retry("RATE_LIMIT_EXCEEDED", 429, "Novita: it was so", Duration.ZERO, true);

    assertThat(submit(answer(429, "RATE_LIMIT_EXCEEDED"))).satisfies(same(retry));
    assertThat(result(answer(429, "RATE_LIMIT_EXCEEDED"))).satisfies(same(retry));
  }

  @ParameterizedTest
  @CsvSource({"CREATE_TASK_FAILED, 500", "BILLING_FAILED, 500", "CREATE_TASK_FAILED, 503"})
  void aSubmitThatStartedNothingIsRetriedAndMayBeTheImagesFault(String reason, int status) {
    assertThat(submit(answer(status, reason)))
        .satisfies(same(new Retry(reason, status, "Novita: it was so", Duration.ZERO, false)));
  }

  @ParameterizedTest
  @ValueSource(ints = {500, 501, 502, 503, 504, 505, 520, 524, 527, 530, 599})
  void anErrorPageOfAGatewayDoesNotProveThatASubmitWasNotPaid(int status) {
    assertThat(submit(answer(status, Map.of(), CLOUDFLARE)))
        .satisfies(
            same(
                new Ambiguous(
                    "HTTP_" + status, status, "Novita answered with HTTP status " + status)));
  }

  @ParameterizedTest
  @CsvSource({"GET_RESULT_FAILED, 500", "SOMETHING_NEW, 500", "SOMETHING_NEW, 502"})
  void anErrorOfAServerWhoseReasonIsNotKnownDoesNotProveItEither(String reason, int status) {
    assertThat(submit(answer(status, reason)))
        .satisfies(same(new Ambiguous(reason, status, "Novita: it was so")));
  }

  @ParameterizedTest
  @ValueSource(ints = {521, 522, 523, 525, 526})
  void aGatewayThatDidNotReachNovitaSentNothingOn(int status) {
    assertThat(submit(answer(status, Map.of("Retry-After", "9"), CLOUDFLARE)))
        .satisfies(
            same(
                new Retry(
                    "HTTP_" + status,
                    status,
                    "Novita answered with HTTP status " + status,
                    Duration.ofSeconds(9),
                    true)));
  }

  @ParameterizedTest
  @ValueSource(
      ints = {
        301, 302, 307, 308, 402, 403, 404, 500, 501, 502, 503, 504, 520, 521, 522, 523, 524, 525,
        526, 530
      })
  void aQuestionForAResultIsAskedAgainWhateverTheGatewaySays(int status) {
    assertThat(result(answer(status, Map.of(), CLOUDFLARE)))
        .satisfies(
            same(
                new Retry(
                    "HTTP_" + status,
                    status,
                    "Novita answered with HTTP status " + status,
                    Duration.ZERO,
                    true)));
  }

  @ParameterizedTest
  @ValueSource(ints = {404, 400, 500})
  void aTaskThatNovitaForgotIsGone(int status) {
    Lost gone = new Lost("TASK_NOT_FOUND", status, "Novita: it was so");

    assertThat(result(answer(status, "TASK_NOT_FOUND"))).satisfies(same(gone));
  }

  @Test
  void aResultThatCannotBeToldNowIsAskedForAgain() {
    assertThat(result(answer(500, "GET_RESULT_FAILED")))
        .satisfies(
            same(new Retry("GET_RESULT_FAILED", 500, "Novita: it was so", Duration.ZERO, true)));
  }

  @ParameterizedTest
  @CsvSource({
    "INVALID_REQUEST_BODY, 400",
    "ILLEGAL_PROMPT, 400",
    "CREATE_TASK_FAILED, 500",
    "BILLING_FAILED, 500",
    "SOMETHING_NEW, 418",
    "SOMETHING_NEW, 403",
    "SOMETHING_NEW, 402",
  })
  void noOtherAnswerToACollectGivesUpAPaidImage(String reason, int status) {
    assertThat(result(answer(status, reason)))
        .satisfies(same(new Retry(reason, status, "Novita: it was so", Duration.ZERO, true)));
  }

  // ------------------------------------------------------------------------------- other answers

  @ParameterizedTest
  @ValueSource(ints = {401, 402, 403})
  void aRefusedAccountHaltsOnSubmitWhateverTheBodySays(int status) {
    assertThat(submit(answer(status, Map.of(), null))).isInstanceOf(Halt.class);
    assertThat(submit(answer(status, Map.of(), CLOUDFLARE))).isInstanceOf(Halt.class);
    assertThat(submit(answer(status, "SOMETHING_NEW"))).isInstanceOf(Halt.class);
  }

  @Test
  void aRefusedKeyHaltsOnCollectWhateverTheBodySays() {
    assertThat(result(answer(401, Map.of(), ""))).isInstanceOf(Halt.class);
    assertThat(result(answer(401, "SOMETHING_NEW"))).isInstanceOf(Halt.class);
  }

  @ParameterizedTest
  @CsvSource({"invalid_api_key, 400", "Invalid_Api_Key, 500"})
  void aReasonIsKnownHoweverItIsWritten(String reason, int status) {
    Halt halt = new Halt("INVALID_API_KEY", status, "Novita: it was so");

    assertThat(submit(answer(status, reason))).satisfies(same(halt));
    assertThat(result(answer(status, reason))).satisfies(same(halt));
  }

  @ParameterizedTest
  @ValueSource(ints = {301, 302, 307, 308})
  void anAnswerThatSmellsOfAWrongUrlHaltsAndSaysSo(int status) {
    assertThat(submit(answer(status, Map.of(), "<html>nothing here</html>")))
        .isInstanceOf(Halt.class)
        .extracting(Throwable::getMessage)
        .asString()
        .contains("HTTP status " + status, "novita.base-url");
  }

  @Test
  void aSubmitKnowsOfNoTaskThatCouldBeGone() {
    assertThat(submit(answer(404, "TASK_NOT_FOUND")))
        .isInstanceOf(Gone.class)
        .extracting(ProviderFailure::reason)
        .isEqualTo("MODEL_GONE");
  }

  @ParameterizedTest
  @CsvSource({"404, API_NOT_FOUND", "404, SOMETHING_NEW", "404, MODEL_NOT_FOUND"})
  void aModelThatIsGoneHaltsAndNamesWhatCouldTakeItsPlace(int status, String reason) {
    assertThat(submit(answer(status, reason)))
        .isInstanceOf(Gone.class)
        .hasMessageContainingAll("Novita", "txt2img", "it was so", "seedream-4.5", "novita.model")
        .extracting(ProviderFailure::reason)
        .isEqualTo("MODEL_GONE");
  }

  @Test
  void anErrorOfAGenerationThatAnswersThePictureMayBePaidFor() {
    assertThat(submit(answer(500, "TASK_FAILED")))
        .satisfies(same(new Ambiguous("TASK_FAILED", 500, "Novita: it was so")));
  }

  @Test
  void whereNothingIsPaidALostAnswerIsNoLoss() {
    ProviderFailure failure =
        ErrorClassifier.ofSubmit(
            new SocketTimeoutException("Read timed out"), MODEL, true, List.of());

    assertThat(failure)
        .isInstanceOfSatisfying(
            Retry.class,
            retry -> assertThat(retry.outage()).as("the image may be at fault").isFalse());
  }

  @Test
  void aRequestThatCameTooLateOrTooEarlyIsNoWordAboutTheImage() {
    assertThat(submit(answer(408, Map.of(), ""))).isInstanceOf(Ambiguous.class);
    assertThat(submit(answer(425, Map.of(), ""))).isInstanceOf(Retry.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "400 | {'error':{'message':'m','type':'t','code':'moderation_blocked'}} | Reject | MODERATION_BLOCKED",
        "400 | {'error':{'message':'m','type':'invalid_request_error','code':null}} | Reject | INVALID_REQUEST_ERROR",
        "401 | {'error':{'message':'m','code':'invalid_api_key'}} | Halt | INVALID_API_KEY",
        "429 | {'error':{'message':'m','code':'insufficient_quota'}} | Halt | INSUFFICIENT_QUOTA",
        "400 | {'error':{'message':'m','code':'billing_hard_limit_reached'}} | Halt | BILLING_HARD_LIMIT_REACHED",
        "429 | {'error':{'message':'m','code':'rate_limit_exceeded'}} | Retry | RATE_LIMIT_EXCEEDED",
        "404 | {'error':{'message':'m','code':'model_not_found'}} | Gone | MODEL_GONE",
        "500 | {'error':{'message':'m','type':'server_error'}} | Ambiguous | SERVER_ERROR",
        "404 | {'detail':'Not Found'} | Gone | MODEL_GONE",
        "422 | {'detail':[{'loc':['body'],'msg':'m'}]} | Reject | HTTP_422",
        "500 | {'error':'OutOfMemoryError','detail':'m','errors':'m'} | Retry | OUTOFMEMORYERROR",
      })
  void theErrorsOfOtherHostsAreUnderstood(int status, String body, String kind, String reason) {
    ProviderFailure failure = submit(answer(status, Map.of(), body.replace('\'', '"')));

    assertThat(failure.getClass().getSimpleName()).isEqualTo(kind);
    assertThat(failure.reason()).isEqualTo(reason);
  }

  @Test
  void aWebhookThatAnErrorRepeatsIsNotTold() {
    String body =
        "{\"reason\":\"INVALID_REQUEST_BODY\",\"message\":\"bad url"
            + " https:\\/\\/me.example\\/webhooks\\/novita\\/1\\/SECRET and"
            + " https://me.example/webhooks/novita/1/SECRET\"}";

    assertThat(submit(answer(400, Map.of(), body)).getMessage())
        .contains("me.example")
        .doesNotContain("SECRET");
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 405, 413, 415, 422})
  void aRefusalWithoutAKnownReasonIsRejectedOnSubmit(int status) {
    assertThat(submit(answer(status, Map.of(), "no")))
        .satisfies(
            same(
                new Reject(
                    "HTTP_" + status, status, "Novita answered with HTTP status " + status)));
  }

  @Test
  void aServerErrorWithoutAReasonMayHaveBeenPaidFor() {
    assertThat(submit(answer(500, Map.of(), "")))
        .satisfies(same(new Ambiguous("HTTP_500", 500, "Novita answered with HTTP status 500")));
  }

  @Test
  void tooManyRequestsNeedNoReason() {
    assertThat(submit(answer(429, Map.of("Retry-After", "3"), CLOUDFLARE)))
        .satisfies(
            same(
                new Retry(
                    "HTTP_429",
                    429,
                    "Novita answered with HTTP status 429",
                    Duration.ofSeconds(3),
                    true)));
  }

  // ------------------------------------------------------------------------------- no answer

  static Stream<Throwable> neverConnected() {
    return Stream.of(
        new ConnectException("Connection refused"),
        new HttpHostConnectException("Connect to http://127.0.0.1:1 failed: Connection refused"),
        new UnknownHostException("api.novita.example"),
        new NoRouteToHostException("No route to host"),
        new ConnectTimeoutException("Connect timed out"),
        new SSLHandshakeException("PKIX path building failed"),
        new SSLPeerUnverifiedException("Certificate doesn't match"),
        new NotSentException(),
        new CamelExecutionException("in a route", null, new ConnectException("refused")),
        new IOException("wrapped", new SSLHandshakeException("PKIX path building failed")),
        new CamelExecutionException("in a route", null, new NotSentException()));
  }

  @ParameterizedTest
  @MethodSource("neverConnected")
  void aFailedConnectSentNothingAndIsRetried(Throwable failure) {
    assertThat(submit(failure))
        .isInstanceOfSatisfying(
            Retry.class,
            retry -> {
              assertThat(retry.reason()).isEqualTo("UNREACHABLE");
              assertThat(retry.status()).isNull();
              assertThat(retry.retryAfter()).isZero();
              assertThat(retry.outage()).isTrue();
            });
    assertThat(result(failure)).satisfies(same(submit(failure)));
  }

  static Stream<Throwable> answerLost() {
    return Stream.of(
        new SocketException("Connection reset"),
        new SocketException("Broken pipe"),
        new SocketTimeoutException("Read timed out"),
        new NoHttpResponseException("127.0.0.1 failed to respond"),
        new ConnectionClosedException("Premature end of Content-Length delimited message body"),
        new TruncatedChunkException("Truncated chunk"),
        new SSLException("Connection reset"),
        new IOException("the answer has more than 1048576 bytes"),
        new IllegalArgumentException("Novita's answer to a submit names no task"),
        new CamelExchangeException(
            "in a route",
            new DefaultExchange(new DefaultCamelContext()),
            new SocketException("Connection reset")));
  }

  @ParameterizedTest
  @MethodSource("answerLost")
  void anAnswerThatWasLostIsAmbiguousOnSubmitAndRetriedOnCollect(Throwable failure) {
    assertThat(submit(failure))
        .isInstanceOf(Ambiguous.class)
        .extracting(ProviderFailure::reason, ProviderFailure::status)
        .containsExactly("ANSWER_LOST", null);
    assertThat(result(failure))
        .isInstanceOfSatisfying(Retry.class, retry -> assertThat(retry.outage()).isTrue())
        .extracting(ProviderFailure::reason, ProviderFailure::status)
        .containsExactly("UNREACHABLE", null);
  }

  @Test
  void anAnswerThatIsNoJsonIsAmbiguousOnSubmitAndRetriedOnCollect() {
    Throwable failure = new JsonParseException(null, "Unexpected character");

    assertThat(submit(failure)).isInstanceOf(Ambiguous.class);
    assertThat(result(failure))
        .isInstanceOf(Retry.class)
        .extracting(ProviderFailure::reason, Throwable::getMessage)
        .containsExactly("UNREADABLE_ANSWER", "Novita's answer is no JSON");
  }

  @Test
  void anAnswerIsFoundBelowOtherExceptions() {
    Throwable failure = new RuntimeException(new IOException(answer(400, "ILLEGAL_PROMPT")));

    assertThat(submit(failure)).isInstanceOf(Reject.class);
  }

  @Test
  void theMessageIsThatOfTheRootCause() {
    Throwable failure = new RuntimeException("outer", new SocketException("Connection reset"));

    assertThat(submit(failure).getMessage()).isEqualTo("Connection reset");
    assertThat(submit(new SocketException()).getMessage()).isEqualTo("socket exception");
  }

  @Test
  void causesInACircleEnd() {
    Exception one = new Exception("one");
    Exception two = new Exception("two", one);
    one.initCause(two);

    assertThat(submit(two)).isInstanceOf(Ambiguous.class);
    assertThat(result(two)).isInstanceOf(Retry.class);
  }

  // ------------------------------------------------------------------------------- Retry-After

  @ParameterizedTest
  @CsvSource({"7, 7", "0, 0", "' 12 ', 12", "999999999, 999999999"})
  void retryAfterMayBeSeconds(String header, long seconds) {
    assertThat(retryAfter(Map.of("Retry-After", header))).isEqualTo(Duration.ofSeconds(seconds));
  }

  @ParameterizedTest
  @CsvSource({"12s, 12000", "1m30.5s, 90500", "59, 0", "soon, 0"})
  void openAiSaysWhenImagesMayBeMadeAgain(String header, long milliseconds) {
    assertThat(retryAfter(Map.of("x-ratelimit-reset-images", header)))
        .isEqualTo(Duration.ofMillis(milliseconds));
    assertThat(retryAfter(Map.of("X-RateLimit-Reset-Images", header, "Retry-After", "7")))
        .isEqualTo(Duration.ofSeconds(7));
  }

  @Test
  void retryAfterIsFoundInAnyCase() {
    assertThat(retryAfter(Map.of("retry-after", "7"))).isEqualTo(Duration.ofSeconds(7));
    assertThat(retryAfter(Map.of("RETRY-AFTER", "7"))).isEqualTo(Duration.ofSeconds(7));
  }

  @Test
  void retryAfterMayBeADate() {
    ZonedDateTime date = ZonedDateTime.now(ZoneOffset.UTC).plusHours(2);

    assertThat(retryAfter(Map.of("Retry-After", http(date))))
        .isBetween(Duration.ofMinutes(90), Duration.ofHours(2));
  }

  @Test
  void aDateInThePastIsNoPause() {
    ZonedDateTime date = ZonedDateTime.now(ZoneOffset.UTC).minusHours(2);

    assertThat(retryAfter(Map.of("Retry-After", http(date)))).isZero();
  }

  @Test
  void aDateInTheFarFutureStillFitsIntoMilliseconds() {
    Duration pause = retryAfter(Map.of("Retry-After", "Fri, 31 Dec 9999 23:59:59 GMT"));

    assertThat(pause).isGreaterThan(Duration.ofDays(365_000));
    assertThat(pause.toMillis()).isPositive();
  }

  @Test
  void aPauseMayBeAFraction() {
    assertThat(retryAfter(Map.of("Retry-After", "1.5"))).isEqualTo(Duration.ofMillis(1500));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "-5",
        "1.",
        "1.5.5",
        "soon",
        "99999999999999999999",
        "0x10",
        "٣",
        "Fri, 99 Foo 2024",
        "5, 6"
      })
  void anAbsurdRetryAfterIsNoPause(String header) {
    assertThat(retryAfter(Map.of("Retry-After", header))).isZero();
  }

  @Test
  void withoutHeadersThereIsNoPause() {
    assertThat(retryAfter(Map.of())).isZero();
    assertThat(retryAfter(null)).isZero();
  }

  @Test
  void onCollectRetryAfterIsKeptAsWell() {
    Map<String, String> headers = Map.of("Retry-After", "9");

    assertThat(result(answer(503, headers, CLOUDFLARE)))
        .isInstanceOfSatisfying(
            Retry.class, retry -> assertThat(retry.retryAfter()).isEqualTo(Duration.ofSeconds(9)));
  }

  // ------------------------------------------------------------------------------- hostile bodies

  static Stream<String> hostileBodies() {
    return Stream.of(
        null,
        "",
        "   ",
        "null",
        "[]",
        "\"text\"",
        "{",
        "{}",
        "{\"reason\":",
        "{\"reason\":null,\"message\":null}",
        "{\"reason\":5,\"message\":{\"a\":[]}}",
        "{\"reason\":[\"INVALID_API_KEY\"],\"message\":true}",
        "{\"reason\":\"invalid api key\"}",
        "{\"reason\":\"X'; DROP TABLE ledger.task; --\"}",
        "{\"reason\":\"" + "A".repeat(5_000) + "\"}",
        "{\"a\":".repeat(5_000),
        "{\"n\":" + "9".repeat(5_000) + "}",
        "\u0000\u0001\u0002",
        "x".repeat(100_000),
        CLOUDFLARE);
  }

  @ParameterizedTest
  @MethodSource("hostileBodies")
  void aBodyThatSaysNothingLeavesTheStatusToSpeak(String body) {
    String message = "Novita answered with HTTP status 503";

    assertThat(submit(answer(503, Map.of(), body)))
        .satisfies(same(new Ambiguous("HTTP_503", 503, message)));
    assertThat(result(answer(503, Map.of(), body)))
        .satisfies(same(new Retry("HTTP_503", 503, message, Duration.ZERO, true)));
  }

  @Test
  void aMessageIsOneLineOfBoundedLength() {
    String body =
        "{\"reason\":\"ILLEGAL_PROMPT\",\"message\":\"a\\nb\\u0000\\u001b[31mc"
            + "x".repeat(9_000)
            + "\"}";

    assertThat(submit(answer(400, Map.of(), body)).getMessage())
        .startsWith("Novita: a b [31mcxxx")
        .endsWith("…")
        .hasSizeLessThanOrEqualTo(520)
        .doesNotContainPattern("\\p{Cntrl}");
  }

  @Test
  void aMessageOfAnExceptionIsBoundedToo() {
    SocketException failure = new SocketException("a\r\nb" + "x".repeat(9_000));

    assertThat(submit(failure).getMessage()).startsWith("a bxxx").hasSizeLessThanOrEqualTo(520);
  }

  @Test
  void aMessageWithoutAReasonIsKept() {
    assertThat(submit(answer(400, Map.of(), "{\"message\":\"too big\"}")))
        .satisfies(same(new Reject("HTTP_400", 400, "Novita: too big")));
  }

  private static Duration retryAfter(Map<String, String> headers) {
    ProviderFailure verdict = submit(answer(429, headers, "{}"));
    return ((Retry) verdict).retryAfter();
  }

  private static String http(ZonedDateTime date) {
    return DateTimeFormatter.RFC_1123_DATE_TIME.format(date);
  }

  private static HttpOperationFailedException answer(int status, String reason) {
    String body =
        "{\"code\":%d,\"reason\":\"%s\",\"message\":\"it was so\",\"metadata\":{}}"
            .formatted(status, reason);
    return answer(status, Map.of("Content-Type", "application/json"), body);
  }

  private static HttpOperationFailedException answer(
      int status, Map<String, String> headers, String body) {
    return new HttpOperationFailedException(
        "https://api.novita.ai/v3/async/txt2img", status, "status", null, headers, body);
  }
}
