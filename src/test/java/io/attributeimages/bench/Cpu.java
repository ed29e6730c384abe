package io.attributeimages.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The processor time that processes have taken, in seconds. Reads {@code /proc}, so Linux only. */
final class Cpu {

  private static final Path PROC = Path.of("/proc");
  private static final double CLOCK_TICKS = 100;

  /** Positions of fields in {@code /proc/[pid]/stat}, counted from after the name. */
  private static final int PARENT = 1;

  private static final int OWN = 11;
  private static final int CHILDREN = 13;

  private Cpu() {}

  /** What the process has taken. */
  static double seconds(long pid) {
    return ticks(stat(pid), OWN) / CLOCK_TICKS;
  }

  /** What the parent of the process has taken with all its children, also those that have ended. */
  static double secondsOfFamily(long child) {
    String parent = stat(child).get(PARENT);
    List<String> stat = stat(Long.parseLong(parent));
    long ticks = ticks(stat, OWN) + ticks(stat, CHILDREN);
    try (var processes = Files.list(PROC)) {
      ticks +=
          processes
              .map(process -> process.getFileName().toString())
              .filter(name -> name.matches("\\d+"))
              .map(name -> stat(Long.parseLong(name)))
              .filter(process -> !process.isEmpty() && process.get(PARENT).equals(parent))
              .mapToLong(process -> ticks(process, OWN))
              .sum();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return ticks / CLOCK_TICKS;
  }

  /** In user mode and in the kernel. */
  private static long ticks(List<String> stat, int field) {
    return Long.parseLong(stat.get(field)) + Long.parseLong(stat.get(field + 1));
  }

  /** The fields of the process; none where it has just ended. */
  private static List<String> stat(long pid) {
    try {
      String stat = Files.readString(PROC.resolve(pid + "/stat"));
      return List.of(stat.substring(stat.lastIndexOf(')') + 2).split(" "));
    } catch (IOException e) {
      return List.of();
    }
  }
}
