package io.attributeimages.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.attributeimages.ledger.SchemaRights;
import io.attributeimages.novita.Balance;
import io.attributeimages.novita.ErrorClassifier;
import io.attributeimages.novita.ForeignText;
import io.attributeimages.novita.NovitaRequests;
import io.attributeimages.novita.NovitaSettings;
import io.attributeimages.novita.Verdict;
import io.attributeimages.storage.ObjectKeys;
import io.attributeimages.storage.StorageSettings;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
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

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final String UNDEFINED_TABLE = "42P01";

  /** What our own check says, which says what to do as well. */
  private static final String RAISED = "P0001";

  private final DataSource database;
  private final S3Client s3;
  private final StorageSettings storage;
  private final ObjectKeys keys;
  private final NovitaSettings novita;
  private final NovitaRequests requests;
  private final ProducerTemplate template;

  Probe(
      DataSource database,
      S3Client s3,
      StorageSettings storage,
      ObjectKeys keys,
      NovitaSettings novita,
      NovitaRequests requests,
      ProducerTemplate template) {
    this.database = database;
    this.s3 = s3;
    this.storage = storage;
    this.keys = keys;
    this.novita = novita;
    this.requests = requests;
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
        List.<Supplier<Result>>of(this::database, this::bucket, this::novita).stream()
            .map(Supplier::get)
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

  private Result novita() {
    String service = "novita";
    Exchange exchange =
        template.send(
            novita.baseUrl()
                + "/openapi/v1/billing/balance/detail?httpMethod=GET&httpClientConfigurer=#balanceClient",
            call -> call.getMessage().setHeaders(headers()));
    if (exchange.getException() != null) {
      Verdict verdict = ErrorClassifier.ofCollect(exchange.getException());
      String message = verdict.message() + " (" + verdict.reason() + ")";
      return new Result(service, false, message, advice(verdict));
    }
    try {
      Balance balance = JSON.readValue(exchange.getMessage().getBody(String.class), Balance.class);
      boolean enough = balance.usd().compareTo(novita.priceUsd()) >= 0;
      return new Result(
          service,
          enough,
          "the key is accepted at "
              + novita.baseUrl()
              + ", and the account has "
              + Progress.usd(balance.usd()),
          enough ? null : "That is less than an image costs: top up the account.");
    } catch (JsonProcessingException | IllegalArgumentException e) {
      return new Result(
          service,
          false,
          "the answer from " + novita.baseUrl() + " names no balance",
          "Check novita.base-url.");
    }
  }

  private Map<String, Object> headers() {
    Map<String, Object> headers = new HashMap<>();
    headers.put("Authorization", requests.authorization());
    return headers;
  }

  private static String advice(Verdict verdict) {
    if (verdict.status() == null) {
      return "Check novita.base-url, and the way there.";
    }
    return verdict.status() == 401 || verdict.status() == 403
        ? "Check novita.api-key."
        : "Check novita.base-url; if it is right, try again later.";
  }

  private static String line(Exception e) {
    return ForeignText.line(String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
  }
}
