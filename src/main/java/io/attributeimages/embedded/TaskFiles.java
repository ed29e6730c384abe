package io.attributeimages.embedded;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * The accepted tasks, one JSON file each under {@code tasks/}, and beside them an empty file under
 * {@code webhooks/} for each task whose webhook is still to be delivered. A file appears by an
 * atomic move, so a reader never sees half of one. Nothing is held in memory.
 */
final class TaskFiles {
  private static final String SUFFIX = ".json";

  private final ObjectMapper json;
  private final Path tasks;
  private final Path webhooks;

  TaskFiles(Path directory, ObjectMapper json) throws IOException {
    this.json = json;
    this.tasks = Files.createDirectories(directory.resolve("tasks"));
    this.webhooks = Files.createDirectories(directory.resolve("webhooks"));
  }

  /** When this returns, the task survives the death of the program. */
  void add(SimulatedTask task) throws IOException {
    if (task.webhookUrl() != null) {
      Files.createFile(webhooks.resolve(task.taskId()));
    }
    Path temporary = tasks.resolve(task.taskId() + ".tmp");
    Files.write(temporary, json.writeValueAsBytes(task));
    Files.move(temporary, file(task.taskId()), StandardCopyOption.ATOMIC_MOVE);
  }

  /** Empty for an unknown task, and for a text that is no task id. */
  Optional<SimulatedTask> find(String taskId) throws IOException {
    if (!isTaskId(taskId)) {
      return Optional.empty();
    }
    try {
      return Optional.of(json.readValue(Files.readAllBytes(file(taskId)), SimulatedTask.class));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** Number of tasks ever accepted. */
  long count() throws IOException {
    try (Stream<Path> files = Files.list(tasks)) {
      return files.filter(TaskFiles::isTaskFile).count();
    }
  }

  /** The tasks accepted at or after this time, oldest first. */
  List<SimulatedTask> acceptedSince(long epochMillis) throws IOException {
    List<SimulatedTask> recent = new ArrayList<>();
    try (Stream<Path> files = Files.list(tasks)) {
      for (Path file : (Iterable<Path>) files.filter(TaskFiles::isTaskFile)::iterator) {
        // a file is written at or after the time its task carries
        if (Files.getLastModifiedTime(file).toMillis() >= epochMillis) {
          recent.add(json.readValue(Files.readAllBytes(file), SimulatedTask.class));
        }
      }
    }
    recent.removeIf(task -> task.submittedAtMillis() < epochMillis);
    recent.sort((a, b) -> Long.compare(a.submittedAtMillis(), b.submittedAtMillis()));
    return recent;
  }

  /** The tasks whose webhook is neither delivered nor given up. */
  List<SimulatedTask> withPendingWebhook() throws IOException {
    List<SimulatedTask> pending = new ArrayList<>();
    try (Stream<Path> markers = Files.list(webhooks)) {
      for (Path marker : (Iterable<Path>) markers::iterator) {
        Optional<SimulatedTask> task = find(marker.getFileName().toString());
        if (task.isPresent()) {
          pending.add(task.get());
        } else {
          // the program died between the marker and the task, which was never answered
          Files.delete(marker);
        }
      }
    }
    return pending;
  }

  void webhookDone(SimulatedTask task) throws IOException {
    Files.deleteIfExists(webhooks.resolve(task.taskId()));
  }

  private Path file(String taskId) {
    return tasks.resolve(taskId + SUFFIX);
  }

  private static boolean isTaskFile(Path file) {
    return file.getFileName().toString().endsWith(SUFFIX);
  }

  /** Only the canonical form passes, so that nobody reaches another file by way of a task id. */
  private static boolean isTaskId(String text) {
    try {
      return UUID.fromString(text).toString().equals(text);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
