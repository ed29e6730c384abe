package io.attributeimages.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.attributeimages.ledger.SchemaRights;
import io.attributeimages.provider.ErrorClassifier;
import io.attributeimages.provider.ForeignText;
import io.attributeimages.provider.Host;
import io.attributeimages.provider.Provider;
import io.attributeimages.provider.Provider.StyleRecipe;
import io.attributeimages.provider.ProviderFailure;
import io.attributeimages.storage.ObjectKeys;
import io.attributeimages.storage.StorageSettings;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.apache.camel.Exchange;
import org.apache.camel.ProducerTemplate;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** Tries the services one by one; nothing is paid. */
@ApplicationScoped
class Probe {

  private static final String MD5_OF_PROBE = "8da843ff65205a61374b09b81ed0fa35";

  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final String UNDEFINED_TABLE = "42P01";

  /** What our own check says, which says what to do as well. */
  private static final String RAISED = "P0001";

  private final DataSource database;
  private final S3Client s3;
  private final StorageSettings storage;
  private final ObjectKeys keys;
  private final Provider provider;
  private final ProducerTemplate template;

  Probe(
      DataSource database,
      S3Client s3,
      StorageSettings storage,
      ObjectKeys keys,
      Provider provider,
      ProducerTemplate template) {
    this.database = database;
    this.s3 = s3;
    this.storage = storage;
    this.keys = keys;
    this.provider = provider;
    this.template = template;
  }

  /**
   * How one service is.
   *
   * @param message what was tried, and what came of it
   * @param hint what to do, or to know; null where there is nothing
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Result(String service, boolean ok, String message, String hint) {}

  int run(Answer answer) {
    List<Result> results =
        Stream.<Supplier<Stream<Result>>>of(
                () -> Stream.of(database()), () -> Stream.of(bucket()), this::account, this::models)
            .flatMap(Supplier::get)
            .peek(result -> say(answer, result))
            .toList();
    boolean ok = results.stream().allMatch(Result::ok);
    answer.json(new Results(ok, results));
    return ok ? Commands.DONE : Commands.NOT_DONE;
  }

  private record Results(boolean ok, List<Result> services) {}

  private static void say(Answer answer, Result result) {
    answer.line(
        "%-9s %s  %s"
            .formatted(
                result.service(),
                answer.word(result.ok(), result.ok() ? "ok    " : "failed"),
                result.message()));
    if (result.hint() != null) {
      answer.line(" ".repeat(18) + result.hint());
    }
  }

  private Result database() {
    String service = "database";
    try (Connection connection = database.getConnection()) {
      connection.setAutoCommit(false);
      try (Statement statement = connection.createStatement()) {
        SchemaRights.check(connection);
        statement.executeUpdate(resource("sql/probe/probe-database.sql"));
      } finally {
        connection.rollback();
      }
      return new Result(
          service,
          true,
          "a row can be inserted into attribute_images at " + address(connection),
          null);
    } catch (SQLException e) {
      return new Result(
          service,
          false,
          line(e),
          switch (String.valueOf(e.getSQLState())) {
            case RAISED -> null;
            case UNDEFINED_TABLE -> "Create the tables with the command migrate.";
            default ->
                "Check quarkus.datasource.jdbc.url, quarkus.datasource.username and"
                    + " quarkus.datasource.password.";
          });
    }
  }

  /** The URL of a connection without what follows the database's name, which may be a secret. */
  private static String address(Connection connection) throws SQLException {
    return connection.getMetaData().getURL().replaceAll("\\?.*", "");
  }

  private static String resource(String name) {
    try (InputStream in =
        Thread.currentThread().getContextClassLoader().getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException(name + " cannot be read", e);
    }
  }

  private Result bucket() {
    String service = "bucket";
    String name = storage.bucket();
    String probe = "probe-" + UUID.randomUUID() + ".txt";
    String key = keys.prefix().isEmpty() ? probe : keys.prefix() + "/" + probe;
    String hint;
    try {
      String etag =
          s3.putObject(
                  o -> o.bucket(name).key(key).contentType("text/plain"),
                  RequestBody.fromString("probe"))
              .eTag();
      hint = publicUrl(key);
      s3.deleteObject(o -> o.bucket(name).key(key));
      if (!etag.replace("\"", "").equalsIgnoreCase(MD5_OF_PROBE)) {
        return new Result(
            service,
            false,
            "the store answers to an upload with the ETag " + etag + ", which is not its MD5",
            "Every picture would be refused after it was paid. Encryption with keys of one's own"
                + " (SSE-KMS, SSE-C) does that: use a bucket without.");
      }
    } catch (SdkException e) {
      return new Result(service, false, line(e), advice(e));
    }
    return new Result(
        service,
        true,
        "an object can be written to '"
            + name
            + "' at "
            + storage.endpoint().orElse("")
            + " and deleted",
        hint);
  }

  private String advice(SdkException e) {
    if (e instanceof S3Exception answer && answer.statusCode() == 404) {
      return "Create the bucket '"
          + storage.bucket()
          + "' as a public one, or name one that exists in storage.bucket.";
    }
    return e instanceof S3Exception answer && answer.statusCode() / 100 == 4
        ? "Check storage.region, storage.access-key-id and storage.secret-access-key."
        : "Check storage.endpoint.";
  }

  /** What anyone would get of the object; null where that is the object. */
  private String publicUrl(String key) {
    String base = keys.publicUrl("");
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(keys.publicUrl(key))).timeout(PATIENCE).GET().build();
    try {
      int status =
          HttpClient.newBuilder()
              .connectTimeout(PATIENCE)
              .build()
              .send(request, BodyHandlers.discarding())
              .statusCode();
      return status == 200
          ? null
          : "Its public URL answers "
              + status
              + ": is the bucket public, and is storage.public-base-url right? It starts with "
              + base;
    } catch (IOException e) {
      return "Its public URL does not answer, as on the embedded services while no service runs; it"
          + " starts with "
          + base;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return null;
    }
  }

  /** The account at Novita, where a style needs it. */
  private Stream<Result> account() {
    return provider.novita().map(this::account).stream();
  }

  private Result account(Host host) {
    String service = "novita";
    Exchange exchange = template.send("direct:provider-balance", call -> {});
    if (exchange.getException() != null) {
      ProviderFailure failure = ErrorClassifier.ofResult(exchange.getException(), host.title());
      String message = failure.getMessage() + " (" + failure.reason() + ")";
      return new Result(service, false, message, advice(failure, host));
    }
    BigDecimal balance = exchange.getMessage().getBody(BigDecimal.class);
    boolean enough =
        provider.styles().values().stream()
            .filter(style -> style.model().host().isNovita())
            .allMatch(style -> balance.compareTo(style.priceUsd()) >= 0);
    return new Result(
        service,
        enough,
        "the key is accepted at %s, and the account has %s"
            .formatted(host.baseUrl(), Progress.usd(balance)),
        enough ? null : "That is less than an image costs: top up the account.");
  }

  /** Each model in use, once. */
  private Stream<Result> models() {
    Map<String, StyleRecipe> byName = new LinkedHashMap<>();
    provider.styles().values().forEach(style -> byName.putIfAbsent(style.modelName(), style));
    return byName.values().stream().map(this::model);
  }

  private Result model(StyleRecipe style) {
    Host host = style.model().host();
    Exchange exchange =
        template.send("direct:provider-probe", call -> call.getMessage().setBody(style));
    if (exchange.getException() == null) {
      return new Result("model", true, provider.describe(style), null);
    }
    ProviderFailure failure = ErrorClassifier.ofResult(exchange.getException(), host.title());
    String message = failure.getMessage() + " (" + failure.reason() + ")";
    return failure instanceof ProviderFailure.Retry && !failure.reason().equals("UNREACHABLE")
        ? new Result(
            "model",
            true,
            provider.describe(style),
            "Whether it is served cannot be told: " + message)
        : new Result("model", false, message, advice(failure, host));
  }

  private static String advice(ProviderFailure failure, Host host) {
    if (failure instanceof ProviderFailure.Gone) {
      return null;
    }
    if (failure.status() == null) {
      return "Check " + host.urlSetting() + ", and the way there.";
    }
    return failure.status() == 401 || failure.status() == 403
        ? "Check " + host.keySetting().orElse(host.urlSetting()) + "."
        : "Check " + host.urlSetting() + "; if it is right, try again later.";
  }

  private static String line(Exception e) {
    return ForeignText.line(String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
  }
}
