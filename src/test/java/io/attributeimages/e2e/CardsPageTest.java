package io.attributeimages.e2e;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.APIResponse;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import io.attributeimages.support.Browsers;
import io.quarkus.test.junit.QuarkusTest;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The cards, as a visitor sees them in a browser. */
@QuarkusTest
class CardsPageTest extends PageTest {

  private static final String ONE_OF_SEVEN =
      "{\"category\":\"age\",\"values\":[\"20s\"],\"style\":\"realistic\"}";
  private static final String ADDRESS = "/create-character";

  @Test
  void aVisitorChoosesStyleAgeBodyAndEthnicityByTheirPictures() {
    complete(start("{}"));
    Page page = visit(ADDRESS);

    choose(page, "Anime");
    assertThat(page.getByRole(AriaRole.HEADING)).containsText("Choose an age");
    assertThat(page.getByRole(AriaRole.RADIO)).hasCount(7);
    awaitPictures(page, 7);
    choose(page, "40s");
    choose(page, "Slim");
    choose(page, "Indian");

    assertThat(page.getByRole(AriaRole.HEADING)).hasText("Your character");
    assertThat(page.locator(".summary .choice-name"))
        .hasText(new String[] {"StyleAnime", "Age40s", "BodySlim", "EthnicityIndian"});
    awaitPictures(page, 4);
    assertThat(tab.barriers()).isEmpty();
    assertThat(tab.complaints()).isEmpty();
  }

  @Test
  void theBackButtonAndAReloadKeepWhatWasChosen() {
    Page page = visit(ADDRESS);
    choose(page, "Realistic");
    choose(page, "60s");

    page.goBack();
    assertThat(page.getByRole(AriaRole.HEADING)).containsText("Choose an age");
    assertThat(radio(page, "60s")).isChecked();
    page.reload();
    assertThat(radio(page, "60s")).isChecked();
    page.goForward();

    assertThat(page.getByRole(AriaRole.HEADING)).containsText("Choose a body type");
  }

  @Test
  void whatWasChosenIsInTheAddress() {
    Page page = visit(ADDRESS);
    choose(page, "Realistic");
    choose(page, "60s");
    String address = page.url();

    Page another = visit(address.substring(address.indexOf(ADDRESS)));

    assertThat(another.getByRole(AriaRole.HEADING)).containsText("Choose a body type");
    assertThat(another.locator(".trail-answer"))
        .hasText(new String[] {"Realistic", "60s", "–", "–"});
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "#",
        "#nonsense",
        "#age",
        "#%",
        "#summary&style=none&age=<b>",
        "#age&style=anime=x"
      })
  void anAddressThatIsNoneLeadsToTheFirstOpenQuestion(String nonsense) {
    Page page = visit(ADDRESS + nonsense);

    assertThat(page.getByRole(AriaRole.HEADING))
        .containsText(nonsense.contains("anime") ? "Choose an age" : "Choose a style");
    assertThat(tab.complaints()).isEmpty();
  }

  @Test
  void onASmallPhoneBothStylesAreSeenAtOnce() {
    Page page = visit(ADDRESS, Browsers.visitor().setViewportSize(360, 640));

    assertThat(page.getByRole(AriaRole.RADIO)).hasCount(2);
    for (String style : List.of("Realistic", "Anime")) {
      assertThat(
              page.evaluate(
                  "document.querySelector('.steps-bar').getBoundingClientRect().top > document.querySelector('[value=%s]').getBoundingClientRect().bottom"
                      .formatted(style.toLowerCase(Locale.ROOT))))
          .as(style)
          .isEqualTo(true);
    }
  }

  @Test
  void whetherPicturesAreSimulatedIsSaid() {
    Page page = visit(ADDRESS);
    assertThat(page.getByRole(AriaRole.RADIO)).hasCount(2);
    assertThat(page.locator("#simulated")).isEmpty();
    page.route(
        "**/api/catalog",
        route -> {
          APIResponse answer = route.fetch();
          String simulated = answer.text().replace("\"simulated\":false", "\"simulated\":true");
          route.fulfill(new Route.FulfillOptions().setResponse(answer).setBody(simulated));
        });

    page.reload();

    assertThat(page.locator("#simulated")).hasText("Simulated: pictures are drawn");
  }

  @Test
  void theKeyboardAloneIsEnough() {
    Page page = visit(ADDRESS);

    radio(page, "Realistic").focus();
    page.keyboard().press("ArrowRight");
    assertThat(radio(page, "Anime")).isChecked();
    page.keyboard().press("Enter");
    assertThat(page.getByRole(AriaRole.HEADING)).isFocused();
    page.keyboard().press("Tab");
    page.keyboard().press("Space");

    assertThat(radio(page, "20s")).isChecked();
  }

  @Test
  void picturesThatCouldNotBeLoadedAreAskedForAgain() {
    complete(start(ONE_OF_SEVEN));
    Page page = visit(ADDRESS);
    List<Route> aborted = new ArrayList<>();
    page.route(
        "**/api/attribute-images?*",
        route -> {
          route.abort();
          aborted.add(route);
        });
    choose(page, "Realistic");
    page.waitForCondition(() -> !aborted.isEmpty());

    page.unroute("**/api/attribute-images?*");

    awaitPictures(page, 1);
    assertThat(page.getByText("No picture yet")).hasCount(6);
  }

  @Test
  void aMissingPictureCanBeChosenAndMovesNothingWhenItIsThere() {
    complete(start(ONE_OF_SEVEN));
    Page page = visit(ADDRESS);

    choose(page, "Realistic");
    awaitPictures(page, 1);

    assertThat(page.getByText("No picture yet")).hasCount(6);
    assertThat(height(card(page, "20s"))).isEqualTo(height(card(page, "30s")));
    choose(page, "30s");
    assertThat(page.getByRole(AriaRole.HEADING)).containsText("Choose a body type");
    assertThat(tab.barriers()).isEmpty();
  }

  @Test
  void onADarkPhoneNothingIsCutOffAndNothingIsABarrier() {
    Page page =
        visit(
            ADDRESS, Browsers.visitor().setViewportSize(390, 844).setColorScheme(ColorScheme.DARK));
    choose(page, "Anime");

    assertThat(page.getByRole(AriaRole.RADIO)).hasCount(7);
    assertThat(page.evaluate("document.documentElement.scrollWidth <= innerWidth")).isEqualTo(true);
    assertThat(tab.barriers()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/"})
  void thePageIsThereWithAndWithoutASlashAtTheEnd(String end) {
    Page page = visit(ADDRESS + end);

    assertThat(page.getByRole(AriaRole.HEADING)).containsText("Choose a style");
    assertThat(page).hasTitle("Choose a style · Attribute images");
    assertThat(tab.complaints()).isEmpty();
  }

  private static void choose(Page page, String label) {
    radio(page, label).check();
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Continue")).click();
  }

  private static Locator radio(Page page, String label) {
    return card(page, label).getByRole(AriaRole.RADIO);
  }

  private static Locator card(Page page, String label) {
    return page.locator("label.choice").filter(new Locator.FilterOptions().setHasText(label));
  }

  private static double height(Locator element) {
    return element.boundingBox().height;
  }
}
