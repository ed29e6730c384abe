package io.attributeimages.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.attributeimages.support.Fault;
import io.attributeimages.support.NovitaDouble.Options;
import io.attributeimages.support.Program;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands as processes of their own, on services as of real accounts. */
class CommandsIT extends OnServices {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String NOBODY = "00000000-0000-0000-0000-000000000000";
  private static final int SIGTERM = 143;

  @TempDir Path folder;

  @Override
  Map<String, String> settings() {
    return Map.of("PIPELINE_LEASE", "5s", "PIPELINE_HEARTBEAT", "1s");
  }

  private Program start(String... arguments) {
    return start(Map.of(), arguments);
  }

  private Program start(Map<String, String> more, String... arguments) {
    Map<String, String> settings = services.settings();
    settings.put("NOVITA_POLL_INTERVAL", "200ms");
    settings.put("PIPELINE_REDELIVERY_DELAY", "100ms");
    settings.putAll(settings());
    settings.putAll(more);
    return Program.command(folder, settings, arguments);
  }

  private Program ended(int exitCode, String... arguments) {
    return ended(exitCode, Map.of(), arguments);
  }

  private Program ended(int exitCode, Map<String, String> more, String... arguments) {
    Program command = start(more, arguments);
    assertThat(command.awaitEnd()).as(() -> command.log()).isEqualTo(exitCode);
    assertThat(command.log()).doesNotContain(services.secrets()).doesNotContain("\tat ");
    return command;
  }

  private static JsonNode json(Program command) {
    try {
      return JSON.readTree(command.output());
    } catch (JsonProcessingException e) {
      throw new AssertionError("not one JSON object:\n" + command.log(), e);
    }
  }

  @Test
  void whatIsMissingIsSaidMadeAndThenNoLongerMissing() {
    assertThat(ended(1, "check").output())
        .contains("age        realistic  0/7", "42 of 42 images and 2 of 2 covers are missing");
    JsonNode plan = json(ended(0, "generate", "--dry-run", "--json"));
    assertThat(plan.path("planned").asInt()).isEqualTo(REQUIRED);
    assertThat(novita.submits()).isEmpty();

    JsonNode made = json(ended(0, "generate", "--json"));

    assertThat(made.path("outcome").asText()).isEqualTo("complete");
    assertThat(made.path("stored").asInt()).isEqualTo(REQUIRED);
    assertThat(made.path("costUsd").asDouble()).isEqualTo(0.66);
    assertNothingIsLostOrPaidTwice(REQUIRED);
    JsonNode checked = json(ended(0, "check", "--json"));
    assertThat(checked.path("complete").asBoolean()).isTrue();
    assertThat(checked.path("stored").asInt()).isEqualTo(42);
  }

  @Test
  void aBudgetThatLeavesImagesOutIsSaid() {
    Program command =
        ended(1, "generate", "--category", "age", "--style", "anime", "--max-cost", "0.05");

    assertThat(command.output())
        .contains("3 of 3 stored, 0.045 USD", "the budget of 0.05 USD leaves out 4 images")
        .doesNotContain("\u001b[", "\r");
    assertNothingIsLostOrPaidTwice(3);
  }

  @Test
  void besideARunningServiceACommandSharesItsLedger() {
    running();
    novita.configure(Options.defaults().withImageLatency(Duration.ofHours(1)));
    Program command = start("generate", "--category", "age", "--style", "anime");
    awaitThat(() -> novita.paid() == AGES);
    String run = services.sql().queryForObject("SELECT id FROM ledger.run", String.class);

    assertThat(program.post("/api/runs/" + run + "/pause", "").statusCode()).isEqualTo(200);
    awaitThat(() -> command.output().contains("The run was paused by an operator."));
    assertThat(program.post("/api/runs/" + run + "/resume", "").statusCode()).isEqualTo(200);
    novita.advance(Duration.ofHours(2));

    assertThat(command.awaitEnd()).as(() -> command.log()).isZero();
    assertThat(command.output()).contains("Done. 7 of 7 stored");

    assertNothingIsLostOrPaidTwice(AGES);
    assertThat(program.get("/api/runs").body())
        .contains("\"trigger\":\"CLI\"")
        .contains("\"state\":\"COMPLETED\"");
    assertThat(program.isAlive()).isTrue();
  }

  @Test
  void whatAnotherInstanceMakesIsWaitedForAndNotMadeTwice() {
    novita.configure(Options.defaults().withImageLatency(Duration.ofHours(1)));
    startRun(AGES_IN_ANIME);
    awaitThat(() -> novita.paid() == AGES);

    Program command = start("generate", "--category", "age", "--style", "anime", "--json");
    awaitThat(() -> services.count("ledger.run_join") == AGES);
    novita.advance(Duration.ofHours(2));

    assertThat(command.awaitEnd()).as(() -> command.log()).isZero();
    assertThat(json(command).path("joined").asInt()).isEqualTo(AGES);
    assertThat(json(command).path("costUsd").asInt()).isZero();
    assertNothingIsLostOrPaidTwice(AGES);
  }

  @Test
  void aSignalLeavesEverythingToTheNextCommand() {
    novita.configure(Options.defaults().withImageLatency(Duration.ofHours(1)));
    Program first = start("generate", "--category", "age", "--json");
    awaitThat(() -> novita.paid() >= 5);

    assertThat(first.stop()).isEqualTo(SIGTERM);
    assertThat(first.errors()).contains("Stopping:", "Stopped. Nothing that was paid is lost");
    assertThat(json(first).path("outcome").asText()).isEqualTo("stopped");
    assertThat(
            services.count("ledger.task WHERE claimed_by IS NOT NULL OR lease_until IS NOT NULL"))
        .as("still claimed")
        .isZero();
    assertThat(services.count("ledger.task WHERE provider_task_id IS NOT NULL"))
        .as("written down of what is paid")
        .isEqualTo(novita.paid());

    novita.advance(Duration.ofHours(2));
    novita.configure(Options.defaults());
    ended(0, "generate", "--category", "age");
    awaitCompletion();
    assertNothingIsLostOrPaidTwice(2 * AGES);
  }

  @Test
  void aRunThatIsHaltedEndsTheCommandWithTheReason() {
    novita.balance(0);

    Program command = ended(1, "generate", "--category", "age", "--style", "anime");

    assertThat(command.output())
        .contains(
            "The run is halted. 0 of 7 stored", "BILLING_BALANCE_NOT_ENOUGH", "run generate again");
    novita.balance(1_000_000);
    ended(0, "generate", "--category", "age", "--style", "anime");
    assertNothingIsLostOrPaidTwice(AGES);
  }

  @Test
  void deadLettersAreListedReplayedAndDiscarded() {
    alone();
    novita.onSubmit(submit -> true, Fault.status(400, "INVALID_REQUEST"));
    Program failed = ended(1, "generate", "--category", "age", "--style", "anime");
    assertThat(failed.output()).contains("7 failed", "dead-letters replay --run ");
    novita.clearFaults();

    assertThat(ended(0, "dead-letters", "--reason", "INVALID_REQUEST", "--value", "20s").output())
        .contains("age/20s/anime  INVALID_REQUEST")
        .doesNotContain("age/30s");
    JsonNode letters =
        json(ended(0, "dead-letters", "list", "--value", "30s", "--value", "40s", "--json"))
            .path("deadLetters");
    List<String> ids = letters.findValuesAsText("id");
    assertThat(ids).hasSize(2);

    Program replayed = ended(1, "dead-letters", "replay", ids.get(0), NOBODY, "x");
    assertThat(replayed.output())
        .contains(ids.get(0) + ": age/", "is submitted anew.", "the next generate");
    assertThat(replayed.errors()).contains(NOBODY + ": There is no such dead letter", "'x'");
    assertThat(ended(0, "dead-letters", "discard", ids.get(1)).output()).contains("is discarded");
    assertThat(
            json(ended(0, "dead-letters", "replay", "--value", "50s", "--json"))
                .path("replayed")
                .asInt())
        .isEqualTo(1);
    assertThat(novita.paid()).as("nothing is submitted by looking or replaying").isZero();
    assertThat(states()).isEqualTo(Map.of("PLANNED", 2, "CANCELLED", 1, "FAILED", 4));

    ended(0, "generate", "--category", "age", "--style", "anime");
    assertThat(services.count("ledger.stored_image")).isEqualTo(AGES);
    assertThat(novita.paid()).isEqualTo(AGES);
  }

  @Test
  void whatWasMadeIsToldToRoutesOfOnesOwnBeforeTheCommandEnds() throws IOException {
    ownRoute(
        "- route: {id: slow, from: {uri: 'seda:image-stored', steps: [{delay: {constant: 2000}}]}}");

    Program command =
        ended(
            0,
            "generate",
            "--category",
            "age",
            "--style",
            "anime",
            "--value",
            "20s",
            "--value",
            "30s",
            "--value",
            "40s",
            "--value",
            "50s",
            "--json");

    assertThat(services.count("ledger.image_event")).isZero();
    assertThat(json(command).path("stored").asInt()).isEqualTo(4);
    assertThat(command.errors()).contains("Routes of your own are still to be told of ");
  }

  @Test
  void aRouteOfOnesOwnThatFailsDoesNotKeepTheCommandFromEnding() throws IOException {
    ownRoute(
        "- route: {id: failing, from: {uri: 'seda:image-stored', steps:"
            + " [{throwException: {exceptionType: java.io.IOException, message: away}}]}}");

    Program command =
        ended(0, "generate", "--category", "age", "--style", "anime", "--value", "20s");

    assertThat(command.errors()).contains("They have not taken 1 image. A service, or the next");
    assertThat(services.count("ledger.image_event WHERE attempts > 1")).isEqualTo(1);
  }

  private void ownRoute(String yaml) throws IOException {
    Path routes = Files.createDirectories(folder.resolve("routes"));
    Files.writeString(routes.resolve("own.camel.yaml"), yaml);
  }

  private Map<String, Integer> states() {
    Map<String, Integer> states = new HashMap<>();
    services
        .sql()
        .query(
            "SELECT state, count(*) FROM ledger.task GROUP BY state",
            row -> {
              states.put(row.getString(1), row.getInt(2));
            });
    return states;
  }

  @Test
  void everyServiceIsTriedAlsoWhenAnotherFails() throws IOException {
    ended(0, "migrate");
    HttpServer web =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    web.createContext("/public/assets/", this::serveObject);
    web.start();
    try {
      String base = "http://127.0.0.1:" + web.getAddress().getPort() + "/public";
      Map<String, String> open = Map.of("STORAGE_PUBLIC_BASE_URL", base);
      assertThat(json(ended(0, open, "probe", "--json")).path("ok").asBoolean()).isTrue();

      Map<String, String> closed = Map.of("STORAGE_PUBLIC_BASE_URL", base + "/private");
      assertThat(ended(1, closed, "probe").output())
          .contains("applications would not see the pictures: its public URL answers 404")
          .contains("Is the bucket 'assets' public");
    } finally {
      web.stop(0);
    }
    assertThat(services.count("attribute_images")).isZero();
    assertThat(services.objects()).isEmpty();

    novita.onlyKey("another-key");
    Program failing =
        ended(
            1,
            Map.of(
                "QUARKUS_DATASOURCE_JDBC_URL", "jdbc:postgresql://127.0.0.1:1/postgres",
                "STORAGE_BUCKET", "no-such-bucket"),
            "probe");

    assertThat(failing.output().lines().filter(line -> line.contains(" failed ")))
        .extracting(line -> line.replaceFirst(" .*", ""))
        .containsExactly("database", "bucket", "novita", "model");
    assertThat(failing.output())
        .contains("quarkus.datasource.jdbc.url", "storage.bucket", "novita.api-key");
    assertThat(novita.paid()).isZero();
  }

  private void serveObject(HttpExchange exchange) throws IOException {
    String key = exchange.getRequestURI().getPath().replaceFirst("^/public/assets/", "");
    Optional<byte[]> object = services.object(key);
    byte[] body = object.orElse(new byte[] {1});
    exchange.sendResponseHeaders(object.isPresent() ? 200 : 404, body.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(body);
    }
  }

  @Test
  void whoElseMayCreateInTheSchemaIsNamed() {
    ended(0, "migrate");
    services.sql().execute("CREATE ROLE mallory; GRANT CREATE ON SCHEMA public TO mallory");
    String statement = "run: REVOKE CREATE ON SCHEMA public FROM mallory";
    try {
      assertThat(ended(1, "probe").output()).contains(statement).doesNotContain("password");
      assertThat(ended(2, Map.of("QUARKUS_FLYWAY_MIGRATE_AT_START", "false"), "check").errors())
          .endsWith(statement + System.lineSeparator());
      assertThat(ended(2, "check").errors()).endsWith(statement + System.lineSeparator());
    } finally {
      services.sql().execute("DROP OWNED BY mallory; DROP ROLE mallory");
    }
  }

  @Test
  void migrationsAreAppliedOnce() {
    String name = "fresh_" + Long.toHexString(System.nanoTime());
    services.sql().execute("CREATE DATABASE " + name + " TEMPLATE template0");
    Map<String, String> fresh =
        Map.of(
            "QUARKUS_DATASOURCE_JDBC_URL",
            services
                .settings()
                .get("QUARKUS_DATASOURCE_JDBC_URL")
                .replaceFirst("/[^/]+$", "/" + name));
    Map<String, String> byHand = new HashMap<>(fresh);
    byHand.put("QUARKUS_FLYWAY_MIGRATE_AT_START", "false");

    assertThat(ended(2, byHand, "check").errors()).contains("command migrate");
    assertThat(ended(1, byHand, "probe").output())
        .contains("database  ok ", "the tables are not there yet", "The first start creates them");
    assertThat(ended(0, fresh, "migrate").output())
        .contains("Applied V1, ", "Applied V4, ", "Applied counts");
    assertThat(json(ended(0, fresh, "migrate", "--json")).path("applied")).isEmpty();
    assertThat(
            ended(
                    1,
                    Map.of("QUARKUS_DATASOURCE_JDBC_URL", "jdbc:postgresql://127.0.0.1:1/x"),
                    "migrate")
                .errors())
        .contains("The migrations cannot be applied.", "quarkus.datasource.jdbc.url");
  }

  @Test
  void badUsageStartsNothing() throws IOException {
    assertThat(ended(2, "generate", "--style", "oil").errors())
        .contains("Option --style is 'oil'; known are realistic, anime.");
    assertThat(ended(2, "generate", "--max-cost", "much").errors())
        .contains("--max-cost is 'much'");
    assertThat(ended(0, "--version").output()).matches("attribute-images \\d\\S+\\R");
    assertThat(ended(0, "generate", "--help").output()).contains("Exit codes:");

    Program embedded = Program.command(folder, Map.of(), "generate", "--category", "x");
    assertThat(embedded.awaitEnd()).isEqualTo(2);
    assertThat(embedded.errors()).contains("known are age, body, ethnicity, style");
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).noneMatch(Files::isDirectory);
    }
  }
}
