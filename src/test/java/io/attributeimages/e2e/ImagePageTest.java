package io.attributeimages.e2e;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import io.attributeimages.support.NovitaDouble;
import io.quarkus.test.junit.QuarkusTest;
import java.time.Duration;
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
