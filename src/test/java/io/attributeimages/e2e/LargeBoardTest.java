package io.attributeimages.e2e;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import org.junit.jupiter.api.Test;

/** The board of a catalogue of 25,000 images: it shows as much as a page holds, and finds any. */
@QuarkusTest
@TestProfile(LargeCatalogueTest.Large.class)
class LargeBoardTest extends PageTest {

  private static final int PAGE = 140;

  /** Elements of the whole page: some for each cell, none for each image that is not shown. */
  private static final int MANY_ELEMENTS = 3000;

  @Test
  void aPageIsShownAtATimeAndTheNextOneIsReachedAndKeptInTheAddress() {
    Page page = visitBoard();
    assertThat(page.locator(".cell")).hasCount(PAGE);
    assertThat(page.locator("#images [role=status]")).hasText("140 of 25,001 images on this page");
    assertThat(elements(page)).isLessThan(MANY_ELEMENTS);

    button(page, "Next").click();

    assertThat(page.locator(".cell .cell-name").first()).hasText("v00140");
    assertThat(heading(page, "Images")).isFocused();
    assertThat(page.locator(".cell")).hasCount(PAGE);
    page.reload();
    assertThat(page.locator(".cell .cell-name").first()).hasText("v00140");
    button(page, "Previous").click();
    assertThat(page.locator(".cell .cell-name").first()).hasText("v00000");
    assertThat(heading(page, "Images")).isFocused();
    assertThat(heading(page, "Images")).isInViewport();
    assertThat(button(page, "Previous")).isDisabled();
    assertThat(elements(page)).isLessThan(MANY_ELEMENTS);
    assertThat(tab.complaints()).isEmpty();
  }

  @Test
  void oneValueIsFoundByTyping() {
    Page page = visitBoard();
    Locator filters =
        page.getByRole(AriaRole.SEARCH, new Page.GetByRoleOptions().setName("Filter the images"));

    filters.getByLabel("Category").selectOption("look");
    filters.getByLabel("Value").fill("v2499");
    assertThat(filters.locator("option[value^=v2499]")).hasCount(10);
    filters.getByLabel("Value").fill("v24999");
    filters.getByLabel("Value").press("Enter");

    assertThat(page.locator(".cell .cell-name")).hasText(new String[] {"v24999"});
    assertThat(elements(page)).isLessThan(MANY_ELEMENTS);
    assertThat(tab.barriers()).isEmpty();
    assertThat(tab.complaints()).isEmpty();
  }

  @Test
  void oneImageOfManyIsMadeFromTheDialog() {
    Page page = visitBoard();

    button(page, "Start a run …").click();
    Locator dialog = page.locator("dialog");
    dialog.getByLabel("Category").selectOption("look");
    assertThat(dialog.getByRole(AriaRole.CHECKBOX)).hasCount(60);
    dialog.getByLabel("Find a value").fill("v00042");
    dialog.getByLabel("v00042").check();
    button(page, "Dry run: show the price").click();
    button(page, "Start: 1 image for $0.015").click();

    assertThat(cells(page, "STORED")).hasCount(1);
    assertThat(cells(page, "STORED").locator(".cell-name")).hasText("v00042");
    assertThat(novita.submits()).hasSize(1);
    assertThat(tab.complaints()).isEmpty();
  }

  @Test
  void aRareStateIsFoundOnALaterPage() {
    sql.update(
        """
        INSERT INTO attribute_images (category, value, style, image_url)
        VALUES ('look', 'v24999', 'plain', 'data:,')""");
    Page page = visit("/?state=STORED");
    assertThat(page.locator("#images .empty")).isVisible();

    button(page, "Next").click();

    assertThat(page.locator(".cell .cell-name")).hasText(new String[] {"v24999"});
    assertThat(button(page, "Next")).isDisabled();
    assertThat(tab.complaints()).isEmpty();
  }

  private static int elements(Page page) {
    return (int) page.evaluate("document.querySelectorAll('*').length");
  }
}
