package io.attributeimages.pipeline;

import io.attributeimages.catalog.Catalogue;
import io.attributeimages.catalog.CatalogueReader;
import io.attributeimages.provider.ModelsReader;
import io.attributeimages.provider.NovitaSettings;
import io.attributeimages.provider.Provider;
import io.quarkus.arc.Unremovable;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;
import org.eclipse.microprofile.config.ConfigProvider;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** Makes the beans that routes name. */
@ApplicationScoped
public class PipelineBeans {

  /** The catalogue in use. */
  @Produces
  @Singleton
  Catalogue catalogue(@ConfigProperty(name = "catalog.location") Optional<Path> location) {
    return location.map(CatalogueReader::read).orElseGet(CatalogueReader::builtIn);
  }

  /** The models that its styles use. */
  @Produces
  @Singleton
  Provider provider(Catalogue catalogue, NovitaSettings novita) {
    Function<String, String> settings =
        name -> ConfigProvider.getConfig().getOptionalValue(name, String.class).orElse(null);
    return new Provider(ModelsReader.configured(settings), catalogue, novita, settings);
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
