package io.attributeimages.e2e;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.APIResponse;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import io.attributeimages.support.Fault;
import io.attributeimages.support.NovitaDouble;
import io.quarkus.test.junit.QuarkusTest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The page of one image. */
@QuarkusTest
class ImagePageTest extends PageTest {

  private static final String PATH = "/image.html?category=age&value=30s&style=realistic";

  @Test
  void itShowsThePictureAndHowItWasMade() {
    complete(start(ONE_IMAGE));
    Page page = visitBoard();

    cells(page, "STORED").click();

    assertThat(page).hasTitle("Age 30s, realistic · Image · Attribute images");
    awaitPictures(page, 1);
    Locator facts = page.locator(".facts");
    assertThat(facts).containsText(novita.submits().get(0).prompt());
    assertThat(facts).containsText("512 × 768");
    assertThat(facts).containsText("$0.015");
    assertThat(facts).containsText(novita.submits().get(0).taskId());
    assertThat(facts)
        .containsText(sql.queryForObject("SELECT object_key FROM attribute_images", String.class));
    assertThat(page.locator("tbody tr")).hasCount(1);
    assertThat(tab.complaints()).isEmpty();
  }

  @Test
  void anImageIsMadeAnewAndItsPictureIsReplacedOnlyWhenTheNewOneIsThere() {
    complete(start(ONE_IMAGE));
    novita.configure(NovitaDouble.Options.defaults().withImageLatency(Duration.ofHours(1)));
    Page page = visit(PATH);
    awaitPictures(page, 1);
    String before = picture(page).getAttribute("src");
    mark(page);

    button(page, "Regenerate …").click();
    assertThat(page.locator("dialog")).containsText("Age 30s, realistic costs $0.015.");
    assertThat(novita.submits()).hasSize(1);
    button(page, "Regenerate for $0.015").click();

    assertThat(page.locator(".title-row .chip")).hasText("Submitted");
    assertThat(button(page, "Regenerate …")).isDisabled();
    assertThat(picture(page)).hasAttribute("src", before);
    awaitPictures(page, 1);
    novita.advance(Duration.ofHours(2));
    assertThat(page.locator(".title-row .chip")).hasText("Stored");
    assertThat(picture(page)).not().hasAttribute("src", before);
    awaitPictures(page, 1);
    assertThat(page.locator("tbody tr")).hasCount(2);
    assertNotReloaded(page);
    assertThat(novita.submits()).hasSize(2);
    assertThat(tab.complaints()).isEmpty();
  }

  @Test
  void aMissingImageIsGeneratedFromItsPage() {
    Page page = visit(PATH);
    assertThat(page.locator(".title-row .chip")).hasText("Missing");

    button(page, "Generate …").click();
    assertThat(novita.submits()).isEmpty();
    button(page, "Generate for $0.015").click();

    assertThat(page.locator(".title-row .chip")).hasText("Stored");
    awaitPictures(page, 1);
    assertThat(novita.submits()).hasSize(1);
    assertThat(tab.complaints()).isEmpty();
  }

  @Test
  void anImageThatIsOnlyPlannedSaysSo() {
    novita.onSubmit(submit -> true, Fault.status(400, "BILLING_BALANCE_NOT_ENOUGH"));
    Page page = visit(PATH.replace("30s", "40s"));
    assertThat(page.locator(".connection")).hasText("Live");
    assertThat(page.locator(".title-row .chip")).hasText("Missing");
    mark(page);

    start("{\"category\":\"age\",\"style\":\"realistic\"}");

    assertThat(page.locator(".title-row .chip")).hasText("Planned");
    assertThat(novita.submits()).noneMatch(submit -> submit.prompt().contains("40"));
    assertNotReloaded(page);
  }

  @Test
  void anAnswerThatComesTooLateIsNotShown() {
    Page page = emptyTab();
    List<Route> held = new ArrayList<>();
    List<APIResponse> old = new ArrayList<>();
    page.route(
        "**/api/images?*",
        route -> {
          if (held.isEmpty()) {
            held.add(route);
            old.add(route.fetch());
          } else {
            route.resume();
          }
        });
    page.navigate(root.replaceAll("/$", "") + PATH);
    assertThat(page.locator(".title-row .chip")).hasText("Missing");
    complete(start(ONE_IMAGE));
    assertThat(page.locator(".title-row .chip")).hasText("Stored");

    page.waitForRequestFinished(
        new Page.WaitForRequestFinishedOptions()
            .setPredicate(request -> request.url().contains("/api/images?")),
        () -> held.get(0).fulfill(new Route.FulfillOptions().setResponse(old.get(0))));

    // another answer, all of which is read after that one
    page.evaluate("fetch('/api/catalog').then(answer => answer.text())");
    assertThat(page.locator(".title-row .chip")).hasText("Stored");
    assertThat(tab.complaints()).isEmpty();
  }

  @Test
  void asManyTasksStayShownAsWereAskedFor() {
    sql.update(
        """
        WITH run AS (
          INSERT INTO ledger.run (trigger, mode, state, planned_at, finished_at)
          VALUES ('REST', 'missing', 'CANCELLED', now(), now()) RETURNING id)
        INSERT INTO ledger.task (run_id, category, value, style, model, price_usd, recipe, state, finished_at)
        SELECT run.id, 'age', '30s', 'realistic', 'txt2img', 0.015, '{"prompt": "p"}', 'CANCELLED', now()
        FROM run, generate_series(1, 60)""");
    Page page = visit(PATH);
    assertThat(page.locator("tbody tr")).hasCount(50);
    button(page, "Show more").click();
    assertThat(page.locator("tbody tr")).hasCount(60);

    complete(start(ONE_IMAGE));

    assertThat(page.locator(".title-row .chip")).hasText("Stored");
    assertThat(page.locator("tbody tr")).hasCount(61);
    assertThat(tab.complaints()).isEmpty();
  }

  @Test
  void anAddressThatNamesNoImageIsAnsweredWithASentence() {
    Page page = visit("/image.html");
    assertThat(page.locator(".error"))
        .hasText(
            "This address names no image: it needs category, value and style. Choose one on the"
                + " board.");
    assertThat(tab.barriers()).isEmpty();

    page = visit("/image.html?category=age&value=12s&style=realistic");

    assertThat(page.locator(".error")).containsText("12s");
    assertThat(page.getByText("To the board")).isVisible();
  }

  private static Locator picture(Page page) {
    return page.locator(".frame img");
  }
}
