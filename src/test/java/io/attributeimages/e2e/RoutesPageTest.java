package io.attributeimages.e2e;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import io.attributeimages.support.Fault;
import io.quarkus.test.junit.QuarkusTest;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The page that shows what the routes do. */
@QuarkusTest
class RoutesPageTest extends PageTest {

  private static final Pattern SOME = Pattern.compile("^[1-9][0-9,]*$");

  @Test
  void aRouteIsOpenedAndItsStepsHaveTheirNamesAndCounts() {
    complete(start(ONE_IMAGE));
    Page page = visit("/routes.html");

    button(page, "store").click();

    Locator steps = table(page, "Steps, in order");
    for (String step :
        new String[] {"check-claim", "choose-key", "check-picture", "compare-with-upload"}) {
      assertThat(row(steps, step).locator("td").nth(1)).hasText(SOME);
    }
    page.reload();
    assertThat(row(table(page, "Steps, in order"), "choose-key")).isVisible();
    button(page, "close").click();
    assertThat(table(page, "Steps, in order")).hasCount(0);
  }

  @Test
  void aFailureAppearsByItself() {
    Page page = visit("/routes.html");
    Locator route = row(table(page, "Pipeline"), "seda:submit");
    route.waitFor();
    mark(page);
    novita.nextSubmits(Fault.status(400, "ILLEGAL_PROMPT", "<img src=x onerror=alert(1)>"));

    complete(start(ONE_IMAGE));

    assertThat(route).containsText("HttpOperationFailedException");
    assertNotReloaded(page);
  }

  @Test
  void routesAreFoundByPartOfTheirIdOrEndpoint() {
    Page page = visit("/routes.html");
    table(page, "Calls").waitFor();

    page.getByLabel("Show only routes with").fill("seda:coll");

    assertThat(table(page, "Pipeline").locator("tbody tr")).hasCount(1);
    assertThat(table(page, "Calls")).hasCount(0);
    page.getByLabel("Show only routes with").fill("no such route");
    assertThat(page.getByText("No route has that in its id or endpoint.")).isVisible();
  }

  @Test
  void thePageHasNoBarriers() {
    complete(start(ONE_IMAGE));
    for (Browser.NewContextOptions visitor : visitors()) {
      Page page = visit("/routes.html#collect", visitor);
      table(page, "Calls").waitFor();
      table(page, "Steps, in order").waitFor();
      assertUsable("the routes");
    }
  }

  private static Locator table(Page page, String name) {
    return page.getByRole(
        AriaRole.REGION, new Page.GetByRoleOptions().setName(name).setExact(true));
  }

  private static Locator row(Locator table, String words) {
    return table.locator("tbody tr").filter(new Locator.FilterOptions().setHasText(words));
  }
}
