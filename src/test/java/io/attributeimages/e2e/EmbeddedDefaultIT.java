package io.attributeimages.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.attributeimages.support.Program;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged program in an empty folder, with no settings. */
class EmbeddedDefaultIT {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int REQUIRED = 44;

  @TempDir Path directory;

  @Test
  void allImagesAreStoredAndVisibleAndSurviveAKill() throws IOException {
    try (Program program = Program.start(directory, Map.of()).awaitAnswer()) {
      assertThat(program.log()).contains("SIMULATED Novita");
      awaitComplete(program);
      assertThat(submits()).isEqualTo(REQUIRED);
      JsonNode images = json(program, "/api/attribute-images").path("images");
      assertThat(images).hasSize(42);
      URL url = URI.create(images.get(0).path("image_url").textValue()).toURL();
      assertThat(url.openConnection().getContentType()).isEqualTo("image/jpeg");
      var picture = ImageIO.read(url);
      assertThat(picture.getWidth()).isEqualTo(512);
      assertThat(picture.getHeight()).isEqualTo(768);
      program.kill();
    }

    try (Program again = Program.start(directory, Map.of()).awaitAnswer()) {
      awaitComplete(again);
      assertThat(submits()).isEqualTo(REQUIRED);
      assertThat(again.stop()).as("SIGTERM ends it").isIn(0, 143);
    }
  }

  @Test
  void whatIsNoObjectIsNotFoundAndNoNews() {
    List<String> keys = new ArrayList<>(List.of("", "k".repeat(2000), "a/".repeat(900)));
    keys.addAll(List.of("?acl . /x %2fx ..%2fx a%2f..%2f..%2fx %00 %0d%0a %ff a:b *".split(" ")));
    Map<String, String> idle = Map.of("PIPELINE_RUN_AT_START", "false");
    try (Program program = Program.start(directory, idle).awaitAnswer()) {
      for (String key : keys) {
        var answer = program.get("/storage/v1/object/public/assets/" + key);
        assertThat(answer.statusCode()).as(key).isEqualTo(404);
      }
      assertThat(program.log()).doesNotContain("ERROR", "WARN", "\tat ");
    }
  }

  @Test
  void aKillInTheMiddlePaysNothingTwice() {
    Map<String, String> slow =
        Map.of(
            "EMBEDDED_NOVITA_IMAGE_DELAY",
            "4s",
            "PIPELINE_LEASE",
            "3s",
            "PIPELINE_HEARTBEAT",
            "1s");
    try (Program program = Program.start(directory, slow).awaitAnswer()) {
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> json(program, "/api/runs").at("/runs/0/submitted").asInt() == REQUIRED);
      program.kill();
    }

    try (Program again = Program.start(directory, slow).awaitAnswer()) {
      awaitComplete(again);
      assertThat(submits()).isEqualTo(REQUIRED);
      assertThat(json(again, "/api/status").path("costUsd").asDouble()).isEqualTo(0.66);
    }
  }

  @Test
  void aSecondProgramOnTheSameDirectoryIsRefusedAndHarmsNothing() {
    try (Program first = Program.start(directory, Map.of()).awaitAnswer();
        Program second = Program.start(directory, Map.of())) {
      assertThat(second.awaitEnd()).isEqualTo(2);
      assertThat(second.log())
          .contains("Another instance is already using")
          .doesNotContain("\tat ");
      awaitComplete(first);
    }
  }

  @Test
  void aPartialConfigurationIsRefusedByName() {
    try (Program program = Program.start(directory, Map.of("NOVITA_API_KEY", "secret-key"))) {
      assertThat(program.awaitEnd()).isEqualTo(2);
      assertThat(program.log())
          .contains(
              "storage.endpoint",
              "storage.secret-access-key",
              "quarkus.datasource.jdbc.url",
              "missing")
          .doesNotContain("\tat ", "secret-key");
      assertThat(directory.resolve("data")).doesNotExist();
    }
  }

  @Test
  void aBadSettingIsNamedWithItsValueAndWhatIsAllowed() {
    try (Program program = Program.start(directory, Map.of("NOVITA_IMAGES_PER_MINUTE", "many"))) {
      assertThat(program.awaitEnd()).isEqualTo(2);
      assertThat(program.log())
          .contains(
              "novita.images-per-minute is 'many'; allowed is a whole number from 1 to 100000")
          .doesNotContain("\tat ");
    }
  }

  @Test
  void aBadCatalogueIsRefusedByPathBeforeAnythingStarts() throws IOException {
    Path catalogue =
        Files.writeString(
            directory.resolve("mine.yaml"), "categories:\n  - name: age\n    value: []\n");
    try (Program program =
        Program.start(directory, Map.of("CATALOG_LOCATION", catalogue.toString()))) {
      assertThat(program.awaitEnd()).isEqualTo(2);
      assertThat(program.log())
          .contains("mine.yaml", "categories[0].value")
          .doesNotContain("\tat ");
      assertThat(directory.resolve("data")).doesNotExist();
    }
  }

  @Test
  void anUnknownCommandIsRefused() {
    try (Program program = Program.start(directory, Map.of(), "generat")) {
      assertThat(program.awaitEnd()).isEqualTo(2);
      assertThat(program.log()).contains("Unknown command 'generat'");
    }
  }

  private static void awaitComplete(Program program) {
    await()
        .atMost(Duration.ofSeconds(180))
        .until(
            () -> {
              JsonNode status = json(program, "/api/status");
              return status.path("stored").asInt() == 42
                  && status.path("missing").asInt() == 0
                  && status.at("/styles/stored").asInt() == 2;
            });
  }

  private static JsonNode json(Program program, String path) {
    try {
      return JSON.readTree(program.get(path).body());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** How many submits the simulated Novita has accepted in this directory. */
  private long submits() {
    try (Stream<Path> tasks = Files.list(directory.resolve("data/novita/tasks"))) {
      return tasks.count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
