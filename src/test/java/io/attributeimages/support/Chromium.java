package io.attributeimages.support;

import com.microsoft.playwright.CLI;
import com.microsoft.playwright.Playwright;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Finds the browser of the tests: one that is installed, Playwright's own, or the system's package.
 * Every step is bounded in time, and what none of them finds is a failure, never a skipped test.
 */
public final class Chromium {

  /** The variable that names the browser to take. */
  public static final String BROWSER_PATH = "BROWSER_PATH";

  private static final List<String> NAMES =
      List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome");
  private static final List<Path> USUAL_PLACES =
      Stream.of(
              "/usr/bin/chromium",
              "/usr/bin/chromium-browser",
              "/usr/bin/google-chrome",
              "/opt/google/chrome/chrome",
              "/snap/bin/chromium",
              "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
              "/Applications/Chromium.app/Contents/MacOS/Chromium",
              "C:/Program Files/Google/Chrome/Application/chrome.exe",
              "C:/Program Files (x86)/Google/Chrome/Application/chrome.exe")
          .map(Path::of)
          .toList();

  private static final Duration TO_START = Duration.ofSeconds(20);
  private static final Duration TO_DOWNLOAD = Duration.ofMinutes(5);
  private static final Duration TO_INSTALL = Duration.ofMinutes(5);

  /** How Playwright is told to leave downloads to us. */
  static final Map<String, String> NO_DOWNLOAD = Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");

  private final Map<String, String> environment;
  private final List<Path> usualPlaces;
  private final boolean mayInstall;
  private final List<String> tried = new ArrayList<>();

  /**
   * A search.
   *
   * @param environment the environment's variables
   * @param usualPlaces where browsers are, beyond the directories in PATH
   * @param mayInstall whether one may be fetched where there is none
   */
  Chromium(Map<String, String> environment, List<Path> usualPlaces, boolean mayInstall) {
    this.environment = environment;
    this.usualPlaces = usualPlaces;
    this.mayInstall = mayInstall;
  }

  /**
   * The program of a browser that starts.
   *
   * @throws IllegalStateException that says how to get one, if there is none
   */
  public static Path find() {
    return new Chromium(System.getenv(), USUAL_PLACES, true).path();
  }

  /** The program of a browser that starts. */
  Path path() {
    String named = environment.get(BROWSER_PATH);
    if (named != null && !named.isBlank()) {
      return Optional.of(Path.of(named))
          .filter(Chromium::starts)
          .orElseThrow(
              () ->
                  new IllegalStateException(
                      BROWSER_PATH
                          + " is '"
                          + named
                          + "', which does not start as a browser; name the program of a Chromium or"
                          + " Chrome, or unset it"));
    }
    return installed()
        .or(() -> mayInstall ? playwrights() : Optional.empty())
        .or(() -> mayInstall ? packaged() : Optional.empty())
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "The browser tests need a Chromium and found none"
                        + (tried.isEmpty() ? "" : " (" + String.join("; ", tried) + ")")
                        + ": install Chromium or Chrome, or name its program in "
                        + BROWSER_PATH));
  }

  private Optional<Path> installed() {
    Stream<Path> inPath =
        Stream.of(environment.getOrDefault("PATH", "").split(File.pathSeparator))
            .filter(directory -> !directory.isBlank())
            .map(Path::of)
            .flatMap(directory -> NAMES.stream().map(directory::resolve));
    return Stream.concat(inPath, usualPlaces.stream()).filter(Chromium::starts).findFirst();
  }

  /** The one that Playwright fetches, where the network lets it. */
  private Optional<Path> playwrights() {
    Optional<Path> fetched = fetched();
    if (fetched.isPresent()) {
      return fetched;
    }
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    Map<String, String> settings =
        Map.of(
            "CLASSPATH",
            System.getProperty("java.class.path"),
            "PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT",
            "10000");
    boolean done =
        run(
            "Playwright's download",
            TO_DOWNLOAD,
            settings,
            java,
            CLI.class.getName(),
            "install",
            "chromium");
    return done ? fetched() : Optional.empty();
  }

  private static Optional<Path> fetched() {
    try (Playwright playwright =
        Playwright.create(new Playwright.CreateOptions().setEnv(NO_DOWNLOAD))) {
      return Optional.of(Path.of(playwright.chromium().executablePath())).filter(Chromium::starts);
    }
  }

  /** The system's package, where we may install one. */
  private Optional<Path> packaged() {
    if (!"root".equals(System.getProperty("user.name"))
        || !Files.exists(Path.of("/usr/bin/apt-get"))) {
      tried.add("no package can be installed here");
      return Optional.empty();
    }
    Map<String, String> settings = Map.of("DEBIAN_FRONTEND", "noninteractive");
    boolean done =
        run("apt-get update", TO_INSTALL, settings, "apt-get", "update")
            && run(
                "apt-get install chromium",
                TO_INSTALL,
                settings,
                "apt-get",
                "install",
                "--yes",
                "--no-install-recommends",
                "chromium");
    return done ? installed() : Optional.empty();
  }

  /** Whether it is a program that says its version: one that lacks a library does not. */
  private static boolean starts(Path program) {
    if (!Files.isExecutable(program) || Files.isDirectory(program)) {
      return false;
    }
    return exitCode(TO_START, Map.of(), program.toString(), "--version").equals(Optional.of(0));
  }

  private boolean run(
      String what, Duration atMost, Map<String, String> settings, String... command) {
    Optional<Integer> code = exitCode(atMost, settings, command);
    if (code.equals(Optional.of(0))) {
      return true;
    }
    tried.add(
        what
            + code.map(c -> " ended with code " + c)
                .orElse(" took more than " + atMost.toMinutes() + " minutes"));
    return false;
  }

  /** How the command ended; nothing if it was not within the time. */
  private static Optional<Integer> exitCode(
      Duration atMost, Map<String, String> settings, String... command) {
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD);
      builder.environment().putAll(settings);
      Process process = builder.start();
      if (process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
        return Optional.of(process.exitValue());
      }
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
