package io.attributeimages.e2e;

import static io.attributeimages.support.Services.PRICE;
import static org.assertj.core.api.Assertions.assertThat;

import io.attributeimages.support.Fault;
import io.attributeimages.support.NovitaDouble;
import io.attributeimages.support.NovitaDouble.Options;
import io.attributeimages.support.Services.Sums;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code kill -9} at every step of an image, and what the next start makes of it. */
class CrashIT extends OnServices {

  private static final Options NOT_READY_YET =
      Options.defaults().withImageLatency(Duration.ofHours(1));

  /** Long enough for a webhook to come first, however slow the machine. */
  private static final Map<String, String> PATIENT = Map.of("NOVITA_UNCONFIRMED_GRACE", "90s");

  private static final Map<String, String> IMPATIENT = Map.of("NOVITA_UNCONFIRMED_GRACE", "1s");

  /** A model that answers with the address of the picture. */
  private static final String URL = "seedream-4.5";

  /** One that answers with the picture itself. */
  private static final String BASE64 = "openai-images";

  @Override
  Map<String, String> settings() {
    return Map.of(
        "OPENAI_BASE_URL",
        novita.baseUrl().toString(),
        "OPENAI_API_KEY",
        NovitaDouble.OPENAI_KEY,
        "PIPELINE_LEASE",
        "5s",
        "PIPELINE_HEARTBEAT",
        "500ms",
        // the submit that is caught is the only one under way
        "PIPELINE_SUBMIT_CONCURRENCY",
        "1");
  }

  /** Each test has a program of its own, as they need different models. */
  @BeforeEach
  void stopTheLastOne() {
    alone();
  }

  @Test
  void asTheSubmitArrivesTheImageIsSubmittedAgain() {
    AtomicInteger arrivals = new AtomicInteger();
    novita.onSubmit(submit -> arrivals.incrementAndGet() == 3 && kill(), Fault.resetBeforeRead());
    startRun(AGES_IN_ANIME);
    awaitThat(() -> !program.isAlive());

    restart(IMPATIENT);
    awaitCompletion();

    assertThat(assertNothingIsLostOrPaidTwice(AGES).possibleCost())
        .as("what cannot be known from here")
        .isEqualByComparingTo(PRICE);
  }

  @Test
  void betweenAcceptanceAndAnswerTheWebhookBringsTheTask() {
    killBeforeTheAnswer();

    restart(PATIENT);
    novita.deliverWebhooks(true);
    awaitCompletion();

    assertThat(assertNothingIsLostOrPaidTwice(AGES).possibleCost()).isZero();
    assertThat(services.count("ledger.permit WHERE task_id IS NOT NULL")).isZero();
  }

  @Test
  void betweenAWebhooksAnswerAndTheLedgerAFileKeepsIt() {
    killBeforeTheAnswer();
    // a claim whose answer is held back would be another image that nobody knows of
    services.sql().update("UPDATE ledger.run SET state = 'PAUSED'");
    restart(PATIENT);
    services.database().stall();
    novita.deliverWebhooks(true);
    awaitThat(() -> novita.webhooks().stream().filter(w -> w.status() == 204).count() == 3);
    program.kill();
    services.database().cut();

    services.mendWires();
    restart(PATIENT);
    services.sql().update("UPDATE ledger.run SET state = 'RUNNING'");
    awaitCompletion();

    assertThat(assertNothingIsLostOrPaidTwice(AGES).possibleCost()).isZero();
  }

  @Test
  void betweenAcceptanceAndAnswerWithoutWebhookTheLedgerSaysThatItMayBePaidTwice() {
    killBeforeTheAnswer();

    restart(IMPATIENT);
    awaitCompletion();

    assertThat(assertNothingIsLost(AGES).possibleCost()).isEqualByComparingTo(PRICE);
    assertThat(novita.paid()).isEqualTo(AGES + 1);
  }

  @Test
  void betweenAnswerAndLedgerTheWebhookBringsTheTask() {
    killBetweenAnswerAndLedger();

    restart(PATIENT);
    novita.deliverWebhooks(true);
    awaitCompletion();

    assertThat(assertNothingIsLostOrPaidTwice(AGES).possibleCost()).isZero();
  }

  @Test
  void afterTheAnswerThePictureIsCollected() {
    submitAll();
    program.kill();

    novita.advance(Duration.ofHours(2));
    restart(IMPATIENT);
    awaitCompletion();

    assertNothingIsLostOrPaidTwice(AGES);
  }

  @Test
  void duringAQuestionItIsAskedAgain() {
    submitAll();
    novita.onPoll(task -> true, Fault.neverAnswer());
    awaitThat(() -> novita.inFlight() > 0);
    program.kill();

    novita.clearFaults();
    novita.advance(Duration.ofHours(2));
    restart(IMPATIENT);
    awaitCompletion();

    assertNothingIsLostOrPaidTwice(AGES);
  }

  @Test
  void duringADownloadItIsDownloadedAgain() {
    novita.onDownload(task -> true, Fault.neverAnswer());
    startRun(AGES_IN_ANIME);
    awaitThat(() -> novita.paid() == AGES && !novita.downloads().isEmpty());
    awaitAllAnswersWrittenDown();
    program.kill();

    novita.clearFaults();
    restart(IMPATIENT);
    awaitCompletion();

    assertNothingIsLostOrPaidTwice(AGES);
  }

  @Test
  void duringAnUploadItIsUploadedAgain() {
    running();
    services.store().stall();
    startRun(AGES_IN_ANIME);
    awaitAllAnswersWrittenDown();
    awaitThat(() -> services.store().held() > 0);
    program.kill();
    services.store().cut();

    services.mendWires();
    restart(IMPATIENT);
    awaitCompletion();

    assertNothingIsLostOrPaidTwice(AGES);
  }

  @Test
  void betweenUploadAndRowTheObjectIsOverwritten() throws SQLException {
    submitAll();
    killBeforeTheRows(() -> novita.advance(Duration.ofHours(2)), AGES);

    restart(IMPATIENT);
    awaitCompletion();

    assertNothingIsLostOrPaidTwice(AGES);
  }

  // ----------------------------------------------------- a call that answers with the picture

  @ParameterizedTest
  @ValueSource(strings = {URL, BASE64})
  void asTheCallForAPictureArrivesItIsMadeAgain(String model) {
    restart(of(model));
    AtomicInteger arrivals = new AtomicInteger();
    novita.onSubmit(submit -> arrivals.incrementAndGet() == 3 && kill(), Fault.resetBeforeRead());
    startRun(AGES_IN_ANIME);
    awaitThat(() -> !program.isAlive());

    restart(of(model));
    awaitCompletion();

    assertThat(assertNothingIsLostOrPaidTwice(AGES).possibleCost()).isEqualByComparingTo(PRICE);
  }

  @ParameterizedTest
  @ValueSource(strings = {URL, BASE64})
  void betweenAcceptanceAndPictureTheLedgerSaysThatItMayBePaidTwice(String model) {
    restart(of(model));
    killBeforeTheAnswer();

    restart(of(model));
    awaitCompletion();

    assertThat(assertNothingIsLost(AGES).possibleCost()).isEqualByComparingTo(PRICE);
    assertThat(novita.paid()).isEqualTo(AGES + 1);
  }

  @ParameterizedTest
  @ValueSource(strings = {URL, BASE64})
  void betweenPictureAndLedgerTheLedgerSaysThatItMayBePaidTwice(String model) {
    restart(of(model));
    killBetweenAnswerAndLedger();

    restart(of(model));
    awaitCompletion();

    assertThat(assertNothingIsLost(AGES).possibleCost()).isEqualByComparingTo(PRICE);
    assertThat(novita.paid()).isEqualTo(AGES + 1);
  }

  @Test
  void betweenLedgerAndDownloadThePictureIsFetched() {
    restart(of(URL));
    novita.onDownload(picture -> true, Fault.neverAnswer());
    startRun(AGES_IN_ANIME);
    awaitThat(() -> !novita.downloads().isEmpty());
    awaitAllAnswersWrittenDown();
    program.kill();

    novita.clearFaults();
    restart(of(URL));
    awaitCompletion();

    assertThat(assertNothingIsLostOrPaidTwice(AGES).possibleCost()).isZero();
  }

  /** A picture that nobody else has is lost with the program: the ledger knows that it is paid. */
  @Test
  void betweenLedgerAndBucketThePictureIsLostAndMadeAgain() {
    restart(of(BASE64));
    services.store().stall();
    startRun(AGES_IN_ANIME);
    awaitThat(
        () ->
            services.store().held() > 0
                && services.count("ledger.task WHERE provider_task_id IS NOT NULL") == 1);
    program.kill();
    services.store().cut();

    services.mendWires();
    restart(of(BASE64));
    awaitCompletion();

    Sums sums = assertNothingIsLost(AGES);
    assertThat(sums.possibleCost()).isZero();
    assertThat(sums.lost()).isEqualTo(1);
    assertThat(sums.paid()).isEqualTo(AGES + 1);
  }

  @ParameterizedTest
  @ValueSource(strings = {URL, BASE64})
  void betweenTheUploadsAndTheRowTheObjectsAreOverwritten(String model) throws SQLException {
    restart(of(model));
    // the first one is not stored before its row is locked
    novita.configure(Options.defaults().withSubmitLatency(Duration.ofSeconds(1)));
    startRun(AGES_IN_ANIME);
    awaitThat(() -> services.count("ledger.task") == AGES);
    killBeforeTheRows(() -> {}, 2 * AGES);

    restart(of(model));
    awaitCompletion();

    assertThat(assertNothingIsLostOrPaidTwice(AGES).possibleCost()).isZero();
  }

  private static Map<String, String> of(String model) {
    Map<String, String> settings = new HashMap<>(IMPATIENT);
    settings.put("NOVITA_MODEL", model);
    return settings;
  }

  private void killBeforeTheAnswer() {
    novita.nextSubmits(Fault.none(), Fault.none(), Fault.neverAnswer());
    startRun(AGES_IN_ANIME);
    awaitThat(() -> novita.paid() == 3);
    program.kill();
  }

  /** Once so many objects are in the bucket. */
  private void killBeforeTheRows(Runnable work, int objects) throws SQLException {
    try (Connection connection = services.sql().getDataSource().getConnection();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("LOCK TABLE attribute_images IN ACCESS EXCLUSIVE MODE");
      work.run();
      awaitThat(() -> services.objects().size() == objects);
      program.kill();
      // else the server would carry out what the dead program asked for
      statement.execute(
          "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity"
              + " WHERE pid <> pg_backend_pid() AND datname = current_database()");
      connection.rollback();
    }
    assertThat(services.count("attribute_images")).isZero();
  }

  private void killBetweenAnswerAndLedger() {
    AtomicInteger arrivals = new AtomicInteger();
    novita.onSubmit(submit -> arrivals.incrementAndGet() == 3 && stallDatabase(), Fault.none());
    startRun(AGES_IN_ANIME);
    awaitThat(() -> novita.paid() == 3 && novita.inFlight() == 0 && services.database().held() > 0);
    program.kill();
    services.database().cut();
    services.mendWires();
  }

  private void submitAll() {
    novita.configure(NOT_READY_YET);
    startRun(AGES_IN_ANIME);
    awaitAllAnswersWrittenDown();
  }

  private void awaitAllAnswersWrittenDown() {
    awaitThat(() -> services.count("ledger.task WHERE provider_task_id IS NOT NULL") == AGES);
  }

  private boolean kill() {
    program.kill();
    return true;
  }

  private boolean stallDatabase() {
    services.database().stall();
    return true;
  }
}
