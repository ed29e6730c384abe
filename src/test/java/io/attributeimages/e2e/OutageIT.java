package io.attributeimages.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.attributeimages.support.Fault;
import io.attributeimages.support.NovitaDouble.Options;
import io.attributeimages.support.Report;
import io.attributeimages.support.Services.Sums;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Services that go away in the middle of a run and come back. The system property {@code
 * reliability.outage} says for how many seconds, and {@code reliability.away} which, where it is
 * not all of them in turn: {@code store}, for instance, or {@code Novita and store}.
 */
class OutageIT extends OnServices {

  private static final Duration OUTAGE = Duration.ofSeconds(Long.getLong("reliability.outage", 3));

  private static final String AWAY = System.getProperty("reliability.away");

  private static final int A_HANDFUL = 50;

  /** What can go away. */
  enum Service {
    NOVITA("Novita"),
    STORE("store"),
    DATABASE("database");

    private final String label;

    Service(String label) {
      this.label = label;
    }

    @Override
    public String toString() {
      return label;
    }
  }

  @Override
  Map<String, String> settings() {
    return Map.of(
        "PIPELINE_LEASE",
        "5s",
        "PIPELINE_HEARTBEAT",
        "500ms",
        // slow enough for the outage to meet images at every step
        "PIPELINE_SUBMIT_CONCURRENCY",
        "3",
        // the webhook of a submit whose answer the outage swallowed comes after the outage
        "NOVITA_UNCONFIRMED_GRACE",
        OUTAGE.toSeconds() + 20 + "s");
  }

  static Stream<Set<Service>> outages() {
    return Stream.<Set<Service>>of(
            EnumSet.of(Service.NOVITA),
            EnumSet.of(Service.STORE),
            EnumSet.of(Service.DATABASE),
            EnumSet.of(Service.NOVITA, Service.STORE),
            EnumSet.of(Service.NOVITA, Service.DATABASE),
            EnumSet.of(Service.STORE, Service.DATABASE))
        .filter(gone -> AWAY == null || AWAY.equals(names(gone)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("outages")
  void anOutageLosesNothingAndIsSaidInAFewLines(Set<Service> gone) {
    running();
    List<String> before = complaints();
    novita.configure(
        Options.defaults()
            .withSubmitLatency(Duration.ofMillis(300))
            .withImageLatency(Duration.ofSeconds(1)));
    novita.deliverWebhooks(true);
    startRun("{}");
    awaitThat(() -> services.count("ledger.stored_image") >= 5);

    gone.forEach(this::takeAway);
    awaitEndOfOutage();
    bringBack(gone);
    awaitCompletion(OUTAGE.plus(PATIENCE));

    Sums sums = assertNothingIsLostOrPaidTwice(REQUIRED);
    Report.add("%s away for %d s".formatted(names(gone), OUTAGE.toSeconds()), 1, sums, 0);
    List<String> complaints = complaints();
    assertThat(complaints.subList(before.size(), complaints.size()))
        .hasSizeLessThan(A_HANDFUL)
        .noneMatch(line -> line.startsWith("\tat "));
  }

  @Test
  void theProgramStartsWhileTheStoreIsAway() {
    services.store().cut();
    restart(Map.of());
    startRun(AGES_IN_ANIME);
    awaitThat(() -> novita.paid() == AGES);

    services.mendWires();
    awaitCompletion();

    assertNothingIsLostOrPaidTwice(AGES);
  }

  /**
   * An ALTER TABLE, or somebody's open transaction: what waits for it is given up by the database
   * before the program gives it up, so that nothing piles up and no claim commits that nobody
   * knows.
   */
  @Test
  void aTableThatSomebodyHoldsCostsNoConnectionsAndNoClaims() throws Exception {
    running();
    novita.configure(Options.defaults().withSubmitLatency(Duration.ofMillis(300)));
    startRun("{}");
    awaitThat(() -> services.count("ledger.stored_image") >= 3);
    int most = 0;
    try (Connection person = services.sql().getDataSource().getConnection();
        Statement statement = person.createStatement()) {
      person.setAutoCommit(false);
      statement.execute("LOCK TABLE ledger.task IN ACCESS EXCLUSIVE MODE");
      for (int second = 0; second < 23; second++) {
        most =
            Math.max(most, services.count("pg_stat_activity WHERE datname = current_database()"));
        Thread.sleep(1000);
      }
    }
    awaitCompletion();

    assertThat(most).as("a pool of 12, and this test").isLessThanOrEqualTo(12 + 3);
    assertThat(assertNothingIsLostOrPaidTwice(REQUIRED).possibleCost()).isZero();
  }

  /** Novita waits five seconds for an answer, and what it says is written down later. */
  @Test
  void aWebhookIsUnderstoodWhileTheDatabaseHangs() throws Exception {
    restart(Map.of("NOVITA_WEBHOOK_POLL_INTERVAL", "1h"));
    novita.configure(Options.defaults().withImageLatency(Duration.ofHours(1)));
    startRun(AGES_IN_ANIME);
    awaitThat(() -> services.count("ledger.task WHERE state = 'SUBMITTED'") == AGES);
    novita.advance(Duration.ofMinutes(90));

    services.database().stall();
    novita.deliverWebhooks(true);
    awaitThat(() -> novita.webhooks().stream().filter(w -> w.status() == 204).count() == AGES);
    URI webhook = novita.webhooks().get(0).url();
    for (int more = 1; more <= 9; more++) {
      assertThat(tell(webhook, "more-" + more).statusCode()).isEqualTo(204);
    }
    HttpResponse<String> tooMany = tell(webhook, "more-10");
    services.database().flow();

    assertThat(tooMany.statusCode()).isEqualTo(503);
    assertThat(tooMany.headers().firstValue("Retry-After")).hasValue("10");
    awaitCompletion();
    assertNothingIsLostOrPaidTwice(AGES);
    program.kill();
  }

  @Test
  void anExpiredImageUrlIsAskedForAgain() {
    novita.configure(Options.defaults().withUrlTtl(Duration.ZERO));
    startRun(AGES_IN_ANIME);
    awaitThat(
        () -> novita.downloads().stream().filter(call -> call.status() == 403).count() >= AGES);

    novita.configure(Options.defaults());
    awaitCompletion();

    assertNothingIsLostOrPaidTwice(AGES);
  }

  @Test
  void aTaskThatNovitaNoLongerKnowsIsADeadLetterThatSaysTheMoneyIsLost() {
    novita.nextSubmits(Fault.none(), Fault.none(), Fault.taskForgotten());
    startRun(AGES_IN_ANIME);
    awaitCompletion();

    assertThat(
            services
                .sql()
                .queryForList(
                    "SELECT error_message FROM ledger.task WHERE state = 'FAILED'", String.class))
        .singleElement()
        .asString()
        .contains("What was paid for the image is lost");
    assertThat(services.sums().stored()).isEqualTo(AGES - 1);
    assertThat(novita.paid()).isEqualTo(AGES);
  }

  private HttpResponse<String> tell(URI webhook, String providerTaskId) {
    String event =
        "{\"event_type\":\"ASYNC_TASK_RESULT\",\"payload\":{\"task\":{\"task_id\":\"%s\"}}}"
            .formatted(providerTaskId);
    return program.call(
        HttpRequest.newBuilder(webhook).POST(BodyPublishers.ofString(event)).build());
  }

  private void takeAway(Service service) {
    switch (service) {
      case NOVITA -> novita.stop();
      case STORE -> services.store().cut();
      case DATABASE -> services.database().cut();
    }
  }

  /** Novita last: its webhooks find a program that can write down what they say. */
  private void bringBack(Set<Service> gone) {
    services.mendWires();
    if (gone.contains(Service.NOVITA)) {
      awaitThat(() -> program.get("/api/status").statusCode() == 200);
      novita.restart();
    }
  }

  private static void awaitEndOfOutage() {
    long end = System.nanoTime() + OUTAGE.toNanos();
    patiently().atMost(OUTAGE.plus(PATIENCE)).until(() -> System.nanoTime() > end);
  }

  /** Warnings, errors and stack traces in the program's log so far. */
  private List<String> complaints() {
    return program
        .log()
        .lines()
        .filter(line -> line.matches("[-0-9]+ [:,0-9]+ (WARN|WARNING|ERROR|SEVERE) .*|\tat .*"))
        .toList();
  }

  private static String names(Set<Service> gone) {
    return gone.stream().map(Service::toString).collect(Collectors.joining(" and "));
  }
}
