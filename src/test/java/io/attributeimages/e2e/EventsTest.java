package io.attributeimages.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.attributeimages.pipeline.OutageLog;
import io.attributeimages.support.EventListener;
import io.attributeimages.support.Fault;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What listeners hear of the ledger. */
@QuarkusTest
class EventsTest extends EndToEndTest {

  private static final int MAX_LISTENERS = 100;
  private static final int MOST = 2000;
  private static final int TOO_MANY = MOST + 1;
  private static final int MORE_RUNS_THAN_AT_ONCE = 50;

  @TestHTTPResource("/api/events")
  URI address;

  @Inject OutageLog outages;

  private final List<EventListener> listeners = new CopyOnWriteArrayList<>();

  @AfterEach
  void stopListening() {
    listeners.forEach(EventListener::close);
  }

  @Test
  void aRunIsHeardFromItsPlanToItsLastPicture() {
    novita.onDownload(task -> true, Fault.slow(Duration.ofSeconds(2)));
    EventListener listener = listen(null);

    String run = start(ONE_IMAGE);

    awaitThat(() -> listener.data("run").anyMatch(r -> is(r, "state", "COMPLETED")));
    assertThat(listener.header("Content-Type")).isEqualTo("text/event-stream");
    assertThat(listener.header("Cache-Control")).isEqualTo("no-store");
    assertThat(listener.header("X-Accel-Buffering")).isEqualTo("no");
    assertThat(listener.data("task")).allMatch(task -> is(task, "runId", run));
    assertThat(listener.data("task"))
        .as("while it is stored")
        .anyMatch(t -> is(t, "state", "SUBMITTED") && !t.path("storingSince").isNull());
    awaitThat(() -> is(last(listener, "task"), "state", "STORED"));
    assertThat(last(listener, "task").path("imageUrl").textValue()).contains("age/realistic/30s");
    assertThat(listener.data("run").findFirst().orElseThrow().path("id").textValue())
        .isEqualTo(run);
    assertThat(listener.events()).allMatch(event -> event.id() != null);
  }

  @Test
  void whatHappensAfterTheAnswerBeginsIsHeard() {
    for (int i = 0; i < 3; i++) {
      empty();
      EventListener listener = listen(null);

      String task = insertTasks(1);

      awaitThat(() -> listener.data("task").anyMatch(t -> is(t, "id", task)));
      listener.close();
    }
  }

  @Test
  void whoComesBackHearsWhatItMissedAndNothingElse() {
    EventListener first = listen(null);
    String heard = insertTasks(1);
    awaitThat(() -> first.data("run").findAny().isPresent());
    String unfinished = first.events().get(0).id();
    awaitThat(() -> !first.lastId().equals(unfinished));
    assertThat(first.data("task")).allMatch(t -> is(t, "id", heard));
    first.close();
    awaitThat(() -> first.hasEnded());
    String missed = insertTasks(1);

    EventListener second = listen(first.lastId());

    awaitThat(() -> second.data("task").anyMatch(t -> is(t, "id", missed)));
    assertThat(second.data("task")).allMatch(t -> is(t, "id", missed));
    assertThat(second.data("reset")).isEmpty();
    String later = insertTasks(1);
    awaitThat(() -> second.data("task").anyMatch(t -> is(t, "id", later)));
  }

  @Test
  void whoHeardNothingBeforeItLeftHearsWhatItMissedAsWell() {
    EventListener first = listen(null);
    awaitThat(() -> first.lastId() != null);
    first.close();
    String missed = insertTasks(1);

    EventListener second = listen(first.lastId());

    awaitThat(() -> second.data("task").anyMatch(t -> is(t, "id", missed)));
  }

  @Test
  void whoComesBackHearsOfTheRunsThatChangedMeanwhile() {
    EventListener first = listen(null);
    awaitThat(() -> first.lastId() != null);
    first.close();
    awaitThat(first::hasEnded);
    List<String> changed = insertRuns(MORE_RUNS_THAN_AT_ONCE);

    EventListener second = listen(first.lastId());

    awaitThat(() -> runsHeardBy(second).containsAll(changed));
    assertThat(second.data("reset")).isEmpty();
  }

  @Test
  void whoLeavesBeforeItHasHeardOfAllRunsHearsTheRestWhenItIsBack() {
    EventListener first = listen(null);
    List<String> changed = insertRuns(MORE_RUNS_THAN_AT_ONCE);
    awaitThat(() -> first.data("run").findAny().isPresent());
    String lastId = first.events().get(0).id();
    first.close();

    EventListener second = listen(lastId);

    awaitThat(() -> runsHeardBy(second).containsAll(changed));
  }

  @Test
  void allRunsAreHeardOfAlthoughManyChangeAtOnce() {
    EventListener listener = listen(null);

    List<String> changed = insertRuns(MORE_RUNS_THAN_AT_ONCE);

    awaitThat(() -> runsHeardBy(listener).containsAll(changed));
  }

  @Test
  void whoMissedTooMuchIsToldToAskAnew() {
    EventListener first = listen(null);
    awaitThat(() -> first.lastId() != null);
    first.close();
    insertTasks(TOO_MANY);

    EventListener second = listen(first.lastId());

    awaitThat(() -> second.data("reset").findAny().isPresent());
    assertThat(second.data("task")).isEmpty();
    String later = insertTasks(1);
    awaitThat(() -> second.data("task").anyMatch(t -> is(t, "id", later)));
  }

  @Test
  void tooManyChangesAtOnceAreNotTold() {
    EventListener listener = listen(null);

    insertTasks(TOO_MANY);

    awaitThat(() -> listener.data("reset").findAny().isPresent());
    assertThat(listener.data("task")).isEmpty();
  }

  @Test
  void whoReadsTooSlowlyMissesSomethingAndIsToldToAskAnew() throws IOException {
    EventListener other = listen(null);
    try (Socket slow = new Socket()) {
      slow.setReceiveBufferSize(8 * 1024);
      slow.connect(new InetSocketAddress(address.getHost(), address.getPort()));
      slow.getOutputStream()
          .write("GET /api/events HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.UTF_8));
      BufferedReader lines =
          new BufferedReader(new InputStreamReader(slow.getInputStream(), StandardCharsets.UTF_8));
      awaitThat(() -> lines.readLine().startsWith("id: "));

      for (int batch = 1; batch <= 5; batch++) {
        insertTasks(MOST);
        int all = batch * MOST;
        awaitThat(() -> other.data("task").count() == all);
      }
      insertTasks(1);

      slow.setSoTimeout(20_000);
      awaitThat(() -> lines.lines().anyMatch(line -> line.equals("event: reset")));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "7",
        "x",
        "2:1:",
        "1:2:9",
        "' OR '1'='1",
        "$(id)",
        "1:1:1,1,1",
        "999999999999999:999999999999999:"
      })
  void anIdThatIsNoneOfOursIsAskedToAskAnew(String id) {
    EventListener listener = listen(id);

    awaitThat(() -> listener.data("reset").findAny().isPresent());
    String task = insertTasks(1);
    awaitThat(() -> listener.data("task").anyMatch(t -> is(t, "id", task)));
  }

  @Test
  void oneListenerTooManyIsRefusedAndHeardWhenAnotherLeaves() {
    IntStream.range(0, MAX_LISTENERS).parallel().forEach(i -> listen(null));
    // the places of those before may be given back only now
    awaitThat(
        () -> {
          if (admitted().count() < MAX_LISTENERS) {
            listen(null);
          }
          return admitted().count() == MAX_LISTENERS;
        });
    EventListener refused = listen(null);
    assertThat(refused.header("Content-Type")).isEqualTo("application/problem+json");
    assertThat(refused.refusal()).contains("\"detail\":\"There are 100 listeners already");

    admitted().findFirst().orElseThrow().close();

    awaitThat(
        () -> {
          try (EventListener another = EventListener.to(address, null)) {
            return another.status() == 200;
          }
        });
  }

  @Test
  void planningIsHeardByTheRunAlone() {
    sql.update("UPDATE ledger.permit SET free_at = now() + interval '15 minutes'");
    EventListener listener = listen(null);

    String run = start("{}");

    awaitThat(
        () ->
            listener
                .data("run")
                .anyMatch(r -> is(r, "id", run) && r.path("planned").intValue() == REQUIRED));
    assertThat(listener.data("task")).isEmpty();
    assertThat(last(listener, "run").path("costToComeUsd").doubleValue()).isEqualTo(0.66);
    sql.update("UPDATE ledger.permit SET free_at = '-infinity'");
    complete(run);
  }

  @Test
  void whoListensIsToldAgainAndAgainThatTheServiceIsThere() {
    EventListener listener = listen(null);

    awaitThat(() -> listener.data("alive").findAny().isPresent());
    assertThat(listener.data("alive")).allMatch(JsonNode::isEmpty);
    assertThat(listener.lastId()).as("what it has seen stays known").isNotNull();
  }

  @Test
  void aRunThatChangesWhileRunsCannotBeReadIsNotForgotten() {
    EventListener listener = listen(null);

    sql.execute(
        "BEGIN; ALTER TABLE ledger.run RENAME TO run_away;"
            + " INSERT INTO ledger.run_away (trigger, mode, state, planned_at)"
            + " VALUES ('REST', 'missing', 'PAUSED', now()); COMMIT");
    try {
      awaitThat(() -> outages().contains("watch-ledger"));
    } finally {
      sql.execute("ALTER TABLE ledger.run_away RENAME TO run");
    }

    awaitThat(() -> listener.data("reset").findAny().isPresent());
    awaitThat(() -> outages().isEmpty());
  }

  @Test
  void aRunThatCannotBeCountedIsHeardOfLater() {
    EventListener listener = listen(null);

    sql.execute("ALTER TABLE ledger.permit RENAME TO permit_away");
    List<String> changed;
    try {
      changed = insertRuns(1);
      awaitThat(() -> outages().contains("watch-ledger"));
    } finally {
      sql.execute("ALTER TABLE ledger.permit_away RENAME TO permit");
    }

    awaitThat(() -> runsHeardBy(listener).containsAll(changed));
    awaitThat(() -> outages().isEmpty());
  }

  private Stream<EventListener> admitted() {
    return listeners.stream().filter(listener -> listener.status() == 200);
  }

  private List<String> outages() {
    return outages.outages().stream().map(OutageLog.Outage::route).toList();
  }

  private EventListener listen(String lastEventId) {
    EventListener listener = EventListener.to(address, lastEventId);
    listeners.add(listener);
    return listener;
  }

  private static JsonNode last(EventListener listener, String name) {
    return listener.data(name).reduce((earlier, later) -> later).orElseThrow();
  }

  private static boolean is(JsonNode data, String field, String value) {
    return value.equals(data.path(field).textValue());
  }

  private static Set<String> runsHeardBy(EventListener listener) {
    return listener
        .data("run")
        .map(run -> run.path("id").textValue())
        .collect(Collectors.toUnmodifiableSet());
  }

  /** Puts paused runs into the ledger, all at once, and returns their ids. */
  private List<String> insertRuns(int count) {
    return sql.queryForList(
        """
        INSERT INTO ledger.run (trigger, mode, state, planned_at)
        SELECT 'REST', 'missing', 'PAUSED', now() FROM generate_series(1, ?) RETURNING id::text""",
        String.class,
        count);
  }

  /** Puts finished tasks into the ledger, in a run of their own, and returns the id of the last. */
  private String insertTasks(int count) {
    return sql.queryForObject(
        """
        WITH run AS (
          INSERT INTO ledger.run (trigger, mode, state, planned_at, finished_at)
          VALUES ('REST', 'missing', 'CANCELLED', now(), now()) RETURNING id),
        task AS (
          INSERT INTO ledger.task (run_id, category, value, style, model, price_usd, recipe, state, finished_at)
          SELECT run.id, 'age', '30s', 'anime', 'txt2img', 0.015, '{"prompt": "p"}', 'CANCELLED', now()
          FROM run, generate_series(1, ?)
          RETURNING id)
        SELECT max(id::text) FROM task""",
        String.class,
        count);
  }
}
