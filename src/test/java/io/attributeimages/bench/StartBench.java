package io.attributeimages.bench;

import io.attributeimages.support.Program;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** How long the program takes from its launch until it is of use, with external services. */
class StartBench extends Bench {

  private static final int STARTS = size(5, 1);

  @Test
  void untilTheFirstAnswerAndTheFirstSubmit() throws InterruptedException {
    Path archive = directory.resolve("classes.jsa");
    archive(archive); // creates the tables as well
    Times plain = times();
    Times image =
        times(
            Stream.concat(AS_IN_THE_IMAGE.stream(), Stream.of("-XX:SharedArchiveFile=" + archive))
                .toArray(String[]::new));
    new Result("start")
        .with("starts", STARTS)
        .atMost("statusSeconds", plain.answer(), 3)
        .atMost("submitSeconds", plain.submit(), 3)
        .atMost("statusSecondsOfTheImage", image.answer(), 3)
        .atMost("submitSecondsOfTheImage", image.submit(), 3)
        .print();
  }

  /** As {@code deploy/class-archive.sh} does. */
  private void archive(Path archive) {
    Program program =
        start(
            Map.of(),
            Stream.concat(
                    AS_IN_THE_IMAGE.stream(),
                    Stream.of(
                        "-XX:ArchiveClassesAtExit=" + archive,
                        "-Xlog:cds=off",
                        "-Xlog:cds+dynamic=off"))
                .toArray(String[]::new));
    program.awaitAnswer().stop();
  }

  private record Times(double answer, double submit) {}

  private Times times(String... jvmOptions) throws InterruptedException {
    List<Double> answers = new ArrayList<>();
    List<Double> submits = new ArrayList<>();
    for (int i = 0; i < STARTS; i++) {
      services.clear();
      long begin = System.nanoTime();
      try (Program program = start(Map.of("PIPELINE_RUN_AT_START", "true"), jvmOptions)) {
        double answer = 0;
        double submit = 0;
        while (answer == 0 || submit == 0) {
          Thread.sleep(20); // whoever waits must not take the processor from what it waits for
          if (answer == 0 && answers(program)) {
            answer = seconds(begin);
          }
          if (submit == 0 && !novita.submits().isEmpty()) {
            submit = seconds(begin);
          }
        }
        answers.add(answer);
        submits.add(submit);
        awaitThat(() -> services.openWork().isEmpty());
      }
    }
    return new Times(median(answers), median(submits));
  }

  private static boolean answers(Program program) {
    try {
      return program.get("/api/status").statusCode() == 200;
    } catch (UncheckedIOException e) {
      return false;
    }
  }

  private static double median(List<Double> values) {
    Collections.sort(values);
    return values.get(values.size() / 2);
  }
}
