package io.attributeimages.e2e;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.ReducedMotion;
import io.attributeimages.support.Browsers;
import io.attributeimages.support.Browsers.Tab;
import io.attributeimages.support.Program;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The pages of the packaged program in an empty folder, from the first click to the cards. What
 * they look like is left in {@code target/screenshots}; with {@code -Dscreenshots.update} it also
 * becomes the pictures of the documentation.
 */
class PagesIT {

  private static final double PATIENCE_MILLIS = 90_000;
  private static final Path SCREENSHOTS = Path.of("target/screenshots");
  private static final Path DOCUMENTATION = Path.of("docs/images");
  private static final int WIDTH = 1280;
  private static final int HEIGHT = 960;

  /** So slow that some images are stored, some are being made, and some wait. */
  private static final Map<String, String> SLOW =
      Map.of(
          "PIPELINE_RUN_AT_START", "false",
          "NOVITA_IMAGES_PER_MINUTE", "20",
          "EMBEDDED_NOVITA_SUBMIT_DELAY", "1s",
          "EMBEDDED_NOVITA_IMAGE_DELAY", "8s");

  @TempDir Path directory;

  @Test
  void aRunIsStartedWatchedAndItsPicturesAreChosenFrom() {
    PlaywrightAssertions.setDefaultAssertionTimeout(PATIENCE_MILLIS);
    try (Program program = Program.start(directory, SLOW).awaitAnswer();
        Browsers browsers = Browsers.start()) {
      String board = program.baseUrl() + "/";
      try (Tab tab = browsers.open(visitor(), board)) {
        startARun(tab.page());
        assertThat(tab.page().locator(".cell[data-state=STORED]").nth(10)).isVisible();
        shoot(tab, "board");
        assertThat(tab.complaints()).isEmpty();
      }
      try (Tab tab = browsers.open(visitor().setColorScheme(ColorScheme.DARK), board)) {
        awaitStored(tab.page(), 11);
        shoot(tab, "board-dark");
      }
      try (Tab tab = browsers.open(visitor().setViewportSize(390, 844), board)) {
        awaitStored(tab.page(), 11);
        shoot(tab, "board-phone");
      }
      try (Tab tab = browsers.open(visitor().setViewportSize(WIDTH, 740), board)) {
        tab.page().locator(".cell[data-state=STORED]").first().click();
        assertThat(tab.page().locator(".facts")).isVisible();
        shoot(tab, "image");
        assertThat(tab.complaints()).isEmpty();
      }
      try (Tab tab =
          browsers.open(
              visitor().setViewportSize(WIDTH, 640), program.baseUrl() + "/create-character")) {
        tab.page().getByLabel("Realistic").check();
        tab.page().getByText("Continue").click();
        assertThat(tab.page().locator("label.choice")).hasCount(7);
        tab.page().getByLabel("40s").check();
        shoot(tab, "cards");
        assertThat(tab.complaints()).isEmpty();
      }
    }
  }

  private static Browser.NewContextOptions visitor() {
    return Browsers.visitor().setViewportSize(WIDTH, HEIGHT).setReducedMotion(ReducedMotion.REDUCE);
  }

  private static void startARun(Page page) {
    page.getByText("Start a run …").click();
    page.getByText("Dry run: show the price").click();
    page.getByText("Start: 44 images for $0.66").click();
    assertThat(page.locator("#current .chip")).hasText("Running");
  }

  private static void awaitStored(Page page, int atLeast) {
    assertThat(page.locator(".cell[data-state=STORED]").nth(atLeast - 1)).isVisible();
    assertThat(page.locator(".connection")).hasText("Live");
  }

  /** Waits until what is in sight is loaded, and keeps what it looks like. */
  private static void shoot(Tab tab, String name) {
    Page page = tab.page();
    page.waitForFunction(
        """
        () => [...document.querySelectorAll('.picture img')]
          .filter(image => image.getBoundingClientRect().top < innerHeight)
          .every(image => image.complete && image.naturalWidth > 0)""");
    Path file = SCREENSHOTS.resolve(name + ".png");
    page.mouse().move(0, 0);
    page.evaluate("document.activeElement.blur()");
    page.screenshot(new Page.ScreenshotOptions().setPath(file));
    try {
      assertThat(file).isNotEmptyFile();
      if (System.getProperty("screenshots.update") != null) {
        Files.createDirectories(DOCUMENTATION);
        Files.copy(file, DOCUMENTATION.resolve(name + ".png"), StandardCopyOption.REPLACE_EXISTING);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
