package io.attributeimages.e2e;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.AriaRole;
import io.attributeimages.support.Fault;
import io.quarkus.test.junit.QuarkusTest;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The page that shows what the routes do. */
@QuarkusTest
class RoutesPageTest extends PageTest {

  static final String ANONYMOUS =
      "{\"operator\":false,\"name\":null,\"required\":true,\"login\":true}";
  private static final String OPERATOR =
      "{\"operator\":true,\"name\":\"operator\",\"required\":true,\"login\":true}";
  private static final Pattern SOME = Pattern.compile("^[1-9][0-9,]*$");

  private final List<String> asked = new ArrayList<>();

  @Test
  void aRouteIsOpenedAndItsStepsHaveTheirNamesAndCounts() {
    complete(start(ONE_IMAGE));
    Page page = visit("/routes.html");

    button(page, "store").click();

    Locator steps = table(page, "Steps, in order");
    for (String step : new String[] {"check-claim", "choose-key", "fit-picture"}) {
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

    assertThat(route).containsText("Novita");
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
  void whoMayNotLookIsAskedToSignInAndTheRoutesAreNotAskedFor() {
    Page page = visitWith(ANONYMOUS);
    assertThat(page.locator("#session").getByText("Sign in")).isVisible();
    assertThat(page.locator("#routes"))
        .containsText("Only a signed-in operator may look at the routes.");

    page.clock().runFor("10");

    assertThat(asked).isEmpty();
    assertUsable("the routes of others");
    page.unroute("**/api/session");
    page.locator("#routes").getByText("Sign in").click();
    table(page, "Pipeline").waitFor();
    assertThat(page.locator(".connection")).hasText("Live");
  }

  @Test
  void whoIsRefusedIsAskedToSignInAndTheRoutesAreNotAskedForAgain() {
    Page page = visitWith(OPERATOR);
    table(page, "Pipeline").waitFor();

    page.route("**/api/routes", route -> route.fulfill(new Route.FulfillOptions().setStatus(401)));
    assertThat(page.locator("#session").getByText("Sign in")).isVisible();
    asked.clear();
    page.clock().runFor("10");

    assertThat(asked).isEmpty();
    assertThat(table(page, "Pipeline")).hasCount(0);
    assertThat(page.locator(".connection")).hasCount(0);
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

  /**
   * The page of a visitor of whom the service says that; keeps how often the routes are asked for.
   */
  private Page visitWith(String session) {
    asked.clear();
    Page page = emptyTab();
    page.clock().install();
    page.onRequest(
        request -> {
          if (request.url().contains("/api/routes")) {
            asked.add(request.url());
          }
        });
    page.route(
        "**/api/session", route -> route.fulfill(new Route.FulfillOptions().setBody(session)));
    page.navigate(root + "routes.html");
    return page;
  }

  private static Locator table(Page page, String name) {
    return page.getByRole(
        AriaRole.REGION, new Page.GetByRoleOptions().setName(name).setExact(true));
  }

  private static Locator row(Locator table, String words) {
    return table.locator("tbody tr").filter(new Locator.FilterOptions().setHasText(words));
  }
}
