package io.attributeimages.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.attributeimages.ledger.Task;
import jakarta.jms.JMSException;
import jakarta.jms.ObjectMessage;
import jakarta.jms.TextMessage;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.apache.camel.Exchange;
import org.apache.camel.component.amqp.AMQPComponent;
import org.apache.camel.component.mock.MockEndpoint;
import org.apache.qpid.jms.JmsConnectionFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QueueRouteTest extends RouteTest {

  private static final String QUEUE = "pipeline.queue=amqp:queue:images";

  private boolean away;

  @Override
  Broker broker() {
    return new Broker(Optional.empty(), Optional.empty(), Optional.empty()) {
      @Override
      public void check(Exchange exchange) throws JMSException {
        if (away) {
          throw new JMSException("connection refused");
        }
      }
    };
  }

  @Test
  void withoutAQueueTheLedgerAloneHandsOut() throws Exception {
    start();

    assertThat(context.getRoute("submit-claim")).isNotNull();
    assertThat(context.getRoute("collect-claim")).isNotNull();
    assertThat(context.getRoute("hand-out")).isNull();
    assertThat(context.getRoute("take-planned")).isNull();
    assertThat(context.getRoute("take-due")).isNull();
    assertThat(context.getRoute("collect-overdue")).isNull();
    assertThat(context.getComponentNames()).doesNotContain("amqp");
  }

  @Test
  void withAQueueNothingIsClaimedButWhatMessagesName() throws Exception {
    startWithQueue();

    assertThat(context.getRoute("submit-claim")).isNull();
    assertThat(context.getRoute("collect-claim")).isNull();
  }

  @Test
  void aMessageNamesATaskAndNothingElse() throws Exception {
    startWithQueue();
    UUID planned = UUID.randomUUID();
    UUID due = UUID.randomUUID();
    answers(sql("hand-out-planned"), body(List.of(Map.of("task_id", planned))));
    answers(sql("hand-out-due"), body(List.of(Map.of("task_id", due))));

    template.sendBody("direct:hand-out", null);

    assertThat(effects()).hasSize(4);
    Exchange submit = sent("submit").get(0);
    assertThat(submit.getMessage().getBody(String.class)).isEqualTo(planned + " txt2img");
    assertThat(submit.getMessage().getHeaders()).isEmpty();
    assertThat(sent("collect"))
        .extracting(exchange -> exchange.getMessage().getBody(String.class))
        .containsExactly(due.toString());
  }

  @Test
  void nothingIsMarkedWhileTheBrokerIsAway() throws Exception {
    startWithQueue();
    away = true;

    template.sendBody("direct:hand-out", null);

    assertThat(effects()).isEmpty();
  }

  @Test
  void whatCannotBeSentIsNotTriedAgainAndAgain() throws Exception {
    startWithQueue();
    answers(
        sql("hand-out-planned"),
        body(List.of(Map.of("task_id", UUID.randomUUID()), Map.of("task_id", UUID.randomUUID()))));
    answers(queue("submit"), failure(new JMSException("connection reset")));

    template.sendBody("direct:hand-out", null);

    assertThat(sent("submit")).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({"take-planned, submit", "take-due, collect"})
  void whatAMessageNamesIsClaimedAndGoesItsWay(String route, String step) throws Exception {
    startWithQueue();
    Task task = step.equals("submit") ? planned() : paid();
    answers(sql(route), body(List.of(row(task))));

    template.sendBody("direct:" + route, text(task.id() + " txt2img"));

    assertThat(effects()).containsExactly(route, step);
    assertThat(seenBy(route).getMessage().getHeader("taskId")).isEqualTo(task.id().toString());
    assertThat((step.equals("submit") ? submitting : collecting).tasks())
        .containsExactly(task.id());
    assertThat(seda(step).getReceivedExchanges().get(0).getMessage().getBody()).isEqualTo(task);
  }

  @Test
  void whatAMessageClaimsForASubmitLastsFromBeforeItsStatement() throws Exception {
    startWithQueue();
    Task task = planned();
    List<Object> ends = new ArrayList<>();
    answers(
        sql("take-planned"),
        exchange -> {
          ends.add(exchange.getProperty("deadline"));
          exchange.getMessage().setBody(List.of(row(task)));
        });

    template.sendBody("direct:take-planned", text(task.id() + " txt2img"));

    assertThat(ends).singleElement().asString().matches("-?\\d+ \\d+");
    assertThat(seda("submit").getReceivedExchanges().get(0).getProperty("deadline"))
        .isEqualTo(ends.get(0));
  }

  @ParameterizedTest
  @CsvSource({"take-planned", "take-due"})
  void aMessageThatClaimsNothingIsDropped(String route) throws Exception {
    startWithQueue();
    answers(sql(route), body(List.of()));

    template.sendBody("direct:" + route, text(UUID.randomUUID() + " txt2img"));

    assertThat(effects()).containsExactly(route);
    assertThat(submitting.tasks()).isEmpty();
    assertThat(collecting.tasks()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"take-planned, submit", "take-due, collect"})
  void aMessageWithoutRoomIsHandedBack(String route, String step) throws Exception {
    startWithQueue();
    submitting.beCautious();
    submitting.add(planned());
    for (int i = 0; i < 10; i++) {
      collecting.add(paid());
    }
    UUID task = UUID.randomUUID();

    template.sendBody("direct:" + route, text(task + " txt2img"));

    assertThat(effects()).containsExactly("hand-back");
    assertThat(seenBy("hand-back").getMessage().getHeaders())
        .containsEntry("step", step)
        .containsEntry("taskId", task.toString());
  }

  @ParameterizedTest
  @CsvSource(
      value = {"take-planned, no task", "take-due, ''", "take-due, -"},
      nullValues = "-")
  void aMessageThatNamesNoTaskIsDropped(String route, String body) throws Exception {
    startWithQueue();

    template.sendBody("direct:" + route, text(body));

    assertThat(effects()).isEmpty();
  }

  /** Whoever may send to the queue must not have this program make objects. */
  @ParameterizedTest
  @CsvSource({"take-planned", "take-due"})
  void ofAMessageThatIsNoTextNothingIsRead(String route) throws Exception {
    startWithQueue();
    List<String> asked = new ArrayList<>();
    Object message =
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {ObjectMessage.class},
            (proxy, method, arguments) -> {
              asked.add(method.getName());
              return null;
            });

    template.sendBody("direct:" + route, message);

    assertThat(effects()).isEmpty();
    assertThat(asked).doesNotContain("getObject", "getBody");
  }

  @Test
  void aPaidPictureThatNoMessageBringsIsCollectedWithoutOne() throws Exception {
    startWithQueue();
    Task task = paid();
    answers(sql("claim-due"), body(List.of(row(task))));

    template.sendBody("direct:collect-overdue", null);

    assertThat(effects()).containsExactly("claim-due", "collect");
    assertThat(seenBy("claim-due").getMessage().getHeaders())
        .containsEntry("batch", 10)
        .containsEntry("overdueSeconds", 60.0);
    assertThat(collecting.tasks()).containsExactly(task.id());
  }

  private static TextMessage text(String text) {
    return (TextMessage)
        Proxy.newProxyInstance(
            QueueRouteTest.class.getClassLoader(),
            new Class<?>[] {TextMessage.class},
            (proxy, method, arguments) -> method.getName().equals("getText") ? text : null);
  }

  private void startWithQueue() throws Exception {
    context.addComponent("amqp", new AMQPComponent(new JmsConnectionFactory()));
    start(QUEUE);
  }

  private MockEndpoint queue(String step) {
    return getMockEndpoint("mock:amqp:queue:images-" + step);
  }

  private List<Exchange> sent(String step) {
    return queue(step).getReceivedExchanges();
  }

  private MockEndpoint seda(String step) {
    return getMockEndpoint("mock:seda:" + step);
  }
}
