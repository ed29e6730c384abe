package io.attributeimages.e2e;

import static io.restassured.RestAssured.given;
import static org.awaitility.Awaitility.await;

import io.attributeimages.catalog.Catalogue;
import io.attributeimages.pipeline.Submitters;
import io.attributeimages.pipeline.WebhookTokens;
import io.attributeimages.support.NovitaDouble;
import io.attributeimages.support.TestDatabases;
import io.quarkus.test.common.QuarkusTestResource;
import io.restassured.http.ContentType;
import io.restassured.path.json.JsonPath;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.springframework.jdbc.core.JdbcTemplate;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * The whole program against a Novita double that counts calls, a real Postgres and a real S3
 * server.
 */
@QuarkusTestResource(NovitaResource.class)
@Tag("quarkus")
abstract class EndToEndTest {

  static final int REQUIRED = 44;

  /** Longer than whatever slow machines take, and than an outage is remembered. */
  static final Duration PATIENCE = Duration.ofMinutes(2);

  static final String BUCKET = "assets";
  static final String ONE_IMAGE =
      "{\"category\":\"age\",\"values\":[\"30s\"],\"style\":\"realistic\"}";

  NovitaDouble novita;
  @Inject S3Client s3;
  @Inject DataSource dataSource;
  @Inject Catalogue catalogue;

  @Inject Submitters submitters;
  @Inject WebhookTokens tokens;

  JdbcTemplate sql;

  @BeforeEach
  void empty() {
    sql = new JdbcTemplate(dataSource);
    TestDatabases.clear(sql);
    objects().forEach(key -> s3.deleteObject(o -> o.bucket(BUCKET).key(key)));
    novita.reset();
    submitters.of("txt2img").beCautious();
  }

  String start(String body) {
    return given()
        .contentType(ContentType.JSON)
        .body(body)
        .post("/api/runs")
        .then()
        .statusCode(202)
        .extract()
        .path("id");
  }

  static JsonPath run(String id) {
    return given().get("/api/runs/" + id).then().statusCode(200).extract().jsonPath();
  }

  static JsonPath complete(String id) {
    awaitThat(() -> "COMPLETED".equals(run(id).getString("state")));
    return run(id);
  }

  static void awaitThat(java.util.concurrent.Callable<Boolean> condition) {
    await().atMost(PATIENCE).pollInterval(Duration.ofMillis(50)).until(condition);
  }

  /** Where a webhook for that task goes. */
  String webhook(UUID task) {
    return "/webhooks/novita/" + task + "/" + tokens.token(task);
  }

  int count(String from) {
    return sql.queryForObject("SELECT count(*) FROM " + from, Integer.class);
  }

  Set<String> keysOfRows() {
    List<String> keys = new ArrayList<>();
    keys.addAll(sql.queryForList("SELECT object_key FROM attribute_images", String.class));
    keys.addAll(sql.queryForList("SELECT object_key FROM style_images", String.class));
    return Set.copyOf(keys);
  }

  Set<String> objects() {
    return s3.listObjectsV2(o -> o.bucket(BUCKET)).contents().stream()
        .map(S3Object::key)
        .collect(Collectors.toSet());
  }

  byte[] stored(String key) {
    return s3.getObjectAsBytes(o -> o.bucket(BUCKET).key(key)).asByteArray();
  }
}
