package io.attributeimages.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.apache.camel.Exchange;
import org.apache.camel.component.mock.MockEndpoint;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfirmRouteTest extends RouteTest {

  private static final UUID TASK = UUID.randomUUID();

  @Test
  void aWebhookIsWrittenDownAndItsCallerToldSo() throws Exception {
    start();
    CompletableFuture<Void> recorded = new CompletableFuture<>();

    template.send(
        "direct:record-webhook",
        exchange -> {
          exchange.setProperty(ConfirmRoute.RECORDED, recorded);
          exchange.getMessage().setBody(new PaidTask(TASK, "task-1"));
        });

    assertThat(effects()).containsExactly("record-webhook");
    assertThat(recorded).isCompleted();
  }

  @Test
  void aWebhookOutlivesAnOutageOfTheDatabase() throws Exception {
    start();
    answers(sql("record-webhook"), databaseAway(), exchange -> {});

    Exchange done =
        template.send(
            "direct:record-webhook",
            exchange -> exchange.getMessage().setBody(new PaidTask(TASK, "task-1")));

    assertThat(effects()).containsExactly("record-webhook", "record-webhook");
    assertThat(done.getException()).isNull();
  }

  @Test
  void aWebhookThatWasNotWrittenDownIsReadFromItsFile() throws Exception {
    start();

    template.sendBody("direct:spool-webhook", new PaidTask(TASK, "task-1"));
    template.sendBody("direct:spool-webhook", new PaidTask(TASK, "task-1"));

    assertThat(spool.toFile().list()).singleElement().asString().contains(TASK + "-task-1");
    template.sendBody(
        "direct:read-spool", Files.readString(spool.toFile().listFiles()[0].toPath()));
    assertThat(seenBy("record-webhook").getMessage().getBody())
        .isEqualTo(new PaidTask(TASK, "task-1"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "TASK_STATUS_QUEUED",
        "TASK_STATUS_PROCESSING",
        "TASK_STATUS_SUCCEED",
        "TASK_STATUS_FAILED"
      })
  void aTaskThatNovitaKnowsIsTheImages(String status) throws Exception {
    start();
    answers(novitaResult(), body(result("task-1", status)));
    answers(sql("record-accepted"), updated(1));

    confirm();

    assertThat(effects()).containsExactly("task-result", "record-accepted", "forget-hint");
    assertThat(seenBy("record-accepted").getProperty("accepted"))
        .as("no submit is known to have been answered")
        .isEqualTo(new PaidTask(TASK, 0, "task-1"));
    assertThat(novitaResult().getReceivedExchanges().get(0).getMessage().getHeaders())
        .containsEntry(Exchange.HTTP_URI, "http://novita.test/v3/async/task-result?task_id=task-1");
  }

  @Test
  void aTaskBesideTheOneOfTheImageIsAccountedFor() throws Exception {
    start();
    answers(novitaResult(), body(result("task-1", "TASK_STATUS_SUCCEED")));
    answers(sql("record-accepted"), updated(0));

    confirm();

    assertThat(effects())
        .containsExactly("task-result", "record-accepted", "record-extra", "forget-hint");
    assertThat(seenBy("record-extra").getProperty("accepted"))
        .isEqualTo(new PaidTask(TASK, 0, "task-1"));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void aHintThatIsTrueIsForgottenHoweverYoungItIs(int rows) throws Exception {
    start();
    answers(novitaResult(), body(result("task-1", "TASK_STATUS_SUCCEED")));
    answers(sql("record-accepted"), updated(rows));

    confirm();

    assertThat(seenBy("forget-hint").getMessage().getHeader("olderThanSeconds")).isEqualTo(0);
  }

  @Test
  void whatNovitaDoesNotConfirmForAWhileIsForgotten() throws Exception {
    start("novita.unconfirmed-grace=90s");
    answers(novitaResult(), body(result("task-1", "TASK_STATUS_UNKNOWN")));

    confirm();

    assertThat(effects()).containsExactly("task-result", "forget-hint");
    assertThat(seenBy("forget-hint").getMessage().getHeader("olderThanSeconds")).isEqualTo(90.0);
  }

  @Test
  void aTaskThatNovitaDoesNotKnowForAWhileIsForgotten() throws Exception {
    start("novita.unconfirmed-grace=90s");
    answers(novitaResult(), error(404, "TASK_NOT_FOUND"));

    Exchange done = confirm();

    assertThat(effects()).containsExactly("task-result", "forget-hint");
    assertThat(seenBy("forget-hint").getMessage().getHeader("olderThanSeconds")).isEqualTo(90.0);
    assertThat(seenBy("forget-hint").getProperty("accepted"))
        .isEqualTo(new PaidTask(TASK, 0, "task-1"));
    assertThat(done.getException()).isNull();
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "1, 1"})
  void thatAWebhookWasNotTrueIsSaidWhenItsHintIsForgotten(int rows, int said) throws Exception {
    start();
    answers(novitaResult(), error(404, "TASK_NOT_FOUND"));
    answers(sql("forget-hint"), updated(rows));
    List<String> lines = logLines();

    confirm();

    assertThat(lines)
        .filteredOn("A webhook named task task-1, which Novita does not know"::equals)
        .hasSize(said);
  }

  @ParameterizedTest
  @ValueSource(ints = {403, 404, 502})
  void whileNovitaDoesNotAnswerTheHintStays(int status) throws Exception {
    start();
    answers(novitaResult(), error(status, HTML, Map.of()));

    Exchange done = confirm();

    assertThat(effects()).containsExactly("task-result");
    assertThat(done.getException()).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"task\":{\"task_id\":\"task-2\",\"status\":\"TASK_STATUS_SUCCEED\"}}",
        "{\"task\":{\"task_id\":\"task-2\",\"status\":\"TASK_STATUS_UNKNOWN\"}}"
      })
  void anAnswerAboutAnotherTaskLeavesTheHint(String answer) throws Exception {
    start();
    answers(novitaResult(), body(answer));

    Exchange done = confirm();

    assertThat(effects()).containsExactly("task-result");
    assertThat(done.getException()).isNull();
    assertThat(outages.outages())
        .extracting(OutageLog.Outage::message)
        .singleElement()
        .asString()
        .contains("Novita was asked for task task-1 and answered about ");
  }

  @Test
  void aHintThatTheLedgerDidNotTakeStays() throws Exception {
    start();
    answers(novitaResult(), body(result("task-1", "TASK_STATUS_SUCCEED")));
    answers(sql("record-accepted"), databaseAway());

    Exchange done = confirm();

    assertThat(effects()).containsExactly("task-result", "record-accepted");
    assertThat(done.getException()).isNull();
  }

  @Test
  void whatAnEarlierVersionWroteIntoAFileIsRead() throws Exception {
    start();

    readSpool("old.json", "{\"task\":\"%s\",\"providerTaskId\":\"task-1\"}".formatted(TASK));

    assertThat(seenBy("record-webhook").getMessage().getBody())
        .isEqualTo(new PaidTask(TASK, 0, "task-1"));
  }

  @ParameterizedTest
  @MethodSource("brokenFiles")
  void aFileThatIsEmptyOrCutIsPutAside(byte[] content) throws Exception {
    start();
    List<String> lines = logLines();

    Exchange done = readSpool("broken.json", content);

    assertThat(done.getException()).isNull();
    assertThat(effects()).containsExactly("file");
    assertThat(spool.resolve("refused/broken.json")).hasBinaryContent(content);
    assertThat(lines)
        .singleElement()
        .asString()
        .startsWith("broken.json cannot be written down and is kept in the folder refused: ");
    assertThat(outages.outages()).isEmpty();
  }

  static List<byte[]> brokenFiles() {
    return Stream.of("", " ", "{\"task\":\"" + TASK, "{\"task\":\"no id\"}", "[]", "\0\0\0\0")
        .map(content -> content.getBytes(StandardCharsets.UTF_8))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("lostConnections")
  void aFileThatTheDatabaseDoesNotTakeNowIsNotUnreadable(IOException reason) throws Exception {
    start();
    answers(sql("record-webhook"), databaseAway(reason), updated(1));

    readSpool("task.json", "{\"task\":\"%s\",\"providerTaskId\":\"task-1\"}".formatted(TASK));

    assertThat(effects()).containsExactly("record-webhook", "record-webhook");
    assertThat(spool).isEmptyDirectory();
  }

  static List<IOException> lostConnections() {
    return List.of(
        new ConnectException("Connection refused"),
        new SocketException("Connection reset"),
        new SocketTimeoutException("Read timed out"),
        new UnknownHostException("postgres.test"),
        new EOFException());
  }

  @Test
  void oneHintAfterTheOtherIsAskedFor() throws Exception {
    start();
    answers(sql("claim-hints"), body(List.of(hint("task-1"), hint("task-2"))));
    answers(novitaResult(), error(502, HTML, Map.of()));

    template.sendBody("direct:confirm-claim", null);

    assertThat(effects()).containsExactly("claim-hints", "task-result", "task-result");
  }

  private Exchange readSpool(String name, Object content) {
    return template.send(
        "direct:read-spool",
        exchange -> {
          exchange.getMessage().setHeader(Exchange.FILE_NAME, name);
          exchange.getMessage().setBody(content);
        });
  }

  private Exchange confirm() {
    return template.send(
        "direct:confirm", exchange -> exchange.getMessage().setBody(hint("task-1")));
  }

  private static Map<String, Object> hint(String providerTaskId) {
    return Map.of("id", TASK, "provider_task_id", providerTaskId, "model", "txt2img");
  }

  private static String result(String task, String status) {
    return "{\"task\":{\"task_id\":\"%s\",\"status\":\"%s\"}}".formatted(task, status);
  }

  private MockEndpoint novitaResult() {
    return getMockEndpoint("mock:http:result-novita");
  }
}
