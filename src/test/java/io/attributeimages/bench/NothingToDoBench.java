package io.attributeimages.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.attributeimages.support.Program;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a run costs when everything is there. */
class NothingToDoBench extends Bench {

  @Test
  void aRunOverTheBuiltInCatalogueThatIsComplete() {
    try (Program program = start(Map.of("NOVITA_IMAGES_PER_MINUTE", "10000")).awaitAnswer()) {
      awaitComplete(startRun(program, "{}"));
      int paid = novita.paid();

      long begin = System.nanoTime();
      awaitComplete(startRun(program, "{}"));
      double seconds = seconds(begin);

      assertThat(novita.paid()).isEqualTo(paid);
      new Result("nothing to do").with("images", paid).with("seconds", seconds).print();
    }
  }
}
