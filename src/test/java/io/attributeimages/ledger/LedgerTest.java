package io.attributeimages.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.attributeimages.catalog.Catalogue;
import io.attributeimages.catalog.CatalogueReader;
import io.attributeimages.pipeline.Enumeration;
import io.attributeimages.pipeline.Failure;
import io.attributeimages.pipeline.PaidTask;
import io.attributeimages.pipeline.PipelineSettings;
import io.attributeimages.pipeline.Settings;
import io.attributeimages.provider.NovitaSettings;
import io.attributeimages.storage.StorageSettings;
import io.attributeimages.support.SqlFiles;
import io.attributeimages.support.TestDatabases;
import io.attributeimages.support.TestProvider;
import io.attributeimages.support.TestSettings;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import javax.sql.DataSource;
import org.apache.camel.CamelContext;
import org.apache.camel.CamelExecutionException;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.springframework.jdbc.core.JdbcTemplate;

/** The statements of {@code sql/} as the program runs them on a real, migrated database. */
@Tag("database")
abstract class LedgerTest {

  /** What {@link #newTask} is made from. */
  static final String RECIPE =
      """
      '{"model": "some model", "prompt": "some prompt", "negative_prompt": "some negative_prompt", "sampler": "some sampler",
        "steps": 30, "guidance_scale": 7.5, "width": 512, "height": 768}'::jsonb""";

  static final Failure FAILURE = new Failure("HTTP_502", 502, "Bad gateway", 0, 0, false);

  /** One for each class of tests. */
  private static final Map<Class<?>, DataSource> DATABASES = new ConcurrentHashMap<>();

  JdbcTemplate database;
  private CamelContext camel;
  private boolean deleted;
  private String began;

  @BeforeEach
  void emptyTables() throws Exception {
    database = new JdbcTemplate(DATABASES.computeIfAbsent(getClass(), c -> TestDatabases.pooled()));
    TestDatabases.clear(database);
    database.update("DELETE FROM ledger.permit");
    configure("pipeline.instance=me");
    began = value("SELECT clock_timestamp()");
  }

  @AfterEach
  void theCountsAreRight() {
    if (!deleted) {
      assertThat(miscounted()).isEmpty();
    }
  }

  /** Deletes tasks, which stay counted. */
  void delete(String condition, Object... arguments) {
    deleted = true;
    database.update("DELETE FROM ledger.task WHERE " + condition, arguments);
  }

  /** What the counts of the ledger say differently from a full count, in one snapshot. */
  List<Map<String, Object>> miscounted() {
    return database.queryForList(
        """
        WITH task AS (
          SELECT run_id, state, count(*) AS images, count(submitted_at) AS submitted, sum(cost_usd) AS cost_usd,
                 sum(possible_cost_usd) AS possible_cost_usd, sum(price_usd) AS price_usd,
                 count(collecting_since) FILTER (WHERE state = 'STORED') AS timed,
                 coalesce(sum(extract(epoch FROM finished_at - collecting_since)) FILTER (WHERE state = 'STORED'), 0) AS seconds
          FROM ledger.task GROUP BY run_id, state
          UNION ALL
          SELECT run_id, 'JOINED', count(*), 0, 0, 0, 0, 0, 0 FROM ledger.run_join GROUP BY run_id
        ),
        full_count AS (
          SELECT run_id::text, state, images, submitted, cost_usd, possible_cost_usd, price_usd, timed, seconds FROM task
          UNION ALL
          SELECT 'all', state, sum(images), sum(submitted), sum(cost_usd), sum(possible_cost_usd), sum(price_usd), sum(timed), sum(seconds)
          FROM task GROUP BY state
        ),
        counts AS (
          SELECT run_id::text, state, sum(images), sum(submitted), sum(cost_usd), sum(possible_cost_usd), sum(price_usd), sum(timed),
                 sum(seconds)
          FROM ledger.run_count_now GROUP BY run_id, state
          UNION ALL
          SELECT 'all', state, sum(images), sum(submitted), sum(cost_usd), sum(possible_cost_usd), sum(price_usd), sum(timed), sum(seconds)
          FROM ledger.total_count_now GROUP BY state
        ),
        not_none AS (
          SELECT * FROM counts AS c (run_id, state, images, submitted, cost_usd, possible_cost_usd, price_usd, timed, seconds)
          WHERE (images, submitted, cost_usd, possible_cost_usd, price_usd, timed, seconds) <> (0, 0, 0, 0, 0, 0, 0)
        )
        (SELECT 'full' AS count, * FROM full_count EXCEPT SELECT 'full', * FROM not_none)
        UNION ALL
        (SELECT 'counts', * FROM not_none EXCEPT SELECT 'counts', * FROM full_count)
        """);
  }

  @AfterEach
  void stopCamel() {
    camel.stop();
  }

  /** From here on the statements run with these changes of the settings. */
  void configure(String... changes) throws Exception {
    if (camel != null) {
      camel.stop();
    }
    camel = new DefaultCamelContext();
    camel.getCamelContextExtension().registerEndpointCallback(new Statements());
    camel.getRegistry().bind("dataSource", DataSource.class, database.getDataSource());
    camel
        .getRegistry()
        .bind(
            "settings",
            new Settings(
                TestSettings.of(NovitaSettings.class, changes),
                TestSettings.of(PipelineSettings.class, changes),
                TestSettings.of(StorageSettings.class, changes),
                TestProvider.of(CatalogueReader.builtIn(), changes)));
    bind("enumeration", enumeration(CatalogueReader.builtIn(), changes));
    camel.start();
  }

  /** What a program with that catalogue and these changes of the settings plans from. */
  Enumeration enumeration(Catalogue catalogue, String... changes) {
    return new Enumeration(
        catalogue,
        new CatalogueTable(catalogue, database.getDataSource()),
        TestProvider.of(catalogue, changes),
        TestSettings.of(PipelineSettings.class, changes));
  }

  /** From here on statements find the bean under that name. */
  void bind(String name, Object bean) {
    camel.getRegistry().bind(name, bean);
  }

  /** Runs the statement and returns the message it leaves. */
  Exchange run(
      String endpoint, Map<String, Object> properties, Map<String, Object> headers, Object body) {
    String name = endpoint.replaceFirst("\\.sql.*", "");
    String uri = SqlFiles.endpoint(name) + endpoint.substring(name.length() + ".sql".length());
    Endpoint statement;
    // Camel does not start endpoints side by side
    synchronized (camel) {
      statement = camel.getEndpoint(uri);
    }
    Exchange done =
        camel
            .createProducerTemplate()
            .send(
                statement,
                exchange -> {
                  properties.forEach(exchange::setProperty);
                  exchange.getMessage().setHeaders(new HashMap<>(headers));
                  exchange.getMessage().setBody(body);
                });
    if (done.getException() != null) {
      throw new CamelExecutionException(endpoint + " failed", done, done.getException());
    }
    return done;
  }

  /** Runs a statement that needs nothing but the settings, and returns the count of its rows. */
  int run(String statement) {
    return updated(run(statement + ".sql?noop=true", Map.of(), Map.of(), null));
  }

  /** Runs a statement about a task that failed, and returns the count of its rows. */
  int run(String statement, UUID task, Failure failure) {
    return run(statement, task(task), failure);
  }

  /** The same about the task as it was claimed; what it has not started holds no permit. */
  int run(String statement, Task task, Failure failure) {
    Map<String, Object> properties = Map.of("task", task, "failure", failure);
    int changed = updated(run(statement + ".sql?noop=true", properties, Map.of(), null));
    if (List.of("give-back", "halt-runs", "dead-letter").contains(statement)) {
      run("free-permit.sql?noop=true", properties, Map.of(), null);
    }
    return changed;
  }

  /** Writes down the answer to a submit, and returns the count of changed rows. */
  int recordAccepted(UUID task, String providerTaskId) {
    return recordAnswer("record-accepted", task, providerTaskId);
  }

  /** Writes down another answer for the same image, and returns the count of changed rows. */
  int recordExtra(UUID task, String providerTaskId) {
    return recordAnswer("record-extra", task, providerTaskId);
  }

  private int recordAnswer(String statement, UUID task, String providerTaskId) {
    return record(statement, new PaidTask(task, task(task).attempts(), providerTaskId));
  }

  /**
   * Writes down what was paid, by an answer or a webhook, and returns the count of changed rows.
   */
  int record(String statement, PaidTask accepted) {
    return updated(run(statement + ".sql?noop=true", Map.of("accepted", accepted), Map.of(), null));
  }

  /** Claims at most so many tasks, with {@code claim-planned} or {@code claim-due}. */
  List<UUID> claim(String statement, int batch) {
    return claim(statement, "txt2img", batch);
  }

  /** The same for tasks of that model. */
  List<UUID> claim(String statement, String model, int batch) {
    return ids(
        run(
            statement + ".sql",
            Map.of(),
            Map.of("batch", batch, "model", model, "overdueSeconds", 0),
            null));
  }

  /** Puts so many permits into the ledger. */
  void permits(int count) throws Exception {
    configure("pipeline.instance=me", "novita.images-per-minute=" + count);
    run("prepare-permits");
  }

  /** Puts the permits of the built-in models into the ledger. */
  void permitsOfAllModels(String... changes) throws Exception {
    configure(changes);
    run("prepare-permits");
  }

  /** The rows in the body. */
  @SuppressWarnings("unchecked")
  static List<Map<String, Object>> rows(Exchange done) {
    return done.getMessage().getBody(List.class);
  }

  /** The ids of the rows in the body. */
  @SuppressWarnings("unchecked")
  static List<UUID> ids(Exchange done) {
    return done.getMessage().getBody(List.class).stream()
        .map(row -> ((Map<String, Object>) row).get("id"))
        .toList();
  }

  static int updated(Exchange done) {
    Integer count = done.getMessage().getHeader("CamelSqlUpdateCount", Integer.class);
    return count != null ? count : done.getMessage().getHeader("CamelSqlRowCount", Integer.class);
  }

  /** A new run that is planned; columns are given as {@code name=SQL expression}. */
  UUID newRun(String... columns) {
    return insert(
        "ledger.run",
        Map.of("trigger", "'REST'", "mode", "'missing'", "planned_at", "now()"),
        List.of(columns));
  }

  /** A new task about the image {@code age/<value>/realistic} in that state. */
  UUID newTask(UUID run, String value, TaskState state, String... columns) {
    Map<String, String> all = new LinkedHashMap<>();
    all.put("run_id", "'" + run + "'");
    all.put("category", "'age'");
    all.put("value", "'" + value + "'");
    all.put("style", "'realistic'");
    all.put("model", "'txt2img'");
    all.put("recipe", RECIPE);
    all.put("price_usd", "0.015");
    all.put("state", "'" + state + "'");
    all.putAll(columnsOf(state));
    return insert("ledger.task", all, List.of(columns));
  }

  /** What a task in that state must have. */
  static Map<String, String> columnsOf(TaskState state) {
    String providerTaskId = "'task-" + UUID.randomUUID() + "'";
    return switch (state) {
      case PLANNED -> Map.of();
      case SUBMITTING ->
          Map.of("attempts", "1", "claimed_by", "'me'", "lease_until", "now() + interval '30 s'");
      case UNCONFIRMED -> Map.of("attempts", "1", "unconfirmed_at", "now()");
      case SUBMITTED ->
          Map.of(
              "attempts", "1",
              "claimed_by", "'me'",
              "provider_task_id", providerTaskId,
              "next_poll_at", "now()",
              "submitted_at", "now()",
              "collecting_since", "now()",
              "cost_usd", "0.015");
      case STORED ->
          Map.of(
              "provider_task_id", providerTaskId,
              "object_key", "'key'",
              "image_url", "'https://pictures.test/url.jpg'",
              "finished_at", "now()");
      case FAILED -> Map.of("error_reason", "'HTTP_502'", "finished_at", "now()");
      case SKIPPED, CANCELLED -> Map.of("finished_at", "now()");
    };
  }

  /** A new row of that table; columns are given as {@code name=SQL expression}. */
  UUID insert(String table, Map<String, String> defaults, List<String> columns) {
    Map<String, String> all = new LinkedHashMap<>(defaults);
    for (String column : columns) {
      int equals = column.indexOf('=');
      all.put(column.substring(0, equals), column.substring(equals + 1));
    }
    return database.queryForObject(
        "INSERT INTO %s (%s) VALUES (%s) RETURNING id"
            .formatted(table, String.join(", ", all.keySet()), String.join(", ", all.values())),
        UUID.class);
  }

  /** A picture that is in place. */
  void newPicture(String value, String imageUrl, String objectKey) {
    database.update(
        "INSERT INTO attribute_images (category, value, style, image_url, object_key)"
            + " VALUES ('age', ?, 'realistic', ?, ?)",
        value,
        imageUrl == null || imageUrl.contains("/") ? imageUrl : "https://pictures.test/" + imageUrl,
        objectKey);
  }

  /** The task as a route carries it. */
  Task task(UUID id) {
    return Task.fromRow(row("ledger.task", id));
  }

  /** All columns of the row. */
  Map<String, Object> row(String table, UUID id) {
    return database.queryForMap("SELECT * FROM " + table + " WHERE id = ?", id);
  }

  /** The state of the task. */
  TaskState state(UUID task) {
    return TaskState.valueOf(value("SELECT state FROM ledger.task WHERE id = ?", task));
  }

  /** One column of one row, as text. */
  String value(String query, Object... arguments) {
    return database.queryForObject(query, String.class, arguments);
  }

  /**
   * Whether the column is as many seconds away as that, seen from when the test wrote it: slow
   * machines take their time before and after that.
   */
  boolean isAway(UUID task, String column, double least, double most) {
    return holds(
        task,
        "%s BETWEEN '%s'::timestamptz + interval '%s s' AND clock_timestamp() + interval '%s s'"
            .formatted(column, began, least, most));
  }

  /** Whether the condition holds for the task. */
  boolean holds(UUID task, String condition) {
    return database.queryForObject(
        "SELECT coalesce(" + condition + ", false) FROM ledger.task WHERE id = ?",
        Boolean.class,
        task);
  }
}
