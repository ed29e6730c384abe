package io.attributeimages.e2e;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.nullValue;

import io.attributeimages.support.Fault;
import io.attributeimages.support.NovitaDouble;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the pages show: every required image with its state, one task, the catalogue, alerts. */
@QuarkusTest
class ImagesTest extends EndToEndTest {

  @AfterEach
  void finish() {
    novita.clearFaults();
    novita.advance(Duration.ofHours(2));
    awaitThat(() -> count("ledger.task WHERE finished_at IS NULL") == 0);
  }

  @Test
  void everyRequiredImageIsListedInTheOrderOfTheCatalogue() {
    JsonPath all = images("");

    assertThat(all.getList("images.position", Integer.class)).hasSize(REQUIRED).isSorted();
    assertThat(all.getList("images.state")).containsOnly("MISSING");
    assertThat(all.getInt("total")).isEqualTo(REQUIRED);
    assertThat(all.<Object>get("next")).isNull();
    assertThat(all.getString("images[0].category")).isEqualTo("age");
    assertThat(all.getString("images[43].category")).isEqualTo("style");
    assertThat(all.getString("images[43].value")).isEqualTo("cover");
    assertThat(all.<Object>get("images[0].imageUrl")).isNull();
    assertThat(all.<Object>get("images[0].taskId")).isNull();
  }

  @Test
  void pagesPutTogetherAreTheWhole() {
    complete(start("{\"category\":\"age\"}"));
    for (String filter :
        List.of("", "&style=anime", "&category=age&state=stored", "&state=missing")) {
      List<Object> whole = images("limit=500" + filter).getList("images");
      List<Object> pages = new ArrayList<>();
      Object next = "";
      do {
        JsonPath page = images("limit=3&after=" + next + filter);
        pages.addAll(page.getList("images"));
        next = page.get("next");
      } while (next != null);

      assertThat(pages).as(filter).isNotEmpty().isEqualTo(whole);
    }
  }

  @Test
  void aStoredImageIsShownWithItsPictureAndTheTaskThatMadeIt() {
    String run = start(ONE_IMAGE);
    complete(run);

    JsonPath image = images("category=age&value=30s&style=realistic");
    assertThat(image.getString("images[0].state")).isEqualTo("STORED");
    assertThat(image.getString("images[0].imageUrl")).contains("age/realistic/30s-");
    assertThat(image.getString("images[0].runId")).isEqualTo(run);
    assertThat(image.<Object>get("images[0].error")).isNull();
    given()
        .get("/api/tasks/" + image.getString("images[0].taskId"))
        .then()
        .statusCode(200)
        .body("state", equalTo("STORED"))
        .body("trigger", equalTo("REST"))
        .body("mode", equalTo("missing"))
        .body("negativePrompt", containsString("minor"));
  }

  @Test
  void anImageIsShownInTheStateOfItsUnfinishedTask() {
    novita.configure(NovitaDouble.Options.defaults().withImageLatency(Duration.ofHours(1)));
    start("{\"category\":\"age\",\"values\":[\"30s\",\"40s\"],\"style\":\"realistic\"}");
    awaitThat(() -> images("state=submitted").getList("images").size() == 2);
    String storing = images("state=submitted").getString("images[0].taskId");
    sql.update("UPDATE ledger.task SET storing_since = now() WHERE id = ?::uuid", storing);

    assertThat(images("state=STORING").getList("images.taskId")).containsExactly(storing);
    assertThat(images("state=SUBMITTED").getList("images")).hasSize(1);
    assertThat(images("state=SUBMITTED").<Object>get("total")).isNull();
    sql.update(
        """
        UPDATE ledger.task SET state = 'FAILED', error_reason = 'WRONG_SIZE', error_message = 'small',
          finished_at = now(), claimed_by = NULL, lease_until = NULL WHERE id = ?::uuid""",
        storing);
    assertThat(images("state=FAILED").getString("images[0].error.reason")).isEqualTo("WRONG_SIZE");
  }

  @Test
  void aPictureThatIsMadeAnewStaysInPlaceAndThenKeepsTheTaskThatMadeIt() {
    complete(start(ONE_IMAGE));
    JsonPath before = images("state=STORED");
    novita.onSubmit(submit -> true, Fault.gateway(522));
    String run = start(ONE_IMAGE.replace("}", ",\"mode\":\"regenerate\"}"));
    awaitThat(() -> run(run).getInt("planned") == 1);

    String state = images("category=age&value=30s&style=realistic").getString("images[0].state");
    assertThat(state).isIn("PLANNED", "SUBMITTING");
    assertThat(images("category=age&value=30s&style=realistic").getString("images[0].imageUrl"))
        .isEqualTo(before.getString("images[0].imageUrl"));
    given().post("/api/runs/" + run + "/cancel").then().statusCode(200);

    awaitThat(() -> images("state=STORED").getList("images").size() == 1);
    assertThat(images("state=STORED").getList("images")).isEqualTo(before.getList("images"));
  }

  @Test
  void theCatalogueSaysWhatCanBeChosenFrom() {
    JsonPath catalog = given().get("/api/catalog").then().statusCode(200).extract().jsonPath();

    assertThat(catalog.getList("categories.name")).containsExactly("age", "body", "ethnicity");
    assertThat(catalog.getList("categories[0].values.label")).contains("20s", "80s");
    assertThat(catalog.getList("styles.name")).containsExactly("realistic", "anime");
    assertThat(catalog.getString("styles[0].title")).isNotBlank();
    assertThat(catalog.getInt("width")).isEqualTo(512);
    assertThat(catalog.getInt("height")).isEqualTo(768);
  }

  @Test
  void haltsAndDeadLettersAreAlerts() {
    awaitThat(() -> alerts().isEmpty());
    novita.nextSubmits(Fault.status(400, "ILLEGAL_PROMPT"));
    complete(start(ONE_IMAGE));
    novita.onSubmit(submit -> true, Fault.status(400, "BILLING_BALANCE_NOT_ENOUGH"));
    String run = start("{\"category\":\"body\",\"style\":\"anime\"}");
    awaitThat(() -> "HALTED".equals(run(run).getString("state")));

    given()
        .get("/api/status")
        .then()
        .body("imagesPerMinuteLimit", equalTo(5000))
        .body("unconfirmed", equalTo(0))
        .body("alerts.kind", equalTo(List.of("HALTED", "DEAD_LETTERS")))
        .body("alerts[0].runId", equalTo(run))
        .body("alerts[0].message", containsString("BILLING_BALANCE_NOT_ENOUGH"))
        .body("alerts[0].action", containsString("Top up"))
        .body("alerts[1].message", equalTo("1 image is a dead letter."))
        .body("alerts[1].runId", nullValue());
    given().post("/api/runs/" + run + "/cancel").then().statusCode(200);
  }

  @Test
  void anOutageOfNovitaIsAnAlertWhileItLasts() {
    novita.onSubmit(submit -> true, Fault.gateway(522));
    String run = start(ONE_IMAGE);

    awaitThat(() -> alerts().contains("OUTAGE"));
    novita.clearFaults();

    complete(run);
    awaitThat(() -> alerts().isEmpty());
  }

  @Test
  void whatARunStillCostsAndMadeLatelyIsSaid() {
    novita.configure(NovitaDouble.Options.defaults().withImageLatency(Duration.ofHours(1)));
    String run = start("{\"category\":\"age\",\"style\":\"anime\",\"maxCostUsd\":0.045}");
    awaitThat(() -> run(run).getInt("submitted") == 3);

    assertThat(run(run).getInt("beyondBudget")).isEqualTo(4);
    assertThat(run(run).getDouble("maxCostUsd")).isEqualTo(0.045);
    assertThat(run(run).getInt("costToComeUsd")).isZero();
    assertThat(run(run).getInt("imagesPerMinute")).isZero();
    novita.advance(Duration.ofHours(2));
    assertThat(complete(run).getInt("imagesPerMinute")).isEqualTo(3);
  }

  private static List<String> alerts() {
    return given().get("/api/status").jsonPath().getList("alerts.kind");
  }

  private static JsonPath images(String query) {
    return given()
        .get("/api/images" + (query.isEmpty() ? "" : "?" + query))
        .then()
        .statusCode(200)
        .extract()
        .jsonPath();
  }
}
