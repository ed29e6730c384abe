package io.attributeimages.e2e;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import io.attributeimages.support.Fault;
import io.attributeimages.support.NovitaDouble;
import io.quarkus.test.junit.QuarkusTest;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Every page in light and dark, on a phone and on a desk, and by the keyboard alone. */
@QuarkusTest
class BarriersTest extends PageTest {

  /** More than there are stops on any page of these tests. */
  private static final int MANY_STOPS = 120;

  @Test
  void theEmptyBoardAndItsDialogHaveNoBarriers() {
    for (Browser.NewContextOptions visitor : visitors()) {
      Page page = visit("/", visitor);
      awaitBoard(page);
      assertUsable("the empty board");
      button(page, "Start a run …").click();
      page.locator("dialog").getByLabel("Category").selectOption("age");
      button(page, "Dry run: show the price").click();
      page.locator(".result summary").click();
      assertUsable("the dialog that starts a run");
    }
  }

  @Test
  void theBoardOfARunHasNoBarriers() {
    complete(start(ONE_IMAGE));
    novita.configure(NovitaDouble.Options.defaults().withImageLatency(Duration.ofHours(1)));
    start("{}");
    awaitThat(() -> novita.acceptedSubmits() == REQUIRED);
    for (Browser.NewContextOptions visitor : visitors()) {
      Page page = visit("/", visitor);
      awaitBoard(page);
      assertThat(cells(page, "SUBMITTED")).hasCount(REQUIRED - 1);
      assertUsable("the board of a run");
      verb(page.locator("#current"), "Cancel").click();
      assertThat(page.locator("dialog")).isVisible();
      assertUsable("the question before a run is cancelled");
    }
  }

  @Test
  void theBoardWithAlertsAndThePagesOfImagesHaveNoBarriers() {
    complete(start(ONE_IMAGE));
    novita.nextSubmits(Fault.status(400, "ILLEGAL_PROMPT", "a long message ".repeat(20)));
    complete(start("{\"category\":\"age\",\"style\":\"anime\",\"values\":[\"40s\"]}"));
    novita.onSubmit(submit -> true, Fault.status(400, "BILLING_BALANCE_NOT_ENOUGH"));
    String halted = start("{\"category\":\"body\"}");
    awaitThat(() -> "HALTED".equals(run(halted).getString("state")));
    for (Browser.NewContextOptions visitor : visitors()) {
      Page page = visit("/", visitor);
      awaitBoard(page);
      assertThat(page.locator("#alerts .alert")).hasCount(2);
      assertUsable("the board with alerts");
      button(page, "Replay all").first().click();
      assertThat(page.locator("dialog")).isVisible();
      assertUsable("the question before a replay");
      page = visit("/image.html?category=age&value=30s&style=realistic", visitor);
      awaitPictures(page, 1);
      assertUsable("the page of a picture");
      page = visit("/image.html?category=age&value=40s&style=anime", visitor);
      assertThat(page.locator(".alert")).isVisible();
      assertUsable("the page of a failed image");
    }
  }

  @Test
  void theCardsHaveNoBarriersInAnyStep() {
    complete(start("{\"style\":\"anime\"}"));
    for (Browser.NewContextOptions visitor : visitors()) {
      Page page = visit("/create-character", visitor);
      for (String choice : new String[] {"Anime", "40s", "Slim", "Indian"}) {
        page.locator("label.choice").getByText(choice).waitFor();
        assertUsable("the cards before " + choice);
        page.getByLabel(choice).check();
        button(page, "Continue").click();
      }
      assertThat(page.getByRole(AriaRole.HEADING)).hasText("Your character");
      assertUsable("the summary of the cards");
    }
  }

  @Test
  void theKeyboardAloneStartsARunOpensAnImageAndComesBack() {
    Page page = visitBoard();
    mark(page);

    tabTo(page, "document.activeElement.matches('.skip')");
    tabTo(page, "document.activeElement.textContent.startsWith('Start a run')");
    page.keyboard().press("Enter");
    assertThat(page.locator("dialog")).isVisible();
    tabTo(page, "document.activeElement.type === 'submit'");
    page.keyboard().press("Enter");
    assertThat(page.locator(".result")).isFocused();
    tabTo(page, "document.activeElement.textContent.startsWith('Start: ')");
    page.keyboard().press("Enter");
    assertThat(button(page, "Start a run …")).isFocused();
    assertThat(cells(page, "STORED")).hasCount(REQUIRED);
    assertNotReloaded(page);

    tabTo(page, "document.activeElement.matches('.cell')");
    page.keyboard().press("Enter");
    assertThat(heading(page, "Age 20s, realistic")).isVisible();
    tabTo(page, "document.activeElement.matches('.crumbs a')");
    page.keyboard().press("Enter");
    awaitBoard(page);
    assertThat(cells(page, "STORED")).hasCount(REQUIRED);
    assertThat(novita.acceptedSubmits()).isEqualTo(REQUIRED);
  }

  @Test
  void theKeyboardAloneGoesThroughAllCards() {
    Page page = visit("/create-character");
    page.getByRole(AriaRole.RADIO).first().waitFor();

    for (String next :
        new String[] {
          "Choose an age", "Choose a body type", "Choose an ethnicity", "Your character"
        }) {
      tabTo(page, "document.activeElement.type === 'radio'");
      page.keyboard().press("Space");
      page.keyboard().press("Enter");
      assertThat(page.locator("#step-title")).containsText(next);
      assertThat(page.locator("#step-title")).isFocused();
    }

    assertThat(page.locator(".summary .choice")).hasCount(4);
    assertThat(tab.complaints()).isEmpty();
  }

  @Test
  void theSkipLinkLeadsToTheContent() {
    Page page = visitBoard();

    page.keyboard().press("Tab");
    assertThat(page.locator(".skip")).isFocused();
    assertThat(page.locator(".skip")).isInViewport();
    page.keyboard().press("Enter");

    assertThat(page.locator("main")).isFocused();
  }

  @Test
  void escapeClosesADialogAndTheFocusIsBackWhereItWas() {
    Page page = visitBoard();
    button(page, "Start a run …").press("Enter");
    assertThat(page.locator("dialog")).isVisible();

    page.keyboard().press("Escape");

    assertThat(page.locator("dialog")).hasCount(0);
    assertThat(button(page, "Start a run …")).isFocused();
    assertThat(novita.submits()).isEmpty();
  }

  @Test
  void theThemeIsChosenAndKept() {
    Page page = visitBoard();
    Object light = background(page);

    button(page, "Dark colours").click();
    assertThat(background(page)).isNotEqualTo(light);
    Object dark = background(page);
    page.reload();

    assertThat(background(page)).isEqualTo(dark);
    assertThat(button(page, "Light colours")).isVisible();
  }

  private static Object background(Page page) {
    return page.evaluate("getComputedStyle(document.documentElement).backgroundColor");
  }

  /**
   * Goes from stop to stop until the wanted one has the focus; each stop must be seen to have it.
   */
  private static void tabTo(Page page, String wanted) {
    for (int stop = 0; stop < MANY_STOPS; stop++) {
      page.keyboard().press("Tab");
      assertThat(
              page.evaluate(
                  """
                  (() => {
                    const element = document.activeElement;
                    if (element === document.body) return null;
                    const style = getComputedStyle(element);
                    const seen = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0
                      || style.boxShadow !== 'none';
                    return seen && element.getClientRects().length > 0 ? null : element.outerHTML;
                  })()"""))
          .as("a stop without visible focus")
          .isNull();
      if (Boolean.TRUE.equals(page.evaluate(wanted))) {
        return;
      }
    }
    throw new AssertionError("no stop of the keyboard is " + wanted);
  }
}
