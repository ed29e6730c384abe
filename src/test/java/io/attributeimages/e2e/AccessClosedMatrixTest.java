package io.attributeimages.e2e;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;
import static org.hamcrest.Matchers.oneOf;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** With an operator configured, and reading closed. */
@QuarkusTest
@TestProfile(WithOperator.AndClosedReads.class)
class AccessClosedMatrixTest extends AccessMatrix {

  @Override
  String heading() {
    return "Reading is closed";
  }

  @ParameterizedTest
  @ValueSource(strings = {"/q/health", "/q/health/live", "/q/health/ready"})
  void theHealthIsOnlyGoodOrBad(String path) {
    assertThat(given().get(path).body().jsonPath().getMap("")).containsOnly(entry("status", "UP"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/api//status",
        "//api/status",
        "/api/./status",
        "/q/health/../../api/status",
        "/q/health/%2e%2e/%2e%2e/api/status",
        "/q/health/..%2f..%2fapi/status",
        "/q/health/..;/..;/api/status",
        "/api/session/../status",
        "/api/session;/../status",
        "/api/status;x=/q/health",
        "/%61pi/status",
        "/api/%73tatus",
        "/api/status/",
        "/API/status",
        "/q/openapi/../../api/status",
        "/webhooks/../api/status",
        "/webhooks/novita/x/../../../api/status"
      })
  void noWayOfWritingAPathLeadsAroundTheLogin(String path) {
    given().urlEncodingEnabled(false).get(path).then().statusCode(oneOf(401, 404));
    assertThat(given().urlEncodingEnabled(false).get(path).asString()).doesNotContain("required");
  }
}
