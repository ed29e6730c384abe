package io.attributeimages.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataDirectoryTest {
  @TempDir Path temp;

  @Test
  void createsTheDirectoryAndKnowsItsAbsolutePath() {
    try (DataDirectory directory = DataDirectory.open(temp.resolve("a/b"))) {
      assertThat(directory.path()).isAbsolute().isDirectory();
    }
  }

  @Test
  void nobodyElseMayLookIntoIt() throws IOException {
    try (DataDirectory directory = DataDirectory.open(temp.resolve("a/data"))) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.path())))
          .isEqualTo("rwx------");
    }
  }

  @Test
  void nobodyElseMayWriteToOneThatWasThereBefore() throws IOException {
    Files.setPosixFilePermissions(temp, PosixFilePermissions.fromString("rwxrwxrwx"));

    try (DataDirectory directory = DataDirectory.open(temp)) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.path())))
          .isEqualTo("rwx------");
      assertThat(directory.path().toFile().list()).containsExactly(".lock");
    }
  }

  @Test
  void oneInWhichOthersMayHavePutProgramsIsRefused() throws IOException {
    Files.createDirectory(temp.resolve("pgbin"));
    Files.setPosixFilePermissions(temp, PosixFilePermissions.fromString("rwxrwxrwx"));

    assertThatThrownBy(() -> DataDirectory.open(temp))
        .isInstanceOf(EmbeddedServiceException.class)
        .hasMessageContaining("Others could write to " + temp)
        .hasMessageContaining("chmod 700");

    Files.setPosixFilePermissions(temp, PosixFilePermissions.fromString("rwxr-xr-x"));
    DataDirectory.open(temp).close();
  }

  @Test
  void oneOfAnotherUserToWhichOthersCanWriteIsRefused() throws IOException {
    assumeThat(System.getProperty("user.name")).as("may give a directory away").isEqualTo("root");
    Files.setPosixFilePermissions(temp, PosixFilePermissions.fromString("rwxrwxr-x"));
    Files.setAttribute(temp, "unix:uid", 65534);

    assertThatThrownBy(() -> DataDirectory.open(temp))
        .isInstanceOf(EmbeddedServiceException.class)
        .hasMessage(
            "Others can write to "
                + temp.toRealPath()
                + ", where programs are run from; make it a directory of this user's own or set"
                + " embedded.data-dir to another directory");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(temp)))
        .isEqualTo("rwxrwxr-x");
  }

  @Test
  void aSecondInstanceIsToldWhatToDo() {
    try (DataDirectory first = DataDirectory.open(temp)) {
      assertThatThrownBy(() -> DataDirectory.open(temp))
          .isInstanceOf(EmbeddedServiceException.class)
          .hasMessage(
              "Another instance is already using "
                  + first.path()
                  + "; stop it or set embedded.data-dir to another directory");
    }
  }

  @Test
  void anotherProcessIsRefusedEvenAfterASecondAttemptInThisOne() throws Exception {
    try (DataDirectory first = DataDirectory.open(temp)) {
      assertThatThrownBy(() -> DataDirectory.open(temp)).hasMessageContaining("Another instance");

      assertThat(outputOfAnotherProcess(first.path())).contains("Another instance");
    }
    assertThat(outputOfAnotherProcess(temp)).contains("locked");
  }

  @Test
  void theLockOutlivesTheGarbageCollectorWhenNobodyKeepsTheObject() throws Exception {
    // in a directory of its own: it stays locked until this JVM ends
    Path directory = Files.createTempDirectory("data-directory");
    DataDirectory.open(directory);

    System.gc();

    assertThat(outputOfAnotherProcess(directory)).contains("Another instance");
  }

  @Test
  void theLockIsFreeAfterClose() {
    DataDirectory.open(temp).close();

    try (DataDirectory again = DataDirectory.open(temp)) {
      assertThat(again.path().resolve(".lock")).exists();
    }
  }

  @Test
  void aPathThatIsNoDirectoryIsNamed() throws IOException {
    Path file = Files.createFile(temp.resolve("file"));

    assertThatThrownBy(() -> DataDirectory.open(file))
        .isInstanceOf(EmbeddedServiceException.class)
        .hasMessageContaining("Cannot write to " + file)
        .hasMessageContaining("embedded.data-dir");
  }

  private static String outputOfAnotherProcess(Path directory) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                classesOf(DataDirectory.class)
                    + System.getProperty("path.separator")
                    + classesOf(Locker.class),
                Locker.class.getName(),
                directory.toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    return output;
  }

  private static Path classesOf(Class<?> type) throws Exception {
    return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
  }

  /** The program of the other process. */
  static final class Locker {
    public static void main(String[] arguments) {
      try (DataDirectory directory = DataDirectory.open(Path.of(arguments[0]))) {
        System.out.println("locked " + directory.path());
      } catch (EmbeddedServiceException e) {
        System.out.println(e.getMessage());
      }
    }
  }
}
