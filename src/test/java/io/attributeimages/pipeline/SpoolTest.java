package io.attributeimages.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.math.BigDecimal;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.postgresql.util.PSQLException;
import org.postgresql.util.PSQLState;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.DataIntegrityViolationException;

/** The folder of what was heard and is not written down, as it is read. */
@Timeout(60)
class SpoolTest extends RouteTest {

  private static final UUID TASK = UUID.randomUUID();

  private final ScheduledExecutorService timers = Executors.newSingleThreadScheduledExecutor();

  @AfterEach
  void stopTimers() {
    timers.shutdownNow();
  }

  @Override
  boolean isReplaced(String from) {
    return super.isReplaced(from) && !from.startsWith("file:");
  }

  @Test
  void filesThatCannotBeReadArePutAsideAndTheOthersAreRead() throws Exception {
    write("a.json", "");
    write("b.json", "{\"task\":\"" + TASK + "\",\"att");
    write("c.json", json("task-1"));
    write("d.json", "\0\0\0\0\0\0\0\0");
    write("e.json", json("task-2"));
    List<String> lines = startReading();

    await().atMost(Duration.ofSeconds(30)).until(() -> spool.toFile().list().length == 1);

    assertThat(sql("record-accepted").getReceivedExchanges())
        .extracting(exchange -> exchange.getProperty("accepted"))
        .containsExactlyInAnyOrder(
            new PaidTask(TASK, 3, "task-1"), new PaidTask(TASK, 3, "task-2"));
    assertThat(spool.resolve("refused"))
        .isDirectoryContaining(named("a.json"))
        .isDirectoryContaining(named("b.json"))
        .isDirectoryContaining(named("d.json"));
    assertThat(Files.readString(spool.resolve("refused/b.json"))).endsWith("\"att");
    assertThat(lines)
        .filteredOn(line -> line.contains("is kept in the folder refused"))
        .extracting(line -> line.substring(0, 6))
        .containsExactlyInAnyOrder("a.json", "b.json", "d.json");
    assertThat(outages.outages()).isEmpty();
  }

  @Test
  void aFileStaysUntilTheDatabaseTakesIt() throws Exception {
    startReading();
    Path file = spool.resolve(TASK + "-task-1.json");
    List<Boolean> there = new CopyOnWriteArrayList<>();
    answers(
        sql("record-webhook"),
        exchange -> {
          there.add(Files.exists(file));
          databaseAway(new SocketException("Connection reset")).process(exchange);
        },
        exchange -> there.add(Files.exists(file)));

    template.sendBody("direct:spool-webhook", new PaidTask(TASK, "task-1"));

    await().atMost(Duration.ofSeconds(30)).until(() -> there.size() == 2);
    await().until(() -> Files.notExists(file));
    assertThat(there).containsExactly(true, true);
    assertThat(seenBy("record-webhook").getMessage().getBody())
        .isEqualTo(new PaidTask(TASK, "task-1"));
  }

  @Test
  void anAnswerToASubmitIsWrittenDownWithoutAQuestion() throws Exception {
    startReading();
    PaidTask answer =
        new PaidTask(
            TASK, 3, TASK + "-3", "https://i.example/1", 60L, null, 7L, new BigDecimal("1.5"));

    template.sendBody("direct:spool-webhook", answer);

    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> !sql("record-accepted").getReceivedExchanges().isEmpty());
    assertThat(seenBy("record-accepted").getProperty("accepted")).isEqualTo(answer);
    assertThat(sql("record-webhook").getReceivedExchanges()).isEmpty();
  }

  @Test
  void aFileThatTheDatabaseRefusesIsNotLost() throws Exception {
    startReading();
    answers(
        sql("record-webhook"),
        failure(
            new DataIntegrityViolationException(
                "no", new PSQLException("violates", PSQLState.CHECK_VIOLATION))));

    template.sendBody("direct:spool-webhook", new PaidTask(TASK, "task-1"));

    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> !sql("record-webhook").getReceivedExchanges().isEmpty());
    context.getRouteController().stopRoute("read-spool");
    assertThat(spool).isDirectoryRecursivelyContaining(named(TASK + "-task-1.json"));
  }

  @Test
  void ofOneTaskWebhooksLeaveTenFilesAndNoneThatWasPaidHereIsRefused() throws Exception {
    startWithoutReading();
    for (int i = 0; i < 10; i++) {
      assertThat(keep(new PaidTask(TASK, "task-" + i))).isNull();
    }

    assertThat(keep(new PaidTask(TASK, "task-10")))
        .isInstanceOf(DataAccessResourceFailureException.class);
    assertThat(keep(new PaidTask(TASK, "task-9"))).as("what has its file").isNull();
    assertThat(keep(new PaidTask(UUID.randomUUID(), "task-11"))).as("another task").isNull();
    assertThat(keep(new PaidTask(TASK, 3, "task-12"))).as("an answer to a submit").isNull();
    assertThat(spool.toFile().list()).hasSize(12);
  }

  @Test
  void allWebhooksTogetherLeaveTenThousandFiles() throws Exception {
    startWithoutReading();
    for (int i = 0; i < 10_000; i++) {
      Files.createFile(spool.resolve(i + ".json"));
    }

    assertThat(keep(new PaidTask(TASK, "task-1")))
        .isInstanceOf(DataAccessResourceFailureException.class)
        .hasMessageContaining("10000 files wait for the database");
    assertThat(keep(new PaidTask(TASK, 3, "task-1"))).as("an answer to a submit").isNull();
    assertThat(spool.resolve(TASK + "-task-1.json")).exists();
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aFullDiskLeavesNoHalfFile() throws Exception {
    startWithoutReading();
    Files.createSymbolicLink(spool.resolve("." + TASK + "-task-1.json"), Path.of("/dev/full"));

    assertThat(keep(new PaidTask(TASK, 3, "task-1")))
        .isInstanceOf(DataAccessResourceFailureException.class)
        .hasRootCauseMessage("No space left on device");
    assertThat(spool).isEmptyDirectory();
  }

  @Test
  void whatAnotherStartLeftHalfWrittenIsRemovedAfterAMinute() throws Exception {
    startWithoutReading();
    Path old = Files.createFile(spool.resolve(".a.json"));
    Files.setLastModifiedTime(old, FileTime.from(Instant.now().minusSeconds(61)));
    Path young = Files.createFile(spool.resolve(".b.json"));

    assertThat(keep(new PaidTask(TASK, "task-1"))).isNull();

    assertThat(old).doesNotExist();
    assertThat(young).exists();
    assertThat(spool.resolve(TASK + "-task-1.json")).hasContent(json(0, "task-1"));
  }

  private Exception keep(PaidTask task) {
    return template
        .send("direct:spool-webhook", exchange -> exchange.getMessage().setBody(task))
        .getException();
  }

  private void startWithoutReading() throws Exception {
    startReading();
    context.getRouteController().stopRoute("read-spool");
  }

  private List<String> startReading() throws Exception {
    context.getRegistry().bind("timers", timers);
    List<String> lines = logLines();
    start();
    return lines;
  }

  private void write(String name, String content) throws IOException {
    Files.writeString(spool.resolve(name), content);
  }

  private static String json(String providerTaskId) {
    return json(3, providerTaskId);
  }

  private static String json(int attempt, String providerTaskId) {
    return "{\"task\":\"%s\",\"attempt\":%d,\"providerTaskId\":\"%s\"}"
        .formatted(TASK, attempt, providerTaskId);
  }

  private static String named(String name) {
    return "glob:**/" + name;
  }
}
