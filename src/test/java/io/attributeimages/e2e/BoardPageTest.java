package io.attributeimages.e2e;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Request;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.AriaRole;
import io.attributeimages.support.Browsers;
import io.attributeimages.support.Fault;
import io.attributeimages.support.NovitaDouble;
import io.attributeimages.support.Wire;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The board: runs that are started, watched and stopped in a browser. */
@QuarkusTest
class BoardPageTest extends PageTest {

  private static final String ANIME_AGES = "{\"category\":\"age\",\"style\":\"anime\"}";
  private static final int PAID = 3;

  @Test
  void aRunIsSeenFromTheClickToTheLastPictureWithoutAReload() {
    novita.configure(NovitaDouble.Options.defaults().withImageLatency(Duration.ofHours(1)));
    Page page = visitBoard();
    assertThat(cells(page, "MISSING")).hasCount(REQUIRED);
    mark(page);

    startByHand(page);

    assertThat(cells(page, "SUBMITTED")).hasCount(REQUIRED);
    assertThat(current(page)).containsText("0 of 44 images done");
    assertThat(current(page)).containsText("$0.66");
    sql.update(
        "UPDATE ledger.task SET storing_since = now() WHERE value = '30s' AND style = 'anime'");
    assertThat(cells(page, "STORING")).hasCount(1);
    novita.advance(Duration.ofHours(2));
    assertThat(cells(page, "STORED")).hasCount(REQUIRED);
    assertThat(heading(page, "No run is under way")).isVisible();
    assertThat(page.locator("#totals")).containsText("42 of 42 images stored, 2 of 2 covers");
    assertThat(page.locator(".cell .picture img")).hasCount(REQUIRED);
    page.locator(".cell").last().scrollIntoViewIfNeeded();
    page.waitForFunction(
        "() => [...document.querySelectorAll('.cell')].at(-1).querySelector('img').naturalWidth > 0");
    assertNotReloaded(page);
    assertThat(novita.acceptedByPrompt().values()).hasSize(REQUIRED).containsOnly(1);
    assertThat(tab.complaints()).isEmpty();
  }

  @Test
  void aRunIsStartedOnceItIsKnownWhatThereIsToChooseFrom() {
    Page page = visitBoard();
    List<Route> held = new ArrayList<>();
    page.route("**/api/catalog", held::add);
    page.reload();
    page.locator(".cell").first().waitFor();
    assertThat(current(page)).containsText("44 images of the catalogue are missing");

    assertThat(button(page, "Start a run …"))
        .hasAttribute("title", "The catalogue is not known yet.");
    assertThat(button(page, "Start a run …")).isDisabled();
    held.get(0).resume();

    button(page, "Start a run …").click();
    page.getByLabel("Category").last().selectOption("age");
    assertThat(page.getByLabel("40s")).isVisible();
    assertThat(tab.complaints()).isEmpty();
  }

  @Test
  void thePriceIsSeenBeforeAnythingIsSpent() {
    Page page = visitBoard();

    button(page, "Start a run …").click();
    button(page, "Dry run: show the price").click();
    assertThat(page.locator(".result")).containsText("44 images for $0.66. Nothing is spent yet.");
    assertThat(page.locator(".result")).isFocused();
    page.getByLabel("Category").last().selectOption("age");
    assertThat(page.locator(".result")).hasCount(0);
    page.getByLabel("40s").check();
    page.getByLabel("Budget in US dollars").fill("0.02");
    button(page, "Dry run: show the price").click();
    assertThat(page.locator(".result"))
        .containsText("1 image for $0.015. The budget leaves out 1 more.");
    button(page, "Close").last().click();

    assertThat(page.locator("dialog")).hasCount(0);
    assertThat(button(page, "Start a run …")).isFocused();
    assertThat(novita.submits()).isEmpty();
    assertThat(count("ledger.run")).isZero();
    assertThat(tab.complaints()).isEmpty();
  }

  @Test
  void whatIsStartedIsWhatThePriceWasShownFor() {
    Page page = visitBoard();
    List<Route> held = new ArrayList<>();
    page.route("**/api/runs", held::add);
    button(page, "Start a run …").click();
    button(page, "Dry run: show the price").click();
    assertThat(button(page, "Dry run: show the price")).hasAttribute("aria-busy", "true");
    page.waitForCondition(() -> !held.isEmpty());

    page.getByLabel("Category").last().selectOption("age");
    page.unroute("**/api/runs");
    held.get(0).resume();

    assertThat(page.locator("dialog [aria-busy]")).hasCount(0);
    assertThat(page.locator(".result")).hasCount(0);
    button(page, "Dry run: show the price").click();
    button(page, "Start: 14 images for $0.21").click();
    assertThat(cells(page, "STORED")).hasCount(14);
    assertThat(novita.submits()).hasSize(14);
    assertThat(tab.complaints()).isEmpty();
  }

  @Test
  void whatTheServiceRefusesIsSaidInTheDialogWhichStaysOpen() {
    Page page = visitBoard();
    button(page, "Start a run …").click();
    page.getByLabel("Budget in US dollars").fill("99999999999");

    button(page, "Dry run: show the price").click();

    assertThat(page.locator("dialog .error")).containsText("maxCostUsd");
    assertThat(page.getByLabel("Budget in US dollars")).hasValue("99999999999");
    assertThat(novita.submits()).isEmpty();
  }

  @Test
  void aRunIsPausedAndResumedFromThePage() {
    onlyTheFirstAreAccepted();
    Page page = visitBoard();
    mark(page);
    startByHand(page);
    assertThat(cells(page, "STORED")).hasCount(PAID);

    verb(current(page), "Pause").click();
    assertThat(current(page).locator(".chip")).hasText("Paused");
    awaitThat(() -> count("ledger.task WHERE state = 'SUBMITTING'") == 0);
    assertThat(page.locator("#runs .chip")).hasText("Paused");
    novita.clearFaults();
    page.locator(".cell[data-state=STORED]").first().waitFor();
    assertThat(novita.acceptedSubmits()).isEqualTo(PAID);
    verb(current(page), "Resume").click();

    assertThat(cells(page, "STORED")).hasCount(REQUIRED);
    assertThat(page.locator("#runs .chip")).hasText("Completed");
    assertNotReloaded(page);
    assertThat(novita.acceptedByPrompt().values()).hasSize(REQUIRED).containsOnly(1);
    assertThat(tab.complaints()).isEmpty();
  }

  @Test
  void aRunIsCancelledOnlyAfterAQuestion() {
    onlyTheFirstAreAccepted();
    Page page = visitBoard();
    startByHand(page);
    assertThat(cells(page, "STORED")).hasCount(PAID);

    verb(current(page), "Cancel").click();
    button(page, "Keep it as it is").click();
    assertThat(page.locator("dialog")).hasCount(0);
    assertThat(current(page).locator(".chip")).hasText("Running");
    assertThat(count("ledger.run WHERE state = 'RUNNING'")).isEqualTo(1);
    verb(current(page), "Cancel").click();
    button(page, "Cancel the run").click();

    assertThat(page.locator("#runs .chip")).hasText("Cancelled");
    assertThat(cells(page, "MISSING")).hasCount(REQUIRED - PAID);
    assertThat(cells(page, "STORED")).hasCount(PAID);
    assertThat(heading(page, "No run is under way")).isVisible();
    assertThat(novita.acceptedSubmits()).isEqualTo(PAID);
    assertThat(tab.complaints()).isEmpty();
  }

  @Test
  void aHaltedRunSaysWhatToDoAndIsResumed() {
    novita.onSubmit(submit -> true, Fault.status(400, "BILLING_BALANCE_NOT_ENOUGH"));
    Page page = visitBoard();
    mark(page);
    start(ANIME_AGES);

    Locator alert = page.locator("#alerts .alert");
    assertThat(alert).containsText("Top up the balance of the account, then resume the run.");
    assertThat(page.locator("main").getByText("BILLING_BALANCE_NOT_ENOUGH")).hasCount(1);
    assertThat(alert).containsText("BILLING_BALANCE_NOT_ENOUGH");
    assertThat(page).hasTitle("(1) Board · Attribute images");
    assertThat(page.getByText("1 alert", new Page.GetByTextOptions().setExact(true))).isVisible();
    assertThat(current(page).locator(".chip")).hasText("Halted");
    assertThat(novita.submits()).hasSize(1);
    assertThat(cells(page, "PLANNED")).hasCount(7);
    assertNotReloaded(page);
    novita.clearFaults();
    button(page, "Resume the run").click();

    assertThat(cells(page, "STORED")).hasCount(7);
    assertThat(alert).hasCount(0);
    assertThat(page).hasTitle("Board · Attribute images");
    assertThat(novita.submits()).hasSize(8);
    assertThat(tab.complaints()).isEmpty();
  }

  @Test
  void aSubmitWhoseAnswerWasLostIsAnAlertUntilItIsClearedUp() {
    // doubt lasts until this test ends it, not for the grace period of these settings
    sql.execute(
        """
        CREATE FUNCTION lasting_doubt() RETURNS trigger LANGUAGE plpgsql AS
        $$BEGIN NEW.unconfirmed_at := now() + interval '1 hour'; RETURN NEW; END$$""");
    sql.execute(
        """
        CREATE TRIGGER lasting_doubt BEFORE UPDATE ON ledger.task FOR EACH ROW
        WHEN (NEW.state = 'UNCONFIRMED') EXECUTE FUNCTION lasting_doubt()""");
    try {
      novita.nextSubmits(Fault.resetAfterAccept());
      Page page = visitBoard();
      start(ONE_IMAGE);

      Locator alert = page.locator("#alerts .alert");
      assertThat(alert).containsText("1 image may be paid for");
      assertThat(alert).containsText("Wait:");
      assertThat(cells(page, "UNCONFIRMED")).hasCount(1);
      alert.getByText("Show the images").click();
      assertThat(alert).containsText("1 image may be paid for");
      assertThat(page.locator(".cell")).hasCount(1);
      assertThat(page.locator(".cell .cell-name")).hasText(new String[] {"30s"});
      sql.execute("DROP TRIGGER lasting_doubt ON ledger.task");
      sql.update("UPDATE ledger.task SET unconfirmed_at = now() - interval '1 hour'");

      assertThat(page.locator("#alerts .alert")).hasCount(0);
      assertThat(page.locator(".cell")).hasCount(0);
      assertThat(page.locator("#totals")).containsText("and possibly $0.015 more");
      awaitThat(() -> novita.submits().size() == 2);
      assertThat(tab.complaints()).isEmpty();
    } finally {
      sql.execute("DROP FUNCTION lasting_doubt() CASCADE");
    }
  }

  @Test
  void aLostConnectionIsSaidAndWhatWasMissedIsShownWhenItIsBack() {
    try (Wire wire = Wire.to(URI.create(root).getPort())) {
      tab = browsers.open(Browsers.visitor(), "http://127.0.0.1:" + wire.port() + "/");
      Page page = tab.page();
      awaitBoard(page);
      mark(page);

      wire.cut();
      assertThat(page.locator(".connection")).hasText("Connection lost");
      assertThat(page.locator("#alerts .alert").first()).containsText("by itself");
      complete(start(ANIME_AGES));
      assertThat(cells(page, "STORED")).hasCount(0);
      wire.mend();

      assertThat(page.locator(".connection")).hasText("Live");
      assertThat(cells(page, "STORED")).hasCount(7);
      assertThat(page.locator("#runs .chip")).hasText("Completed");
      assertThat(page.locator("#alerts .alert")).hasCount(0);
      complete(start(ONE_IMAGE));
      assertThat(cells(page, "STORED")).hasCount(8);
      assertNotReloaded(page);
    }
  }

  @Test
  void theBoardWorksWithoutEventsUntilTheyAreLetThrough() {
    Page page = emptyTab();
    page.route("**/api/events", route -> route.abort());
    page.navigate(root);
    assertThat(page.locator(".cell")).hasCount(REQUIRED);
    assertThat(page.locator(".connection")).hasText("Connection lost");
    mark(page);
    complete(start(ANIME_AGES));
    assertThat(cells(page, "STORED")).hasCount(7);
    assertThat(page.locator("#runs .chip")).hasText("Completed");
    assertThat(page.locator(".connection")).hasText("Connection lost");

    page.unroute("**/api/events");

    assertThat(page.locator(".connection")).hasText("Live");
    complete(start(ONE_IMAGE));
    assertThat(cells(page, "STORED")).hasCount(8);
    assertNotReloaded(page);
  }

  @Test
  void aConnectionThatHasGoneSilentIsOpenedAnew() {
    try (Wire wire = Wire.to(URI.create(root).getPort())) {
      Page page = emptyTab();
      page.clock().install();
      List<Request> streams = new ArrayList<>();
      page.onRequest(
          request -> {
            if (request.url().endsWith("/api/events")) {
              streams.add(request);
            }
          });
      page.navigate("http://127.0.0.1:" + wire.port() + "/");
      awaitBoard(page);
      mark(page);
      page.clock().fastForward("21");
      complete(start(ONE_IMAGE));
      assertThat(cells(page, "STORED")).hasCount(1);
      page.clock().fastForward("21");
      assertThat(page.locator(".connection")).hasText("Live");
      assertThat(streams).as("what is heard keeps the stream").hasSize(1);

      wire.stall();
      complete(start(ANIME_AGES));
      page.clock().fastForward("01:00");
      assertThat(page.locator(".connection")).hasText("Connection lost");
      wire.flow();

      assertThat(page.locator(".connection")).hasText("Live");
      assertThat(cells(page, "STORED")).hasCount(8);
      assertNotReloaded(page);
    }
  }

  @Test
  void slowAnswersAreShownThoughMoreChangesMeanwhile() {
    Page page = emptyTab();
    // longer than the pause between two questions
    page.addInitScript(
        """
        const real = window.fetch;
        window.fetch = async (path, request) => {
          if (path === '/api/status') {
            await new Promise((done) => setTimeout(done, 3000));
          }
          return real(path, request);
        };""");
    complete(start(ONE_IMAGE));
    ScheduledExecutorService changes = Executors.newSingleThreadScheduledExecutor();
    changes.scheduleAtFixedRate(
        () -> sql.update("UPDATE ledger.task SET attempts = attempts + 1"), 0, 300, MILLISECONDS);
    try {
      page.navigate(root);

      assertThat(page.locator("#totals")).containsText("1 of 42 images stored");
    } finally {
      changes.shutdown();
    }
  }

  @Test
  void whatCouldNotBeLoadedIsSaidUntilItIsThere() {
    complete(start(ONE_IMAGE));
    Page page = visitBoard();
    mark(page);
    Locator filters = page.getByRole(AriaRole.SEARCH, named("Filter the images"));
    page.route(
        "**/api/images?*", route -> route.fulfill(new Route.FulfillOptions().setStatus(503)));

    filters.getByLabel("State").selectOption("STORED");
    assertThat(page.locator("#alerts .alert")).containsText("The service answered 503.");
    assertThat(page).hasTitle(Pattern.compile("^\\(1\\)"));
    page.unroute("**/api/images?*");

    assertThat(page.locator(".cell")).hasCount(1);
    assertThat(page.locator("#alerts .alert")).hasCount(0);
    assertNotReloaded(page);
  }

  @Test
  void whoSignsInSeesWhatWasClosedAfterOneQuestion() {
    Page page = emptyTab();
    page.route(
        "**/api/session",
        route -> route.fulfill(new Route.FulfillOptions().setBody(RoutesPageTest.ANONYMOUS)));
    page.route(
        "**/api/dead-letters?*", route -> route.fulfill(new Route.FulfillOptions().setStatus(401)));
    page.navigate(root);
    assertThat(page.locator("#alerts .alert")).containsText("Not for everybody");
    assertThat(page.locator(".connection")).hasText("Live");
    page.unroute("**/api/session");
    page.unroute("**/api/dead-letters?*");
    List<Route> held = new ArrayList<>();
    page.route("**/api/dead-letters?*", held::add);

    page.locator("#alerts").getByText("Sign in").click();

    page.waitForCondition(() -> !held.isEmpty());
    page.waitForTimeout(1000);
    assertThat(held).hasSize(1);
    held.get(0).resume();
    assertThat(page.locator("#alerts .alert")).hasCount(0);
    assertThat(page.locator("#dead-letters .empty")).isVisible();
  }

  @Test
  void imagesAreFilteredAndTheAddressKeepsTheFilter() {
    complete(start(ANIME_AGES));
    Page page = visitBoard();
    Locator filters = page.getByRole(AriaRole.SEARCH, named("Filter the images"));

    filters.getByLabel("Category").selectOption("age");
    assertThat(page.locator(".cell")).hasCount(14);
    filters.getByLabel("State").selectOption("STORED");
    assertThat(page.locator(".cell")).hasCount(7);
    page.reload();
    assertThat(page.locator(".cell")).hasCount(7);
    assertThat(filters.getByLabel("State")).hasValue("STORED");
    filters.getByLabel("Value").selectOption("40s");
    assertThat(page.locator(".cell .cell-name")).hasText(new String[] {"40s"});
    button(page, "Show all").click();

    assertThat(page.locator(".cell")).hasCount(REQUIRED);
    assertThat(page).hasURL(root);
    assertThat(tab.complaints()).isEmpty();
  }

  @Test
  void aFilteredPageFollowsWhatChanges() {
    novita.configure(NovitaDouble.Options.defaults().withImageLatency(Duration.ofHours(1)));
    Page page = visit("/?state=STORED");
    assertThat(page.locator("#images .empty")).hasText("No image is like that now.");
    assertThat(page.locator(".connection")).hasText("Live");
    start(ONE_IMAGE);
    awaitThat(() -> novita.acceptedSubmits() == 1);

    novita.advance(Duration.ofHours(2));

    assertThat(page.locator(".cell")).hasCount(1);
    assertThat(cells(page, "STORED")).hasCount(1);
  }

  private static Locator current(Page page) {
    return page.locator("#current");
  }

  private static Page.GetByRoleOptions named(String name) {
    return new Page.GetByRoleOptions().setName(name);
  }

  private static void startByHand(Page page) {
    button(page, "Start a run …").click();
    button(page, "Dry run: show the price").click();
    button(page, "Start: 44 images for $0.66").click();
    assertThat(current(page).locator(".chip")).hasText("Running");
  }

  private void onlyTheFirstAreAccepted() {
    novita.onSubmit(submit -> novita.acceptedSubmits() >= PAID, Fault.gateway(522));
  }
}
