package io.attributeimages.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunningServicesTest {

  private static final Map<String, String> SETTINGS =
      Map.of("novita.base-url", "http://127.0.0.1:1", "quarkus.datasource.password", "a=b\\c\nd");

  @TempDir Path directory;

  @Test
  void whatAProgramTellsIsFoundAsLongAsItDoesNotForget() {
    RunningServices.tell(directory, SETTINGS);
    assertThat(RunningServices.find(directory).orElseThrow())
        .containsAllEntriesOf(SETTINGS)
        .containsEntry("embedded.joined", directory.resolve("services.properties").toString())
        .doesNotContainKey("pid");

    RunningServices.forget(directory);
    assertThat(RunningServices.find(directory)).isEmpty();
  }

  @Test
  void onlyTheOwnerCanReadIt() throws IOException {
    RunningServices.tell(directory, SETTINGS);

    assertThat(Files.getPosixFilePermissions(directory.resolve("services.properties")))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
  }

  @Test
  void whatAKilledProgramLeftBehindIsNotBelieved() throws Exception {
    Process gone = new ProcessBuilder("true").start();
    gone.waitFor();
    Files.writeString(
        directory.resolve("services.properties"), "pid=" + gone.pid() + "\nnovita.base-url=x\n");

    assertThat(RunningServices.find(directory)).isEmpty();
  }
}
