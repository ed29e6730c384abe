package io.attributeimages.pipeline;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.attributeimages.provider.NovitaSettings;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import org.springframework.dao.DataAccessResourceFailureException;

/**
 * Files of paid tasks that the database has not taken yet, one for each. The route {@code
 * read-spool} reads and removes them.
 */
@ApplicationScoped
public class Spool {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration LEFT_OVER = Duration.ofMinutes(1);

  /** As many hints as the ledger keeps. */
  private static final int MAX_OF_A_TASK = 10;

  private static final int MAX_FILES = 10_000;

  private final Path folder;

  /** Files in the folder of the settings. */
  public Spool(NovitaSettings novita) {
    folder = novita.webhookSpool();
  }

  /**
   * Writes it down, where it is not already: a whole file, or none.
   *
   * @throws DataAccessResourceFailureException if the disk does not take it, or if it comes from a
   *     webhook and too many of them wait
   */
  public synchronized void keep(PaidTask task) {
    String name = task.task() + "-" + task.providerTaskId() + ".json";
    Path file = folder.resolve(name);
    Path half = folder.resolve("." + name);
    try {
      Files.createDirectories(folder);
      if (Files.exists(file)) {
        return;
      }
      checkRoom(task);
      try {
        Files.write(
            half,
            JSON.writeValueAsBytes(task),
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.SYNC);
        Files.move(half, file, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(half);
      }
    } catch (IOException e) {
      throw new DataAccessResourceFailureException("No file can be written: " + e, e);
    }
  }

  /**
   * Anybody who has one token may send webhooks; answers to submits come no oftener than is paid.
   */
  private void checkRoom(PaidTask task) throws IOException {
    long leftOver = System.currentTimeMillis() - LEFT_OVER.toMillis();
    int files = 0;
    int ofTask = 0;
    File[] all = folder.toFile().listFiles();
    for (File file : all == null ? new File[0] : all) {
      boolean half = file.getName().matches("\\..*\\.json") && file.isFile();
      if (half && file.lastModified() < leftOver && file.delete()) {
        continue;
      }
      files++;
      ofTask += file.getName().startsWith(task.task().toString()) ? 1 : 0;
    }
    if (task.attempt() == 0 && (files >= MAX_FILES || ofTask >= MAX_OF_A_TASK)) {
      throw new IOException(files + " files wait for the database, " + ofTask + " of the task");
    }
  }
}
