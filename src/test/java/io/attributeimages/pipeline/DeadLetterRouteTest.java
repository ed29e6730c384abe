package io.attributeimages.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.attributeimages.ledger.Task;
import org.apache.camel.Exchange;
import org.junit.jupiter.api.Test;
import org.springframework.dao.DataIntegrityViolationException;

class DeadLetterRouteTest extends RouteTest {

  private static final Failure FAILURE = Failure.of("WRONG_SIZE", "the picture is too small");

  @Test
  void theLedgerLearnsWhichImageFailedAndWhy() throws Exception {
    start();
    Task task = paid();

    deadLetter(task);

    assertThat(effects()).containsExactly("dead-letter");
    assertThat(seenBy("dead-letter").getProperty("task", Task.class)).isEqualTo(task);
    assertThat(failureSeenBy("dead-letter")).isEqualTo(FAILURE);
  }

  @Test
  void aDeadLetterIsNotForgottenWhileTheDatabaseIsAway() throws Exception {
    start();
    answers(sql("dead-letter"), databaseAway(), exchange -> {});

    deadLetter(paid());

    assertThat(effects()).containsExactly("dead-letter", "dead-letter");
  }

  @Test
  void aDeadLetterTheLedgerRefusesIsNotTriedForEver() throws Exception {
    start();
    answers(sql("dead-letter"), failure(new DataIntegrityViolationException("no")));

    Exchange done = deadLetter(paid());

    assertThat(effects()).containsExactly("dead-letter");
    assertThat(done.getException()).isNull();
  }

  private Exchange deadLetter(Task task) {
    return template.send(
        "direct:dead-letter",
        exchange -> {
          exchange.setProperty("task", task);
          exchange.setProperty(Failure.PROPERTY, FAILURE);
        });
  }
}
