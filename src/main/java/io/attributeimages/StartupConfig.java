package io.attributeimages;

import io.attributeimages.catalog.Catalogue;
import io.attributeimages.catalog.CatalogueReader;
import io.attributeimages.cli.Arguments;
import io.attributeimages.cli.ProgramCommand;
import io.attributeimages.embedded.EmbeddedServices;
import io.attributeimages.provider.Host;
import io.attributeimages.provider.Model;
import io.attributeimages.provider.ModelsReader;
import io.netty.bootstrap.ChannelInitializerExtension;
import io.quarkus.runtime.LaunchMode;
import io.smallrye.config.ConfigSourceContext;
import io.smallrye.config.ConfigSourceFactory;
import io.smallrye.config.ConfigValue;
import io.smallrye.config.PropertiesConfigSource;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.eclipse.microprofile.config.spi.ConfigSource;

/**
 * The first thing that runs: checks the settings, the catalogue and what a command asks of it,
 * decides between real accounts and the embedded services, and starts the latter early enough for
 * everything else to find them in the configuration.
 */
public final class StartupConfig implements ConfigSourceFactory {

  /** Above every other source: what it sets is set nowhere else, or only by default. */
  static final int ORDINAL = 1000;

  /** Told when there is a log. */
  static volatile List<String> proxiesNotUsed = List.of();

  private static final List<String> STORAGE =
      List.of("storage.endpoint", "storage.access-key-id", "storage.secret-access-key");
  private static final List<String> DATABASE = List.of("quarkus.datasource.jdbc.url");

  @Override
  public Iterable<ConfigSource> getConfigSources(ConfigSourceContext context) {
    if (!isRunTime()) {
      return List.of();
    }
    proxiesNotUsed = ProxyVariables.apply(System::getenv);
    new SettingsCheck(name -> givenValue(context, name)).run();
    // where Netty looks for io.attributeimages.access.Connections
    System.setProperty(ChannelInitializerExtension.EXTENSIONS_SYSTEM_PROPERTY, "serviceload");
    Optional<ProgramCommand> command = Arguments.pending();
    boolean opens = command.isEmpty() && LaunchMode.current() != LaunchMode.TEST;
    if (opens && !Startup.wasUp() && isServedPlain(context)) {
      checkAddress(value(context, "quarkus.http.host"), value(context, "quarkus.http.port"));
    }
    Catalogue catalogue = catalogue(context);
    command.ifPresent(c -> c.choice().check(catalogue));
    Collection<Model> models =
        ModelsReader.configured(name -> value(context, name))
            .of(catalogue, value(context, "novita.model"))
            .values();
    Set<Host> hosts = models.stream().map(Model::host).collect(Collectors.toSet());
    Set<Host> simulated =
        hosts.stream()
            .filter(host -> EmbeddedServices.SIMULATED.contains(host.name()))
            .filter(host -> host.keySetting().isPresent() && !isGiven(context, host.name()))
            .collect(Collectors.toSet());
    boolean paid =
        models.stream().anyMatch(model -> isPaid(model) && !simulated.contains(model.host()));
    boolean storage =
        isSet(context, "storage.public-base-url")
            || STORAGE.stream().anyMatch(name -> isSet(context, name));
    boolean database = DATABASE.stream().anyMatch(name -> isSet(context, name));

    if (!paid && !storage && !database || LaunchMode.current().isDevOrTest()) {
      boolean mayJoin = command.isPresent() && !paid && !storage && !database;
      return List.of(embedded(context, mayJoin, paid, hosts, simulated, !storage, !database));
    }
    List<String> missing =
        Stream.of(
                models.stream()
                    .flatMap(model -> missingKey(context, model.host()).stream())
                    .distinct(),
                STORAGE.stream(),
                DATABASE.stream())
            .flatMap(names -> names)
            .filter(name -> !isSet(context, name))
            .toList();
    if (!missing.isEmpty()) {
      throw new SettingsException(
          "The configuration is incomplete: "
              + String.join(", ", missing)
              + (missing.size() == 1 ? " is" : " are")
              + " missing. For real accounts set all of Novita, storage and database;"
              + " set none of them to run on the embedded services.");
    }
    return List.of(
        new PropertiesConfigSource(Map.of("embedded.all", "false"), "real accounts", ORDINAL));
  }

  /**
   * Before anything starts: a program whose port is taken must not begin to make images. Dev mode
   * keeps its port at a reload.
   */
  private static void checkAddress(String host, String port) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress(host, Integer.parseInt(port)));
    } catch (IOException e) {
      throw SettingsException.ofAddress(e.getMessage() + " (" + host + ":" + port + ")");
    }
  }

  /** Whether quarkus.http.port is used at all, and by this program alone. */
  private static boolean isServedPlain(ConfigSourceContext context) {
    return !"disabled".equalsIgnoreCase(value(context, "quarkus.http.insecure-requests"))
        && !"false".equalsIgnoreCase(value(context, "quarkus.http.host-enabled"))
        && !"true".equalsIgnoreCase(value(context, "quarkus.http.so-reuse-port"));
  }

  /** Whether its account, or another address, is set. */
  private static boolean isGiven(ConfigSourceContext context, String host) {
    return isSet(context, host + ".api-key") || isOverridden(context, host + ".base-url");
  }

  /**
   * Whether pictures that are paid for come from there, which must not end in a scratch database.
   */
  private static boolean isPaid(Model model) {
    return model.host().keySetting().isPresent() || model.price().usd().signum() > 0;
  }

  /** The key that is needed: what speaks the API of another host may need none. */
  private static Optional<String> missingKey(ConfigSourceContext context, Host host) {
    return host.keySetting()
        .filter(key -> host.isNovita() || !isOverridden(context, host.urlSetting()));
  }

  private static Catalogue catalogue(ConfigSourceContext context) {
    return isSet(context, "catalog.location")
        ? CatalogueReader.read(Path.of(value(context, "catalog.location")))
        : CatalogueReader.builtIn();
  }

  private static ConfigSource embedded(
      ConfigSourceContext context,
      boolean mayJoin,
      boolean paid,
      Set<Host> hosts,
      Set<Host> simulated,
      boolean storage,
      boolean database) {
    Map<String, String> properties = new LinkedHashMap<>();
    boolean novita = !simulated.isEmpty();
    if (mayJoin) {
      properties.putAll(EmbeddedServices.startOrJoin(name -> value(context, name)));
    } else if (novita || storage || database) {
      properties.putAll(
          EmbeddedServices.start(name -> value(context, name), novita, storage, database));
    }
    // what has an account of its own is asked there, whether a style uses it now or not
    Stream.concat(
            hosts.stream().filter(host -> !simulated.contains(host)).map(Host::name),
            EmbeddedServices.SIMULATED.stream().filter(host -> isGiven(context, host)))
        .forEach(host -> Set.of(host + ".base-url", host + ".api-key").forEach(properties::remove));
    boolean all = !paid && storage && database;
    properties.put("embedded.all", String.valueOf(all));
    properties.put("embedded.simulated", String.valueOf(novita));
    if (all
        && !LaunchMode.current().isDevOrTest()
        && !isOverridden(context, "pipeline.run-at-start")) {
      properties.put("pipeline.run-at-start", "true");
    }
    if (simulated.equals(hosts) && !isOverridden(context, "novita.images-per-minute")) {
      properties.put(
          "novita.images-per-minute", value(context, "embedded.novita.images-per-minute"));
    }
    return new PropertiesConfigSource(properties, "embedded services", ORDINAL);
  }

  /** Sources are asked for at build time as well, when there is nothing to start. */
  static boolean isRunTime() {
    try {
      Class.forName(
          "io.quarkus.runner.ApplicationImpl",
          false,
          Thread.currentThread().getContextClassLoader());
      return true;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }

  private static String value(ConfigSourceContext context, String name) {
    ConfigValue value = context.getValue(name);
    return value == null ? null : value.getValue();
  }

  /** The same without the defaults of the platform, which know nothing of this installation. */
  private static String givenValue(ConfigSourceContext context, String name) {
    ConfigValue value = context.getValue(name);
    return value == null || value.getConfigSourceOrdinal() < 0 ? null : value.getValue();
  }

  private static boolean isSet(ConfigSourceContext context, String name) {
    String value = value(context, name);
    return value != null && !value.isBlank();
  }

  /** Whether somebody set it elsewhere than in the program's own application.properties. */
  private static boolean isOverridden(ConfigSourceContext context, String name) {
    ConfigValue value = context.getValue(name);
    return value != null && value.getValue() != null && !isDefault(value);
  }

  private static boolean isDefault(ConfigValue value) {
    String source = value.getConfigSourceName();
    return source == null
        || source.contains("application.properties")
            && !source.contains("config/application.properties");
  }
}
