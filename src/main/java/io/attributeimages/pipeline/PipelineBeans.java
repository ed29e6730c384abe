package io.attributeimages.pipeline;

import io.attributeimages.catalog.Catalogue;
import io.attributeimages.catalog.CatalogueReader;
import io.attributeimages.novita.GuardedHttpClient;
import io.attributeimages.novita.NovitaSettings;
import io.attributeimages.novita.PublicAddresses;
import io.attributeimages.storage.StorageSettings;
import io.quarkus.arc.Unremovable;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.SystemDefaultDnsResolver;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** Makes the beans that routes name. */
@ApplicationScoped
public class PipelineBeans {

  private static final Duration CONFIDENCE_IN_NOVITA = Duration.ofSeconds(5);
  private static final int IMAGES_PER_MINUTE_OF_ONE_SUBMITTER = 20;
  private static final long MAX_JSON_BYTES = 1024 * 1024;
  private static final Duration MAX_BALANCE_TIME = Duration.ofSeconds(5);

  /** How long an answer may take beyond what may pass before it begins. */
  private static final Duration MAX_READING = Duration.ofSeconds(60);

  /** The catalogue in use. */
  @Produces
  @Singleton
  Catalogue catalogue(@ConfigProperty(name = "catalog.location") Optional<Path> location) {
    return location.map(CatalogueReader::read).orElseGet(CatalogueReader::builtIn);
  }

  /**
   * Submits: every one on a connection of its own, so that none meets a connection that is just
   * closing.
   */
  @Produces
  @Singleton
  @Unremovable
  @Named("submitClient")
  GuardedHttpClient submitClient(NovitaSettings novita) {
    return client(novita, MAX_JSON_BYTES, false, SystemDefaultDnsResolver.INSTANCE);
  }

  /** Questions for results. */
  @Produces
  @Singleton
  @Unremovable
  @Named("resultClient")
  GuardedHttpClient resultClient(NovitaSettings novita) {
    return client(novita, MAX_JSON_BYTES, true, SystemDefaultDnsResolver.INSTANCE);
  }

  /** The question for the balance: planning does not wait long for it. */
  @Produces
  @Singleton
  @Unremovable
  @Named("balanceClient")
  GuardedHttpClient balanceClient() {
    return new GuardedHttpClient(
        MAX_BALANCE_TIME, MAX_BALANCE_TIME, MAX_BALANCE_TIME, MAX_JSON_BYTES, false);
  }

  /** Downloads of pictures, whose URLs are Novita's word. */
  @Produces
  @Singleton
  @Unremovable
  @Named("imageClient")
  GuardedHttpClient imageClient(NovitaSettings novita, StorageSettings storage) {
    return client(
        novita,
        storage.maxImageBytes(),
        true,
        new PublicAddresses(URI.create(novita.baseUrl()).getHost()));
  }

  private static GuardedHttpClient client(
      NovitaSettings novita, long maxBytes, boolean reuseConnections, DnsResolver names) {
    return new GuardedHttpClient(
        novita.connectTimeout(),
        novita.responseTimeout(),
        novita.connectTimeout().plus(novita.responseTimeout()).plus(MAX_READING),
        maxBytes,
        reuseConnections,
        names);
  }

  /**
   * What this instance is submitting: no more at once than the account's pace needs, so that fewer
   * are on their way when Novita refuses one for a reason that concerns them all.
   */
  @Produces
  @Singleton
  @Unremovable
  @Named("submitting")
  Claims submitting(PipelineSettings settings, NovitaSettings novita) {
    int needed = 1 + (novita.imagesPerMinute() - 1) / IMAGES_PER_MINUTE_OF_ONE_SUBMITTER;
    Claims claims =
        new Claims(Math.min(settings.submitConcurrency(), needed), CONFIDENCE_IN_NOVITA);
    claims.beCautious();
    return claims;
  }

  /**
   * What this instance is collecting and storing. What a broker hands out stays with it for whoever
   * has room.
   */
  @Produces
  @Singleton
  @Unremovable
  @Named("collecting")
  Claims collecting(PipelineSettings settings) {
    int hands = settings.collectConcurrency();
    return settings.hasQueue() ? new Claims(hands) : Claims.withReserve(hands);
  }
}
