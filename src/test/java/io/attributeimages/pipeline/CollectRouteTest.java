package io.attributeimages.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.attributeimages.ledger.Task;
import io.attributeimages.provider.TaskResult;
import java.net.SocketException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.component.mock.MockEndpoint;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class CollectRouteTest extends RouteTest {

  private static final Processor PROCESSING = body(result("TASK_STATUS_PROCESSING"));
  private static final Processor FAILED = body(result("TASK_STATUS_FAILED"));
  private static final Processor LOST = error(404, "TASK_NOT_FOUND");

  @Test
  void theQuestionNamesTheTaskAndNothingElse() throws Exception {
    start();
    answers(novitaResult(), PROCESSING);

    collect(paid());

    Exchange question = novitaResult().getReceivedExchanges().get(0);
    assertThat(question.getMessage().getHeaders())
        .containsOnlyKeys("Authorization", Exchange.HTTP_URI, Exchange.HTTP_PATH)
        .containsEntry("Authorization", "Bearer secret")
        .containsEntry(Exchange.HTTP_URI, "http://novita.test/v3/async/task-result?task_id=task-1");
    assertThat(question.getMessage().getBody()).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"TASK_STATUS_QUEUED", "TASK_STATUS_PROCESSING", "TASK_STATUS_UNKNOWN"})
  void anUnfinishedTaskIsAskedForAgainLater(String status) throws Exception {
    start();
    answers(novitaResult(), body(result(status)));

    collect(paid());

    assertThat(effects()).containsExactly("task-result", "poll-later");
    assertThat(seenBy("poll-later").getMessage().getHeaders()).isEmpty();
  }

  @Test
  void aFinishedPictureIsStored() throws Exception {
    start();
    answers(novitaResult(), body(result("TASK_STATUS_SUCCEED")));
    MockEndpoint store = storeInstead();

    collect(paid());

    TaskResult result = store.getReceivedExchanges().get(0).getMessage().getBody(TaskResult.class);
    assertThat(result.imageUrl()).isEqualTo("https://pictures.test/1?signature=a%2Fb");
    assertThat(result.seed()).isEqualTo(5_000_000_000L);
    assertThat(store.getReceivedExchanges().get(0).getMessage().getHeaders()).isEmpty();
    assertThat(effects()).containsExactly("task-result");
  }

  @Test
  void aFailedTaskIsSubmittedAnew() throws Exception {
    start();
    answers(novitaResult(), FAILED);
    answers(sql("resubmit-failed"), updated(1));

    collect(paid());

    assertThat(effects()).containsExactly("task-result", "resubmit-failed", "brake");
    assertThat(seenBy("brake").getProperty("brake")).isEqualTo("PICTURE");
    assertThat(failureSeenBy("resubmit-failed"))
        .isEqualTo(
            Failure.ofLostTask(
                "TASK_STATUS_FAILED", null, "The image could not be made: out of memory"));
  }

  @Test
  void aFailedTaskWithoutAttemptsLeftIsADeadLetter() throws Exception {
    start();
    answers(novitaResult(), FAILED);
    answers(sql("resubmit-failed"), updated(0));

    collect(paid());

    assertThat(effects()).containsExactly("task-result", "resubmit-failed", "dead-letter", "brake");
    assertThat(seenBy("brake").getProperty("brake")).isEqualTo("PICTURE");
    assertThat(failureSeenBy("dead-letter").lost()).isTrue();
  }

  @Test
  void aTaskThatNovitaDoesNotFinishIsADeadLetterThatCanBeReplayed() throws Exception {
    start("novita.task-timeout=10m");
    answers(novitaResult(), PROCESSING);

    collect(paidSince(Duration.ofMinutes(11)));

    assertThat(effects()).containsExactly("task-result", "dead-letter", "brake");
    assertThat(failureSeenBy("dead-letter").reason()).isEqualTo("TASK_TIMEOUT");
    assertThat(failureSeenBy("dead-letter").lost()).isFalse();
  }

  @Test
  void aTaskWithinItsTimeIsNoDeadLetter() throws Exception {
    start("novita.task-timeout=10m");
    answers(novitaResult(), PROCESSING);

    collect(paidSince(Duration.ofMinutes(9)));

    assertThat(effects()).containsExactly("task-result", "poll-later");
  }

  @Test
  void aLateButFinishedPictureIsStoredAllTheSame() throws Exception {
    start("novita.task-timeout=10m");
    answers(novitaResult(), body(result("TASK_STATUS_SUCCEED")));
    MockEndpoint store = storeInstead();

    collect(paidSince(Duration.ofMinutes(11)));

    assertThat(store.getReceivedCounter()).isEqualTo(1);
    assertThat(effects()).containsExactly("task-result");
  }

  @Test
  void aTaskIsGivenUpAsLostOnlyWhenNovitaInsists() throws Exception {
    start("novita.unconfirmed-grace=2m");
    answers(novitaResult(), LOST);

    collect(paidSince(Duration.ofMinutes(3)));

    assertThat(effects())
        .containsExactly(
            "task-result", "task-result", "task-result", "task-result", "dead-letter", "brake");
    assertThat(failureSeenBy("dead-letter").reason()).isEqualTo("TASK_NOT_FOUND");
    assertThat(failureSeenBy("dead-letter").lost()).isTrue();
    assertThat(failureSeenBy("dead-letter").message()).contains("lost");
  }

  @Test
  void aTaskThatNovitaHasJustAcceptedMayBeUnknownToItForAWhile() throws Exception {
    start("novita.unconfirmed-grace=2m");
    answers(novitaResult(), LOST);

    collect(paidSince(Duration.ofMinutes(1)));

    assertThat(effects())
        .containsExactly(
            "task-result", "task-result", "task-result", "task-result", "collect-later");
    assertThat(failureSeenBy("collect-later"))
        .isEqualTo(Failure.of("TASK_NOT_FOUND", "Its host does not know the task, or not yet"));
  }

  @Test
  void aTaskThatIsNotFoundForAMomentIsNotLost() throws Exception {
    start();
    answers(novitaResult(), LOST, PROCESSING);

    collect(paid());

    assertThat(effects()).containsExactly("task-result", "task-result", "poll-later");
  }

  @Test
  void aTaskThatIsNotFoundAmongOtherTroubleIsNotLost() throws Exception {
    start();
    answers(novitaResult(), LOST, LOST, error(502, HTML, Map.of()), LOST);

    collect(paidSince(Duration.ofHours(1)));

    assertThat(effects()).endsWith("task-result", "collect-later");
    assertThat(failureSeenBy("collect-later").lost()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "403, INVALID_API_KEY",
    "403, ACCESS_DENY",
    "402, NOT_ENOUGH_BALANCE",
    "401, SOMETHING_NEW"
  })
  void aRefusedAccountHaltsTheRunsAndKeepsThePaidTask(int status, String reason) throws Exception {
    start();
    answers(novitaResult(), error(status, reason));

    collect(paid());

    assertThat(effects()).containsExactly("task-result", "halt-runs", "collect-later");
    assertThat(failureSeenBy("collect-later").reason()).isEqualTo(reason);
  }

  @ParameterizedTest
  @MethodSource("troubles")
  void noTroubleWithAQuestionLosesAPaidTask(Processor trouble) throws Exception {
    start();
    answers(novitaResult(), trouble);

    collect(paid());

    assertThat(effects())
        .containsExactly(
            "task-result", "task-result", "task-result", "task-result", "collect-later");
  }

  static List<Processor> troubles() {
    return List.of(
        error(502, HTML, Map.of()),
        error(504, HTML, Map.of()),
        error(301, "", Map.of()),
        error(403, HTML, Map.of()),
        error(404, HTML, Map.of()),
        error(402, "SOMETHING_NEW"),
        error(403, "SOMETHING_NEW"),
        error(500, "GET_RESULT_FAILED"),
        error(429, "RATE_LIMIT_EXCEEDED"),
        error(400, "INVALID_REQUEST_BODY"),
        failure(new SocketException("Connection reset")));
  }

  @Test
  void anAnswerThatIsNoJsonIsAskedForAgainLater() throws Exception {
    start();
    answers(novitaResult(), body(HTML));

    collect(paid());

    assertThat(effects()).contains("collect-later").doesNotContain("dead-letter", "poll-later");
  }

  @ParameterizedTest
  @ValueSource(strings = {"TASK_STATUS_SUCCEED", "TASK_STATUS_FAILED", "TASK_STATUS_QUEUED"})
  void anAnswerAboutAnotherTaskIsNone(String status) throws Exception {
    start();
    answers(novitaResult(), body(result(status).replace("task-1", "task-2")), PROCESSING);

    collect(paid());

    assertThat(effects()).containsExactly("task-result", "task-result", "poll-later");
  }

  @ParameterizedTest
  @CsvSource({"task-2, task task-2", "null, none"})
  void thatOnlyAnswersAboutAnotherTaskComeIsSaid(String other, String said) throws Exception {
    start();
    String id = other.equals("null") ? "null" : "\"" + other + "\"";
    answers(novitaResult(), body(result("TASK_STATUS_FAILED").replace("\"task-1\"", id)));

    collect(paid());

    assertThat(effects())
        .containsExactly(
            "task-result", "task-result", "task-result", "task-result", "collect-later");
    assertThat(failureSeenBy("collect-later"))
        .isEqualTo(
            new Failure(
                "UNREADABLE_ANSWER",
                null,
                "Novita was asked for task task-1 and answered about " + said,
                3,
                0,
                false));
  }

  @Test
  void answersAboutAnotherTaskForADayAreADeadLetterThatCanBeReplayed() throws Exception {
    start("pipeline.give-up-after=24h");
    answers(novitaResult(), body(result("TASK_STATUS_FAILED").replace("task-1", "task-2")));

    collect(setBack(paid(), 700, Duration.ofHours(25)));

    assertThat(effects()).endsWith("task-result", "dead-letter", "brake");
    assertThat(failureSeenBy("dead-letter").lost()).isFalse();
  }

  @Test
  void thePauseThatNovitaAsksForReachesTheLedger() throws Exception {
    start("pipeline.max-redelivery-delay=20ms");
    answers(novitaResult(), error(429, "", Map.of("Retry-After", "30")));

    collect(paid());

    assertThat(failureSeenBy("collect-later").pauseSeconds()).isEqualTo(30);
  }

  @Test
  void aPaidTaskThatCannotBeFetchedForADayIsADeadLetterThatCanBeReplayed() throws Exception {
    start("pipeline.give-up-after=24h");
    answers(novitaResult(), error(502, HTML, Map.of()));

    collect(setBack(paid(), 700, Duration.ofHours(25)));

    assertThat(effects()).endsWith("task-result", "dead-letter", "brake");
    assertThat(failureSeenBy("dead-letter").lost()).isFalse();
  }

  @Test
  void aPaidTaskThatMeetsItsFirstSetbackLateIsCollectedAgain() throws Exception {
    start("pipeline.give-up-after=24h");
    answers(novitaResult(), error(502, HTML, Map.of()));

    collect(paidSince(Duration.ofHours(25)));

    assertThat(effects()).endsWith("task-result", "collect-later");
  }

  @Test
  void theFirstSetbackOfAPaidTaskIsNoReasonToBrake() throws Exception {
    start();
    answers(novitaResult(), error(502, HTML, Map.of()));

    collect(paid());

    assertThat(effects()).endsWith("task-result", "collect-later");
  }

  @Test
  void aPaidTaskThatIsSetBackAgainCountsForTheBrake() throws Exception {
    start();
    answers(novitaResult(), error(502, HTML, Map.of()));
    Task task = setBack(paid(), 1, Duration.ofSeconds(2));

    collect(task);

    assertThat(effects()).endsWith("task-result", "collect-later", "brake");
    assertThat(seenBy("brake").getProperty("brake")).isEqualTo("PICTURE");
    assertThat(seenBy("brake").getProperty("task")).isEqualTo(task);
    assertThat(failureSeenBy("brake")).isEqualTo(failureSeenBy("collect-later"));
  }

  @Test
  void aTaskThatIsOnlyNotReadyDoesNotCountForTheBrake() throws Exception {
    start();
    answers(novitaResult(), PROCESSING);

    collect(setBack(paid(), 1, Duration.ofSeconds(2)));

    assertThat(effects()).containsExactly("task-result", "poll-later");
  }

  @Test
  void aBrakeThatTheDatabaseDoesNotTakeCostsNothing() throws Exception {
    start();
    answers(novitaResult(), error(502, HTML, Map.of()));
    answers(sql("brake"), databaseAway());

    Exchange done = collect(setBack(paid(), 1, Duration.ofSeconds(2)));

    assertThat(effects()).endsWith("collect-later", "brake");
    assertThat(done.getException()).isNull();
  }

  @Test
  void theOutcomeIsWrittenDownWhenTheDatabaseIsBack() throws Exception {
    start();
    answers(novitaResult(), error(400, "INVALID_REQUEST_BODY"));
    answers(sql("collect-later"), databaseAway(), exchange -> {});

    collect(paid());

    assertThat(effects()).endsWith("collect-later", "collect-later");
  }

  @Test
  void aDatabaseThatIsAwayLeavesTheTaskToItsLease() throws Exception {
    start();
    answers(novitaResult(), PROCESSING);
    answers(sql("poll-later"), databaseAway());
    answers(sql("collect-later"), databaseAway());

    Exchange done = collect(paid());

    assertThat(effects()).containsExactly("task-result", "poll-later", "collect-later");
    assertThat(done.getException()).isNull();
  }

  @ParameterizedTest
  @MethodSource("endings")
  void aClaimEndsWithItsExchangeHoweverThatEnds(Processor answer) throws Exception {
    start();
    answers(novitaResult(), answer);
    answers(sql("resubmit-failed"), updated(0));
    Task task = paid();
    collecting.add(task);

    collect(task);

    assertThat(collecting.tasks()).isEmpty();
  }

  static List<Processor> endings() {
    return List.of(
        PROCESSING, FAILED, LOST, body(HTML), error(403, "INVALID_API_KEY"), error(502, ""));
  }

  @Test
  void dueTasksAreRememberedAndQueued() throws Exception {
    start();
    Task task = paid();
    collecting.add(paid());
    answers(sql("claim-due"), body(List.of(row(task))));

    template.sendBody("direct:collect-claim", null);

    assertThat(seenBy("claim-due").getMessage().getHeader("batch")).isEqualTo(9);
    List<Exchange> queued = getMockEndpoint("mock:seda:collect").getReceivedExchanges();
    assertThat(queued).hasSize(1);
    assertThat(queued.get(0).getMessage().getBody(Task.class).providerTaskId()).isEqualTo("task-1");
    assertThat(collecting.tasks()).contains(task.id());
  }

  @Test
  void nothingIsClaimedWithoutRoom() throws Exception {
    start();
    for (int i = 0; i < 10; i++) {
      collecting.add(paid());
    }

    template.sendBody("direct:collect-claim", null);

    assertThat(effects()).isEmpty();
  }

  private Exchange collect(Task task) {
    return template.send("direct:collect", exchange -> exchange.getMessage().setBody(task));
  }

  private MockEndpoint novitaResult() {
    return getMockEndpoint("mock:http:result-novita");
  }

  /** Ends the route here: what storing does is another test's. */
  private MockEndpoint storeInstead() throws Exception {
    context.getRouteController().stopRoute("store");
    context.removeRoute("store");
    context.addRoutes(
        new org.apache.camel.builder.RouteBuilder() {
          @Override
          public void configure() {
            from("direct:store").to("mock:store");
          }
        });
    return getMockEndpoint("mock:store");
  }

  private static String result(String status) {
    return """
        {"extra": {"seed": "5000000000"},
         "task": {"task_id": "task-1", "status": "%s", "reason": "out of memory"},
         "images": [{"image_url": "https://pictures.test/1?signature=a%%2Fb", "image_url_ttl": "3600"}]}
        """
        .formatted(status);
  }
}
