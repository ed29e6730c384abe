package io.attributeimages.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.attributeimages.support.MessageBroker;
import io.attributeimages.support.NovitaDouble.Options;
import io.attributeimages.support.Program;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** What it costs, and gives, to have work handed out by a message broker. */
@DisabledIfSystemProperty(
    named = "quick",
    matches = ".*",
    disabledReason = "eight programs take their time to start")
class QueueBench extends Bench {

  private static final int IMAGES = 1000;

  @Test
  void ledgerAndBroker(@TempDir Path directory) {
    String catalogue = catalogue(IMAGES - 1).toString();
    Result result = new Result("queue").with("images", IMAGES);
    try (MessageBroker broker = MessageBroker.start(directory, "images")) {
      for (int instances : List.of(1, 3)) {
        Figures ledger = work(instances, catalogue, Map.of());
        Figures queue = work(instances, catalogue, broker.settings());
        result
            .with("ledgerImagesPerSecond" + instances, ledger.imagesPerSecond())
            .with("queueImagesPerSecond" + instances, queue.imagesPerSecond())
            .with("ratio" + instances, queue.imagesPerSecond() / ledger.imagesPerSecond())
            .with("ledgerCpuSeconds" + instances, ledger.cpuSeconds())
            .with("queueCpuSeconds" + instances, queue.cpuSeconds())
            .with("cpuRatio" + instances, queue.cpuSeconds() / ledger.cpuSeconds());
      }
    }
    result.print();
  }

  /**
   * One run of the images.
   *
   * @param cpuSeconds what the instances used from its start to its end
   */
  private record Figures(double imagesPerSecond, double cpuSeconds) {}

  private Figures work(int instances, String catalogue, Map<String, String> queue) {
    services.clear();
    novita.configure(Options.defaults().withImageLatency(Duration.ofMillis(500)));
    Map<String, String> settings = new HashMap<>(queue);
    settings.put("CATALOG_LOCATION", catalogue);
    settings.put("NOVITA_IMAGES_PER_MINUTE", "10000");
    List<Program> programs = IntStream.range(0, instances).mapToObj(i -> start(settings)).toList();
    try {
      programs.forEach(Program::awaitAnswer);
      double cpu = cpuSeconds(programs);
      long begin = System.nanoTime();
      awaitComplete(startRun(programs.get(0), "{}"));
      double seconds = seconds(begin);
      assertThat(novita.paid()).isEqualTo(IMAGES);
      return new Figures(IMAGES / seconds, cpuSeconds(programs) - cpu);
    } finally {
      programs.forEach(Program::close);
    }
  }

  private static double cpuSeconds(List<Program> programs) {
    return programs.stream()
            .map(program -> ProcessHandle.of(program.pid()).orElseThrow())
            .mapToLong(process -> process.info().totalCpuDuration().orElseThrow().toMillis())
            .sum()
        / 1000.0;
  }
}
