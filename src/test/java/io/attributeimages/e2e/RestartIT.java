package io.attributeimages.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.attributeimages.support.NovitaDouble;
import io.attributeimages.support.Program;
import io.attributeimages.support.Services;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The packaged program on services of its own, as on real accounts, and what a restart does to it.
 */
class RestartIT {

  private static final int REQUIRED = 44;

  @TempDir Path data;
  @TempDir Path directory;

  private Services services;
  private NovitaDouble novita;

  @BeforeEach
  void startServices() {
    services = Services.start(data);
    novita = services.novita();
  }

  @AfterEach
  void stopServices() {
    services.close();
  }

  private Map<String, String> settings() {
    Map<String, String> settings = services.settings();
    settings.put("PIPELINE_LEASE", "3s");
    settings.put("PIPELINE_HEARTBEAT", "1s");
    return settings;
  }

  @Test
  void aProgramWhosePortIsTakenSaysSoAndMakesNothing() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      Map<String, String> settings = settings();
      settings.put("PIPELINE_RUN_AT_START", "true");

      try (Program program = Program.startOn(taken.getLocalPort(), directory, settings)) {
        assertThat(program.awaitEnd()).as(program.log()).isEqualTo(2);
        assertThat(program.log())
            .contains("Address already in use (127.0.0.1:" + taken.getLocalPort() + ")")
            .doesNotContain("\tat ");
      }
    }
    assertThat(services.count("pg_namespace WHERE nspname = 'ledger'")).isZero();
    assertThat(novita.submits()).isEmpty();
  }

  @Test
  void aRestartBetweenSubmitAndCollectGoesOnWithoutANewSubmit() {
    novita.configure(NovitaDouble.Options.defaults().withImageLatency(Duration.ofHours(1)));
    try (Program program = Program.start(directory, settings()).awaitAnswer()) {
      assertThat(program.post("/api/runs", "{}").statusCode()).isEqualTo(202);
      await().atMost(Duration.ofSeconds(120)).until(() -> count(program, "submitted") == REQUIRED);
      program.kill();
    }
    novita.advance(Duration.ofHours(2));

    try (Program again = Program.start(directory, settings()).awaitAnswer()) {
      await()
          .atMost(Duration.ofSeconds(180))
          .until(() -> again.get("/api/runs").body().contains("COMPLETED"));
      assertThat(count(again, "stored")).isEqualTo(REQUIRED);
      assertThat(novita.submits()).hasSize(REQUIRED);
      assertThat(again.get("/api/attribute-images").body())
          .contains(
              "https://project.supabase.co/storage/v1/object/public/assets/attribute-images/age/");
      assertThat(again.log()).doesNotContain(services.secrets());
    }
  }

  @Test
  void withRealAccountsNothingIsPaidBeforeSomebodyAsks() {
    try (Program program = Program.start(directory, settings()).awaitAnswer()) {
      assertThat(program.get("/api/runs").body()).isEqualTo("{\"runs\":[]}");
      assertThat(program.stop()).isIn(0, 143);
    }
    assertThat(novita.submits()).isEmpty();
  }

  @Test
  void aMissingBucketIsSaidAtStart() {
    Map<String, String> settings = settings();
    settings.put("STORAGE_BUCKET", "no-such-bucket");
    try (Program program = Program.start(directory, settings)) {
      assertThat(program.awaitEnd()).isEqualTo(2);
      assertThat(program.log())
          .contains("storage.bucket is 'no-such-bucket'")
          .doesNotContain("\tat ");
    }
  }

  @Test
  void wrongKeysOfTheStoreAreSaidAtStart() {
    Map<String, String> settings = settings();
    settings.put("STORAGE_SECRET_ACCESS_KEY", "wrong-secret");
    try (Program program = Program.start(directory, settings)) {
      assertThat(program.awaitEnd()).isEqualTo(2);
      assertThat(program.log())
          .contains("storage.secret-access-key")
          .doesNotContain("\tat ", "wrong-secret");
    }
  }

  @Test
  void aDatabaseThatCannotBeReachedIsSaidAtStart() {
    Map<String, String> settings = settings();
    settings.put("QUARKUS_DATASOURCE_JDBC_URL", "jdbc:postgresql://127.0.0.1:1/postgres");
    try (Program program = Program.start(directory, settings)) {
      assertThat(program.awaitEnd()).isEqualTo(2);
      assertThat(program.log()).contains("quarkus.datasource.jdbc.url").doesNotContain("\tat ");
    }
  }

  private static int count(Program program, String field) {
    String body = program.get("/api/runs").body();
    return io.restassured.path.json.JsonPath.from(body).getInt("runs[0]." + field);
  }
}
