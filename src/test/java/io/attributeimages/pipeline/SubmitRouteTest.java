package io.attributeimages.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.attributeimages.ledger.Task;
import io.attributeimages.provider.Deadline;
import io.attributeimages.provider.GuardedHttpClient;
import java.math.BigDecimal;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.component.mock.MockEndpoint;
import org.apache.hc.core5.http.ConnectionClosedException;
import org.apache.hc.core5.http.NoHttpResponseException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.dao.DuplicateKeyException;
import software.amazon.awssdk.core.exception.SdkClientException;

class SubmitRouteTest extends RouteTest {

  private static final Processor ACCEPTED = body("{\"task_id\":\"task-1\"}");

  /** One grey pixel. */
  private static final String PNG =
      "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==";

  private static final Processor NOT_REACHED = error(522, HTML, Map.of());

  @Test
  void aSubmitIsOneCallWhoseTaskIdIsWrittenDown() throws Exception {
    start();
    answers(novitaSubmit(), ACCEPTED);

    submit(planned());

    assertThat(effects()).containsExactly("txt2img", "record-accepted");
    assertThat(acceptedSeenBy("record-accepted").providerTaskId()).isEqualTo("task-1");
  }

  /** It is nowhere else: what is paid waits for whoever changes the settings of the store. */
  @Test
  void aPictureInAnAnswerThatTheStoreRefusesIsSentUntilItIsTaken() throws Exception {
    Processor refused = failure(refusal(413, "EntityTooLarge"));
    start("openai.api-key=a-key");

    submitPicture(refused, failure(refusal(503, "SlowDown")), refused, stored());

    await().until(() -> effects().contains("brake"));
    assertThat(effects())
        .startsWith("submit-openai-images", "record-accepted", "s3-put")
        .endsWith("release-claim")
        .containsOnlyOnce("note-refusal", "brake");
    assertThat(s3().getReceivedExchanges()).hasSize(4);
    assertThat(failureSeenBy("note-refusal").sentence())
        .startsWith("STORAGE_REFUSED (HTTP 413): ")
        .contains("raise the size limit of the bucket 'assets'");
    assertThat(seenBy("brake").getProperty("brake")).isEqualTo("STORE");
  }

  @Test
  void aDatabaseThatIsAwayKeepsARefusedPictureFromNothing() throws Exception {
    Processor refused = failure(refusal(404, "NoSuchBucket"));
    start("openai.api-key=a-key");
    answers(sql("note-refusal"), databaseAway());

    submitPicture(refused, refused, stored());

    assertThat(s3().getReceivedExchanges()).hasSize(3);
    assertThat(effects()).endsWith("release-claim").doesNotContain("brake");
  }

  /** It may be a store that starts again, and not one that hangs up on what is too large. */
  @Test
  void oneConnectionThatIsCutIsNoRefusal() throws Exception {
    Exception cut = SdkClientException.create("no", new SocketException("Connection reset"));
    start("openai.api-key=a-key");

    submitPicture(failure(cut), stored());

    assertThat(s3().getReceivedExchanges()).hasSize(2);
    assertThat(effects()).endsWith("release-claim").doesNotContain("note-refusal", "brake");
  }

  private void submitPicture(Processor... answersOfTheStore) throws Exception {
    answers(
        getMockEndpoint("mock:http:submit-openai-images"),
        body("{\"data\":[{\"b64_json\":\"" + PNG + "\"}]}"));
    answers(s3(), answersOfTheStore);
    Map<String, Object> row = row(planned());
    row.put("model", "openai-images");
    row.put("price_usd", new BigDecimal("0.06"));
    submit(Task.fromRow(row));
  }

  @Test
  void theLedgerLearnsWhichSubmitOfWhichImageWasAccepted() throws Exception {
    start();
    answers(novitaSubmit(), ACCEPTED);
    Task task = attempt(planned(), 4);

    submit(task);

    assertThat(acceptedSeenBy("record-accepted")).isEqualTo(new PaidTask(task.id(), 4, "task-1"));
  }

  @Test
  void aTaskBesideTheOneOfTheImageIsAccountedFor() throws Exception {
    start();
    answers(novitaSubmit(), ACCEPTED);
    answers(sql("record-accepted"), updated(0));
    Task task = planned();

    submit(task);

    assertThat(effects()).containsExactly("txt2img", "record-accepted", "record-extra");
    assertThat(acceptedSeenBy("record-extra")).isEqualTo(new PaidTask(task.id(), 1, "task-1"));
  }

  @Test
  void aTaskBesideTheOneOfTheImageIsAccountedForAlsoAfterAnOutage() throws Exception {
    start();
    answers(novitaSubmit(), ACCEPTED);
    answers(sql("record-accepted"), databaseAway(), databaseAway(), updated(0));

    submit(planned());

    assertThat(effects())
        .containsExactly(
            "txt2img",
            "record-accepted",
            "file",
            "record-accepted",
            "record-accepted",
            "record-extra");
  }

  @Test
  void anAnswerIsUnderstoodAlsoWhereItIsWrapped() throws Exception {
    start();
    answers(novitaSubmit(), body("{\"code\":0,\"msg\":\"\",\"data\":{\"task_id\":\"task-1\"}}"));
    Task task = planned();

    submit(task);

    assertThat(effects()).containsExactly("txt2img", "record-accepted");
    assertThat(acceptedSeenBy("record-accepted")).isEqualTo(new PaidTask(task.id(), 1, "task-1"));
  }

  @Test
  void theRequestIsWhatNovitaDocuments() throws Exception {
    start();
    answers(novitaSubmit(), ACCEPTED);

    submit(planned(), "5 7");

    Exchange request = novitaSubmit().getReceivedExchanges().get(0);
    assertThat(request.getMessage().getHeaders())
        .containsOnlyKeys(
            "Authorization",
            Exchange.CONTENT_TYPE,
            Exchange.HTTP_URI,
            Exchange.HTTP_PATH,
            GuardedHttpClient.NOT_AFTER)
        .containsEntry("Authorization", "Bearer secret")
        .containsEntry(Exchange.CONTENT_TYPE, "application/json");
    assertThat(new ObjectMapper().readTree(request.getMessage().getBody(String.class)))
        .isEqualTo(
            new ObjectMapper()
                .readTree(
                    """
                    {"extra": {"response_image_type": "jpeg"},
                     "request": {"model_name": "model.safetensors", "prompt": "photo of mid thirties",
                                 "negative_prompt": "blurry", "width": 128, "height": 192, "image_num": 1,
                                 "steps": 30, "seed": 4000000000, "sampler_name": "Euler a", "guidance_scale": 7.5}}
                    """));
  }

  @Test
  void aWebhookNamesTheRowAndItsToken() throws Exception {
    start("novita.webhook-url=https://cards.test/");
    answers(novitaSubmit(), ACCEPTED);
    Task task = planned();

    submit(task);

    String json = novitaSubmit().getReceivedExchanges().get(0).getMessage().getBody(String.class);
    assertThat(new ObjectMapper().readTree(json).at("/extra/webhook/url").textValue())
        .isEqualTo(
            "https://cards.test/webhooks/novita/" + task.id() + "/" + TOKENS.token(task.id()));
  }

  @Test
  void nothingOfTheCallLeaksIntoTheLedger() throws Exception {
    start();
    answers(novitaSubmit(), ACCEPTED);

    submit(planned());

    assertThat(seenBy("record-accepted").getMessage().getHeaders()).isEmpty();
  }

  @Test
  void anImageThatCanNeverWorkIsADeadLetterAtOnce() throws Exception {
    start();
    answers(novitaSubmit(), error(400, "ILLEGAL_PROMPT"));

    submit(planned());

    assertThat(effects()).containsExactly("txt2img", "dead-letter");
    assertThat(failureSeenBy("dead-letter"))
        .isEqualTo(new Failure("ILLEGAL_PROMPT", 400, "Novita: as it is", 0, 0, false));
  }

  @ParameterizedTest
  @CsvSource({
    "403, INVALID_API_KEY",
    "403, BILLING_AUTH_FAILED",
    "400, MISSING_API_KEY",
    "400, BILLING_BALANCE_NOT_ENOUGH",
    "402, SOMETHING_NEW",
    "403, SOMETHING_NEW"
  })
  void whatWouldFailForEveryImageHaltsTheRuns(int status, String reason) throws Exception {
    start();
    answers(novitaSubmit(), error(status, reason));

    submit(planned());

    assertThat(effects()).containsExactly("txt2img", "halt-runs");
    assertThat(failureSeenBy("halt-runs").sentence())
        .isEqualTo(reason + " (HTTP " + status + "): Novita: as it is");
    assertThat(submitting.room()).as("the next submit is a trial").isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {301, 404})
  void whatSmellsOfAWrongUrlHaltsTheRuns(int status) throws Exception {
    start();
    answers(novitaSubmit(), error(status, HTML, Map.of()));

    submit(planned());

    assertThat(effects()).containsExactly("txt2img", "halt-runs");
    assertThat(failureSeenBy("halt-runs").message()).contains("novita.base-url");
  }

  @ParameterizedTest
  @MethodSource("lostAnswers")
  void aLostAnswerIsNeverFollowedByAnotherSubmit(Exception lost) throws Exception {
    start();
    answers(novitaSubmit(), failure(lost));

    submit(planned());

    assertThat(effects()).containsExactly("txt2img", "record-unconfirmed", "brake");
    assertThat(failureSeenBy("record-unconfirmed").reason()).isEqualTo("ANSWER_LOST");
    assertThat(seenBy("brake").getProperty("brake")).isEqualTo("ANSWER");
    assertThat(submitting.room()).as("the next submit is a trial").isEqualTo(1);
  }

  static List<Exception> lostAnswers() {
    return List.of(
        new SocketException("Connection reset"),
        new SocketTimeoutException("Read timed out"),
        new NoHttpResponseException("failed to respond"),
        new ConnectionClosedException("Premature end"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"task_id\":null}",
        "{\"task_id\":\"\"}",
        "{\"task_id\":\"../x\"}",
        "{\"code\":0,\"data\":{}}",
        "<html>"
      })
  void anAnswerWithoutATaskIdMayStillHaveBeenPaidFor(String answer) throws Exception {
    start();
    answers(novitaSubmit(), body(answer));

    submit(planned());

    assertThat(effects()).containsExactly("txt2img", "record-unconfirmed", "brake");
    assertThat(failureSeenBy("record-unconfirmed"))
        .isEqualTo(
            new Failure(
                "UNREADABLE_ANSWER",
                200,
                "The answer names no task and no picture: " + answer,
                0,
                0,
                false));
    assertThat(seenBy("brake").getProperty("brake")).isEqualTo("UNREADABLE");
    assertThat(submitting.room()).as("the next submit is a trial").isEqualTo(1);
  }

  @Test
  void ofAnUnreadableAnswerTheBeginningIsQuotedAndNoSecret() throws Exception {
    start();
    String answer =
        "{\"id\":\"task-1\",\"see\":\"https://s3.test/a/picture.jpg?signature=secret\"}\n";
    answers(novitaSubmit(), body(answer + "x".repeat(100_000)));

    submit(planned());

    assertThat(failureSeenBy("record-unconfirmed").message())
        .startsWith(
            "The answer names no task and no picture: {\"id\":\"task-1\",\"see\":\"https://s3.test/…\"} xxx")
        .hasSizeLessThanOrEqualTo(501);
  }

  @ParameterizedTest
  @ValueSource(ints = {500, 501, 504, 520, 524, 530})
  void anAnswerThatAGatewayDidNotWaitForIsLost(int status) throws Exception {
    start();
    answers(novitaSubmit(), error(status, HTML, Map.of()));

    submit(planned());

    assertThat(effects()).containsExactly("txt2img", "record-unconfirmed", "brake");
    assertThat(failureSeenBy("record-unconfirmed").isGateway()).isFalse();
    assertThat(seenBy("brake").getProperty("brake")).isEqualTo("ANSWER");
    assertThat(submitting.room()).as("the next submit is a trial").isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {502, 503})
  void aSubmitThatMeetsABadGatewayMayBePaidAndIsOneCall(int status) throws Exception {
    start();
    answers(novitaSubmit(), error(status, HTML, Map.of()), ACCEPTED);

    submit(planned());

    assertThat(effectsAndRenewals()).containsExactly("txt2img", "record-unconfirmed", "brake");
    assertThat(seenBy("brake").getProperty("brake")).isEqualTo("GATEWAY");
    Failure failure = failureSeenBy("record-unconfirmed");
    assertThat(failure)
        .isEqualTo(
            new Failure(
                "HTTP_" + status,
                status,
                "Novita answered with HTTP status " + status,
                0,
                0,
                false));
    assertThat(failure.isGateway()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {502, 503})
  void afterABadGatewaySubmittingPauses(int status) throws Exception {
    start("pipeline.redelivery-delay=5m", "pipeline.max-pause=1h");
    answers(novitaSubmit(), error(status, HTML, Map.of()));

    submit(planned());

    assertThat(submitting.room()).isZero();
    template.sendBody("direct:submit-claim", null);
    assertThat(effects()).containsExactly("txt2img", "record-unconfirmed", "brake");
  }

  @Test
  void afterThePauseTheNextSubmitIsATrial() throws Exception {
    start();
    answers(novitaSubmit(), error(502, HTML, Map.of()));

    submit(planned());

    await().until(() -> submitting.room() > 0);
    assertThat(submitting.room()).isEqualTo(1);
  }

  @Test
  void thePauseIsNoLongerThanTheLongest() throws Exception {
    start("pipeline.redelivery-delay=5m", "pipeline.max-pause=10ms");
    answers(novitaSubmit(), error(502, HTML, Map.of()));

    submit(planned());

    await().until(() -> submitting.room() == 1);
  }

  @Test
  void aGatewayThatKnowsThatNothingWasStartedIsNoLostAnswer() throws Exception {
    start();
    answers(novitaSubmit(), error(503, "CREATE_TASK_FAILED"), ACCEPTED);

    submit(planned());

    assertThat(effects()).containsExactly("txt2img", "txt2img", "record-accepted");
  }

  @Test
  void aResetAfterABadConnectionIsNotRepeated() throws Exception {
    start();
    answers(novitaSubmit(), NOT_REACHED, failure(new SocketException("Connection reset")));

    submit(planned());

    assertThat(effects()).containsExactly("txt2img", "txt2img", "record-unconfirmed", "brake");
    assertThat(failureSeenBy("record-unconfirmed").redeliveries()).isEqualTo(1);
  }

  @Test
  void aBadGatewayAfterABadConnectionIsNotRepeated() throws Exception {
    start();
    answers(novitaSubmit(), NOT_REACHED, error(502, HTML, Map.of()));

    submit(planned());

    assertThat(effects()).containsExactly("txt2img", "txt2img", "record-unconfirmed", "brake");
    assertThat(failureSeenBy("record-unconfirmed").redeliveries()).isEqualTo(1);
  }

  @Test
  void aGatewayThatComesBackCostsOnlyRedeliveries() throws Exception {
    start();
    answers(novitaSubmit(), NOT_REACHED, NOT_REACHED, ACCEPTED);

    submit(planned());

    assertThat(effects()).containsExactly("txt2img", "txt2img", "txt2img", "record-accepted");
  }

  @Test
  void aCallIsRepeatedOnlyWithARenewedLease() throws Exception {
    start();
    answers(novitaSubmit(), NOT_REACHED, ACCEPTED);

    submit(planned());

    assertThat(effectsAndRenewals())
        .containsExactly("txt2img", "renew-lease", "txt2img", "record-accepted");
  }

  @Test
  void theCallSaysUntilWhenTheClaimLasts() throws Exception {
    start();
    answers(novitaSubmit(), ACCEPTED);

    submit(planned(), "5 7");

    assertThat(notAfter(0)).isEqualTo("5 7");
  }

  @Test
  void aRenewedLeaseLastsFromBeforeItsRenewal() throws Exception {
    start("pipeline.lease=1h");
    answers(novitaSubmit(), NOT_REACHED, ACCEPTED);

    submit(planned(), Deadline.in(Duration.ZERO).toString());

    assertThat(endOfClaim(notAfter(1)).minus(Duration.ofHours(1)))
        .isBetween(endOfClaim(notAfter(0)), Instant.now());
    assertThat(seenBy("renew-lease").getProperty("deadline")).isEqualTo(notAfter(1));
  }

  @Test
  void anInstanceThatLostItsLeaseDoesNotRepeatTheCallAndWritesNothing() throws Exception {
    start();
    answers(novitaSubmit(), NOT_REACHED);
    answers(sql("renew-lease"), exchange -> {});

    submit(planned());

    assertThat(effectsAndRenewals()).containsExactly("txt2img", "renew-lease");
    assertThat(submitting.tasks()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"PAUSED", "HALTED", "CANCELLED"})
  void aCallIsNotRepeatedForARunThatDoesNotGoOn(String runState) throws Exception {
    start();
    answers(novitaSubmit(), NOT_REACHED);
    answers(sql("renew-lease"), exchange -> exchange.getMessage().setHeader("runState", runState));

    submit(planned());

    assertThat(effectsAndRenewals())
        .containsExactly("txt2img", "renew-lease", "give-back", "free-permit");
    assertThat(failureSeenBy("give-back").message()).contains(runState);
    assertThat(failureSeenBy("give-back").redeliveries()).isZero();
  }

  @Test
  void everyRedeliverySendsTheSameRequest() throws Exception {
    start();
    List<String> bodies = new ArrayList<>();
    Processor readAndFail =
        exchange -> {
          bodies.add(exchange.getMessage().getBody(String.class));
          NOT_REACHED.process(exchange);
        };
    answers(novitaSubmit(), readAndFail, readAndFail, ACCEPTED);

    submit(planned());

    assertThat(bodies.get(0)).contains("photo of mid thirties");
    assertThat(bodies.get(1)).isEqualTo(bodies.get(0));
    assertThat(novitaSubmit().getReceivedExchanges())
        .extracting(call -> call.getMessage().getHeader("Authorization"))
        .containsExactly("Bearer secret", "Bearer secret", "Bearer secret");
  }

  @Test
  void aGatewayThatStaysAwayGivesTheImageBack() throws Exception {
    start();
    answers(novitaSubmit(), NOT_REACHED);

    submit(planned());

    assertThat(effects()).containsExactly("txt2img", "txt2img", "txt2img", "txt2img", "give-back");
    assertThat(failureSeenBy("give-back"))
        .isEqualTo(
            new Failure("HTTP_522", 522, "Novita answered with HTTP status 522", 3, 0, false));
    assertThat(submitting.room()).as("the next submit is a trial").isEqualTo(1);
  }

  @Test
  void aHostThatCannotBeReachedIsTriedAgain() throws Exception {
    start();
    answers(novitaSubmit(), failure(new UnknownHostException("novita.test")), ACCEPTED);

    submit(planned());

    assertThat(effects()).containsExactly("txt2img", "txt2img", "record-accepted");
  }

  @Test
  void anImageThatIsSetBackForADayWhileOthersGetOnIsADeadLetter() throws Exception {
    start("pipeline.give-up-after=1h");
    answers(novitaSubmit(), NOT_REACHED);
    submitting.beConfident();

    submit(setBack(planned(), 5, Duration.ofHours(2)));

    assertThat(effects()).endsWith("txt2img", "dead-letter");
  }

  @Test
  void anOutageThatOutlastsTheDayCostsNoImage() throws Exception {
    start("pipeline.give-up-after=1h");
    answers(novitaSubmit(), NOT_REACHED);

    submit(setBack(planned(), 5, Duration.ofHours(2)));

    assertThat(effects()).endsWith("txt2img", "give-back");
  }

  @Test
  void anImageThatHasWaitedForADayAndMeetsItsFirstSetbackIsGivenBack() throws Exception {
    start("pipeline.give-up-after=1h");
    answers(novitaSubmit(), NOT_REACHED);
    submitting.beConfident();

    submit(task("age", "30s", null, Instant.now().minus(Duration.ofHours(2)), null));

    assertThat(effects()).endsWith("txt2img", "give-back");
  }

  @Test
  void anImageThatIsSetBackForLessThanADayIsGivenBack() throws Exception {
    start("pipeline.give-up-after=3h");
    answers(novitaSubmit(), NOT_REACHED);
    submitting.beConfident();

    submit(setBack(planned(), 5, Duration.ofHours(2)));

    assertThat(effects()).endsWith("txt2img", "give-back");
  }

  /**
   * The third turn in a row that fails is the image's own fault, or the second while others get on.
   */
  @ParameterizedTest
  @CsvSource({
    "0, false, give-back",
    "1, false, give-back",
    "1, true, dead-letter",
    "2, false, dead-letter"
  })
  void anImageThatNovitaCannotStartIsADeadLetterAfterSomeTurns(
      int setbacks, boolean others, String end) throws Exception {
    start();
    answers(novitaSubmit(), error(500, "CREATE_TASK_FAILED"));
    if (others) {
      submitting.beConfident();
    }

    submit(setbacks == 0 ? planned() : setBack(planned(), setbacks, Duration.ofMinutes(1)));

    assertThat(effects()).containsExactly("txt2img", "txt2img", "txt2img", "txt2img", end);
    assertThat(failureSeenBy(end).reason()).isEqualTo("CREATE_TASK_FAILED");
    assertThat(failureSeenBy(end).redeliveries()).isEqualTo(3);
    assertThat(effectsAndRenewals()).endsWith("free-permit");
  }

  /** The delay is computed for the last failure too, so the test need not wait for it. */
  @Test
  void thePauseThatNovitaAsksForIsKept() throws Exception {
    start("pipeline.max-redelivery-delay=60s");
    Processor busy = error(429, "RATE_LIMIT_EXCEEDED");
    answers(novitaSubmit(), busy, busy, busy, error(429, "", Map.of("retry-after", "7")));

    submit(planned());

    assertThat(delaySeenBy("give-back")).isEqualTo(7000);
    assertThat(failureSeenBy("give-back").pauseSeconds()).isEqualTo(7);
  }

  @Test
  void aLongPauseIsWaitedForInTheLedgerAndClamped() throws Exception {
    start("pipeline.max-redelivery-delay=20ms", "pipeline.max-pause=2m");
    answers(novitaSubmit(), error(429, "", Map.of("Retry-After", "3600")));

    submit(planned());

    assertThat(effects()).containsExactly("txt2img", "give-back");
    assertThat(failureSeenBy("give-back").pauseSeconds()).isEqualTo(120);
  }

  @Test
  void withoutARequestFromNovitaThePauseDoublesWithJitter() throws Exception {
    start("pipeline.max-redelivery-delay=60s");
    answers(novitaSubmit(), error(429, "RATE_LIMIT_EXCEEDED"));

    submit(planned());

    // the fourth pause, if there were one: 1 ms doubled three times, give or take a quarter
    assertThat(delaySeenBy("give-back")).isBetween(6L, 10L);
  }

  @Test
  void whileTheDatabaseIsAwayThePaidIdIsTriedAgainAndNothingIsPaidTwice() throws Exception {
    start();
    answers(novitaSubmit(), ACCEPTED);
    answers(sql("record-accepted"), databaseAway(), databaseAway(), exchange -> {});

    Exchange done = submit(planned());

    assertThat(effects())
        .containsExactly(
            "txt2img", "record-accepted", "file", "record-accepted", "record-accepted");
    assertThat(acceptedSeenBy("record-accepted").providerTaskId()).isEqualTo("task-1");
    assertThat(done.getException()).isNull();
  }

  @Test
  void whileTheDatabaseIsAwayThePaidIdStandsInAFileAtOnce() throws Exception {
    start();
    answers(novitaSubmit(), ACCEPTED);
    Task task = attempt(planned(), 2);
    List<Path> files = new ArrayList<>();
    answers(
        sql("record-accepted"),
        databaseAway(),
        exchange -> {
          try (Stream<Path> spooled = Files.list(spool)) {
            spooled.forEach(files::add);
          }
        });

    submit(task);

    assertThat(files)
        .singleElement()
        .satisfies(
            file -> {
              assertThat(file).hasFileName(task.id() + "-task-1.json");
              assertThat(new ObjectMapper().readValue(file.toFile(), PaidTask.class))
                  .isEqualTo(new PaidTask(task.id(), 2, "task-1"));
            });
    assertThat(seenBy("record-accepted").getProperty("accepted"))
        .isEqualTo(new PaidTask(task.id(), 2, "task-1"));
  }

  @Test
  void aPaidIdThatNoFileTakesEitherIsTriedAgainAllTheSame() throws Exception {
    Path noFolder = Files.createFile(spool.resolve("file"));
    start("novita.webhook-spool=" + noFolder);
    answers(novitaSubmit(), ACCEPTED);
    answers(sql("record-accepted"), databaseAway(), databaseAway(), databaseAway(), exchange -> {});
    List<String> lines = logLines();

    Exchange done = submit(planned());

    assertThat(effects())
        .containsExactly(
            "txt2img",
            "record-accepted",
            "file",
            "record-accepted",
            "record-accepted",
            "file",
            "record-accepted");
    assertThat(done.getException()).isNull();
    assertThat(lines)
        .anySatisfy(
            line -> assertThat(line).startsWith("Task task-1 of age/30s/realistic is paid and"));
  }

  @Test
  void aPaidIdThatIsAnothersForAMomentIsTriedAgain() throws Exception {
    start();
    answers(novitaSubmit(), ACCEPTED);
    Processor duplicate = failure(new DuplicateKeyException("provider_task_id"));
    answers(sql("record-accepted"), duplicate, duplicate, duplicate, exchange -> {});

    submit(planned());

    assertThat(effects())
        .containsExactly(
            "txt2img",
            "record-accepted",
            "file",
            "record-accepted",
            "record-accepted",
            "file",
            "record-accepted");
  }

  @Test
  void anAnswerTheLedgerRefusesIsNotSubmittedAgain() throws Exception {
    start();
    answers(novitaSubmit(), ACCEPTED);
    answers(sql("record-accepted"), failure(new DataIntegrityViolationException("no")));
    Task task = planned();

    submit(task);

    assertThat(effects()).containsExactly("txt2img", "record-accepted", "file", "record-accepted");
    assertThat(spool).as("the id is kept").isNotEmptyDirectory();
  }

  @Test
  void anImageWhosePriceHasChangedIsPaidForWhereItsRunHasRoom() throws Exception {
    start("novita.price-usd=0.02");
    answers(novitaSubmit(), ACCEPTED);
    answers(sql("reprice-task"), updated(1));
    Task task = planned();

    submit(task);

    assertThat(effects()).containsExactly("reprice-task", "txt2img", "record-accepted");
    assertThat(seenBy("reprice-task").getProperty("task")).isEqualTo(task);
    assertThat(novitaSubmit().getReceivedExchanges().get(0).getMessage().getBody(String.class))
        .contains("photo of mid thirties");
  }

  @Test
  void anImageThatBecameTooDearForItsRunIsADeadLetterWithoutACall() throws Exception {
    start("novita.price-usd=0.020");
    answers(novitaSubmit(), ACCEPTED);
    answers(sql("reprice-task"), updated(0));
    Task task = planned();
    submitting.add(task);

    submit(task);

    assertThat(effects()).containsExactly("reprice-task", "dead-letter");
    assertThat(failureSeenBy("dead-letter").reason()).isEqualTo("BEYOND_BUDGET");
    assertThat(failureSeenBy("dead-letter").message()).startsWith("An image costs 0.02 USD by now");
    assertThat(submitting.tasks()).isEmpty();
  }

  @Test
  void aPriceIsTheSameHoweverItIsWritten() throws Exception {
    start("novita.price-usd=0.015");
    answers(novitaSubmit(), ACCEPTED);

    submit(planned());

    assertThat(effects()).containsExactly("txt2img", "record-accepted");
  }

  @Test
  void anImageIsNotSubmittedAtAPriceThatIsNotWrittenDown() throws Exception {
    start("novita.price-usd=0.02");
    answers(novitaSubmit(), ACCEPTED);
    answers(sql("reprice-task"), databaseAway(), updated(1));

    submit(planned());

    assertThat(effects())
        .containsExactly("reprice-task", "reprice-task", "txt2img", "record-accepted");
  }

  @Test
  void whileTheDatabaseIsAwayALostAnswerIsNotForgotten() throws Exception {
    start();
    answers(novitaSubmit(), failure(new SocketException("Connection reset")));
    answers(sql("record-unconfirmed"), databaseAway(), exchange -> {});

    submit(planned());

    assertThat(effects())
        .containsExactly("txt2img", "record-unconfirmed", "record-unconfirmed", "brake");
  }

  @ParameterizedTest
  @MethodSource("endings")
  void aClaimEndsWithItsExchangeHoweverThatEnds(Processor answer) throws Exception {
    start();
    answers(novitaSubmit(), answer);
    Task task = planned();
    submitting.add(task);

    submit(task);

    assertThat(submitting.tasks()).isEmpty();
  }

  static List<Processor> endings() {
    return List.of(
        ACCEPTED,
        NOT_REACHED,
        error(502, HTML, Map.of()),
        error(400, "ILLEGAL_PROMPT"),
        error(403, "INVALID_API_KEY"),
        failure(new SocketException("Connection reset")));
  }

  @Test
  void aClaimEndsEvenWhenTheOutcomeCannotBeWrittenDown() throws Exception {
    start();
    answers(novitaSubmit(), error(400, "ILLEGAL_PROMPT"));
    answers(sql("dead-letter"), failure(new DataIntegrityViolationException("no")));
    Task task = planned();
    submitting.add(task);

    submit(task);

    assertThat(submitting.tasks()).isEmpty();
  }

  @Test
  void aSuccessRestoresConfidence() throws Exception {
    start();
    answers(novitaSubmit(), ACCEPTED);
    submitting.beCautious();

    submit(planned());

    assertThat(submitting.room()).isEqualTo(10);
  }

  @Test
  void soDoesARefusalThatConcernsOneImage() throws Exception {
    start();
    answers(novitaSubmit(), error(400, "ILLEGAL_PROMPT"));
    submitting.beCautious();

    submit(planned());

    assertThat(submitting.room()).isEqualTo(10);
  }

  @Test
  void claimedImagesAreRememberedAndQueued() throws Exception {
    start();
    Task first = planned();
    Task second = planned();
    answers(sql("claim-planned"), body(List.of(row(first), row(second))));

    template.sendBody("direct:submit-claim", null);

    assertThat(seenBy("claim-planned").getMessage().getHeader("batch")).isEqualTo(10);
    assertThat(queued().getReceivedExchanges())
        .extracting(exchange -> exchange.getMessage().getBody(Task.class).id())
        .containsExactly(first.id(), second.id());
    assertThat(submitting.tasks()).containsExactlyInAnyOrder(first.id(), second.id());
  }

  @Test
  void aClaimLastsFromBeforeItsStatement() throws Exception {
    start("pipeline.lease=1h");
    Instant before = Instant.ofEpochMilli(System.currentTimeMillis());
    List<String> ends = new ArrayList<>();
    answers(
        sql("claim-planned"),
        exchange -> {
          ends.add(exchange.getProperty("deadline", String.class));
          exchange.getMessage().setBody(List.of(row(planned())));
        });

    template.sendBody("direct:submit-claim", null);

    assertThat(endOfClaim(ends.get(0)).minus(Duration.ofHours(1))).isBetween(before, Instant.now());
    assertThat(queued().getReceivedExchanges().get(0).getProperty("deadline"))
        .isEqualTo(ends.get(0));
  }

  @Test
  void nothingIsClaimedWithoutRoom() throws Exception {
    start();
    for (int i = 0; i < 10; i++) {
      submitting.add(planned());
    }

    template.sendBody("direct:submit-claim", null);

    assertThat(effects()).isEmpty();
  }

  @Test
  void aClaimThatFailsIsTheNextTicksBusiness() throws Exception {
    start();
    answers(sql("claim-planned"), databaseAway(), body(List.of()));

    template.sendBody("direct:submit-claim", null);
    template.sendBody("direct:submit-claim", null);

    assertThat(effects()).containsExactly("claim-planned", "claim-planned");
  }

  @Test
  void permitsArePreparedEvenIfTheDatabaseComesLate() throws Exception {
    start();
    answers(sql("prepare-permits"), databaseAway(), exchange -> {});

    template.sendBody("direct:prepare-permits", null);

    assertThat(effects()).containsExactly("prepare-permits", "prepare-permits");
  }

  private Exchange submit(Task task) {
    return submit(task, Deadline.in(Duration.ofHours(1)).toString());
  }

  private Exchange submit(Task task, String deadline) {
    return template.send(
        "direct:submit",
        exchange -> {
          exchange.setProperty("deadline", deadline);
          exchange.getMessage().setBody(task);
        });
  }

  private PaidTask acceptedSeenBy(String statement) {
    return seenBy(statement).getProperty("accepted", PaidTask.class);
  }

  private String notAfter(int call) {
    Exchange request = novitaSubmit().getReceivedExchanges().get(call);
    return request.getMessage().getHeader(GuardedHttpClient.NOT_AFTER, String.class);
  }

  /** The time of the second of the clocks. */
  private static Instant endOfClaim(String deadline) {
    return Instant.ofEpochMilli(Long.parseLong(deadline.split(" ")[1]));
  }

  private MockEndpoint novitaSubmit() {
    return getMockEndpoint("mock:http:submit-txt2img");
  }

  private MockEndpoint queued() {
    return getMockEndpoint("mock:seda:submit");
  }

  private long delaySeenBy(String statement) {
    return Objects.requireNonNull(
        seenBy(statement).getMessage().getHeader("CamelRedeliveryDelay", Long.class));
  }
}
