package io.attributeimages.embedded;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Collectors;

/**
 * Where the embedded services of a data directory are while a program runs them: {@code
 * services.properties} in that directory, which only its owner can read. A command beside the
 * service finds them there.
 */
final class RunningServices {

  private static final String FILE = "services.properties";
  private static final String PID = "pid";

  /** The setting that names the file, in a program that uses the services of another. */
  private static final String JOINED = "embedded.joined";

  private RunningServices() {}

  /**
   * Writes down the settings by which a program finds the services. The file goes when this program
   * begins to stop; what a killed one leaves behind is not believed.
   *
   * @param directory the path of a {@link DataDirectory} that this program has locked
   */
  static void tell(Path directory, Map<String, String> settings) {
    Properties properties = new Properties();
    properties.putAll(settings);
    properties.setProperty(PID, Long.toString(ProcessHandle.current().pid()));
    try {
      SecretsFile.write(
          directory.resolve(FILE), properties, "Where the embedded services are, while they run");
    } catch (IOException e) {
      throw new EmbeddedServiceException(
          "Cannot write " + directory.resolve(FILE) + " (" + e + ")", e);
    }
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> forget(directory), "embedded-services-farewell"));
  }

  /** Removes what an earlier program, or this one, has written. */
  static void forget(Path directory) {
    try {
      Files.deleteIfExists(directory.resolve(FILE));
    } catch (IOException e) {
      throw new EmbeddedServiceException(
          "Cannot remove " + directory.resolve(FILE) + " (" + e + ")", e);
    }
  }

  /**
   * The settings by which a program finds the services that another one runs; empty while there is
   * none that is up.
   */
  static Optional<Map<String, String>> find(Path directory) {
    Path file = directory.toAbsolutePath().normalize().resolve(FILE);
    Properties properties = new Properties();
    try (InputStream in = Files.newInputStream(file)) {
      properties.load(in);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new EmbeddedServiceException(
          "Cannot read "
              + file
              + " ("
              + e
              + "); run the command as the user who started the service",
          e);
    }
    if (!isAlive((String) properties.remove(PID))) {
      return Optional.empty();
    }
    properties.setProperty(JOINED, file.toString());
    return Optional.of(
        properties.stringPropertyNames().stream()
            .collect(Collectors.toMap(name -> name, properties::getProperty)));
  }

  private static boolean isAlive(String pid) {
    return pid != null
        && pid.matches("\\d{1,18}")
        && ProcessHandle.of(Long.parseLong(pid)).map(ProcessHandle::isAlive).orElse(false);
  }
}
