package io.attributeimages.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.attributeimages.support.NovitaDouble;
import io.attributeimages.support.Program;
import io.attributeimages.support.Services;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;

/**
 * What the benchmarks share: the packaged program as it is started for real, on a Postgres and an
 * S3 server of their own processes and ports, and a double of Novita. They measure and say what
 * they found; they fail only where the program does not do its work.
 */
@TestInstance(Lifecycle.PER_CLASS)
abstract class Bench {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofMinutes(15);
  private static final String COMPLETED = "COMPLETED";

  /** The statement that waits for a run to be over; not the program's. */
  static final String RUN_STATE = "SELECT state FROM ledger.run WHERE id = ?::uuid";

  /** What the container image starts the JVM with; here, besides the archive of classes. */
  static final List<String> AS_IN_THE_IMAGE =
      List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

  /** {@code -Dquick}: smaller sizes, for ratios while one works. */
  static final boolean QUICK = System.getProperty("quick") != null;

  Services services;
  private SingleConnectionDataSource watching;
  NovitaDouble novita;
  Path directory;

  @BeforeAll
  void startServices(@TempDir Path services, @TempDir Path directory) {
    this.services = start(services);
    this.novita = this.services.novita();
    this.novita.giveOnePicture();
    this.directory = directory;
    Map<String, String> settings = this.services.directSettings();
    this.watching =
        new SingleConnectionDataSource(
            settings.get("QUARKUS_DATASOURCE_JDBC_URL"),
            settings.get("QUARKUS_DATASOURCE_USERNAME"),
            settings.get("QUARKUS_DATASOURCE_PASSWORD"),
            true);
  }

  @AfterAll
  void stopServices() {
    watching.destroy();
    services.close();
  }

  /** Starts them in an empty directory. */
  Services start(Path directory) {
    return Services.startWithPostgres(directory);
  }

  /** The size of what is measured, and the one that will do for a quick look. */
  static int size(int full, int quick) {
    return QUICK ? quick : full;
  }

  /** The program with these settings above where its services are. */
  Program start(Map<String, String> settings, String... jvmOptions) {
    return Program.startPlain(directory, settings(settings), List.of(jvmOptions));
  }

  private Map<String, String> settings(Map<String, String> more) {
    Map<String, String> settings = new HashMap<>(services.directSettings());
    settings.putAll(more);
    return settings;
  }

  /** Asks for a run and returns its id. */
  static String startRun(Program program, String request) {
    HttpResponse<String> answer = program.post("/api/runs", request);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
    return json(answer.body()).path("id").asText();
  }

  /** Waits until the run is complete, with as little disturbance as can be: on one connection. */
  void awaitComplete(String run) {
    JdbcTemplate sql = new JdbcTemplate(watching);
    awaitThat(() -> COMPLETED.equals(sql.queryForObject(RUN_STATE, String.class, run)));
  }

  /** Waits until all images of the run are planned. */
  void awaitPlanned(String run) {
    awaitThat(
        () ->
            services.count("ledger.run WHERE planned_at IS NOT NULL AND id = '" + run + "'") == 1);
  }

  static void awaitThat(Callable<Boolean> condition) {
    await().atMost(PATIENCE).pollInterval(Duration.ofMillis(100)).until(condition);
  }

  /** A catalogue of so many values in one category and one style, besides its cover. */
  Path catalogue(int values) {
    StringBuilder yaml = new StringBuilder("size: {width: 512, height: 768}\ncategories:\n");
    yaml.append("  - name: look\n    values:\n");
    for (int i = 0; i < values; i++) {
      yaml.append("      - {name: v%07d, description: adult number %d}\n".formatted(i, i));
    }
    yaml.append(
        "styles:\n  - {name: plain, title: Plain, description: Plain, prompt: \"portrait of {value}\","
            + " cover-prompt: portrait of an adult}\n");
    return write("catalogue-" + values + ".yaml", yaml.toString());
  }

  Path write(String name, String text) {
    try {
      return Files.writeString(directory.resolve(name), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static double seconds(long fromNanos) {
    return (System.nanoTime() - fromNanos) / 1e9;
  }
}
