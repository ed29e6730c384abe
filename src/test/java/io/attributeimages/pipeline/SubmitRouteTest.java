package io.attributeimages.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.attributeimages.ledger.Task;
import io.attributeimages.novita.SubmitAnswer;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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

class SubmitRouteTest extends RouteTest {

  private static final Processor ACCEPTED = body("{\"task_id\":\"task-1\"}");
  private static final Processor BAD_GATEWAY = error(502, HTML, Map.of());

  @Test
  void aSubmitIsOneCallWhoseTaskIdIsWrittenDown() throws Exception {
    start();
    answers(novitaSubmit(), ACCEPTED);

    submit(planned());

    assertThat(effects()).containsExactly("txt2img", "record-accepted");
    assertThat(seenBy("record-accepted").getMessage().getBody(SubmitAnswer.class).taskId())
        .isEqualTo("task-1");
  }

  @Test
  void theRequestIsWhatNovitaDocuments() throws Exception {
    start();
    answers(novitaSubmit(), ACCEPTED);

    submit(planned());

    Exchange request = novitaSubmit().getReceivedExchanges().get(0);
    assertThat(request.getMessage().getHeaders())
        .containsOnlyKeys("Authorization", Exchange.CONTENT_TYPE)
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
                                 "steps": 30, "seed": -1, "sampler_name": "Euler a", "guidance_scale": 7.5}}
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
    "400, BILLING_BALANCE_NOT_ENOUGH"
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
  @MethodSource("lostAnswers")
  void aLostAnswerIsNeverFollowedByAnotherSubmit(Exception lost) throws Exception {
    start();
    answers(novitaSubmit(), failure(lost));

    submit(planned());

    assertThat(effects()).containsExactly("txt2img", "record-unconfirmed");
    assertThat(failureSeenBy("record-unconfirmed").reason()).isEqualTo("ANSWER_LOST");
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
        "<html>"
      })
  void anAnswerWithoutATaskIdMayStillHaveBeenPaidFor(String answer) throws Exception {
    start();
    answers(novitaSubmit(), body(answer));

    submit(planned());

    assertThat(effects()).containsExactly("txt2img", "record-unconfirmed");
  }

  @Test
  void aResetAfterABadGatewayIsNotRepeated() throws Exception {
    start();
    answers(novitaSubmit(), BAD_GATEWAY, failure(new SocketException("Connection reset")));

    submit(planned());

    assertThat(effects()).containsExactly("txt2img", "txt2img", "record-unconfirmed");
    assertThat(failureSeenBy("record-unconfirmed").redeliveries()).isEqualTo(1);
  }

  @Test
  void aGatewayThatComesBackCostsOnlyRedeliveries() throws Exception {
    start();
    answers(novitaSubmit(), BAD_GATEWAY, BAD_GATEWAY, ACCEPTED);

    submit(planned());

    assertThat(effects()).containsExactly("txt2img", "txt2img", "txt2img", "record-accepted");
  }

  @Test
  void aCallIsRepeatedOnlyWithARenewedLease() throws Exception {
    start();
    answers(novitaSubmit(), BAD_GATEWAY, ACCEPTED);

    submit(planned());

    assertThat(effectsAndRenewals())
        .containsExactly("txt2img", "renew-lease", "txt2img", "record-accepted");
  }

  @Test
  void anInstanceThatLostItsLeaseDoesNotRepeatTheCallAndWritesNothing() throws Exception {
    start();
    answers(novitaSubmit(), BAD_GATEWAY);
    answers(sql("renew-lease"), exchange -> {});

    submit(planned());

    assertThat(effectsAndRenewals()).containsExactly("txt2img", "renew-lease");
    assertThat(submitting.tasks()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"PAUSED", "HALTED", "CANCELLED"})
  void aCallIsNotRepeatedForARunThatDoesNotGoOn(String runState) throws Exception {
    start();
    answers(novitaSubmit(), BAD_GATEWAY);
    answers(sql("renew-lease"), exchange -> exchange.getMessage().setHeader("runState", runState));

    submit(planned());

    assertThat(effectsAndRenewals()).containsExactly("txt2img", "renew-lease", "give-back");
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
          BAD_GATEWAY.process(exchange);
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
    answers(novitaSubmit(), BAD_GATEWAY);

    submit(planned());

    assertThat(effects()).containsExactly("txt2img", "txt2img", "txt2img", "txt2img", "give-back");
    assertThat(failureSeenBy("give-back"))
        .isEqualTo(
            new Failure("HTTP_502", 502, "Novita answered with HTTP status 502", 3, 0, false));
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
  void anOutageThatOutlastsTheDayIsADeadLetter() throws Exception {
    start("pipeline.give-up-after=1h");
    answers(novitaSubmit(), BAD_GATEWAY);

    submit(task("age", "30s", null, Instant.now().minus(Duration.ofHours(2)), null));

    assertThat(effects()).endsWith("txt2img", "dead-letter");
  }

  @Test
  void anImageThatNovitaCannotStartIsADeadLetterAfterFourCalls() throws Exception {
    start();
    answers(novitaSubmit(), error(500, "CREATE_TASK_FAILED"));

    submit(planned());

    assertThat(effects())
        .containsExactly("txt2img", "txt2img", "txt2img", "txt2img", "dead-letter");
    assertThat(failureSeenBy("dead-letter").reason()).isEqualTo("CREATE_TASK_FAILED");
    assertThat(failureSeenBy("dead-letter").redeliveries()).isEqualTo(3);
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
        .containsExactly("txt2img", "record-accepted", "record-accepted", "record-accepted");
    assertThat(seenBy("record-accepted").getMessage().getBody(SubmitAnswer.class).taskId())
        .isEqualTo("task-1");
    assertThat(done.getException()).isNull();
  }

  @Test
  void anAnswerTheLedgerRefusesIsNotSubmittedAgain() throws Exception {
    start();
    answers(novitaSubmit(), ACCEPTED);
    answers(sql("record-accepted"), failure(new DataIntegrityViolationException("no")));

    submit(planned());

    assertThat(effects()).containsExactly("txt2img", "record-accepted");
  }

  @Test
  void whileTheDatabaseIsAwayALostAnswerIsNotForgotten() throws Exception {
    start();
    answers(novitaSubmit(), failure(new SocketException("Connection reset")));
    answers(sql("record-unconfirmed"), databaseAway(), exchange -> {});

    submit(planned());

    assertThat(effects()).containsExactly("txt2img", "record-unconfirmed", "record-unconfirmed");
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
        BAD_GATEWAY,
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
    return template.send("direct:submit", exchange -> exchange.getMessage().setBody(task));
  }

  private MockEndpoint novitaSubmit() {
    return getMockEndpoint("mock:http:novita.test/v3/async/txt2img");
  }

  private MockEndpoint queued() {
    return getMockEndpoint("mock:seda:submit");
  }

  private long delaySeenBy(String statement) {
    return Objects.requireNonNull(
        seenBy(statement).getMessage().getHeader("CamelRedeliveryDelay", Long.class));
  }
}
