package io.attributeimages;

import io.quarkus.runtime.LaunchMode;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.common.utils.ConfigSourceUtil;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.config.spi.ConfigSource;
import org.eclipse.microprofile.config.spi.ConfigSourceProvider;

/**
 * In dev mode, application.properties as it is at the top level: a change of it starts the program
 * again, but its copy beside the classes stays as it was.
 */
public final class DevProperties implements ConfigSourceProvider {

  /** Just above the copy. */
  private static final int ORDINAL = 251;

  private static final String FILE = "application.properties";

  @Override
  public Iterable<ConfigSource> getConfigSources(ClassLoader loader) {
    if (LaunchMode.current() != LaunchMode.DEVELOPMENT || !StartupConfig.isRunTime()) {
      return List.of();
    }
    try {
      Map<String, String> properties = ConfigSourceUtil.urlToMap(Path.of(FILE).toUri().toURL());
      properties.remove(ConfigSource.CONFIG_ORDINAL);
      return List.of(new PropertiesConfigSource(properties, FILE, ORDINAL));
    } catch (IOException e) {
      throw new SettingsException("The file " + FILE + " cannot be read: " + e.getMessage());
    }
  }
}
