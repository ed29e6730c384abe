package io.attributeimages.embedded;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.UUID;

/**
 * The accepted tasks, one JSON file each, so that they survive the death of the program. A file
 * appears by an atomic move, so a reader never sees half of one. Nothing is held in memory.
 */
final class TaskFiles implements SimulatedTasks {
  /** Files of earlier versions have more fields. */
  private final ObjectMapper json =
      new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

  private final Path directory;

  TaskFiles(Path directory) throws IOException {
    this.directory = Files.createDirectories(directory);
  }

  @Override
  public void add(SimulatedTask task) throws IOException {
    Path temporary = directory.resolve(task.id() + ".tmp");
    Files.write(temporary, json.writeValueAsBytes(task));
    Files.move(temporary, file(task.id()), StandardCopyOption.ATOMIC_MOVE);
  }

  @Override
  public Optional<SimulatedTask> find(String taskId) throws IOException {
    if (!isTaskId(taskId)) {
      return Optional.empty();
    }
    try {
      return Optional.of(json.readValue(Files.readAllBytes(file(taskId)), SimulatedTask.class));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  private Path file(String taskId) {
    return directory.resolve(taskId + ".json");
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
