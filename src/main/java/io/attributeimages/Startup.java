package io.attributeimages;

import io.attributeimages.catalog.Catalogue;
import io.attributeimages.cli.Arguments;
import io.attributeimages.cli.ProgramCommand;
import io.attributeimages.ledger.CatalogueTable;
import io.attributeimages.ledger.SchemaRights;
import io.attributeimages.pipeline.OutageLog;
import io.attributeimages.pipeline.PictureTables;
import io.attributeimages.pipeline.Timers;
import io.attributeimages.pipeline.WebhookTokens;
import io.attributeimages.provider.NovitaSettings;
import io.attributeimages.provider.Provider;
import io.attributeimages.storage.ObjectKeys;
import io.attributeimages.storage.StorageSettings;
import io.quarkus.runtime.LaunchMode;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.stream.StreamSupport;
import javax.sql.DataSource;
import org.apache.camel.CamelContext;
import org.apache.camel.quarkus.core.CamelRuntime;
import org.eclipse.microprofile.config.ConfigProvider;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * Looks at what an image needs before the first one is paid for, says what the program runs on, and
 * starts the routes.
 */
@ApplicationScoped
public class Startup {

  private static final Logger LOG = LoggerFactory.getLogger(Startup.class);
  private static final String UP = Startup.class.getName() + ".up";

  void onStart(
      @Observes StartupEvent event,
      Catalogue catalogue,
      CatalogueTable catalogueTable,
      PictureTables tables,
      NovitaSettings novita,
      Provider provider,
      StorageSettings storage,
      ObjectKeys keys,
      S3Client s3,
      DataSource database,
      CamelRuntime camel,
      WebhookTokens webhookTokens,
      CamelContext context,
      OutageLog outages,
      Timers timers,
      @ConfigProperty(name = "extensions.routes", defaultValue = "routes") Path routeFiles,
      @ConfigProperty(name = "embedded.banner") Optional<String> banner)
      throws SQLException {
    if (!LaunchMode.current().isDevOrTest()) {
      OutOfMemory.endsTheProgram();
    }
    // a command writes only warnings, beside its answer
    banner.ifPresent(Arguments.pending().isPresent() ? LOG::warn : LOG::info);
    new UnknownSettings().among(givenNames()).forEach(LOG::warn);
    StartupConfig.proxiesNotUsed.forEach(
        name ->
            LOG.warn(
                "The proxy in {} is not used; what can be is http://host:port, without user and"
                    + " password",
                name));
    context.getRegistry().bind("timers", ScheduledExecutorService.class, timers.pool());
    if (Arguments.pending().map(ProgramCommand::needsTables).orElse(true)) {
      // also where somebody else applies the migrations
      try (Connection connection = database.getConnection()) {
        SchemaRights.check(connection);
      }
    }
    if (!Arguments.pending().map(ProgramCommand::makesImages).orElse(true)) {
      // A command that only looks, or changes rows, needs no more than the ledger.
      camel.start(new String[0]);
      return;
    }
    Optional<String> refusal = tables.refusal();
    if (refusal.isPresent()) {
      throw new SettingsException("The tables of pictures cannot be used: " + refusal.get());
    }
    checkBucket(storage, s3);
    if (novita.webhookUrl().isPresent()) {
      checkSpool(novita.webhookSpool());
    }
    LOG.info(
        "{} images and {} covers are required by {}",
        catalogue.imageCount(),
        catalogue.coverCount(),
        catalogue.source());
    provider.notices().forEach(LOG::info);
    LOG.info("Pictures go to {}", keys.publicUrl(keys.prefix()));
    RouteFiles files = new RouteFiles(routeFiles, context, outages);
    files.load();
    catalogueTable.id();
    // The HTTP port opens after this: no call ever meets a program without its routes.
    try {
      camel.start(new String[0]);
    } catch (RuntimeException e) {
      files.explain(e);
      throw e;
    }
    files.check();
    webhookTokens.key();
    System.setProperty(UP, "true");
  }

  /** Whether the program was up in this JVM; a reload in dev mode replaces all classes. */
  static boolean wasUp() {
    return System.getProperty(UP) != null;
  }

  /** The names of settings that somebody has given. */
  private static List<String> givenNames() {
    return StreamSupport.stream(ConfigProvider.getConfig().getConfigSources().spliterator(), false)
        .filter(source -> source.getOrdinal() < StartupConfig.ORDINAL)
        .flatMap(source -> source.getPropertyNames().stream())
        .toList();
  }

  private static void checkSpool(Path spool) {
    try {
      if (Files.isWritable(Files.createDirectories(spool))) {
        return;
      }
    } catch (IOException e) {
      LOG.debug("The directory for webhooks", e);
    }
    throw new SettingsException(
        "Setting novita.webhook-spool is '"
            + spool
            + "', which cannot be written; name a directory that can.");
  }

  private static void checkBucket(StorageSettings storage, S3Client s3) {
    String bucket = storage.bucket();
    try {
      s3.headBucket(request -> request.bucket(bucket));
    } catch (S3Exception e) {
      if (e.statusCode() == 404) {
        throw new SettingsException(
            "Setting storage.bucket is '"
                + bucket
                + "', which does not exist at "
                + storage.endpoint().orElse("")
                + "; create it as a public bucket, or name one that exists.");
      }
      if (e.statusCode() / 100 == 4) {
        throw new SettingsException(
            "The store at storage.endpoint refuses the bucket '"
                + bucket
                + "' with HTTP status "
                + e.statusCode()
                + "; check storage.region, storage.access-key-id and storage.secret-access-key.");
      }
      LOG.warn("The bucket {} cannot be checked now: {}", bucket, e.getMessage());
    } catch (SdkException e) {
      LOG.warn("The bucket {} cannot be checked now: {}", bucket, e.getMessage());
    }
  }
}
