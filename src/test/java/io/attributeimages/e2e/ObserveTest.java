package io.attributeimages.e2e;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;

import io.attributeimages.support.Fault;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import java.net.URI;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What monitoring and the page of routes see of a run. */
@QuarkusTest
class ObserveTest extends EndToEndTest {

  private static final String SEVEN_IMAGES = "{\"category\":\"age\",\"style\":\"anime\"}";

  @Test
  void theMetricsSayWhatTheLedgerSays() {
    novita.nextSubmits(
        Fault.status(400, "ILLEGAL_PROMPT"), Fault.status(400, "A_REASON_OF_TOMORROW"));
    double paidBefore = metric("attribute_images_paid_usd_total");
    complete(start(SEVEN_IMAGES));

    awaitThat(() -> metric("attribute_images_tasks{state=\"STORED\"}") == 5);
    awaitThat(() -> metric("attribute_images_tasks{state=\"FAILED\"}") == 2);
    awaitThat(() -> metric("attribute_images_dead_letters{reason=\"ILLEGAL_PROMPT\"}") == 1);
    awaitThat(() -> metric("attribute_images_dead_letters{reason=\"OTHER\"}") == 1);
    assertThat(metrics()).doesNotContain("A_REASON_OF_TOMORROW");
    assertThat(
            metric(
                "attribute_images_failures_total{outcome=\"dead-letter\",reason=\"ILLEGAL_PROMPT\"}"))
        .isPositive();
    awaitThat(() -> metric("attribute_images_paid_usd_total") == 0.075);
    awaitThat(() -> metric("attribute_images_runs{state=\"RUNNING\"}") == 0);
    awaitThat(
        () ->
            metric("attribute_images_permits_free") + metric("attribute_images_submits_last_minute")
                == metric("attribute_images_submits_per_minute_limit"));
    awaitThat(() -> metric("attribute_images_ledger_up") == 1);
    assertThat(metrics())
        .contains(
            "camel_exchanges_total{camelContext=\"attribute-images\",eventType=\"route\",kind=\"CamelRoute\",routeId=\"store\"}");
    assertThat(paidBefore).isNotNegative();
  }

  @Test
  void aHaltedRunAndAWaitingTaskShow() {
    novita.nextSubmits(Fault.status(400, "BILLING_BALANCE_NOT_ENOUGH"));
    start(SEVEN_IMAGES);

    awaitThat(() -> metric("attribute_images_runs{state=\"HALTED\"}") == 1);
    assertThat(metric("attribute_images_queue_age_seconds"))
        .as("what waits for a person is not in the queue")
        .isZero();
    assertThat(metric("attribute_images_dependency_up{dependency=\"novita\"}")).isZero();
    given()
        .get("/q/health/ready")
        .then()
        .statusCode(200)
        .body(containsString("BILLING_BALANCE_NOT_ENOUGH"));

    sql.update("UPDATE ledger.run SET state = 'CANCELLED', finished_at = now()");
    complete(start(ONE_IMAGE));

    assertThat(metric("attribute_images_dependency_up{dependency=\"novita\"}")).isEqualTo(1);
  }

  @Test
  void addressesAreNoLabels() {
    complete(start(ONE_IMAGE));
    String picture = sql.queryForObject("SELECT image_url FROM attribute_images", String.class);
    given().get(URI.create(picture).getPath()).then().statusCode(200);
    given().post("/webhooks/novita/00000000-0000-4000-8000-000000000000/a-token");
    given().get("/api/nothing/here");

    awaitThat(() -> metrics().contains("http_server_requests_seconds_count"));
    assertThat(metrics())
        .doesNotContain("a-token", "/nothing/here", picture.replaceFirst(".*/", ""));
  }

  @Test
  void aRouteIsShownWithItsStepsAndTheirCounts() {
    long before = route("store").getLong("exchanges");
    complete(start(ONE_IMAGE));

    awaitThat(() -> route("store").getLong("exchanges") == before + 1);
    JsonPath store = route("store");
    assertThat(store.getString("from")).isEqualTo("direct:store");
    assertThat(store.getString("state")).isEqualTo("Started");
    assertThat(store.getLong("inFlight")).isZero();
    assertThat(store.getString("lastCompletedAt")).isNotNull();
    List<Map<String, Object>> steps = store.getList("steps");
    assertThat(steps)
        .filteredOn(
            step ->
                step.get("kind").toString().matches("toD?") && step.get("afterwards").equals(false))
        .extracting(step -> step.get("label"))
        .containsExactly(
            "sql:classpath:sql/store/begin-storing.sql",
            "aws2-s3://{{storage.bucket}}",
            "http://picture-${exchangeProperty.task.model}/…",
            "sql:classpath:sql/store/begin-original.sql",
            "direct:upload",
            "direct:upload",
            "sql:classpath:sql/store/store-cover.sql",
            "sql:classpath:sql/store/store-image.sql");
    assertThat(steps)
        .filteredOn(
            step -> "http://picture-${exchangeProperty.task.model}/…".equals(step.get("label")))
        .hasSize(1)
        .allMatch(step -> ((Number) step.get("exchanges")).longValue() > 0);
    List<String> all = given().get("/api/routes").then().extract().path("routes.id");
    assertThat(all).contains("plan", "submit", "collect", "store", "dead-letter");
  }

  @Test
  void failuresAndRedeliveriesAreCountedAndSaidWithoutAddresses() {
    long failed = route("collect").getLong("failed");
    long redelivered = route("collect").getLong("redeliveries");
    novita.nextPolls(
        Fault.gateway(502), Fault.gateway(502), Fault.gateway(502), Fault.gateway(502));

    complete(start(ONE_IMAGE));

    awaitThat(() -> route("collect").getLong("failed") == failed + 1);
    assertThat(route("collect").getLong("redeliveries")).isEqualTo(redelivered + 3);
    assertThat(route("collect").getString("lastFailure.message"))
        .contains("502")
        .doesNotContain("task_id", "/v3/");
  }

  @Test
  void anUnknownRouteIsNotFound() {
    given()
        .get("/api/routes/{id}", "<b>x")
        .then()
        .statusCode(404)
        .contentType("application/problem+json")
        .body("detail", equalTo("There is no route '<b>x'"));
  }

  @Test
  void everyEndOfAnImageIsAnEvent() {
    novita.nextSubmits(Fault.status(400, "ILLEGAL_PROMPT"));
    complete(start(SEVEN_IMAGES));

    assertThat(count("ledger.image_event WHERE event = 'STORED'")).isEqualTo(6);
    Map<String, Object> failed =
        sql.queryForMap(
            "SELECT image ->> 'category' AS category, image #>> '{error,reason}' AS reason,"
                + " image ->> 'imageUrl' AS url FROM ledger.image_event WHERE event = 'FAILED'");
    assertThat(failed)
        .containsEntry("category", "age")
        .containsEntry("reason", "ILLEGAL_PROMPT")
        .containsEntry("url", null);
  }

  private static JsonPath route(String id) {
    return given().get("/api/routes/" + id).then().statusCode(200).extract().jsonPath();
  }

  private static String metrics() {
    return given().get("/q/metrics").then().statusCode(200).extract().asString();
  }

  /** A value, NaN where there is none. */
  private static double metric(String series) {
    return metrics()
        .lines()
        .filter(line -> line.startsWith(series + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(series.length() + 1)))
        .findFirst()
        .orElse(Double.NaN);
  }
}
