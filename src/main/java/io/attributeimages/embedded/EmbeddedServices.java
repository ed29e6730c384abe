package io.attributeimages.embedded;

import io.quarkus.runtime.configuration.DurationConverter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Starts the embedded services once in a JVM, and says by which settings the program finds them. A
 * reload in dev mode replaces all classes but not the services, so what they are found by is kept
 * in system properties.
 */
public final class EmbeddedServices {

  /** The hosts of models that are simulated. */
  public static final Set<String> SIMULATED = Set.of("novita", "openai");

  private static final String KEPT = EmbeddedServices.class.getName() + ".";
  private static final String SIMULATION = KEPT + "simulation";
  private static final String API_KEY = "simulated";
  private static final String OPENAI_KEY = API_KEY + "-openai";

  /** What a program may take to start or to stop. */
  private static final Duration OTHER_PROGRAM_WAIT = Duration.ofSeconds(60);

  private final Function<String, String> settings;
  private final Map<String, String> found = new LinkedHashMap<>();

  private EmbeddedServices(Function<String, String> settings) {
    this.settings = settings;
  }

  /**
   * Starts those of the services that are asked for and do not run yet.
   *
   * @param settings the program's settings by name
   * @return the settings by which the program finds the services
   * @throws EmbeddedServiceException when one of them does not start
   */
  public static Map<String, String> start(
      Function<String, String> settings, boolean novita, boolean storage, boolean database) {
    tellSimulation(settings);
    String kept = KEPT + novita + storage + database;
    String running = System.getProperty(kept);
    if (running != null) {
      Map<String, String> found = new LinkedHashMap<>(read(running));
      // the program may have moved to another port meanwhile
      found.computeIfPresent("storage.public-base-url", (name, old) -> publicBaseUrl(settings));
      return found;
    }
    checkIncluded();
    EmbeddedServices services = new EmbeddedServices(settings);
    DataDirectory directory = DataDirectory.open(Path.of(settings.apply("embedded.data-dir")));
    services.start(directory, novita, storage, database);
    System.setProperty(kept, write(services.found));
    return services.found;
  }

  /** Production packages are built without the servers. */
  private static void checkIncluded() {
    try {
      Class.forName(
          "io.zonky.test.db.postgres.embedded.EmbeddedPostgres",
          false,
          EmbeddedServices.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new EmbeddedServiceException(
          "This package was built without the embedded services; set novita.api-key,"
              + " storage.endpoint, storage.access-key-id, storage.secret-access-key and"
              + " quarkus.datasource.jdbc.url.");
    }
  }

  private static String write(Map<String, String> found) {
    return found.entrySet().stream()
        .map(entry -> entry.getKey() + "=" + entry.getValue())
        .collect(Collectors.joining("\n"));
  }

  private static Map<String, String> read(String written) {
    return written
        .lines()
        .map(line -> line.split("=", 2))
        .collect(Collectors.toMap(entry -> entry[0], entry -> entry[1]));
  }

  /**
   * All of the services for a command: those of the program that already runs on the data
   * directory, or else started as for a service. A program that is just starting or stopping is
   * waited for.
   *
   * @param settings the program's settings by name
   * @return the settings by which the program finds the services; {@code embedded.joined} is the
   *     file that is there as long as they are another program's
   * @throws EmbeddedServiceException when one of them does not start, or when the other program
   *     does not say where they are
   */
  public static Map<String, String> startOrJoin(Function<String, String> settings) {
    checkIncluded();
    Path path = Path.of(settings.apply("embedded.data-dir"));
    long deadline = System.nanoTime() + OTHER_PROGRAM_WAIT.toNanos();
    while (true) {
      Optional<DataDirectory> own = DataDirectory.tryOpen(path);
      if (own.isPresent()) {
        tellSimulation(settings);
        EmbeddedServices services = new EmbeddedServices(settings);
        services.start(own.get(), true, true, true);
        return services.found;
      }
      Optional<Map<String, String>> others = RunningServices.find(path);
      if (others.isPresent()) {
        return others.get();
      }
      if (System.nanoTime() > deadline) {
        throw DataDirectory.inUse(path.toAbsolutePath().normalize());
      }
      pause();
    }
  }

  private static void pause() {
    try {
      Thread.sleep(100);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EmbeddedServiceException("Interrupted while waiting for another program", e);
    }
  }

  private void start(DataDirectory directory, boolean novita, boolean storage, boolean database) {
    RunningServices.forget(directory.path());
    found.put("embedded.active", "true");
    // Postgres takes longest: it starts beside the others.
    CompletableFuture<EmbeddedPostgres> postgres =
        database ? CompletableFuture.supplyAsync(() -> EmbeddedPostgres.start(directory)) : null;
    if (storage) {
      startStorage(directory);
    }
    if (novita) {
      startNovita(directory);
    }
    if (database) {
      EmbeddedPostgres server = await(postgres);
      found.put("quarkus.datasource.jdbc.url", server.jdbcUrl());
      found.put("quarkus.datasource.username", server.username());
      found.put("quarkus.datasource.password", server.password());
    }
    found.put("embedded.banner", banner(directory, novita, storage, database));
    if (storage && database) {
      RunningServices.tell(directory.path(), found);
    }
  }

  private static EmbeddedPostgres await(CompletableFuture<EmbeddedPostgres> postgres) {
    try {
      return postgres.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof EmbeddedServiceException known ? known : e;
    }
  }

  private void startStorage(DataDirectory directory) {
    EmbeddedS3 server = EmbeddedS3.start(directory.path(), settings.apply("storage.bucket"));
    found.put("embedded.storage", "true");
    found.put("storage.endpoint", server.endpoint().toString());
    found.put("storage.region", "us-east-1");
    found.put("storage.access-key-id", server.accessKeyId());
    found.put("storage.secret-access-key", server.secretAccessKey());
    found.put("storage.public-base-url", publicBaseUrl(settings));
  }

  private static String publicBaseUrl(Function<String, String> settings) {
    return "http://127.0.0.1:" + settings.apply("quarkus.http.port") + PublicObjectsRoute.PATH;
  }

  /** Where the simulated hosts, which outlive a reload, look at each call. */
  private static void tellSimulation(Function<String, String> settings) {
    System.setProperty(
        SIMULATION,
        Stream.of("images-per-minute", "submit-delay", "image-delay", "image-url-ttl", "gone")
            .map(name -> settings.apply("embedded.novita." + name))
            .map(value -> Objects.toString(value, ""))
            .collect(Collectors.joining("\n")));
  }

  private static SimulatedHostsSettings simulation() {
    String[] told = System.getProperty(SIMULATION).split("\n", -1);
    return new SimulatedHostsSettings(
        Integer.parseInt(told[0]),
        DurationConverter.parseDuration(told[1]),
        DurationConverter.parseDuration(told[2]),
        DurationConverter.parseDuration(told[3]),
        names(told[4]),
        Set.of(),
        API_KEY,
        OPENAI_KEY,
        null);
  }

  private void startNovita(DataDirectory directory) {
    SimulatedHosts server = SimulatedHosts.start(EmbeddedServices::simulation, directory.path());
    found.put("novita.base-url", server.baseUrl().toString());
    found.put("novita.api-key", API_KEY);
    found.put("openai.base-url", server.baseUrl().toString());
    found.put("openai.api-key", OPENAI_KEY);
  }

  /** The names in a list with commas. */
  public static Set<String> names(String list) {
    return list == null || list.isBlank()
        ? Set.of()
        : Set.copyOf(List.of(list.strip().split("[\\s,]+")));
  }

  private static String banner(
      DataDirectory directory, boolean novita, boolean storage, boolean database) {
    StringBuilder services = new StringBuilder();
    services.append(database ? "an embedded Postgres" : "");
    services.append(database && storage ? ", " : "").append(storage ? "an embedded S3 server" : "");
    services.append((database || storage) && novita ? ", " : "");
    services.append(novita ? "a SIMULATED Novita (nothing is paid, pictures are drawn)" : "");
    return "Running on " + services + "; data under " + directory.path();
  }
}
