package io.attributeimages.embedded;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Properties;

/** Random secrets made once and kept in a properties file that only its owner can read. */
final class SecretsFile {
  private static final int SECRET_BYTES = 20;

  private SecretsFile() {}

  /**
   * Reads the file; where it or one of the keys is missing, adds a random secret of 40 hexadecimal
   * digits for each missing key.
   *
   * @throws IOException when the file cannot be read or written
   */
  static Properties readOrCreate(Path file, String... keys) throws IOException {
    Properties secrets = new Properties();
    if (Files.exists(file)) {
      try (InputStream in = Files.newInputStream(file)) {
        secrets.load(in);
      }
    }
    boolean changed = false;
    for (String key : keys) {
      changed |= secrets.putIfAbsent(key, randomSecret()) == null;
    }
    if (changed) {
      write(file, secrets, "Made at first start; local to this directory");
    }
    return secrets;
  }

  private static String randomSecret() {
    byte[] bytes = new byte[SECRET_BYTES];
    new SecureRandom().nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  /**
   * Writes the file anew, as a whole or not at all.
   *
   * @throws IOException when it cannot be written
   */
  static void write(Path file, Properties secrets, String comment) throws IOException {
    Path directory = Files.createDirectories(file.toAbsolutePath().getParent());
    // createTempFile makes the file owner-only from its first byte where the system knows POSIX
    Path temporary = Files.createTempFile(directory, ".secrets", ".tmp", ownerOnly());
    try (OutputStream out = Files.newOutputStream(temporary)) {
      secrets.store(out, comment);
    }
    Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
  }

  private static FileAttribute<?>[] ownerOnly() {
    boolean posix = FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
    return posix
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
        }
        : new FileAttribute<?>[0];
  }
}
