package io.attributeimages.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.attributeimages.support.MessageBroker;
import io.attributeimages.support.NovitaDouble.Options;
import io.attributeimages.support.NovitaDouble.Submit;
import io.attributeimages.support.Program;
import java.io.Serializable;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Instances that are handed their work by a message broker, which may lose its messages, bring them
 * twice, or be away.
 */
class QueueIT extends OnServices {

  private static final int INSTANCES = 3;
  private static final int LIMIT = 30;
  private static final Duration MINUTE = Duration.ofSeconds(60);

  private MessageBroker broker;
  private List<Program> others = List.of();

  @BeforeAll
  void startBroker(@TempDir Path directory) {
    broker = MessageBroker.start(directory, "images");
  }

  @AfterAll
  void stopBroker() {
    broker.close();
  }

  @AfterEach
  void endAll() {
    all().forEach(Program::kill);
    others = List.of();
    broker.doubleAll(false);
    if (!broker.isRunning()) {
      broker.start();
    }
    broker.lose();
  }

  @Override
  Map<String, String> settings() {
    Map<String, String> settings = new HashMap<>(broker.settings());
    settings.put("PIPELINE_LEASE", "5s");
    settings.put("PIPELINE_HEARTBEAT", "500ms");
    settings.put("NOVITA_UNCONFIRMED_GRACE", "10m");
    return settings;
  }

  @Test
  void theInstancesShareWhatTheBrokerHandsOut() {
    // long enough for each to get its share, also for one that falls behind
    novita.configure(Options.defaults().withSubmitLatency(Duration.ofSeconds(2)));
    startThree(Map.of("PIPELINE_SUBMIT_CONCURRENCY", "2"));
    startRun("{}");
    awaitCompletion();

    assertNothingIsLostOrPaidTwice(REQUIRED);
    assertThat(all()).allMatch(instance -> submitted(instance) > 0);
    assertThat(broker.received()).isGreaterThanOrEqualTo(2 * REQUIRED);
    assertThat(broker.onlyHints()).isTrue();
  }

  @Test
  void aDoubledMessageIsNotPaidTwice() {
    broker.doubleAll(true);
    startThree(Map.of());
    startRun("{}");
    awaitCompletion();

    assertNothingIsLostOrPaidTwice(REQUIRED);
    // two steps, two copies; but what is overdue is collected without a message
    assertThat(broker.received()).isGreaterThanOrEqualTo(3 * REQUIRED);
  }

  @Test
  void whatTheBrokerLosesIsHandedOutAgain() {
    slowly();
    startThree(Map.of());
    startRun("{}");
    AtomicInteger lost = new AtomicInteger();
    awaitThat(() -> lost.addAndGet(broker.lose()) >= REQUIRED || services.openWork().isEmpty());
    awaitCompletion();

    assertNothingIsLostOrPaidTwice(REQUIRED);
    assertThat(lost).hasPositiveValue();
  }

  @Test
  void aBrokerThatIsAwayHoldsUpTheWorkAndNothingElse() {
    slowly();
    startThree(Map.of());
    startRun("{}");
    awaitThat(() -> novita.paid() >= REQUIRED / 4);

    broker.stop();
    awaitThat(() -> program.log().contains("Route hand-out does not get on"));
    awaitThat(() -> program.get("/q/health/ready").body().contains("Work is not handed out"));
    assertThat(program.get("/q/health/ready").statusCode()).isEqualTo(200);
    broker.start();
    awaitThat(() -> program.log().contains("Route hand-out works again"));
    awaitCompletion();

    assertNothingIsLostOrPaidTwice(REQUIRED);
    awaitThat(() -> !program.get("/q/health/ready").body().contains("Work is not handed out"));
    assertThat(program.log().lines().filter(line -> line.contains("hand-out does not get on")))
        .hasSize(1);
    assertThat(program.log()).doesNotContain(MessageBroker.password());
  }

  @Test
  void whatIsPaidIsStoredWhileTheBrokerIsAway() {
    novita.configure(Options.defaults().withImageLatency(Duration.ofSeconds(3)));
    restart(Map.of());
    startRun(AGES_IN_ANIME);
    awaitThat(() -> novita.paid() == AGES);
    broker.stop();

    awaitCompletion();

    assertThat(broker.isRunning()).isFalse();
    assertNothingIsLostOrPaidTwice(AGES);
  }

  /** Each would be harmful, or of no use, to a program that made an object of it. */
  @Test
  void ofAMessageOfSomebodyElseNothingIsMade() throws Exception {
    restart(Map.of());
    broker.send(
        "images-submit",
        session -> session.createObjectMessage(new Unknown()),
        session -> session.createObjectMessage(new ArrayList<>(List.of("text"))),
        session -> session.createMapMessage(),
        session -> session.createBytesMessage(),
        session -> session.createStreamMessage(),
        session -> session.createMessage(),
        session -> session.createTextMessage("DROP TABLE ledger.task"));

    startRun(AGES_IN_ANIME);
    awaitCompletion();

    assertNothingIsLostOrPaidTwice(AGES);
    awaitThat(() -> broker.waiting() == 0);
    assertThat(program.log())
        .contains("a message is no text that names a task")
        .doesNotContain("ClassNotFound", Unknown.class.getSimpleName());
  }

  /** A class that the program does not have. */
  private static final class Unknown implements Serializable {}

  @Test
  void anInstanceStartsWhileTheBrokerIsAway() {
    broker.stop();
    restart(Map.of());
    startRun(AGES_IN_ANIME);
    awaitThat(() -> program.log().contains("Route hand-out does not get on"));
    assertThat(novita.paid()).isZero();

    broker.start();
    awaitCompletion();

    assertNothingIsLostOrPaidTwice(AGES);
  }

  @Test
  void anInstanceThatIsKilledIsReplacedByTheOthersAndTheLimitHolds() {
    Map<String, String> limit = Map.of("NOVITA_IMAGES_PER_MINUTE", String.valueOf(LIMIT));
    novita.configure(
        Options.defaults()
            .withImagesPerMinute(LIMIT)
            .withImageLatency(Duration.ofSeconds(1))
            .withSubmitLatency(Duration.ofMillis(300)));
    novita.deliverWebhooks(true);
    startThree(limit);
    startRun("{}");

    awaitThat(() -> claimed(others.get(0)) > 0 && novita.paid() >= LIMIT / 3);
    others.get(0).kill();
    awaitThat(() -> noPermitIsFree(LIMIT) || novita.paid() == REQUIRED);
    novita.advance(MINUTE.plusSeconds(1));
    services.sql().update("UPDATE ledger.permit SET free_at = free_at - interval '61 seconds'");
    letTheGracePass();
    awaitCompletion();

    assertNothingIsLostOrPaidTwice(REQUIRED);
    assertThat(novita.maxAcceptedInAny(MINUTE)).isLessThanOrEqualTo(LIMIT);
    assertThat(novita.submits()).extracting(Submit::status).doesNotContain(429);
  }

  @Test
  void sigtermFinishesWhatIsTakenAndLeavesTheRestToTheOthers() {
    slowly();
    startThree(Map.of());
    startRun("{}");
    awaitThat(() -> novita.paid() >= REQUIRED / 4);

    assertThat(others.get(0).stopsWithin(Duration.ofSeconds(35))).isTrue();
    assertThat(claimed(others.get(0))).isZero();
    awaitCompletion();

    assertNothingIsLostOrPaidTwice(REQUIRED);
  }

  @Test
  void aCommandWorksWithTheQueueAsWell(@TempDir Path directory) {
    Map<String, String> settings = services.settings();
    settings.putAll(settings());
    Program generate =
        Program.command(directory, settings, "generate", "--category", "age", "--style", "anime");

    assertThat(generate.awaitEnd()).as(generate.log()).isZero();
    assertNothingIsLostOrPaidTwice(AGES);
  }

  private void slowly() {
    novita.configure(
        Options.defaults()
            .withImageLatency(Duration.ofSeconds(1))
            .withSubmitLatency(Duration.ofMillis(300)));
  }

  private void startThree(Map<String, String> settings) {
    others =
        IntStream.range(1, INSTANCES)
            .mapToObj(
                i -> {
                  Map<String, String> named = new HashMap<>(settings);
                  named.put("PIPELINE_INSTANCE", name(i));
                  return startAnother(named);
                })
            .toList();
    restart(settings);
    others.forEach(Program::awaitAnswer);
    awaitThat(() -> broker.consumers() >= INSTANCES);
  }

  private static String name(int i) {
    return "other-" + i;
  }

  private List<Program> all() {
    return Stream.concat(others.stream(), Stream.ofNullable(program)).toList();
  }

  private static long submitted(Program instance) {
    return instance.log().lines().filter(line -> line.contains("Submitted ")).count();
  }

  private int claimed(Program other) {
    String name = name(others.indexOf(other) + 1);
    return services.count("ledger.task WHERE claimed_by = '" + name + "'");
  }
}
