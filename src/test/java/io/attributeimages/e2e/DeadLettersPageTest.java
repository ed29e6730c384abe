package io.attributeimages.e2e;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import io.attributeimages.support.Fault;
import io.quarkus.test.junit.QuarkusTest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Images that failed, on the board and on their own page. */
@QuarkusTest
class DeadLettersPageTest extends PageTest {

  private static final String ANIME_AGES = "{\"category\":\"age\",\"style\":\"anime\"}";
  private static final int PAGE = 25;
  private static final String HOSTILE =
      "<img src=x onerror=\"document.title='owned'\"><script>alert(1)</script>${7*7}";

  @Test
  void aFailedImageIsShownWithItsReasonAndReplayedToAPicture() {
    Page page = visitBoard();
    mark(page);
    novita.nextSubmits(Fault.status(400, "ILLEGAL_PROMPT", "the prompt is not allowed"));
    start(ANIME_AGES);

    assertThat(cells(page, "FAILED")).hasCount(1);
    assertThat(cells(page, "STORED")).hasCount(6);
    assertThat(letters(page)).hasCount(1);
    assertThat(letters(page)).containsText("ILLEGAL_PROMPT 400");
    assertThat(letters(page)).containsText("the prompt is not allowed");
    assertThat(letters(page)).containsText("nothing paid");
    assertThat(page.locator("#alerts .alert")).containsText("1 image is a dead letter.");
    assertThat(novita.submits()).hasSize(7);
    verb(letters(page), "Replay").click();

    assertThat(cells(page, "STORED")).hasCount(7);
    assertThat(letters(page)).hasCount(0);
    assertThat(page.locator("#dead-letters .empty")).isVisible();
    assertThat(page.locator("#alerts .alert")).hasCount(0);
    assertThat(novita.submits()).hasSize(8);
    assertThat(novita.acceptedSubmits()).isEqualTo(7);
    assertNotReloaded(page);
    assertThat(tab.complaints()).isEmpty();
  }

  @Test
  void allOfOneReasonAreReplayedAtOnceAfterAQuestion() {
    novita.nextSubmits(
        Fault.status(400, "ILLEGAL_PROMPT"),
        Fault.status(400, "ILLEGAL_PROMPT"),
        Fault.status(400, "INVALID_SAMPLER"));
    complete(start(ANIME_AGES));
    Page page = visitBoard();
    assertThat(letters(page)).hasCount(3);

    page.locator("#dead-letters").getByLabel("Reason").selectOption("ILLEGAL_PROMPT");
    assertThat(letters(page)).hasCount(2);
    button(page, "Replay all of these").click();
    assertThat(page.locator("dialog")).containsText("reason ILLEGAL_PROMPT");
    assertThat(novita.submits()).hasSize(7);
    button(page, "Replay them").click();

    assertThat(page.locator(".notice"))
        .containsText("2 images on their way again: 0 fetched, 2 submitted anew.");
    assertThat(cells(page, "STORED")).hasCount(6);
    assertThat(cells(page, "FAILED")).hasCount(1);
    assertThat(novita.submits()).hasSize(9);
    assertThat(tab.complaints()).isEmpty();
  }

  @Test
  void aDiscardedDeadLetterIsGoneAndItsImageIsMissing() {
    novita.nextSubmits(Fault.status(400, "ILLEGAL_PROMPT"));
    complete(start(ONE_IMAGE));
    Page page = visitBoard();

    verb(letters(page), "Discard").click();
    assertThat(page.locator("dialog")).containsText("Age 30s, realistic");
    button(page, "Discard it").click();

    assertThat(letters(page)).hasCount(0);
    assertThat(cells(page, "MISSING")).hasCount(REQUIRED);
    assertThat(page.locator("#dead-letters-title")).isFocused();
    assertThat(count("ledger.task WHERE state = 'CANCELLED'")).isEqualTo(1);
    assertThat(novita.submits()).hasSize(1);
    assertThat(tab.complaints()).isEmpty();
  }

  @Test
  void theAlertGoesWithTheLastDeadLetterAndNotWithTheNextLookAtTheStatus() {
    novita.nextSubmits(Fault.status(400, "ILLEGAL_PROMPT"));
    complete(start(ONE_IMAGE));
    Page page = emptyTab();
    page.clock().install();
    page.navigate(root);
    awaitBoard(page);
    assertThat(page.locator("#alerts .alert")).containsText("1 image is a dead letter.");
    verb(letters(page), "Discard").click();
    // from here on the page does nothing at a later time
    page.clock().pauseAt(((Number) page.evaluate("Date.now() + 10_000")).longValue());

    page.waitForRequest("**/api/status", () -> button(page, "Discard it").click());

    page.clock().resume();
    assertThat(page.locator("#alerts .alert")).hasCount(0);
    assertThat(tab.complaints()).isEmpty();
  }

  @Test
  void asManyAreShownAsWereAskedForAndEachOnce() {
    novita.onSubmit(submit -> true, Fault.status(400, "ILLEGAL_PROMPT"));
    Page page = visitBoard();
    mark(page);
    complete(start("{}"));
    assertThat(page.locator("#alerts .alert")).containsText("44 images are dead letters.");
    assertThat(letters(page)).hasCount(PAGE);
    Map<String, Object> oldest =
        sql.queryForMap("SELECT id, value, style FROM ledger.task ORDER BY position LIMIT 1");

    given().post("/api/dead-letters/" + oldest.get("id") + "/replay").then().statusCode(202);

    assertThat(letters(page).first())
        .containsText(oldest.get("value") + ", " + oldest.get("style"));
    assertThat(letters(page)).hasCount(PAGE);
    button(page, "Show more").click();
    assertThat(letters(page)).hasCount(REQUIRED);
    assertThat(button(page, "Show more")).hasCount(0);
    // what is still under way would move the button while it is pressed
    assertThat(heading(page, "No run is under way")).isVisible();
    verb(letters(page).first(), "Discard").click();
    button(page, "Discard it").click();
    assertThat(letters(page)).hasCount(REQUIRED - 1);
    assertNotReloaded(page);
    assertThat(tab.complaints()).isEmpty();
  }

  @Test
  void aFailedImageIsReplayedFromItsOwnPage() {
    novita.nextSubmits(Fault.status(400, "ILLEGAL_PROMPT", "the prompt is not allowed"));
    complete(start(ONE_IMAGE));
    Page page = visitBoard();

    cells(page, "FAILED").click();
    assertThat(page.locator(".alert")).containsText("ILLEGAL_PROMPT 400");
    assertThat(page.locator(".alert")).containsText("the prompt is not allowed");
    verb(page.locator(".image-side"), "Replay").click();

    assertThat(page.locator(".title-row .chip")).hasText("Stored");
    awaitPictures(page, 1);
    assertThat(page.locator("main")).isFocused();
    assertThat(page.locator(".alert")).hasCount(0);
    assertThat(novita.submits()).hasSize(2);
    assertThat(tab.complaints()).isEmpty();
  }

  @Test
  void whatNovitaSaysIsShownAsTextAndNeverRun() {
    novita.nextSubmits(Fault.status(400, "ILLEGAL_PROMPT", HOSTILE));
    complete(start(ONE_IMAGE));
    List<String> dialogs = new ArrayList<>();
    Page page = visitBoard();
    page.onDialog(
        dialog -> {
          dialogs.add(dialog.message());
          dialog.dismiss();
        });

    assertThat(letters(page).locator(".foreign")).containsText(HOSTILE);
    assertNothingRan(page, dialogs);
    cells(page, "FAILED").click();
    assertThat(page.locator(".alert .foreign")).containsText(HOSTILE);
    assertThat(page.locator("table .foreign")).containsText(HOSTILE);
    assertNothingRan(page, dialogs);
  }

  @Test
  void whatAnAddressSaysIsShownAsTextAndNeverRun() {
    List<String> dialogs = new ArrayList<>();
    Page page = visit("/image.html?category=%3Cimg%20src=x%20onerror=alert(1)%3E&value=x&style=x");
    page.onDialog(
        dialog -> {
          dialogs.add(dialog.message());
          dialog.dismiss();
        });

    assertThat(page.locator(".error")).containsText("<img src=x onerror=alert(1)>");
    assertThat(page.locator("main img")).hasCount(0);
    assertThat(dialogs).isEmpty();
    page.navigate(root + "?category=%22%3E%3Cimg%20src=x%20onerror=alert(1)%3E");
    assertThat(page.locator("#images .error")).containsText("<img src=x onerror=alert(1)>");
    assertThat(page.locator("main img")).hasCount(0);
    assertThat(dialogs).isEmpty();
  }

  private void assertNothingRan(Page page, List<String> dialogs) {
    assertThat(page.locator("img[src=x]")).hasCount(0);
    assertThat(page.title()).doesNotContain("owned");
    assertThat(dialogs).isEmpty();
    assertThat(tab.complaints()).isEmpty();
  }

  private static Locator letters(Page page) {
    return page.locator("#dead-letters .entries li");
  }
}
