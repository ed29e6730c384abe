package io.attributeimages.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.attributeimages.support.NovitaDouble.Options;
import io.attributeimages.support.NovitaDouble.Submit;
import io.attributeimages.support.Program;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Three instances that share a database, and with it the work, the limit and the schedule. */
class InstancesIT extends OnServices {

  private static final int LIMIT = 30;
  private static final Duration MINUTE = Duration.ofSeconds(60);
  private static final Duration BETWEEN_SLOTS = Duration.ofSeconds(3);

  private List<Program> others = List.of();

  @Override
  Map<String, String> settings() {
    return Map.of(
        "PIPELINE_LEASE", "5s",
        "PIPELINE_HEARTBEAT", "500ms",
        // longer than a restart takes, so that the webhook comes first
        "NOVITA_UNCONFIRMED_GRACE", "10m");
  }

  @AfterEach
  void endAll() {
    all().forEach(Program::kill);
  }

  @Test
  void anInstanceThatDiesIsReplacedByTheOthersAndTheLimitHolds() {
    Map<String, String> limit = Map.of("NOVITA_IMAGES_PER_MINUTE", String.valueOf(LIMIT));
    novita.configure(
        Options.defaults()
            .withImagesPerMinute(LIMIT)
            .withImageLatency(Duration.ofSeconds(1))
            .withSubmitLatency(Duration.ofMillis(300)));
    novita.deliverWebhooks(true);
    startThree(limit, "doomed");
    startRun("{}");

    awaitThat(() -> claimed("doomed") > 0 && novita.paid() >= LIMIT / 3);
    others.get(0).kill();
    awaitThat(() -> novita.paid() >= LIMIT * 2 / 3);
    novita.deliverWebhooks(false);
    program.kill();
    restart(limit);
    novita.deliverWebhooks(true);
    awaitThat(() -> noPermitIsFree(LIMIT) || novita.paid() == REQUIRED);
    aMinutePasses();
    letTheGracePass();
    awaitCompletion();

    assertNothingIsLostOrPaidTwice(REQUIRED);
    assertThat(novita.maxAcceptedInAny(MINUTE)).isLessThanOrEqualTo(LIMIT);
    assertThat(novita.submits()).extracting(Submit::status).doesNotContain(429);
  }

  @Test
  void theScheduleMakesOneRunForEachSlot() {
    Map<String, String> schedule = Map.of("PIPELINE_SCHEDULE", "*/3 * * * * ?");
    novita.deliverWebhooks(true);
    startThree(schedule, "second");

    Instant allAreUp = Instant.now();
    awaitThat(() -> slots().stream().filter(slot -> slot.isAfter(allAreUp)).count() >= 3);
    awaitThat(() -> services.count("ledger.stored_image") == REQUIRED);

    assertThat(all()).allMatch(Program::isAlive);
    // those that are late together need not be written down in their order
    awaitThat(() -> slots().equals(withoutGaps(slots())));
    awaitThat(() -> runsStartedBySchedule() == slots().size());
    assertNothingIsLostOrPaidTwice(REQUIRED);
  }

  private static List<Instant> withoutGaps(List<Instant> slots) {
    return Stream.iterate(slots.get(0), slot -> slot.plus(BETWEEN_SLOTS))
        .limit(slots.size())
        .toList();
  }

  /** The one that webhooks reach, and two others, of which the first has that name. */
  private void startThree(Map<String, String> settings, String name) {
    restart(settings); // makes the tables
    others =
        IntStream.range(0, 2)
            .mapToObj(i -> startAnother(named(settings, i == 0 ? name : "third")))
            .toList();
    others.forEach(Program::awaitAnswer);
  }

  private static Map<String, String> named(Map<String, String> settings, String name) {
    Map<String, String> named = new HashMap<>(settings);
    named.put("PIPELINE_INSTANCE", name);
    return named;
  }

  private List<Program> all() {
    return Stream.concat(others.stream(), Stream.ofNullable(program)).toList();
  }

  /** For Novita as for the ledger. */
  private void aMinutePasses() {
    novita.advance(MINUTE.plusSeconds(1));
    services.sql().update("UPDATE ledger.permit SET free_at = free_at - interval '61 seconds'");
  }

  private int claimed(String instance) {
    return services.count("ledger.task WHERE claimed_by = '" + instance + "'");
  }

  private List<Instant> slots() {
    return services
        .sql()
        .query(
            "SELECT schedule_slot FROM ledger.run ORDER BY schedule_slot",
            (row, i) -> row.getObject(1, OffsetDateTime.class).toInstant());
  }

  private long runsStartedBySchedule() {
    return all().stream()
        .flatMap(instance -> instance.log().lines())
        .filter(line -> line.contains("starts by schedule"))
        .count();
  }
}
