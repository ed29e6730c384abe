package io.attributeimages.embedded;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The directory of the embedded services ({@code embedded.data-dir}), locked for this program until
 * it is closed. The operating system releases the lock when the process dies, however it dies.
 *
 * <p>Whoever starts the embedded services opens this first: only the holder of the lock may touch a
 * server that an earlier program left running.
 */
public final class DataDirectory implements AutoCloseable {

  /** It holds programs that are run and databases, so nobody else may write or read there. */
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rwx------");

  private final Path path;
  private final String holderProperty;
  private final FileChannel channel;

  /**
   * Does nothing; registered, it keeps this object reachable. The garbage collector would otherwise
   * close the channel, and with it drop the lock, of a directory that nobody refers to any more.
   */
  private final Thread anchor = new Thread(this::path);

  private DataDirectory(Path path, String holderProperty, FileChannel channel) {
    this.path = path;
    this.holderProperty = holderProperty;
    this.channel = channel;
    Runtime.getRuntime().addShutdownHook(anchor);
  }

  /**
   * Creates the directory if it is missing and locks it.
   *
   * @param directory absolute, or relative to the working directory
   * @throws EmbeddedServiceException when another instance holds the lock, when the directory
   *     cannot be created or written, or when others can write there and cannot be kept from it
   */
  public static DataDirectory open(Path directory) {
    return tryOpen(directory).orElseThrow(() -> inUse(directory.toAbsolutePath().normalize()));
  }

  /**
   * The same, or empty when another instance holds the lock.
   *
   * @throws EmbeddedServiceException when the directory cannot be created or written, or when
   *     others can write there and cannot be kept from it
   */
  static Optional<DataDirectory> tryOpen(Path directory) {
    Path path = directory.toAbsolutePath().normalize();
    try {
      path = create(path).toRealPath();
      closeToOthers(path);
      return lock(path);
    } catch (IOException e) {
      throw new EmbeddedServiceException(
          "Cannot write to "
              + path
              + " ("
              + e
              + "); make it a writable directory or set embedded.data-dir to another directory",
          e);
    }
  }

  private static Path create(Path path) throws IOException {
    return FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
        ? Files.createDirectories(path, PosixFilePermissions.asFileAttribute(OWNER_ONLY))
        : Files.createDirectories(path);
  }

  /** The directory may have been there before, with the rights that its maker gave to others. */
  private static void closeToOthers(Path path) throws IOException {
    PosixFileAttributeView view = Files.getFileAttributeView(path, PosixFileAttributeView.class);
    if (view == null) {
      return; // as on Windows, where a directory has the access list of the one above it
    }
    boolean others = othersCanWrite(view);
    try (Stream<Path> files = Files.list(path)) {
      if (others && files.findAny().isPresent()) {
        throw new EmbeddedServiceException(
            "Others could write to "
                + path
                + ", where programs are run from; make sure that all files in it are this user's"
                + " own and run chmod 700, or set embedded.data-dir to another directory");
      }
    }
    Path ours = Files.createTempFile(path, ".owner", null);
    try {
      if (Files.getOwner(ours).equals(view.getOwner())) {
        view.setPermissions(OWNER_ONLY);
      }
    } finally {
      Files.delete(ours);
    }
    if (othersCanWrite(view)) {
      throw new EmbeddedServiceException(
          "Others can write to "
              + path
              + ", where programs are run from; make it a directory of this user's own or set"
              + " embedded.data-dir to another directory");
    }
  }

  private static boolean othersCanWrite(PosixFileAttributeView view) throws IOException {
    Set<PosixFilePermission> permissions = view.readAttributes().permissions();
    return permissions.contains(PosixFilePermission.GROUP_WRITE)
        || permissions.contains(PosixFilePermission.OTHERS_WRITE);
  }

  private static Optional<DataDirectory> lock(Path path) throws IOException {
    // POSIX drops a process's lock as soon as any of its channels on the file is closed, so a
    // second attempt in this JVM must not even open the file. System properties are shared by all
    // class loaders, which a reload in dev mode replaces.
    String holderProperty = DataDirectory.class.getName() + ":" + path;
    if (System.getProperties().putIfAbsent(holderProperty, "locked") != null) {
      return Optional.empty();
    }
    FileChannel channel = null;
    boolean locked = false;
    try {
      channel =
          FileChannel.open(
              path.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      FileLock lock = channel.tryLock();
      locked = lock != null;
      return locked
          ? Optional.of(new DataDirectory(path, holderProperty, channel))
          : Optional.empty();
    } catch (OverlappingFileLockException e) {
      return Optional.empty();
    } finally {
      if (!locked) {
        System.clearProperty(holderProperty);
        if (channel != null) {
          channel.close();
        }
      }
    }
  }

  /** Another instance holds the lock. */
  static EmbeddedServiceException inUse(Path path) {
    return new EmbeddedServiceException(
        "Another instance is already using "
            + path
            + "; stop it or set embedded.data-dir to another directory");
  }

  /** The absolute path, free of symbolic links. */
  public Path path() {
    return path;
  }

  /** Releases the lock. The files stay. Closing twice does nothing. */
  @Override
  public void close() {
    if (!channel.isOpen()) {
      return;
    }
    try {
      Runtime.getRuntime().removeShutdownHook(anchor);
    } catch (IllegalStateException e) {
      // the JVM is shutting down: nothing needs the anchor any more
    }
    try {
      channel.close();
    } catch (IOException e) {
      throw new EmbeddedServiceException("Cannot release the lock of " + path, e);
    } finally {
      System.clearProperty(holderProperty);
    }
  }
}
