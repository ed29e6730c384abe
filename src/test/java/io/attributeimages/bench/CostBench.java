package io.attributeimages.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.attributeimages.support.NovitaDouble.Options;
import io.attributeimages.support.Program;
import io.attributeimages.support.Services;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;

/**
 * What one image costs, counted over a run of five hundred on a program that is warm: statements as
 * Postgres counts them, calls, allocated bytes and processor time. Counts are exact; times are not.
 */
class CostBench extends Bench {

  private static final int WARM_UP = size(2000, 500);
  private static final int IMAGES = 500;
  private static final String POSTMASTER =
      "SELECT split_part(pg_read_file('postmaster.pid'), chr(10), 1)::bigint";
  private static final String COMPILERS = "C[12] Compiler.*";
  private static final String HEAP = "jdk.GCHeapSummary";
  private static final Path STATEMENTS = Path.of("src/main/resources/sql");

  /** Parameters and constants, for which Postgres writes {@code $1}. */
  private static final Pattern VARIABLE =
      Pattern.compile(
          ":#(\\$\\{[^}]*}|\\w+)|\\$\\d+|'([^']|'')*'|\\b\\d+(\\.\\d+)?\\b|\\b(?i:null|true|false)\\b");

  /**
   * A statement of the run.
   *
   * @param name its file, or its first words where it has none
   * @param calls of an image
   * @param planned for an image, in milliseconds; a plan is kept and used again where it pays
   * @param executed for an image, in milliseconds
   */
  private record Statement(String name, double calls, double planned, double executed) {}

  /** Of the server that the benchmark has for itself, every statement is counted. */
  @Override
  Services start(Path directory) {
    try (Services fresh = Services.startWithPostgres(directory)) {
      fresh.sql().execute("ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'");
      fresh.sql().execute("CREATE EXTENSION pg_stat_statements");
    }
    Services counting = Services.startWithPostgres(directory);
    counting.sql().execute("ALTER SYSTEM SET pg_stat_statements.track = 'all'");
    counting.sql().execute("ALTER SYSTEM SET pg_stat_statements.track_planning = on");
    counting.sql().execute("SELECT pg_reload_conf()");
    return counting;
  }

  @Test
  void oneOfFiveHundredImages() throws IOException {
    novita.configure(Options.defaults());
    Map<String, String> settings =
        Map.of(
            "CATALOG_LOCATION", catalogue(WARM_UP + IMAGES - 1).toString(),
            "NOVITA_IMAGES_PER_MINUTE", "10000",
            "NOVITA_POLL_INTERVAL", "100ms");
    // compilers that come and go would take their processor time with them
    String counted = "-XX:-UseDynamicNumberOfCompilerThreads";
    try (Program program = start(settings, counted).awaitAnswer()) {
      for (int from = 0; from < WARM_UP; from += IMAGES) {
        awaitComplete(startRun(program, request(from)));
      }
      long pid = program.pid();
      long postgres = services.sql().queryForObject(POSTMASTER, Long.class);
      int submits = novita.submits().size();
      int polls = novita.polls().size();
      int downloads = novita.downloads().size();
      double uploads = uploads(program);
      Processes.jcmd(pid, "JFR.start", "name=heap", "settings=none", "+" + HEAP + "#enabled=true");
      Processes.jcmd(pid, "GC.run");
      services.sql().execute("SELECT pg_stat_statements_reset()");
      double cpu = Processes.cpuSeconds(pid);
      double compilers = Processes.cpuSecondsOfThreads(pid, COMPILERS);
      double database = Processes.cpuSecondsOfAll(postgres);
      long begin = System.nanoTime();

      awaitComplete(startRun(program, "{}"));

      double took = seconds(begin);
      compilers = Processes.cpuSecondsOfThreads(pid, COMPILERS) - compilers;
      cpu = Processes.cpuSeconds(pid) - cpu - compilers;
      database = Processes.cpuSecondsOfAll(postgres) - database;
      List<Statement> statements = statements();
      new Result("cost of an image")
          .with("images", IMAGES)
          .with("imagesPerSecond", IMAGES / took)
          .with("submits", each(novita.submits().size() - submits))
          .with("questions", each(novita.polls().size() - polls))
          .with("downloads", each(novita.downloads().size() - downloads))
          .with("uploads", each(uploads(program) - uploads))
          .with("statements", statements.stream().mapToDouble(Statement::calls).sum())
          .with("statementsToPlan", calls(statements, "plan-chunk.sql"))
          .with("kilobytesAllocated", each(allocated(pid) / 1024))
          .with("cpuMilliseconds", each(1000 * cpu))
          .with("compilersCpuMilliseconds", each(1000 * compilers))
          .with("databaseCpuMilliseconds", each(1000 * database))
          .print();
      System.out.printf("  %-60s %10s %10s %10s%n", "statement", "calls", "plan ms", "run ms");
      for (Statement one : statements) {
        System.out.printf(
            "  %-60s %10.3f %10.3f %10.3f%n",
            one.name(), one.calls(), one.planned(), one.executed());
      }
      assertThat(novita.paid()).isEqualTo(WARM_UP + IMAGES);
    }
  }

  private static String request(int from) {
    return IntStream.range(from, from + IMAGES)
        .mapToObj("\"v%07d\""::formatted)
        .collect(Collectors.joining(",", "{\"category\":\"look\",\"values\":[", "]}"));
  }

  private static double each(double all) {
    return all / IMAGES;
  }

  /** What the program has sent to the store. */
  private static double uploads(Program program) {
    JsonNode steps = json(program.get("/api/routes/upload").body()).path("steps");
    return StreamSupport.stream(steps.spliterator(), false)
        .filter(step -> step.path("label").asText().startsWith("aws2-s3:"))
        .mapToDouble(step -> step.path("exchanges").asDouble())
        .sum();
  }

  /** In bytes, from what the heap held before and after every collection. */
  private double allocated(long pid) throws IOException {
    Processes.jcmd(pid, "GC.run");
    Path file = directory.resolve("heap.jfr");
    Processes.jcmd(pid, "JFR.dump", "name=heap", "filename=" + file);
    List<RecordedEvent> events =
        RecordingFile.readAllEvents(file).stream()
            .filter(event -> event.getEventType().getName().equals(HEAP))
            .sorted(Comparator.comparing(RecordedEvent::getStartTime))
            .toList();
    double allocated = 0;
    long left = -1; // after the collection with which the run began
    for (RecordedEvent event : events) {
      boolean before = event.getString("when").startsWith("Before");
      if (before && left >= 0) {
        allocated += event.getLong("heapUsed") - left;
      } else if (!before) {
        left = event.getLong("heapUsed");
      }
    }
    return allocated;
  }

  private List<Statement> statements() throws IOException {
    Map<String, String> files = new HashMap<>();
    try (Stream<Path> all = Files.walk(STATEMENTS)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        files.put(skeleton(Files.readString(file)), file.getFileName().toString());
      }
    }
    return services
        .sql()
        .query(
            "SELECT query, toplevel, calls, total_plan_time, total_exec_time FROM pg_stat_statements"
                + " WHERE query NOT LIKE '%pg_stat_statements%' AND query NOT LIKE 'SELECT state FROM ledger.run WHERE id = $1%'"
                + " ORDER BY calls DESC, query",
            (row, n) ->
                new Statement(
                    files.getOrDefault(
                        skeleton(row.getString("query")),
                        firstWords(row.getString("query"), row.getBoolean("toplevel"))),
                    each(row.getDouble("calls")),
                    each(row.getDouble("total_plan_time")),
                    each(row.getDouble("total_exec_time"))));
  }

  private static double calls(List<Statement> statements, String name) {
    return statements.stream()
        .filter(statement -> statement.name().equals(name))
        .mapToDouble(Statement::calls)
        .sum();
  }

  private static String firstWords(String query, boolean topLevel) {
    String words = query.strip().replaceAll("\\s+", " ");
    return (topLevel ? "" : "by a trigger: ") + words.substring(0, Math.min(words.length(), 40));
  }

  /** What the text of a statement has in common with what Postgres makes of it. */
  private static String skeleton(String statement) {
    String code = statement.replaceAll("(?m)^\\s*--.*$", "");
    return VARIABLE.matcher(code).replaceAll("?").replaceAll("\\s+", "");
  }
}
