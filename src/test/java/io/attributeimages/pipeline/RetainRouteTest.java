package io.attributeimages.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.junit.jupiter.api.Test;

class RetainRouteTest extends RouteTest {

  @Test
  void theLedgerIsWalkedThroughToItsEnd() throws Exception {
    start("ledger.keep-finished=30d");
    answers(sql("remove-finished"), looked(3, "yesterday"), looked(0, "today"), looked(0, null));

    template.sendBody("direct:retain", null);

    assertThat(effects()).containsExactly("remove-finished", "remove-finished", "remove-finished");
    assertThat(sql("remove-finished").getReceivedExchanges())
        .extracting(exchange -> exchange.getMessage().getHeader("afterTime"))
        .containsExactly("-infinity", "yesterday", "today");
    assertThat(seenBy("remove-finished").getMessage().getHeader("keepSeconds"))
        .isEqualTo(30 * 24 * 60 * 60.0);
  }

  @Test
  void aDatabaseThatIsAwayIsTheNextTicksBusiness() throws Exception {
    start();
    answers(sql("remove-finished"), databaseAway());

    Exchange done = template.send("direct:retain", exchange -> {});

    assertThat(done.getException()).isNull();
    assertThat(effects()).isEqualTo(List.of("remove-finished"));
  }

  @Test
  void whoKeepsEverythingHasNoSuchRoute() throws Exception {
    start("ledger.keep-finished=off");

    assertThat(context.getRoute("retain")).isNull();
  }

  private static Processor looked(long removed, String lastEnd) {
    Map<String, Object> row = new HashMap<>();
    row.put("removed", removed);
    row.put("after_time", lastEnd);
    row.put("after_id", lastEnd == null ? null : "00000000-0000-0000-0000-000000000001");
    return body(row);
  }
}
