package io.attributeimages;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each case is a JVM of its own, which is what ends. */
class OutOfMemoryTest {

  /** What somebody's memory is used up in. */
  public static void main(String[] how) throws InterruptedException {
    OutOfMemory.endsTheProgram();
    Error error = new OutOfMemoryError("of a test");
    switch (how[0]) {
      case "thrown" -> {
        Thread thread =
            new Thread(
                () -> {
                  throw error;
                });
        thread.start();
        thread.join();
      }
      case "logged" ->
          Logger.getLogger("x")
              .log(Level.SEVERE, "caught", new IllegalStateException("wrapped", error));
      default ->
          Logger.getLogger("x")
              .log(Level.SEVERE, "OutOfMemoryError", new StackOverflowError("OutOfMemoryError"));
    }
  }

  @ParameterizedTest
  @CsvSource({"thrown, 3", "logged, 3", "another, 0"})
  void theProgramEndsWhereMemoryIsUsedUp(String how, int exitCode) throws Exception {
    Process jvm =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                OutOfMemoryTest.class.getName(),
                how)
            .redirectErrorStream(true)
            .start();
    String output = new String(jvm.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(jvm.waitFor()).as(output).isEqualTo(exitCode);
    assertThat(output.contains("The memory of the JVM is used up")).isEqualTo(exitCode == 3);
  }
}
