package io.attributeimages.e2e;

import static io.attributeimages.support.Services.PRICE;
import static org.assertj.core.api.Assertions.assertThat;

import io.attributeimages.support.Fault;
import io.attributeimages.support.NovitaDouble.Options;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** {@code kill -9} at every step of an image, and what the next start makes of it. */
class CrashIT extends OnServices {

  private static final Options NOT_READY_YET =
      Options.defaults().withImageLatency(Duration.ofHours(1));

  /** Long enough for a webhook to come first, however slow the machine. */
  private static final Map<String, String> PATIENT = Map.of("NOVITA_UNCONFIRMED_GRACE", "90s");

  private static final Map<String, String> IMPATIENT = Map.of("NOVITA_UNCONFIRMED_GRACE", "1s");

  @Override
  Map<String, String> settings() {
    return Map.of(
        "PIPELINE_LEASE",
        "5s",
        "PIPELINE_HEARTBEAT",
        "500ms",
        // the submit that is caught is the only one under way
        "PIPELINE_SUBMIT_CONCURRENCY",
        "1");
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
    AtomicInteger arrivals = new AtomicInteger();
    novita.onSubmit(submit -> arrivals.incrementAndGet() == 3 && stallDatabase(), Fault.none());
    startRun(AGES_IN_ANIME);
    awaitThat(() -> novita.paid() == 3 && novita.inFlight() == 0 && services.database().held() > 0);
    program.kill();
    services.database().cut();

    services.mendWires();
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
    try (Connection connection = services.sql().getDataSource().getConnection();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("LOCK TABLE attribute_images IN ACCESS EXCLUSIVE MODE");
      novita.advance(Duration.ofHours(2));
      awaitThat(() -> services.objects().size() == AGES);
      program.kill();
      // else the server would carry out what the dead program asked for
      statement.execute(
          "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity"
              + " WHERE pid <> pg_backend_pid() AND datname = current_database()");
      connection.rollback();
    }
    assertThat(services.count("attribute_images")).isZero();

    restart(IMPATIENT);
    awaitCompletion();

    assertNothingIsLostOrPaidTwice(AGES);
  }

  private void killBeforeTheAnswer() {
    novita.nextSubmits(Fault.none(), Fault.none(), Fault.neverAnswer());
    startRun(AGES_IN_ANIME);
    awaitThat(() -> novita.paid() == 3);
    program.kill();
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
