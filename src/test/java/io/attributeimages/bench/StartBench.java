package io.attributeimages.bench;

import io.attributeimages.support.Program;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** How long the program takes from its launch until it is of use, with external services. */
class StartBench extends Bench {

  private static final int STARTS = 5;

  @Test
  void untilTheFirstAnswerAndTheFirstSubmit() throws InterruptedException {
    start(Map.of()).awaitAnswer().close(); // creates the tables
    List<Double> answers = new ArrayList<>();
    List<Double> submits = new ArrayList<>();
    for (int i = 0; i < STARTS; i++) {
      services.clear();
      long begin = System.nanoTime();
      try (Program program = start(Map.of("PIPELINE_RUN_AT_START", "true"))) {
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
    new Result("start")
        .with("starts", STARTS)
        .atMost("statusSeconds", median(answers), 3)
        .atMost("submitSeconds", median(submits), 3)
        .print();
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
