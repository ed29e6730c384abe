package io.attributeimages.e2e;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import io.attributeimages.support.Browsers;
import io.attributeimages.support.Browsers.Tab;
import io.attributeimages.support.NovitaDouble;
import io.quarkus.test.common.http.TestHTTPResource;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/** The pages of the program in a real browser. */
@TestInstance(Lifecycle.PER_CLASS)
abstract class PageTest extends EndToEndTest {

  private static final int PHONE = 390;
  private static final int DESK = 1440;

  @TestHTTPResource("/")
  String root;

  Browsers browsers;
  Tab tab;

  @BeforeAll
  void openBrowser() {
    PlaywrightAssertions.setDefaultAssertionTimeout(Browsers.PATIENCE_MILLIS);
    browsers = Browsers.start();
  }

  @AfterAll
  void closeBrowser() {
    browsers.close();
  }

  @AfterEach
  void leave() {
    if (tab != null) {
      tab.close();
      tab = null;
    }
    novita.clearFaults();
    novita.configure(NovitaDouble.Options.defaults());
    novita.advance(Duration.ofHours(2));
    sql.queryForList("SELECT id FROM ledger.run WHERE finished_at IS NULL", UUID.class)
        .forEach(run -> given().post("/api/runs/" + run + "/cancel"));
    awaitThat(() -> count("ledger.task WHERE finished_at IS NULL") == 0);
  }

  /** A new visitor's page at that path, which begins with a slash. */
  Page visit(String path) {
    return visit(path, Browsers.visitor());
  }

  Page visit(String path, Browser.NewContextOptions visitor) {
    if (tab != null) {
      tab.close();
    }
    tab = browsers.open(visitor, root.replaceAll("/$", "") + path);
    return tab.page();
  }

  /** A new visitor's tab before its first page, so that it can be said what that will meet. */
  Page emptyTab() {
    tab = browsers.open(Browsers.visitor(), "about:blank");
    return tab.page();
  }

  /** The board, once it shows the images and hears what changes. */
  Page visitBoard() {
    Page page = visit("/");
    awaitBoard(page);
    return page;
  }

  static void awaitBoard(Page page) {
    assertThat(page.locator(".connection")).hasText("Live");
    assertThat(button(page, "Start a run …")).isEnabled();
    page.locator(".cell").first().waitFor();
  }

  static Locator button(Page page, String name) {
    return page.getByRole(
        AriaRole.BUTTON, new Page.GetByRoleOptions().setName(name).setExact(true));
  }

  static Locator heading(Page page, String name) {
    return page.getByRole(
        AriaRole.HEADING, new Page.GetByRoleOptions().setName(name).setExact(true));
  }

  /** The verb of what is shown there; its name goes on with what it is about. */
  static Locator verb(Locator place, String name) {
    return place.getByRole(
        AriaRole.BUTTON,
        new Locator.GetByRoleOptions().setName(Pattern.compile("^" + name + "\\b")));
  }

  /** The cells of the board in that state. */
  static Locator cells(Page page, String state) {
    return page.locator(".cell[data-state=" + state + "]");
  }

  /** Waits until so many pictures are not only there but loaded. */
  static void awaitPictures(Page page, int number) {
    page.waitForFunction(
        "number => [...document.querySelectorAll('.picture img')].filter(i => i.complete && i.naturalWidth > 0)"
            + ".length === number",
        number);
  }

  /** From now on it is known whether the page was loaded anew. */
  static void mark(Page page) {
    page.evaluate("window.marked = true");
  }

  static void assertNotReloaded(Page page) {
    assertThat(page.evaluate("window.marked")).as("still the same document").isEqualTo(true);
  }

  /** Light and dark, on a phone and on a desk. */
  static List<Browser.NewContextOptions> visitors() {
    return Stream.of(ColorScheme.LIGHT, ColorScheme.DARK)
        .flatMap(
            colours ->
                Stream.of(PHONE, DESK)
                    .map(
                        width ->
                            Browsers.visitor().setViewportSize(width, 900).setColorScheme(colours)))
        .toList();
  }

  /** Nothing shown is a barrier, is wider than the screen, or has complained. */
  void assertUsable(String what) {
    Page page = tab.page();
    String where = what + ", " + page.viewportSize().width + " pixels wide";
    assertThat(page.evaluate("document.documentElement.scrollWidth - innerWidth"))
        .as("pixels to scroll sideways: " + where)
        .isEqualTo(0);
    assertThat(tab.barriers()).as(where).isEmpty();
    assertThat(tab.complaints()).as(where).isEmpty();
  }
}
