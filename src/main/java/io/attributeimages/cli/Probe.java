package io.attributeimages.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.attributeimages.catalog.Catalogue;
import io.attributeimages.ledger.DatabaseFailure;
import io.attributeimages.ledger.SchemaRights;
import io.attributeimages.ledger.SqlFile;
import io.attributeimages.pipeline.PictureTables;
import io.attributeimages.provider.ErrorClassifier;
import io.attributeimages.provider.ForeignText;
import io.attributeimages.provider.Host;
import io.attributeimages.provider.Provider;
import io.attributeimages.provider.Provider.StyleRecipe;
import io.attributeimages.provider.ProviderFailure;
import io.attributeimages.storage.ObjectKeys;
import io.attributeimages.storage.StorageSettings;
import io.attributeimages.storage.StoreRefusal;
import jakarta.enterprise.context.ApplicationScoped;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import javax.sql.DataSource;
import org.apache.camel.Exchange;
import org.apache.camel.ProducerTemplate;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.S3Client;

/** Tries the services one by one; nothing is paid. */
@ApplicationScoped
class Probe {

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final DataSource database;
  private final PictureTables tables;
  private final S3Client s3;
  private final Catalogue catalogue;
  private final StorageSettings storage;
  private final ObjectKeys keys;
  private final Provider provider;
  private final ProducerTemplate template;
  private final boolean embedded;

  Probe(
      DataSource database,
      PictureTables tables,
      S3Client s3,
      Catalogue catalogue,
      StorageSettings storage,
      ObjectKeys keys,
      Provider provider,
      ProducerTemplate template,
      @ConfigProperty(name = "embedded.all", defaultValue = "false") boolean embedded) {
    this.database = database;
    this.tables = tables;
    this.s3 = s3;
    this.catalogue = catalogue;
    this.storage = storage;
    this.keys = keys;
    this.provider = provider;
    this.template = template;
    this.embedded = embedded;
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
      try {
        return database(service, connection);
      } finally {
        connection.rollback();
      }
    } catch (SQLException e) {
      return new Result(service, false, DatabaseFailure.sentence(e), null);
    }
  }

  /** All that it does is rolled back. */
  private Result database(String service, Connection connection) throws SQLException {
    SchemaRights.check(connection);
    boolean migrated;
    boolean creatable;
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(SqlFile.text("probe/select-tables"))) {
      row.next();
      migrated = row.getBoolean("migrated");
      creatable = row.getBoolean("creatable");
    }
    if (!migrated) {
      return new Result(
          service,
          creatable,
          "there is a way to " + address(connection) + ", and the tables are not there yet",
          creatable
              ? "The first start creates them, or the command migrate."
              : "This role may not create the schema ledger; an administrator can: CREATE SCHEMA"
                  + " ledger AUTHORIZATION …");
    }
    Optional<String> refusal = tables.refusal();
    return new Result(
        service,
        refusal.isEmpty(),
        refusal.orElse(
            "rows can be written to attribute_images and style_images at " + address(connection)),
        null);
  }

  /** The URL of a connection without what follows the database's name, which may be a secret. */
  private static String address(Connection connection) throws SQLException {
    return connection.getMetaData().getURL().replaceAll("\\?.*", "");
  }

  /** A picture goes the way of all pictures, is looked at as applications do, and is removed. */
  private Result bucket() {
    String service = "bucket";
    String key = keys.key("probe", "probe", "probe", UUID.randomUUID().toString());
    byte[] picture = picture();
    Exchange upload =
        template.send(
            "direct:upload",
            exchange -> {
              exchange.setProperty("uploadKey", key);
              exchange.setProperty("uploadType", "image/jpeg");
              exchange.getMessage().setBody(picture);
            });
    Throwable failure = upload.getException();
    String unseen = failure == null ? unseen(key, picture) : null;
    try {
      s3.deleteObject(o -> o.bucket(storage.bucket()).key(key));
    } catch (SdkException e) {
      failure = failure == null ? e : failure;
    }
    if (failure != null) {
      return new Result(
          service,
          false,
          StoreRefusal.of(failure, storage)
              .map(StoreRefusal::message)
              .orElse(ForeignText.cause(failure)),
          failure instanceof SdkException ? "The store is at storage.endpoint." : null);
    }
    String done =
        "a picture can be written to '%s' at %s and deleted"
            .formatted(storage.bucket(), storage.endpoint().orElse(""));
    if (unseen == null) {
      return new Result(service, true, done + ", and anyone can see it", null);
    }
    return embedded
        ? new Result(service, true, done, "While no service runs, " + unseen)
        : new Result(
            service,
            false,
            "applications would not see the pictures: " + unseen,
            "Is the bucket '"
                + storage.bucket()
                + "' public, and is storage.public-base-url right? Public URLs start with "
                + keys.publicUrl(""));
  }

  /** Of the size that the catalogue's have, with more in it than most of them. */
  private byte[] picture() {
    BufferedImage noise =
        new BufferedImage(catalogue.width(), catalogue.height(), BufferedImage.TYPE_INT_RGB);
    Random random = new Random(0);
    for (int y = 0; y < noise.getHeight(); y++) {
      for (int x = 0; x < noise.getWidth(); x++) {
        noise.setRGB(x, y, random.nextInt());
      }
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      ImageIO.write(noise, "jpeg", bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /** Why nobody sees the object at its public URL; null where everybody does. */
  private String unseen(String key, byte[] picture) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(keys.publicUrl(key))).timeout(PATIENCE).GET().build();
    try {
      HttpResponse<byte[]> answer =
          HttpClient.newBuilder()
              .connectTimeout(PATIENCE)
              .build()
              .send(request, BodyHandlers.ofByteArray());
      if (answer.statusCode() != 200) {
        return "its public URL answers " + answer.statusCode();
      }
      return Arrays.equals(answer.body(), picture) ? null : "its public URL answers something else";
    } catch (ConnectException e) {
      return "nothing listens at its public URL";
    } catch (IOException e) {
      return "its public URL does not answer (" + ForeignText.cause(e) + ")";
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
}
