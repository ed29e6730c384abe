package io.attributeimages.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.attributeimages.ledger.ImageFilter;
import io.attributeimages.ledger.RunMode;
import io.attributeimages.ledger.RunTrigger;
import java.math.BigDecimal;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RunRequestTest {

  @Test
  void aChoiceBecomesTheParametersOfTheStatement() {
    RunRequest request =
        new RunRequest(
            RunTrigger.REST,
            null,
            RunMode.REGENERATE,
            new ImageFilter(Optional.of("age"), List.of("30s", "40s"), Optional.of("anime")),
            new BigDecimal("1.5"));

    Map<String, Object> parameters = request.parameters();

    assertThat(parameters)
        .containsEntry("trigger", "REST")
        .containsEntry("slot", null)
        .containsEntry("mode", "regenerate")
        .containsEntry("category", "age")
        .containsEntry("style", "anime")
        .containsEntry("maxCostUsd", new BigDecimal("1.5"));
    assertThat((String[]) parameters.get("values")).containsExactly("30s", "40s");
  }

  @Test
  void aScheduledRunKeepsItsSlotAndItsBudget() {
    Instant slot = Instant.parse("2024-05-01T03:00:00Z");

    Map<String, Object> parameters =
        RunRequest.forAllMissing(RunTrigger.SCHEDULE, slot, BigDecimal.TEN).parameters();

    assertThat(parameters)
        .containsEntry("trigger", "SCHEDULE")
        .containsEntry("slot", Timestamp.from(slot))
        .containsEntry("mode", "missing")
        .containsEntry("category", null)
        .containsEntry("style", null)
        .containsEntry("maxCostUsd", BigDecimal.TEN);
    assertThat((String[]) parameters.get("values")).isEmpty();
  }
}
