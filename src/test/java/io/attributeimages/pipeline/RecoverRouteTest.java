package io.attributeimages.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.attributeimages.ledger.Task;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.component.aws2.s3.AWS2S3Operations;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.exception.SdkClientException;

class RecoverRouteTest extends RouteTest {

  @Test
  void whatWasLeftBehindIsPutRightInOrder() throws Exception {
    start();

    template.sendBody("direct:recover", null);

    assertThat(effects())
        .containsExactly(
            "recover-submitting",
            "recover-collecting",
            "recover-clock",
            "resolve-unconfirmed",
            "cancel-left",
            "release-brake",
            "replan-runs",
            "complete-runs",
            "reopen-runs");
  }

  /** Leases run out while the database is away, although those who hold them are at work. */
  @Test
  void afterAnOutageOfTheDatabaseSignsOfLifeComeFirst() throws Exception {
    start("pipeline.heartbeat=1h");
    answers(sql("recover-clock"), databaseAway(), exchange -> {});

    template.sendBody("direct:recover", null);
    template.sendBody("direct:recover", null);

    assertThat(effects()).filteredOn("recover-submitting"::equals).hasSize(1);
    assertThat(effects()).filteredOn("recover-clock"::equals).hasSize(2);
  }

  @Test
  void whatTheStepsOfTheImagesWroteDownIsAddedUp() throws Exception {
    start();

    template.sendBody("direct:fold-counts", null);

    assertThat(effects()).containsExactly("fold-counts", "fold-catalogue");
  }

  @Test
  void whatAnotherInstanceBeganToCancelIsCancelledPieceByPiece() throws Exception {
    start();
    UUID run = UUID.randomUUID();
    answers(sql("claim-cancelling"), exchange -> exchange.getMessage().setHeader("run", run));
    answers(sql("cancel-ahead"), updated(10_000), updated(10_000), updated(0));

    template.sendBody("direct:cancel-rest", null);

    assertThat(effects())
        .containsExactly(
            "claim-cancelling", "cancel-ahead", "cancel-ahead", "cancel-ahead", "cancel-run");
    assertThat(seenBy("cancel-run").getMessage().getHeader("run")).isEqualTo(run);
  }

  @Test
  void whereNothingIsToBeCancelledNothingIs() throws Exception {
    start();

    template.sendBody("direct:cancel-rest", null);

    assertThat(effects()).containsExactly("claim-cancelling");
  }

  @Test
  void anObsoleteObjectIsRemovedAndThenForgotten() throws Exception {
    start();
    Map<String, Object> row = obsolete("old.jpg", false);
    // the store's answer takes the place of the body
    answers(s3(), body(true));

    template.sendBody("direct:remove-object", row);

    assertThat(effects()).containsExactly("s3-delete", "forget-obsolete");
    Exchange delete = s3().getReceivedExchanges().get(0);
    assertThat(delete.getMessage().getHeaders()).isEmpty();
    assertThat(keyOf(AWS2S3Operations.deleteObject, delete)).isEqualTo("old.jpg");
    assertThat(seenBy("forget-obsolete").getAllProperties())
        .containsEntry("obsoleteTask", row.get("id"))
        .containsEntry("obsoleteKey", "old.jpg");
  }

  @Test
  void anObjectThatIsInUseAgainIsOnlyForgotten() throws Exception {
    start();

    template.sendBody("direct:remove-object", obsolete("old.jpg", true));

    assertThat(effects()).containsExactly("forget-obsolete");
  }

  @Test
  void anObjectThatCannotBeRemovedIsNotForgottenAndDoesNotStopTheOthers() throws Exception {
    start();
    answers(
        sql("claim-obsolete"), body(List.of(obsolete("1.jpg", false), obsolete("2.jpg", false))));
    Processor away = failure(SdkClientException.create("away"));
    answers(s3(), away, body(true));

    Exchange done = template.send("direct:remove-obsolete", exchange -> {});

    assertThat(effects())
        .containsExactly("claim-obsolete", "s3-delete", "s3-delete", "forget-obsolete");
    assertThat(seenBy("forget-obsolete").getProperty("obsoleteKey")).isEqualTo("2.jpg");
    assertThat(done.getException()).isNull();
  }

  @Test
  void aDatabaseThatIsAwayIsTheNextTicksBusiness() throws Exception {
    start();
    answers(sql("recover-submitting"), databaseAway());

    Exchange done = template.send("direct:recover", exchange -> {});

    assertThat(effects()).containsExactly("recover-submitting");
    assertThat(done.getException()).isNull();
  }

  @Test
  void aStatementThatTheDatabaseGaveUpForAnotherIsSaidAgain() throws Exception {
    start();
    answers(sql("fold-counts"), deadlock(), deadlock(), updated(1));

    template.send("direct:fold-counts", exchange -> {});

    assertThat(effects())
        .containsExactly("fold-counts", "fold-counts", "fold-counts", "fold-catalogue");
    assertThat(outages.outages()).isEmpty();
  }

  @Test
  void aSignOfLifeNamesWhatIsWorkedOn() throws Exception {
    start();
    Task submit = planned();
    Task collect = paid();
    submitting.add(submit);
    collecting.add(collect);

    template.sendBody("direct:heartbeat", null);

    assertThat(effects()).containsExactly("extend-leases");
    Object ids = seenBy("extend-leases").getMessage().getBody(Map.class).get("taskIds");
    assertThat((String[]) ids)
        .containsExactlyInAnyOrder(submit.id().toString(), collect.id().toString());
  }

  @Test
  void withoutClaimsThereIsNoSignOfLife() throws Exception {
    start();

    template.sendBody("direct:heartbeat", null);

    assertThat(effects()).isEmpty();
  }

  private static Map<String, Object> obsolete(String key, boolean inUse) {
    return Map.of("id", UUID.randomUUID(), "obsolete_key", key, "in_use", inUse);
  }
}
