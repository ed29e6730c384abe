package io.attributeimages.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Which browser the tests take; browsers are played by shell scripts. */
@DisabledOnOs(OS.WINDOWS)
class ChromiumTest {

  @TempDir Path directory;

  @Test
  void theOneThatTheVariableNamesComesFirst() throws IOException {
    Path named = program("mine/my-browser", 0);
    program("bin/chromium", 0);

    assertThat(search(Map.of("BROWSER_PATH", named.toString(), "PATH", bin())).path())
        .isEqualTo(named);
  }

  @Test
  void aVariableThatNamesNoBrowserIsRefusedAndNoOtherIsTaken() throws IOException {
    program("bin/chromium", 0);

    assertThatThrownBy(() -> search(Map.of("BROWSER_PATH", "/nowhere", "PATH", bin())).path())
        .hasMessage(
            "BROWSER_PATH is '/nowhere', which does not start as a browser; name the program of a"
                + " Chromium or Chrome, or unset it");
  }

  @Test
  void anInstalledOneThatDoesNotStartIsPassedOver() throws IOException {
    program("bin/chromium", 127);
    Path chrome = program("bin/google-chrome", 0);

    assertThat(search(Map.of("PATH", bin())).path()).isEqualTo(chrome);
  }

  @Test
  void aUsualPlaceWillDoThatIsNotInThePath() throws IOException {
    Path usual = program("usual/chromium", 0);

    assertThat(new Chromium(Map.of("PATH", bin()), List.of(usual), false).path()).isEqualTo(usual);
  }

  @Test
  void withoutAnyItSaysHowToGetOne() {
    assertThatThrownBy(() -> search(Map.of("PATH", bin())).path())
        .hasMessage(
            "The browser tests need a Chromium and found none: install Chromium or Chrome, or name"
                + " its program in BROWSER_PATH");
  }

  private static Chromium search(Map<String, String> environment) {
    return new Chromium(environment, List.of(), false);
  }

  private String bin() {
    return directory.resolve("bin").toString();
  }

  private Path program(String name, int exitCode) throws IOException {
    Path program = directory.resolve(name);
    Files.createDirectories(program.getParent());
    Files.writeString(program, "#!/bin/sh\nexit " + exitCode + "\n");
    return Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
  }
}
