package io.attributeimages.support;

import io.attributeimages.catalog.Catalogue;
import io.attributeimages.provider.ModelsReader;
import io.attributeimages.provider.NovitaSettings;
import io.attributeimages.provider.Provider;
import java.util.Map;

/** The built-in models, for tests that start no container. */
public final class TestProvider {

  private TestProvider() {}

  /** As the program would use them for that catalogue, with changes of the settings. */
  public static Provider of(Catalogue catalogue, String... overrides) {
    Map<String, String> settings = TestSettings.properties(overrides);
    return new Provider(
        ModelsReader.builtIn(settings::get),
        catalogue,
        TestSettings.of(NovitaSettings.class, overrides),
        settings::get);
  }
}
