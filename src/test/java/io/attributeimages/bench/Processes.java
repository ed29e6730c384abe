package io.attributeimages.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What processes use. Reads {@code /proc}, so Linux only. */
final class Processes {

  /** Of the clock that {@code /proc} counts in, in a second. */
  private static final double CLOCK_TICKS = 100;

  private Processes() {}

  /** The processor time of a process so far, in seconds. */
  static double cpuSeconds(long pid) {
    List<Long> fields = times(Path.of("/proc/" + pid + "/stat"));
    return (fields.get(0) + fields.get(1)) / CLOCK_TICKS;
  }

  /** The processor time of a process and all it has started, ended or not, in seconds. */
  static double cpuSecondsOfAll(long pid) {
    List<Long> fields = times(Path.of("/proc/" + pid + "/stat"));
    double own = fields.stream().mapToLong(Long::longValue).sum() / CLOCK_TICKS;
    return own
        + ProcessHandle.of(pid).stream()
            .flatMap(ProcessHandle::children)
            .mapToDouble(child -> cpuSecondsOfAll(child.pid()))
            .sum();
  }

  /**
   * The processor time that threads of such a name, a regular expression, have used, in seconds.
   */
  static double cpuSecondsOfThreads(long pid, String name) {
    try (Stream<Path> threads = Files.list(Path.of("/proc/" + pid + "/task"))) {
      return threads
              .filter(thread -> read(thread.resolve("comm")).strip().matches(name))
              .flatMap(thread -> times(thread.resolve("stat")).stream().limit(2))
              .mapToLong(Long::longValue)
              .sum()
          / CLOCK_TICKS;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** utime, stime, cutime and cstime; zeros where the process is gone. */
  private static List<Long> times(Path stat) {
    String text = read(stat);
    if (text.isEmpty()) {
      return List.of(0L, 0L, 0L, 0L);
    }
    return Arrays.stream(text.substring(text.lastIndexOf(')') + 2).split(" "))
        .skip(11)
        .limit(4)
        .map(Long::valueOf)
        .toList();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (NoSuchFileException e) {
      return "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What {@code jcmd} says to a command for a Java process. */
  static String jcmd(long pid, String... command) {
    Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
    try {
      Process process =
          new ProcessBuilder(
                  Stream.concat(
                          Stream.of(jcmd.toString(), String.valueOf(pid)), Arrays.stream(command))
                      .toList())
              .redirectErrorStream(true)
              .start();
      try (BufferedReader out =
          new BufferedReader(new InputStreamReader(process.getInputStream()))) {
        return out.lines().collect(Collectors.joining("\n"));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
