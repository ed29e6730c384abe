package io.attributeimages.e2e;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.http.ContentType;
import io.restassured.path.json.JsonPath;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A catalogue from CSV with more values than are listed: each can be asked for all the same. */
@QuarkusTest
@TestProfile(CsvCatalogueRunTest.Csv.class)
class CsvCatalogueRunTest extends PageTest {

  private static final int VALUES = 3000;

  /** The program with that catalogue. */
  public static final class Csv implements QuarkusTestProfile {

    @Override
    public Map<String, String> getConfigOverrides() {
      StringBuilder csv = new StringBuilder("category,value,style,prompt\n");
      for (int i = 0; i < VALUES; i++) {
        csv.append("look,v%04d,plain,photo of adult number %d\n".formatted(i, i));
      }
      csv.append("style,cover,plain,a photo of adults\n");
      try {
        Path file = Files.createTempFile("catalogue", ".csv");
        file.toFile().deleteOnExit();
        return Map.of("catalog.location", Files.writeString(file, csv).toString());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Test
  void anImageThatIsNotListedIsMadeFromTheDialog() {
    Page page = visitBoard();

    button(page, "Start a run …").click();
    Locator dialog = page.locator("dialog");
    dialog.getByLabel("Category").selectOption("look");
    dialog.getByLabel("Find a value").fill("v2999");
    dialog.getByLabel("v2999").check();
    button(page, "Dry run: show the price").click();
    button(page, "Start: 1 image for $0.015").click();

    awaitThat(() -> count("attribute_images WHERE value = 'v2999'") == 1);
    assertThat(novita.submits()).hasSize(1);
    assertThat(novita.submits().get(0).prompt()).isEqualTo("photo of adult number 2999");
    assertThat(tab.complaints()).isEmpty();
  }

  @Test
  void whatIsMissingIsCountedAndTheFirstAreNamed() {
    JsonPath status = given().get("/api/status").then().statusCode(200).extract().jsonPath();

    assertThat(status.getInt("required")).isEqualTo(VALUES);
    assertThat(status.getInt("missing")).isEqualTo(VALUES);
    assertThat(status.getList("groups[0].missing")).hasSize(100).startsWith("v0000", "v0001");
    assertThat(status.getInt("styles.required")).isEqualTo(1);
  }

  @Test
  void aDryRunCountsAllAndNamesTheFirst() {
    JsonPath dry =
        given()
            .contentType(ContentType.JSON)
            .body("{\"dryRun\":true,\"maxCostUsd\":30}")
            .post("/api/runs")
            .then()
            .statusCode(200)
            .extract()
            .jsonPath();

    assertThat(dry.getInt("planned")).isEqualTo(2000);
    assertThat(dry.getInt("beyondBudget")).isEqualTo(VALUES + 1 - 2000);
    assertThat(dry.getDouble("costUsd")).isEqualTo(30);
    assertThat(dry.getList("images")).hasSize(1000);
  }

  @Test
  void anUnknownValueIsRefusedWithTheFirstOnesThatAreKnown() {
    String detail =
        given()
            .contentType(ContentType.JSON)
            .body("{\"values\":[\"v3000\"]}")
            .post("/api/runs")
            .then()
            .statusCode(400)
            .extract()
            .path("detail");

    assertThat(detail)
        .startsWith("Unknown value 'v3000'; known are v0000, v0001,")
        .endsWith("and 2950 more");
  }
}
