package io.attributeimages.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.attributeimages.ledger.ImageFilter;
import io.attributeimages.ledger.RunMode;
import io.attributeimages.ledger.RunTrigger;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.CannotGetJdbcConnectionException;

class TriggerRestRouteTest extends RouteTest {

  private static final RunRequest REQUEST =
      new RunRequest(
          RunTrigger.REST,
          null,
          RunMode.REGENERATE,
          new ImageFilter(Optional.of("age"), List.of("20s", "30s"), Optional.of("realistic")),
          new BigDecimal("1.5"));

  @Test
  void theAnswerIsTheIdOfTheNewRun() throws Exception {
    start();
    answers(sql("create-run"), body(List.of(Map.of("id", REQUEST.id()))));

    assertThat(template.requestBody("direct:trigger-rest", REQUEST)).isEqualTo(REQUEST.id());

    assertThat(effects()).containsExactly("create-run");
  }

  @Test
  void theRunIsRecordedAsItWasAskedFor() throws Exception {
    start();
    answers(sql("create-run"), body(List.of(Map.of("id", UUID.randomUUID()))));

    template.requestBody("direct:trigger-rest", REQUEST);

    Map<?, ?> parameters =
        sql("create-run").getReceivedExchanges().get(0).getMessage().getBody(Map.class);
    assertThat(parameters.get("trigger")).isEqualTo("REST");
    assertThat(parameters.get("slot")).isNull();
    assertThat(parameters.get("mode")).isEqualTo("regenerate");
    assertThat(parameters.get("category")).isEqualTo("age");
    assertThat((String[]) parameters.get("values")).containsExactly("20s", "30s");
    assertThat(parameters.get("style")).isEqualTo("realistic");
    assertThat(parameters.get("maxCostUsd")).isEqualTo(new BigDecimal("1.5"));
  }

  @Test
  void aRunThatIsThereAlreadyIsTheAnswer() throws Exception {
    start();
    answers(sql("create-run"), body(List.of()));

    assertThat(template.requestBody("direct:trigger-rest", REQUEST)).isEqualTo(REQUEST.id());
  }

  @Test
  void whoAsksIsToldWhenTheDatabaseIsAway() throws Exception {
    start();
    answers(sql("create-run"), databaseAway());

    assertThatThrownBy(() -> template.requestBody("direct:trigger-rest", REQUEST))
        .hasCauseInstanceOf(CannotGetJdbcConnectionException.class);
    assertThat(effects()).containsExactly("create-run");
  }
}
