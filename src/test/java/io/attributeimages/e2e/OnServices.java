package io.attributeimages.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.attributeimages.support.NovitaDouble;
import io.attributeimages.support.Program;
import io.attributeimages.support.Services;
import io.attributeimages.support.Services.Sums;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the tests share that attack the packaged program: services of their own for each class, one
 * program on a fixed address that webhooks reach, which goes on from test to test, and what must
 * hold in the end whatever happened.
 */
@TestInstance(Lifecycle.PER_CLASS)
abstract class OnServices {

  /** What the built-in catalogue requires, covers included. */
  static final int REQUIRED = 44;

  /** A run of seven images. */
  static final String AGES_IN_ANIME = "{\"category\":\"age\",\"style\":\"anime\"}";

  static final int AGES = 7;

  /** Generous: nothing here is about speed. */
  static final Duration PATIENCE = Duration.ofSeconds(120);

  private final int port = Program.freePort();
  private Path directory;

  Services services;
  NovitaDouble novita;
  Program program;

  @BeforeAll
  void startServices(@TempDir Path services, @TempDir Path directory) {
    this.services = ownPostgres() ? Services.startWithPostgres(services) : Services.start(services);
    this.novita = this.services.novita();
    this.directory = directory;
  }

  @AfterAll
  void stopServices() {
    alone();
    services.close();
  }

  @BeforeEach
  void empty() {
    services.clear();
  }

  /** A program that has not finished its work does not go on into the next test. */
  @AfterEach
  void endUnfinished() {
    if (program != null && !services.openWork().isEmpty()) {
      program.kill();
    }
  }

  /** The settings of this class's program, beyond where its services are. */
  abstract Map<String, String> settings();

  /** Whether the class changes the database's server, which others share. */
  boolean ownPostgres() {
    return false;
  }

  /** The program, started where it does not run. */
  Program running() {
    if (program == null || !program.isAlive()) {
      restart(Map.of());
    }
    return program;
  }

  /** Starts the program anew, at its address, with these settings above the class's. */
  void restart(Map<String, String> more) {
    alone();
    program = Program.startOn(port, directory, settings(more)).awaitAnswer();
  }

  /** Starts another program beside it. */
  Program startAnother(Map<String, String> more) {
    return Program.start(directory, settings(more));
  }

  private Map<String, String> settings(Map<String, String> more) {
    Map<String, String> all = services.settings();
    all.put("NOVITA_WEBHOOK_URL", "http://127.0.0.1:" + port);
    all.put("NOVITA_POLL_INTERVAL", "200ms");
    all.put("NOVITA_WEBHOOK_POLL_INTERVAL", "200ms");
    all.put("PIPELINE_REDELIVERY_DELAY", "100ms");
    all.put("PIPELINE_MAX_PAUSE", "2s");
    all.putAll(settings());
    all.putAll(more);
    return all;
  }

  /** Stops the program that the tests share, which would do a part of the work. */
  void alone() {
    if (program != null) {
      program.kill();
    }
  }

  /** How many paid tasks stand in files, as the database did not take them. */
  int spooled() {
    String[] files =
        directory.resolve("data/webhooks").toFile().list((folder, name) -> name.matches("\\w.*"));
    return files == null ? 0 : files.length;
  }

  /** Asks for a run. */
  void startRun(String request) {
    assertThat(running().post("/api/runs", request).statusCode()).isEqualTo(202);
  }

  /** Whether all that the account may submit in a minute is under way, or was a moment ago. */
  boolean noPermitIsFree(int limit) {
    return services.count(
            "ledger.permit WHERE model = 'txt2img' AND free_at <= now() AND slot <= " + limit)
        == 0;
  }

  static ConditionFactory patiently() {
    return await().atMost(PATIENCE).pollInterval(Duration.ofMillis(50));
  }

  static void awaitThat(Callable<Boolean> condition) {
    patiently().until(condition);
  }

  /**
   * Waits until the ledger knows of all that Novita accepted. What is in doubt then never reached
   * it and would wait for a webhook in vain: its grace passes at once.
   */
  void letTheGracePass() {
    awaitThat(this::onlyDoubtIsLeft);
    services
        .sql()
        .update("UPDATE ledger.task SET unconfirmed_at = unconfirmed_at - interval '1 day'");
  }

  /** Whether the ledger knows of all that Novita accepted, and nothing is open but lost answers. */
  boolean onlyDoubtIsLeft() {
    Sums sums = services.sums();
    return sums.paid()
            == services.count("ledger.task WHERE provider_task_id IS NOT NULL") + sums.lost()
        && services.openWork().stream()
            .allMatch(open -> open.startsWith("run") || open.contains("UNCONFIRMED"));
  }

  /** Waits until all runs are complete and nothing is left to do. */
  void awaitCompletion() {
    awaitCompletion(PATIENCE);
  }

  /** The same, at most that long. */
  void awaitCompletion(Duration atMost) {
    patiently()
        .atMost(atMost)
        .pollInterval(Duration.ofMillis(200))
        .untilAsserted(() -> assertThat(services.openWork()).as("open work").isEmpty());
  }

  /**
   * What holds after every attack: each of so many images is there, row and object, nothing lies
   * about, and the ledger says what was paid, or may have been.
   */
  Sums assertNothingIsLost(int images) {
    Sums sums = services.sums();
    assertThat(sums.rows()).as("rows").isEqualTo(images);
    assertThat(sums.failed()).as("dead letters").isZero();
    assertThat(sums.orphans()).as("objects without a row").isEmpty();
    assertThat(sums.dangling()).as("rows without an object").isEmpty();
    assertThat(novita.leakedKeys()).as("Novita's key at other hosts").isEmpty();
    assertThat(novita.watermarked()).as("pictures that are stamped").isZero();
    assertThat(Services.PRICE.multiply(BigDecimal.valueOf(sums.paid())))
        .as("what was paid, by the ledger")
        .isBetween(sums.cost(), sums.cost().add(sums.possibleCost()));
    return sums;
  }

  /** The same, and no image was paid that is not stored. */
  Sums assertNothingIsLostOrPaidTwice(int images) {
    Sums sums = assertNothingIsLost(images);
    assertThat(sums.paid()).as("paid").isEqualTo(sums.stored());
    return sums;
  }
}
