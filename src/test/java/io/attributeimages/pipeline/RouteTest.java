package io.attributeimages.pipeline;

import static org.apache.camel.component.aws2.s3.AWS2S3Constants.E_TAG;

import io.attributeimages.catalog.Catalogue;
import io.attributeimages.catalog.CatalogueReader;
import io.attributeimages.catalog.Recipe;
import io.attributeimages.ledger.CatalogueTable;
import io.attributeimages.ledger.LedgerSettings;
import io.attributeimages.ledger.Task;
import io.attributeimages.provider.NovitaSettings;
import io.attributeimages.provider.Provider;
import io.attributeimages.provider.ProviderRoute;
import io.attributeimages.storage.ObjectKeys;
import io.attributeimages.storage.PictureFit;
import io.attributeimages.storage.StorageSettings;
import io.attributeimages.support.SqlFiles;
import io.attributeimages.support.TestProvider;
import io.attributeimages.support.TestSettings;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.math.BigDecimal;
import java.net.ConnectException;
import java.net.URI;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.RoutesBuilder;
import org.apache.camel.builder.AdviceWith;
import org.apache.camel.component.aws2.s3.AWS2S3Configuration;
import org.apache.camel.component.aws2.s3.AWS2S3Endpoint;
import org.apache.camel.component.aws2.s3.AWS2S3Operations;
import org.apache.camel.component.mock.MockEndpoint;
import org.apache.camel.http.base.HttpOperationFailedException;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.spi.CamelEvent;
import org.apache.camel.spi.CamelEvent.ExchangeSendingEvent;
import org.apache.camel.spi.Registry;
import org.apache.camel.support.EventNotifierSupport;
import org.apache.camel.test.junit5.CamelContextConfiguration;
import org.apache.camel.test.junit5.CamelTestSupport;
import org.apache.camel.test.junit5.TestExecutionConfiguration;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.util.PSQLException;
import org.postgresql.util.PSQLState;
import org.springframework.dao.CannotAcquireLockException;
import org.springframework.jdbc.CannotGetJdbcConnectionException;
import org.springframework.jdbc.UncategorizedSQLException;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.HeadBucketResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * The routes of the pipeline as they are, with everything outside replaced: SQL, HTTP, S3 and
 * queues are mocks, and every route that a timer or a queue feeds starts at {@code direct:<route
 * id>}.
 */
abstract class RouteTest extends CamelTestSupport {

  static final String HTML = "<html><body>Bad gateway</body></html>";

  /** Two images with one style each, so that a plan has a handful of rows. */
  static final Catalogue CATALOGUE =
      CatalogueReader.parse(
          "test",
          """
          size: {width: 128, height: 192}
          categories:
            - name: age
              values:
                - {name: 20s, description: late twenties}
                - {name: 30s, description: mid thirties}
            - name: body
              values:
                - {name: Slim, description: slim build}
          styles:
            - {name: realistic, title: Realistic, description: Like a photo, prompt: "photo of {value}", cover-prompt: a photo}
          """);

  static final WebhookTokens TOKENS = new WebhookTokens("a key");

  /** What its images are made from. */
  private static final String RECIPE =
      """
      {"model": "model.safetensors", "prompt": "photo of mid thirties", "negative_prompt": "blurry",
       "sampler": "Euler a", "steps": 30, "guidance_scale": 7.5, "width": 128, "height": 192, "seed": 4000000000}""";

  /** Where webhooks are kept, and ids that the database did not take. */
  @TempDir Path spool;

  final OutageLog outages = new OutageLog();
  final Claims submitting = new Claims(10);
  final Claims collecting = new Claims(10);
  NovitaSettings novita;
  PipelineSettings pipeline;
  StorageSettings storage;

  private final List<String> effects = new CopyOnWriteArrayList<>();

  @Override
  public void configureTest(TestExecutionConfiguration configuration) {
    super.configureTest(configuration);
    configuration.withUseRouteBuilder(false).withUseAdviceWith(true);
  }

  @Override
  public void configureContext(CamelContextConfiguration configuration) {
    super.configureContext(configuration);
    configuration.withMockEndpointsAndSkip("(sql|https?|aws2-s3|seda|amqp):.*");
  }

  /**
   * Starts all routes of the pipeline, with changes of the settings, each as {@code name=value}.
   */
  void start(String... changes) throws Exception {
    String[] overrides =
        Stream.concat(
                Stream.of(
                    "novita.base-url=http://novita.test",
                    "novita.api-key=secret",
                    "storage.endpoint=http://s3.test",
                    "storage.public-base-url=https://cdn.test/public",
                    "novita.webhook-spool=" + spool,
                    "pipeline.redelivery-delay=1ms",
                    "pipeline.max-redelivery-delay=20ms"),
                Stream.of(changes))
            .toArray(String[]::new);
    Properties properties = new Properties();
    properties.putAll(TestSettings.properties(overrides));
    context.getPropertiesComponent().setOverrideProperties(properties);
    novita = TestSettings.of(NovitaSettings.class, overrides);
    pipeline = TestSettings.of(PipelineSettings.class, overrides);
    storage = TestSettings.of(StorageSettings.class, overrides);
    Provider provider = TestProvider.of(CATALOGUE, overrides);
    bind(context.getRegistry(), provider);
    Submitters submitters =
        new Submitters(pipeline, null) {
          @Override
          public Claims of(String model) {
            return submitting;
          }

          @Override
          public Set<UUID> tasks() {
            return submitting.tasks();
          }
        };

    for (RoutesBuilder routes :
        List.of(
            new ErrorHandling(pipeline, novita, storage, submitters, outages),
            new TriggerScheduleRoute(pipeline),
            new TriggerRestRoute(),
            new PlanRoute(
                new Enumeration(CATALOGUE, tableOf(CATALOGUE), provider, pipeline), provider),
            new ProviderRoute(provider, novita, 1_000_000),
            new SubmitRoute(
                submitters, provider, novita, TOKENS, pipeline, new ObjectKeys(storage), storage),
            new BrakeRoute(),
            new CollectRoute(collecting, provider, novita, pipeline),
            new StoreRoute(new ObjectKeys(storage), new PictureFit(storage), CATALOGUE),
            new DeadLetterRoute(),
            new ConfirmRoute(spool(), provider),
            new RecoverRoute(submitters, collecting, pipeline),
            new RetainRoute(TestSettings.of(LedgerSettings.class, overrides)),
            new QueueRoute(pipeline, submitters, collecting, broker()))) {
      context.addRoutes(routes);
    }
    for (RouteDefinition route : List.copyOf(context.getRouteDefinitions())) {
      if (isReplaced(route.getInput().getEndpointUri())) {
        AdviceWith.adviceWith(
            context,
            route.getRouteId(),
            false,
            advice -> advice.replaceFromWith("direct:" + route.getRouteId()));
      }
    }
    context.getManagementStrategy().addEventNotifier(new EffectsNotifier());
    context.start();
    answers(sql("select-models"), body(List.of(Map.of("model", "txt2img"))));
    answers(sql("renew-lease"), exchange -> exchange.getMessage().setHeader("runState", "RUNNING"));
  }

  /** The rows of a catalogue that are in no database. */
  static CatalogueTable tableOf(Catalogue catalogue) {
    return new CatalogueTable(catalogue, null) {
      @Override
      public int id() {
        return 7;
      }
    };
  }

  /** The folder of what the database does not take. */
  private Spool spool() {
    return new Spool(novita) {
      @Override
      public synchronized void keep(PaidTask task) {
        effects.add("file");
        super.keep(task);
      }
    };
  }

  /** The connections to the message broker; nothing is sent over them. */
  Broker broker() {
    return new Broker(Optional.empty(), Optional.empty(), Optional.empty());
  }

  /** Whether a route is fed by the test instead of by that endpoint. */
  boolean isReplaced(String from) {
    return !from.startsWith("direct:");
  }

  private void bind(Registry registry, Provider provider) {
    registry.bind("settings", new Settings(novita, pipeline, storage, provider));
    registry.bind("collecting", collecting);
    registry.bind("dataSource", stub(DataSource.class));
    registry.bind("s3", s3Client());
  }

  /** What the endpoints of the store insist on having; nothing is sent with it. */
  S3Client s3Client() {
    return stub(S3Client.class);
  }

  /** What endpoints insist on having when they start, although nothing is sent to them. */
  private static <T> T stub(Class<T> type) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "headBucket" -> HeadBucketResponse.builder().build();
                  case "hashCode" -> System.identityHashCode(proxy);
                  case "equals" -> proxy == arguments[0];
                  case "toString" -> "stub of " + type.getSimpleName();
                  case "close" -> null;
                  default -> throw new UnsupportedOperationException(method.toString());
                }));
  }

  /**
   * What went out, in order: statements by file name, calls by the last part of their path, and
   * {@code file}.
   */
  List<String> effects() {
    return effects.stream()
        .filter(
            effect ->
                !List.of(
                        "renew-lease",
                        "begin-storing",
                        "begin-original",
                        "free-permit",
                        "select-models",
                        "halt-left",
                        "halt-unknown")
                    .contains(effect))
        .toList();
  }

  /** Like {@link #effects()}, with the leases that were renewed before something was done. */
  List<String> effectsAndRenewals() {
    return List.copyOf(effects);
  }

  /** The statement in that file. */
  MockEndpoint sql(String name) {
    return getMockEndpoint("mock:" + SqlFiles.endpoint(name));
  }

  /** The key by which the endpoint of that operation on the store names the object. */
  String keyOf(AWS2S3Operations operation, Exchange exchange) {
    String keyName =
        context.getEndpoints().stream()
            .filter(AWS2S3Endpoint.class::isInstance)
            .map(endpoint -> ((AWS2S3Endpoint) endpoint).getConfiguration())
            .filter(configuration -> configuration.getOperation() == operation)
            .map(AWS2S3Configuration::getKeyName)
            .findAny()
            .orElseThrow();
    return context
        .resolveLanguage("simple")
        .createExpression(keyName)
        .evaluate(exchange, String.class);
  }

  /** What steps of routes log from now on. */
  List<String> logLines() {
    List<String> lines = new CopyOnWriteArrayList<>();
    context
        .getCamelContextExtension()
        .addLogListener(
            (exchange, logger, message) -> {
              lines.add(message);
              return message;
            });
    return lines;
  }

  /** What goes to the store, or is read there or removed. */
  MockEndpoint s3() {
    return getMockEndpoint("mock:aws2-s3:assets");
  }

  /** The exchange that the statement saw last. */
  Exchange seenBy(String statement) {
    List<Exchange> exchanges = sql(statement).getReceivedExchanges();
    return exchanges.get(exchanges.size() - 1);
  }

  /** What the statement was told about the failure. */
  Failure failureSeenBy(String statement) {
    return seenBy(statement).getProperty(Failure.PROPERTY, Failure.class);
  }

  /** Answers, one after the other; the last one again and again. */
  static void answers(MockEndpoint endpoint, Processor... answers) {
    for (int i = 0; i < answers.length; i++) {
      endpoint.whenExchangeReceived(i + 1, answers[i]);
    }
    endpoint.whenAnyExchangeReceived(answers[answers.length - 1]);
  }

  /** An answer with that body. */
  static Processor body(Object body) {
    return exchange -> {
      exchange.getMessage().setBody(body);
      exchange.getMessage().setHeader(Exchange.HTTP_RESPONSE_CODE, 200);
      exchange.getMessage().setHeader("Set-Cookie", "session=1");
    };
  }

  /** A statement that changes so many rows. */
  static Processor updated(int rows) {
    return exchange -> exchange.getMessage().setHeader("CamelSqlUpdateCount", rows);
  }

  /** An error as Novita writes it. */
  static Processor error(int status, String reason) {
    return error(
        status,
        "{\"code\":%d,\"reason\":\"%s\",\"message\":\"as it is\",\"metadata\":{}}"
            .formatted(status, reason),
        Map.of());
  }

  /** An answer of that status. */
  static Processor error(int status, String body, Map<String, String> headers) {
    return exchange -> {
      throw new HttpOperationFailedException(
          "http://novita.test", status, "status " + status, null, headers, body);
    };
  }

  /** A call that fails that way. */
  static Processor failure(Exception failure) {
    return exchange -> {
      throw failure;
    };
  }

  /** A database that cannot be reached. */
  static Processor databaseAway() {
    return databaseAway(new ConnectException("Connection refused"));
  }

  /** A database that cannot be reached for that reason. */
  static Processor databaseAway(IOException reason) {
    return failure(
        new CannotGetJdbcConnectionException(
            "no connection",
            new PSQLException("The connection failed", PSQLState.CONNECTION_FAILURE, reason)));
  }

  /** A database that gives up this statement for another one. */
  static Processor deadlock() {
    return failure(new CannotAcquireLockException("deadlock detected"));
  }

  /** A database that fails with that SQLSTATE. */
  static Processor databaseFailure(String state) {
    return failure(
        new UncategorizedSQLException(
            "a route", "UPDATE", new java.sql.SQLException("it was so", state)));
  }

  /** What the store says when it refuses a picture. */
  static S3Exception refusal(int status, String code) {
    return (S3Exception)
        S3Exception.builder()
            .statusCode(status)
            .awsErrorDetails(AwsErrorDetails.builder().errorCode(code).errorMessage("no").build())
            .build();
  }

  /** A store that keeps what it was sent. */
  static Processor stored() {
    return exchange -> {
      byte[] bytes = exchange.getMessage().getBody(byte[].class);
      exchange.getMessage().setHeader(E_TAG, "\"" + HexFormat.of().formatHex(md5(bytes)) + "\"");
    };
  }

  static byte[] md5(byte[] bytes) throws NoSuchAlgorithmException {
    return MessageDigest.getInstance("MD5").digest(bytes);
  }

  /** An image that was claimed for a submit. */
  static Task planned() {
    return task("age", "30s", null, Instant.now(), null);
  }

  /** A paid image that was claimed to be collected. */
  static Task paid() {
    return task("age", "30s", "task-1", Instant.now(), Instant.now());
  }

  /** A paid image that has been tried for so long. */
  static Task paidSince(Duration age) {
    return task("age", "30s", "task-1", Instant.now(), Instant.now().minus(age));
  }

  /** A paid image whose answer had the picture in it. */
  static Task inBucket(String key) {
    Map<String, Object> row = row(paid());
    row.put("picture_url", Task.IN_BUCKET + key);
    row.put("original_key", key);
    return Task.fromRow(row);
  }

  /** A paid cover that was claimed to be collected. */
  static Task paidCover() {
    return task("style", "cover", "task-1", Instant.now(), Instant.now());
  }

  /** A task with those values. */
  static Task task(
      String category, String value, String providerTaskId, Instant created, Instant since) {
    return new Task(
        UUID.randomUUID(),
        UUID.randomUUID(),
        category,
        value,
        "realistic",
        "txt2img",
        Recipe.parse(RECIPE),
        1,
        providerTaskId,
        null,
        null,
        null,
        null,
        created,
        since,
        since,
        Instant.now(),
        new BigDecimal("0.0150"),
        0,
        null,
        Instant.now());
  }

  /** The task as it is when it was claimed for so many submits. */
  static Task attempt(Task task, int attempts) {
    Map<String, Object> row = row(task);
    row.put("attempts", attempts);
    return Task.fromRow(row);
  }

  /** The task as it is after so many setbacks in a row, which began so long ago. */
  static Task setBack(Task task, int setbacks, Duration age) {
    Map<String, Object> row = row(task);
    row.put("setbacks", setbacks);
    row.put("setback_since", java.sql.Timestamp.from(Instant.now().minus(age)));
    return Task.fromRow(row);
  }

  /** The row of that task, as the database returns it. */
  static Map<String, Object> row(Task task) {
    UnaryOperator<Object> timestamp =
        instant -> instant == null ? null : java.sql.Timestamp.from((Instant) instant);
    Map<String, Object> row = new HashMap<>();
    row.put("id", task.id());
    row.put("attempts", task.attempts());
    row.put("run_id", task.runId());
    row.put("category", task.category());
    row.put("value", task.value());
    row.put("style", task.style());
    row.put("model", task.model());
    row.put("recipe", task.recipe().fields());
    row.put("provider_task_id", task.providerTaskId());
    row.put("picture_url", task.pictureUrl());
    row.put("original_key", task.originalKey());
    row.put("created_at", timestamp.apply(task.createdAt()));
    row.put("submitted_at", timestamp.apply(task.submittedAt()));
    row.put("collecting_since", timestamp.apply(task.collectingSince()));
    row.put("claimed_at", timestamp.apply(task.claimedAt()));
    row.put("price_usd", task.priceUsd());
    row.put("setbacks", task.setbacks());
    row.put("setback_since", timestamp.apply(task.setbackSince()));
    row.put("submit_after", timestamp.apply(task.dueAt()));
    row.put("next_poll_at", timestamp.apply(task.dueAt()));
    return row;
  }

  private final class EffectsNotifier extends EventNotifierSupport {
    EffectsNotifier() {
      setIgnoreCamelContextEvents(true);
      setIgnoreRouteEvents(true);
      setIgnoreServiceEvents(true);
      setIgnoreStepEvents(true);
    }

    @Override
    public void notify(CamelEvent event) {
      if (event instanceof ExchangeSendingEvent sending) {
        String uri = sending.getEndpoint().getEndpointUri();
        if (!uri.startsWith("direct:") && !uri.startsWith("mock:")) {
          effects.add(name(uri));
        }
      }
    }

    private String name(String uri) {
      if (uri.startsWith("file:")) {
        return "file";
      }
      if (uri.startsWith("aws2-s3:")) {
        return uri.contains("deleteObject")
            ? "s3-delete"
            : uri.contains("getObject") ? "s3-get" : "s3-put";
      }
      String path = URI.create(uri.replaceFirst("\\?.*", "")).toString();
      return path.replaceFirst(".*[/:]", "")
          .replaceFirst("\\.sql$", "")
          .replace("submit-txt2img", "txt2img")
          .replace("picture-txt2img", "picture")
          .replace("result-novita", "task-result");
    }
  }
}
