package io.attributeimages.support;

import static org.awaitility.Awaitility.await;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The packaged program as a process of its own. */
public final class Program implements AutoCloseable {

  private static final Path JAR = Path.of("target/quarkus-app/quarkus-run.jar").toAbsolutePath();
  private static final List<String> QUICK_START =
      List.of("-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");
  private static final List<String> NO_WORD_OF_THE_ARCHIVE =
      List.of("-Xlog:cds=off", "-Xlog:cds+dynamic=off");
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final Path directory;
  private final Path log;
  private final Path errors;
  private final int port;
  private final String password;
  private final Process process;

  private Program(
      int port,
      Path directory,
      Map<String, String> settings,
      boolean errorsApart,
      List<String> java,
      List<String> jvmOptions,
      List<String> arguments) {
    this.directory = directory;
    this.port = port;
    this.password = settings.get("OPERATOR_PASSWORD");
    try {
      this.log = Files.createTempFile(directory, "program", ".log");
      this.errors = errorsApart ? Files.createTempFile(directory, "program", ".err") : null;
      List<String> command = new ArrayList<>(java);
      command.addAll(jvmOptions);
      command.addAll(List.of("-jar", JAR.toString()));
      command.addAll(arguments);
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .directory(directory.toFile())
              .redirectErrorStream(!errorsApart)
              .redirectOutput(log.toFile());
      if (errorsApart) {
        builder.redirectError(errors.toFile());
      }
      builder
          .environment()
          .keySet()
          .removeIf(
              name ->
                  name.matches(
                      "(NOVITA|STORAGE|QUARKUS|BROKER|PIPELINE|EMBEDDED|CATALOG|OPERATOR|SUPABASE|ACCESS|EXTENSIONS|METRICS|LEDGER|HTTP_MAX)_.*"));
      builder.environment().putAll(settings);
      builder.environment().put("QUARKUS_HTTP_PORT", String.valueOf(port));
      this.process = builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts the program in that directory, with settings as environment variables. */
  public static Program start(Path directory, Map<String, String> settings, String... arguments) {
    return startOn(freePort(), directory, settings, arguments);
  }

  /** Starts it on that port, so that whoever knows its address finds it after a restart as well. */
  public static Program startOn(
      int port, Path directory, Map<String, String> settings, String... arguments) {
    return new Program(port, directory, settings, false, java(), quickStart(), List.of(arguments));
  }

  /** Starts it as it is started for real, with these options of the JVM. */
  public static Program startPlain(
      Path directory, Map<String, String> settings, List<String> jvmOptions) {
    return new Program(freePort(), directory, settings, false, java(), jvmOptions, List.of());
  }

  /** Starts it where it may have no more than so many files open. */
  public static Program startWithFiles(int files, Path directory, Map<String, String> settings) {
    List<String> limited =
        List.of("sh", "-c", "ulimit -n " + files + "; exec \"$0\" \"$@\"", java().get(0));
    return new Program(freePort(), directory, settings, false, limited, quickStart(), List.of());
  }

  /** Starts a command, whose answer and whose problems are kept apart. */
  public static Program command(Path directory, Map<String, String> settings, String... arguments) {
    return new Program(
        freePort(), directory, settings, true, java(), quickStart(), List.of(arguments));
  }

  /**
   * The JVM's options for a program that is started often: with an archive of its classes, which
   * halves what a start costs. The first test that needs it makes it, for all JVMs of a build.
   */
  private static synchronized List<String> quickStart() {
    if (File.separatorChar != '/') {
      return QUICK_START; // Windows has no signal on which a JVM would write one
    }
    Path target = JAR.getParent().getParent();
    Path archive = target.resolve("classes-" + Runtime.version().feature() + ".jsa");
    try (FileChannel channel =
            FileChannel.open(
                target.resolve("classes.lock"),
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE);
        FileLock lock = channel.lock()) {
      if (Files.notExists(archive)
          || Files.getLastModifiedTime(archive).compareTo(Files.getLastModifiedTime(JAR)) < 0) {
        makeArchive(archive);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return with(QUICK_START, "-XX:SharedArchiveFile=" + archive);
  }

  private static void makeArchive(Path archive) throws IOException {
    Path directory = Files.createTempDirectory(archive.getParent(), "archive");
    List<String> options = with(QUICK_START, "-XX:ArchiveClassesAtExit=" + archive);
    try (Program program =
        new Program(freePort(), directory, Map.of(), false, java(), options, List.of())
            .awaitAnswer()) {
      await()
          .atMost(PATIENCE)
          .until(() -> program.get("/api/status").body().contains("\"stored\":42"));
      program.stop();
    }
  }

  private static List<String> with(List<String> options, String archive) {
    return Stream.of(options, NO_WORD_OF_THE_ARCHIVE, List.of(archive))
        .flatMap(List::stream)
        .toList();
  }

  /** A port for {@link #startOn} that stays free while the program is down. */
  public static int freePort() {
    return Ports.free();
  }

  /** Waits until it answers. */
  public Program awaitAnswer() {
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              if (!process.isAlive()) {
                throw new IllegalStateException("the program ended:\n" + log());
              }
              return answers();
            });
    return this;
  }

  private boolean answers() {
    try {
      return get("/api/status").statusCode() == 200;
    } catch (UncheckedIOException e) {
      return false;
    }
  }

  /** Waits for its end and returns the exit code. */
  public int awaitEnd() {
    try {
      if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        throw new IllegalStateException("the program does not end:\n" + log());
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Kills it as {@code kill -9} does. */
  public void kill() {
    process.destroyForcibly();
    awaitEnd();
  }

  /** Stops it as SIGTERM does. */
  public int stop() {
    process.destroy();
    return awaitEnd();
  }

  /** Asks it to stop as SIGTERM does; whether it ended within that time. */
  public boolean stopsWithin(Duration time) {
    process.destroy();
    try {
      return process.waitFor(time.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Its number in the operating system. */
  public long pid() {
    return process.pid();
  }

  /** Whether it has not ended. */
  public boolean isAlive() {
    return process.isAlive();
  }

  /** The answer to a GET of a path, as text, to the operator where one is configured. */
  public HttpResponse<String> get(String path) {
    return send(request(path).GET().build());
  }

  /** The answer to a POST of a JSON body, likewise. */
  public HttpResponse<String> post(String path, String json) {
    return send(
        request(path)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(json))
            .build());
  }

  /** The answer to any request to it; {@link #baseUrl()} says where it is. */
  public HttpResponse<String> call(HttpRequest request) {
    return send(request);
  }

  private HttpResponse<String> send(HttpRequest request) {
    try {
      return http.send(request, BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private HttpRequest.Builder request(String path) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(baseUrl() + path)).timeout(PATIENCE);
    if (password != null) {
      request.header("Authorization", SupabaseAuth.basic("operator", password));
    }
    return request;
  }

  /** Where it answers, without a slash at the end. */
  public String baseUrl() {
    return "http://127.0.0.1:" + port;
  }

  /** What it has written so far, in the case of a command first its answer. */
  public String log() {
    return errors == null ? output() : output() + errors();
  }

  /** What it has written to standard output so far; of a service, to standard error as well. */
  public String output() {
    return read(log);
  }

  /** What a command has written to standard error so far. */
  public String errors() {
    return read(errors);
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where it was started. */
  public Path directory() {
    return directory;
  }

  @Override
  public void close() {
    if (process.isAlive()) {
      process.destroy();
      try {
        if (!process.waitFor(40, TimeUnit.SECONDS)) {
          process.destroyForcibly();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        process.destroyForcibly();
      }
    }
  }

  private static List<String> java() {
    return List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString());
  }
}
