package io.attributeimages.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** How long events for routes of one's own are kept, and what is still to be told of them. */
class ImageEventSqlTest extends LedgerTest {

  private static final double HOUR = 3600;

  /** After the pauses 2, 4, 8, 16, 32, 64, 128, 256 s and eleven of 300 s, 3810 s in all. */
  private static final int TRIES_OF_AN_HOUR = 20;

  @Test
  void whatNobodyListensForIsForgottenOnceItHasBeenDueForSoLong() {
    event("FAILED", "2 h", 0);
    event("FAILED", "2 h", 3);
    event("FAILED", "1 min", 0);

    assertThat(forget("STORED")).isEqualTo(2);
    assertThat(count()).isEqualTo(1);
  }

  @Test
  void whatARouteListensForIsKeptHoweverOldItIs() {
    event("STORED", "30 days", 0);
    event("STORED", "30 days", 3);

    assertThat(forget("STORED", "FAILED")).isZero();
  }

  @Test
  void whatFailsIsGivenUpOnceItsPausesHaveBeenLongEnoughAndNotForItsAge() {
    long old = event("STORED", "30 days", 1);
    long almost = event("STORED", "2 h", TRIES_OF_AN_HOUR - 2);
    long enough = event("STORED", "2 h", TRIES_OF_AN_HOUR);

    assertThat(List.of(giveUp(old), giveUp(almost), giveUp(enough))).containsExactly(0, 0, 1);
    assertThat(count()).isEqualTo(2);
  }

  @Test
  void whatIsClaimedIsOfTheKindAndNoMoreThanAskedFor() {
    event("FAILED", "1 min", 0);
    long first = event("STORED", "3 min", 0);
    long second = event("STORED", "2 min", 0);
    event("STORED", "1 min", 0);

    assertThat(claimed("STORED", 2)).containsExactlyInAnyOrder(first, second);
    assertThat(claimed("STORED", 5)).hasSize(1);
    assertThat(claimed("STORED", 5)).isEmpty();
  }

  @Test
  void untoldIsWhatHappenedSinceTheRunBeganAndIsListenedFor() {
    UUID run = newRun("started_at=now() - interval '1 h'");
    event("STORED", "2 h", 0);
    event("STORED", "1 min", 0);
    event("STORED", "1 min", 3);
    event("FAILED", "1 min", 0);

    assertThat(untold(run, "STORED")).isEqualTo(2);
    assertThat(untold(run)).isZero();
  }

  private long event(String kind, String age, int attempts) {
    return database.queryForObject(
        "INSERT INTO ledger.image_event (event, image, created_at, due_at, attempts)"
            + " SELECT ?, '{}', at, at, ? FROM (SELECT now() - ?::interval AS at) x RETURNING id",
        Long.class,
        kind,
        attempts,
        age);
  }

  private int forget(String... listenedFor) {
    return updated(
        run(
            "forget-old-events.sql?noop=true",
            Map.of(),
            Map.of("listenedFor", listenedFor, "keepSeconds", HOUR),
            null));
  }

  private int giveUp(long id) {
    ImageEvent event =
        new ImageEvent(id, null, null, null, null, null, null, null, null, null, null, null);
    return updated(
        run(
            "give-up-event.sql?noop=true",
            Map.of("event", event),
            Map.of("keepSeconds", HOUR),
            null));
  }

  @SuppressWarnings("unchecked")
  private List<Long> claimed(String kind, int batch) {
    List<Map<String, Object>> rows =
        run("claim-events.sql", Map.of(), Map.of("kind", kind, "batch", batch), null)
            .getMessage()
            .getBody(List.class);
    return rows.stream().map(row -> ((Number) row.get("id")).longValue()).toList();
  }

  private long untold(UUID run, String... listenedFor) {
    return run(
            "count-untold.sql?outputType=SelectOne",
            Map.of(),
            Map.of("run", run.toString(), "listenedFor", listenedFor),
            null)
        .getMessage()
        .getBody(Long.class);
  }

  private int count() {
    return database.queryForObject("SELECT count(*) FROM ledger.image_event", Integer.class);
  }
}
