package io.attributeimages.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.component.mock.MockEndpoint;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
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
          exchange.getMessage().setBody(new WebhookEvent(TASK, "task-1"));
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
            exchange -> exchange.getMessage().setBody(new WebhookEvent(TASK, "task-1")));

    assertThat(effects()).containsExactly("record-webhook", "record-webhook");
    assertThat(done.getException()).isNull();
  }

  @Test
  void aWebhookThatWasNotWrittenDownIsReadFromItsFile(@TempDir Path spool) throws Exception {
    start("novita.webhook-spool=" + spool);

    template.sendBody("direct:spool-webhook", new WebhookEvent(TASK, "task-1"));
    template.sendBody("direct:spool-webhook", new WebhookEvent(TASK, "task-1"));

    assertThat(spool.toFile().list()).singleElement().asString().contains(TASK + "-task-1");
    template.sendBody(
        "direct:read-spool", Files.readString(spool.toFile().listFiles()[0].toPath()));
    assertThat(seenBy("record-webhook").getMessage().getBody())
        .isEqualTo(new WebhookEvent(TASK, "task-1"));
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
    answers(sql("confirm-hint"), updated(1));

    confirm();

    assertThat(effects()).containsExactly("task-result", "confirm-hint", "forget-hint");
    assertThat(novitaResult().getReceivedExchanges().get(0).getMessage().getHeaders())
        .containsEntry(Exchange.HTTP_QUERY, "task_id=task-1");
  }

  @Test
  void aTaskBesideTheOneOfTheImageIsAccountedFor() throws Exception {
    start();
    answers(novitaResult(), body(result("task-1", "TASK_STATUS_SUCCEED")));
    answers(sql("confirm-hint"), updated(0));

    confirm();

    assertThat(effects())
        .containsExactly("task-result", "confirm-hint", "record-hinted", "forget-hint");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"task\":{\"task_id\":\"task-2\",\"status\":\"TASK_STATUS_SUCCEED\"}}",
        "{\"task\":{\"task_id\":\"task-1\",\"status\":\"TASK_STATUS_UNKNOWN\"}}"
      })
  void whatNovitaDoesNotConfirmIsForgotten(String answer) throws Exception {
    start();
    answers(novitaResult(), body(answer));

    confirm();

    assertThat(effects()).containsExactly("task-result", "forget-hint");
  }

  @Test
  void aTaskThatNovitaDoesNotKnowIsForgotten() throws Exception {
    start();
    answers(novitaResult(), error(404, "TASK_NOT_FOUND"));

    confirm();

    assertThat(effects()).containsExactly("task-result", "forget-hint");
  }

  @Test
  void whileNovitaDoesNotAnswerTheHintStays() throws Exception {
    start();
    answers(novitaResult(), error(502, HTML, Map.of()));

    Exchange done = confirm();

    assertThat(effects()).containsExactly("task-result");
    assertThat(done.getException()).isNull();
  }

  @Test
  void oneHintAfterTheOtherIsAskedFor() throws Exception {
    start();
    answers(sql("claim-hints"), body(List.of(hint("task-1"), hint("task-2"))));
    answers(novitaResult(), error(502, HTML, Map.of()));

    template.sendBody("direct:confirm-claim", null);

    assertThat(effects()).containsExactly("claim-hints", "task-result", "task-result");
  }

  private Exchange confirm() {
    return template.send(
        "direct:confirm", exchange -> exchange.getMessage().setBody(hint("task-1")));
  }

  private static Map<String, Object> hint(String novitaTaskId) {
    return Map.of("id", TASK, "novita_task_id", novitaTaskId);
  }

  private static String result(String task, String status) {
    return "{\"task\":{\"task_id\":\"%s\",\"status\":\"%s\"}}".formatted(task, status);
  }

  private static Processor updated(int count) {
    return exchange -> exchange.getMessage().setHeader("CamelSqlUpdateCount", count);
  }

  private MockEndpoint novitaResult() {
    return getMockEndpoint("mock:http:novita.test/v3/async/task-result");
  }
}
