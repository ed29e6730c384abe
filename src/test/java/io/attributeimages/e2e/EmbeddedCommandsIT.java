package io.attributeimages.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.attributeimages.support.Program;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands in an empty folder, with no settings: alone, and beside the service. */
class EmbeddedCommandsIT {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(120);

  /** The service waits to be asked, so that what the commands do can be told from what it does. */
  private static final Map<String, String> IDLE = Map.of("PIPELINE_RUN_AT_START", "false");

  @TempDir Path directory;

  private Program ended(int exitCode, String... arguments) {
    Program command = Program.command(directory, Map.of(), arguments);
    assertThat(command.awaitEnd()).as(() -> command.log()).isEqualTo(exitCode);
    assertThat(command.log()).doesNotContain("\tat ");
    return command;
  }

  private Path found() {
    return directory.resolve("data/services.properties");
  }

  @Test
  void aloneACommandRunsItsOwnServicesOnTheSameData() throws IOException {
    assertThat(ended(0, "migrate").output()).contains("Applied V1, ");
    assertThat(ended(0, "generate", "--category", "age", "--style", "anime").output())
        .contains("7 of 7 stored, 0.105 USD");
    assertThat(found()).doesNotExist();

    try (Program service = Program.start(directory, IDLE).awaitAnswer()) {
      assertThat(service.get("/api/status").body()).contains("\"stored\":7,");
    }
  }

  @Test
  void besideTheServiceACommandUsesItsServices() throws IOException {
    try (Program service = Program.start(directory, IDLE).awaitAnswer()) {
      assertThat(ended(1, "check").output()).contains("42 of 42 images");
      assertThat(ended(0, "probe").output()).doesNotContain("failed", "public URL");

      ended(0, "generate", "--category", "age", "--style", "anime", "--json");

      JsonNode images = JSON.readTree(service.get("/api/attribute-images").body()).path("images");
      assertThat(images).hasSize(7);
      String url = images.get(0).path("image_url").textValue();
      assertThat(url).startsWith(service.baseUrl());
      assertThat(ImageIO.read(URI.create(url).toURL()).getWidth()).isEqualTo(512);
      assertThat(service.isAlive()).isTrue();
    }
    assertThat(found()).doesNotExist();
  }

  @Test
  void whenTheServiceStopsTheCommandBesideItEndsAndNothingIsLost() {
    Map<String, String> slow =
        Map.of("PIPELINE_RUN_AT_START", "false", "EMBEDDED_NOVITA_IMAGE_DELAY", "1h");
    Program command;
    try (Program service = Program.start(directory, slow).awaitAnswer()) {
      command = Program.command(directory, Map.of(), "generate", "--category", "age");
      await()
          .atMost(PATIENCE)
          .until(() -> service.get("/api/tasks?state=SUBMITTED").body().contains("providerTaskId"));

      assertThat(service.stopsWithin(Duration.ofSeconds(35))).as("ends in time").isTrue();
    }

    assertThat(command.awaitEnd()).as(() -> command.log()).isEqualTo(1);
    assertThat(command.errors())
        .contains("has stopped. Nothing that was paid is lost")
        .doesNotContain("\tat ");
  }

  @Test
  void whatAKilledServiceLeavesBehindIsNotBelieved() {
    try (Program service = Program.start(directory, IDLE).awaitAnswer()) {
      assertThat(Files.exists(found())).isTrue();
      service.kill();
    }

    assertThat(ended(1, "check", "--json").output()).contains("\"missing\" : 42");
  }
}
