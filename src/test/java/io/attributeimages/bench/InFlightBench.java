package io.attributeimages.bench;

import io.attributeimages.support.NovitaDouble.Options;
import io.attributeimages.support.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What many images cost that Novita is at work on. Reads {@code /proc}, so Linux only. */
class InFlightBench extends Bench {

  private static final int IMAGES = size(5000, 1000);
  private static final Duration MEASURED = Duration.ofSeconds(size(60, 10));
  private static final Pattern USED = Pattern.compile("used (\\d+)K");

  @Test
  void imagesWaitAtNovita() throws InterruptedException, IOException {
    novita.configure(Options.defaults().withImageLatency(Duration.ofHours(10)));
    Map<String, String> settings =
        Map.of(
            "CATALOG_LOCATION", catalogue(IMAGES - 1).toString(),
            "NOVITA_IMAGES_PER_MINUTE", "10000",
            "NOVITA_TASK_TIMEOUT", "20h");
    String[] options =
        Stream.concat(AS_IN_THE_IMAGE.stream(), Stream.of("-Xmx256m")).toArray(String[]::new);
    try (Program program = start(settings, options).awaitAnswer()) {
      long begin = System.nanoTime();
      startRun(program, "{}");
      awaitThat(() -> novita.acceptedSubmits() == IMAGES);
      double submitted = seconds(begin);
      Thread.sleep(MEASURED.toMillis()); // the first questions are close together

      int polls = novita.polls().size();
      double cpu = Processes.cpuSeconds(program.pid());
      long from = System.nanoTime();
      Thread.sleep(MEASURED.toMillis());
      double passed = seconds(from);
      new Result("in flight")
          .with("images", IMAGES)
          .with("submitSeconds", submitted)
          .with("pollsPerSecond", (novita.polls().size() - polls) / passed)
          .atMost("coreShare", (Processes.cpuSeconds(program.pid()) - cpu) / passed, 0.05)
          .atMost("threads", threads(program), 64)
          .atMost("heapMegabytes", heap(program), 256)
          .print();
    }
  }

  private static int threads(Program program) throws IOException {
    try (var tasks = Files.list(Path.of("/proc/" + program.pid() + "/task"))) {
      return (int) tasks.count();
    }
  }

  /** What is alive in all generations of the heap after a collection, in megabytes. */
  private static double heap(Program program) {
    Processes.jcmd(program.pid(), "GC.run");
    String heap = Processes.jcmd(program.pid(), "GC.heap_info").split("Metaspace")[0];
    long kilobytes =
        USED.matcher(heap).results().mapToLong(used -> Long.parseLong(used.group(1))).sum();
    if (kilobytes == 0) {
      throw new IllegalStateException("the heap is not known");
    }
    return kilobytes / 1024.0;
  }
}
