package io.attributeimages.cli;

import static io.attributeimages.cli.ProgressTest.progress;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ProgressViewTest {

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final AtomicLong now = new AtomicLong();
  private final ProgressView lines = new ProgressView.Lines(printer(), now::get);

  private PrintStream printer() {
    return new PrintStream(out, true, StandardCharsets.UTF_8);
  }

  private List<String> shown() {
    return out.toString(StandardCharsets.UTF_8).lines().toList();
  }

  @Test
  void aLineIsWrittenAtEachTenthOfTheWay() {
    for (long stored = 0; stored <= 100; stored++) {
      lines.show(progress(0, 100 - stored, stored, 0));
    }

    assertThat(shown()).hasSize(11);
    assertThat(shown().get(3)).startsWith("30 of 100 stored");
  }

  @Test
  void aSlowRunIsHeardOfEveryHalfMinuteWithAnyChange() {
    lines.show(progress(100, 0, 0, 0));
    now.addAndGet(Duration.ofSeconds(29).toNanos());
    lines.show(progress(99, 1, 0, 0));
    assertThat(shown()).hasSize(1);

    now.addAndGet(Duration.ofSeconds(1).toNanos());
    lines.show(progress(99, 1, 0, 0));
    assertThat(shown()).hasSize(2);

    now.addAndGet(Duration.ofSeconds(60).toNanos());
    lines.show(progress(99, 1, 0, 0));
    assertThat(shown()).as("nothing has changed").hasSize(2);
  }

  @Test
  void theBarStaysInOneLineAndLeavesTheTerminalAsItWas() {
    ProgressView bar = new ProgressView.Bar(printer());

    bar.show(progress(3, 0, 1, 0));
    bar.tell("Something else.");
    bar.show(progress(0, 0, 3, 1));
    bar.close();
    bar.close();

    String drawn = out.toString(StandardCharsets.UTF_8);
    assertThat(drawn).contains("Something else." + System.lineSeparator());
    assertThat(drawn)
        .contains("100%", "4/4", "0.06 USD, 1 failed")
        .endsWith(System.lineSeparator());
    assertThat(drawn.split("\u001b\\[\\?7l", -1)).hasSameSizeAs(drawn.split("\u001b\\[\\?7h", -1));
    assertThat(drawn.split(System.lineSeparator()))
        .as("lines that stay, however often the last one was drawn")
        .hasSize(2);
  }
}
