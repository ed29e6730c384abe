package io.attributeimages.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.attributeimages.catalog.Recipe;
import java.lang.reflect.Proxy;
import java.math.BigDecimal;
import java.sql.Array;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class RowsTest {

  private static final Instant MOMENT = Instant.parse("2024-02-29T12:34:56.123456Z");

  @Test
  void anArrayOfTheDatabaseIsAList() {
    assertThat(Rows.strings(array(new String[] {"30s", "40s"}))).containsExactly("30s", "40s");
    assertThat(Rows.strings(array(new String[0]))).isEmpty();
  }

  @Test
  void aPlainArrayIsAListToo() {
    assertThat(Rows.strings(new String[] {"30s"})).containsExactly("30s");
  }

  @Test
  void noArrayIsNoStrings() {
    assertThat(Rows.strings(null)).isEmpty();
  }

  @Test
  void anArrayThatCannotBeReadIsAnError() {
    assertThatThrownBy(() -> Rows.strings(array(new SQLException("closed"))))
        .isInstanceOf(IllegalStateException.class)
        .hasRootCauseInstanceOf(SQLException.class);
  }

  @Test
  void aTimestampKeepsItsMicroseconds() {
    assertThat(Rows.instant(Timestamp.from(MOMENT))).isEqualTo(MOMENT);
    assertThat(Rows.instant(null)).isNull();
  }

  @Test
  void aRunIsReadFromItsRow() {
    UUID id = UUID.randomUUID();
    Map<String, Object> row = new HashMap<>();
    row.put("id", id);
    row.put("mode", "regenerate");
    row.put("category", "age");
    row.put("filter_values", array(new String[] {"30s"}));
    row.put("style", null);
    row.put("max_cost_usd", new BigDecimal("1.500"));
    UUID token = UUID.randomUUID();
    row.put("plan_token", token);
    row.put("plan_position", 7L);

    assertThat(Run.fromRow(row))
        .isEqualTo(
            new Run(
                id,
                RunMode.REGENERATE,
                new ImageFilter(Optional.of("age"), List.of("30s"), Optional.empty()),
                new BigDecimal("1.500"),
                token,
                7));
  }

  @Test
  void aRunOverEverythingHasNoFilter() {
    Map<String, Object> row = new HashMap<>();
    row.put("id", UUID.randomUUID());
    row.put("mode", "missing");
    row.put("plan_position", 0L);

    Run run = Run.fromRow(row);

    assertThat(run.filter()).isEqualTo(ImageFilter.ALL);
    assertThat(run.maxCostUsd()).isNull();
  }

  @Test
  void aTaskIsReadFromItsRow() {
    UUID id = UUID.randomUUID();
    UUID run = UUID.randomUUID();
    Map<String, Object> row = new HashMap<>();
    row.put("id", id);
    row.put("run_id", run);
    row.put("category", "age");
    row.put("value", "30s");
    row.put("style", "anime");
    row.put("model", "txt2img");
    row.put("recipe", "{\"prompt\": \"a prompt\", \"width\": 512, \"height\": 768}");
    row.put("picture_url", "url");
    row.put("picture_until", Timestamp.from(MOMENT.plusSeconds(3)));
    row.put("original_key", "original");
    row.put("confidence", new BigDecimal("1.5"));
    row.put("attempts", 2);
    row.put("provider_task_id", "task");
    row.put("created_at", Timestamp.from(MOMENT));
    row.put("submitted_at", Timestamp.from(MOMENT.plusSeconds(1)));
    row.put("collecting_since", null);
    row.put("claimed_at", Timestamp.from(MOMENT.plusSeconds(2)));
    row.put("price_usd", new BigDecimal("0.015"));
    row.put("setbacks", 3);
    row.put("setback_since", Timestamp.from(MOMENT.plusSeconds(1)));
    row.put("next_poll_at", Timestamp.from(MOMENT.plusSeconds(2)));

    Task task = Task.fromRow(row);

    assertThat(task)
        .isEqualTo(
            new Task(
                id,
                run,
                "age",
                "30s",
                "anime",
                "txt2img",
                Recipe.parse("{\"prompt\": \"a prompt\", \"width\": 512, \"height\": 768}"),
                2,
                "task",
                "url",
                MOMENT.plusSeconds(3),
                "original",
                new BigDecimal("1.5"),
                MOMENT,
                MOMENT.plusSeconds(1),
                null,
                MOMENT.plusSeconds(2),
                new BigDecimal("0.015"),
                3,
                MOMENT.plusSeconds(1),
                MOMENT.plusSeconds(2)));
    assertThat(task.image()).isEqualTo("age/30s/anime");
  }

  /** A {@code java.sql.Array} that has this content, or throws it. */
  private static Array array(Object content) {
    return (Array)
        Proxy.newProxyInstance(
            RowsTest.class.getClassLoader(),
            new Class<?>[] {Array.class},
            (proxy, method, arguments) -> {
              if (content instanceof Throwable failure) {
                throw failure;
              }
              return content;
            });
  }
}
