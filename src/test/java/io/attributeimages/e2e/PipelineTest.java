package io.attributeimages.e2e;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;

import io.attributeimages.catalog.Combination;
import io.attributeimages.catalog.Recipe;
import io.attributeimages.support.Fault;
import io.attributeimages.support.NovitaDouble;
import io.attributeimages.support.NovitaDouble.Submit;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.path.json.JsonPath;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;

/** What runs do: from the catalogue to pictures, rows and ledger, whatever fails on the way. */
@QuarkusTest
class PipelineTest extends EndToEndTest {

  @AfterEach
  void finish() {
    novita.clearFaults();
    awaitThat(() -> count("ledger.task WHERE finished_at IS NULL") == 0);
  }

  @Test
  void everyRequiredImageIsSubmittedOnceAndStored() {
    JsonPath run = complete(start("{}"));

    assertThat(run.getInt("planned")).isEqualTo(REQUIRED);
    assertThat(run.getInt("stored")).isEqualTo(REQUIRED);
    assertThat(run.getDouble("costUsd")).isEqualTo(0.66);
    assertThat(novita.submits()).hasSize(REQUIRED);
    assertThat(novita.acceptedByPrompt().values()).containsOnly(1);
    assertThat(novita.acceptedByPrompt().keySet()).isEqualTo(prompts());
    assertThat(count("attribute_images")).isEqualTo(42);
    assertThat(count("style_images WHERE NOT placeholder")).isEqualTo(2);
    assertThat(objects()).isEqualTo(keysOfRows()).hasSize(REQUIRED);

    JsonPath status = given().get("/api/status").jsonPath();
    assertThat(status.getInt("stored")).isEqualTo(42);
    assertThat(status.getInt("missing")).isZero();
    assertThat(status.getInt("styles.stored")).isEqualTo(2);
  }

  @Test
  void submitsCarryWhatNovitaDocuments() {
    complete(start(ONE_IMAGE));

    Submit submit = novita.submits().get(0);
    assertThat(submit.authorization()).isEqualTo("Bearer test-key");
    assertThat(submit.request().at("/extra/response_image_type").textValue()).isEqualTo("jpeg");
    assertThat(submit.request().at("/request/width").intValue()).isEqualTo(512);
    assertThat(submit.request().at("/request/height").intValue()).isEqualTo(768);
    assertThat(submit.request().at("/request/image_num").intValue()).isEqualTo(1);
    assertThat(submit.request().at("/request/negative_prompt").textValue()).contains("minor");
    assertThat(novita.downloads())
        .extracting(NovitaDouble.Call::authorization)
        .as("the key is for Novita's API only")
        .containsOnly("");
  }

  @Test
  void theStoredObjectIsThePictureByteForByteWithItsHeaders() {
    complete(start(ONE_IMAGE));

    String key = objects().iterator().next();
    HeadObjectResponse head = s3.headObject(o -> o.bucket(BUCKET).key(key));
    assertThat(stored(key)).isEqualTo(novita.imageBytes(novita.submits().get(0).taskId()));
    assertThat(key).contains(novita.submits().get(0).taskId());
    assertThat(head.contentType()).isEqualTo("image/jpeg");
    assertThat(head.cacheControl()).isEqualTo("public, max-age=31536000, immutable");
  }

  @Test
  void theRowSaysWhatTheTaskWas() {
    complete(start(ONE_IMAGE));

    Map<String, Object> row = sql.queryForMap("SELECT * FROM attribute_images");
    Map<String, Object> task = sql.queryForMap("SELECT * FROM ledger.task");
    assertThat(row).containsEntry("category", "age").containsEntry("value", "30s");
    assertThat(row).containsEntry("width", 512).containsEntry("height", 768);
    assertThat(row.get("seed"))
        .isEqualTo(Recipe.parse(task.get("recipe").toString()).field("seed").asLong());
    assertThat(row.get("prompt")).isEqualTo(novita.submits().get(0).prompt());
    assertThat((String) row.get("image_url")).endsWith((String) row.get("object_key"));
    assertThat(task.get("provider_task_id")).isEqualTo(novita.submits().get(0).taskId());
  }

  @Test
  void aSecondRunSubmitsNothing() {
    complete(start("{}"));

    JsonPath second = complete(start("{}"));

    assertThat(second.getInt("planned")).isZero();
    assertThat(novita.submits()).hasSize(REQUIRED);
  }

  @Test
  void aRunSubmitsExactlyWhatIsMissing() {
    complete(start("{}"));
    sql.update(
        """
        DELETE FROM attribute_images
        WHERE (category = 'age' AND value = '30s' AND style = 'realistic')
           OR (category = 'body' AND value IN ('Slim', 'Chubby', 'Cub', 'Average', 'Curvy') AND style = 'anime')
           OR (category = 'ethnicity' AND style = 'anime')
        """);
    Set<String> wanted =
        catalogue
            .combinations()
            .filter(this::isMissing)
            .map(Combination::prompt)
            .collect(Collectors.toSet());

    JsonPath run = complete(start("{}"));

    List<String> again = novita.submits().stream().skip(REQUIRED).map(Submit::prompt).toList();
    assertThat(run.getInt("planned")).isEqualTo(13);
    assertThat(again).hasSize(13).containsExactlyInAnyOrderElementsOf(wanted);
    assertThat(count("attribute_images")).isEqualTo(42);
  }

  @Test
  void twoRunsAtOnceSubmitEveryImageOnce() {
    novita.configure(NovitaDouble.Options.defaults().withImageLatency(Duration.ofMillis(300)));
    String first = start("{}");
    String second = start("{}");

    complete(first);
    complete(second);

    assertThat(novita.submits()).hasSize(REQUIRED);
    assertThat(novita.acceptedByPrompt().values()).containsOnly(1);
  }

  @Test
  void anImageThatTurnsUpMeanwhileIsSkippedAndLeavesNoObject() {
    novita.configure(NovitaDouble.Options.defaults().withImageLatency(Duration.ofHours(1)));
    String run = start(ONE_IMAGE);
    awaitThat(() -> novita.acceptedSubmits() == 1);
    sql.update(
        "INSERT INTO attribute_images (category, value, style, image_url) VALUES ('age', '30s', 'realistic', 'https://elsewhere/x.jpg')");

    novita.advance(Duration.ofHours(2));

    JsonPath done = complete(run);
    assertThat(done.getInt("skipped")).isEqualTo(1);
    assertThat(sql.queryForList("SELECT image_url FROM attribute_images", String.class))
        .containsExactly("https://elsewhere/x.jpg");
    awaitThat(() -> objects().isEmpty());
    awaitThat(() -> count("ledger.task WHERE obsolete_after IS NOT NULL") == 0);
  }

  @Test
  void regeneratingReplacesThePictureAndRemovesTheOldObjectAfterwards() {
    complete(start(ONE_IMAGE));
    String old = objects().iterator().next();

    JsonPath run =
        complete(
            start(
                "{\"category\":\"age\",\"values\":[\"30s\"],\"style\":\"realistic\",\"mode\":\"regenerate\"}"));

    assertThat(run.getInt("stored")).isEqualTo(1);
    assertThat(novita.acceptedSubmits()).isEqualTo(2);
    assertThat(sql.queryForObject("SELECT object_key FROM attribute_images", String.class))
        .isNotEqualTo(old);
    awaitThat(() -> !objects().contains(old));
    assertThat(objects()).isEqualTo(keysOfRows()).hasSize(1);
  }

  /** CVE-2026-95664: a key that stands in a header is evaluated as Simple. */
  @Test
  void theKeyOfAnObjectThatIsRemovedIsANameAndNoExpression() {
    complete(start(ONE_IMAGE));
    String key = "${properties:storage.region}.jpg";
    for (String name : List.of(key, "us-east-1.jpg")) {
      s3.putObject(
          object -> object.bucket(BUCKET).key(name).contentType("image/jpeg"),
          RequestBody.fromBytes(new byte[1]));
    }

    sql.update("UPDATE ledger.task SET obsolete_keys = ARRAY[?], obsolete_after = now()", key);

    awaitThat(() -> count("ledger.task WHERE obsolete_after IS NOT NULL") == 0);
    assertThat(objects()).doesNotContain(key).contains("us-east-1.jpg");
  }

  static List<Arguments> unpaidFaults() {
    return List.of(
        Arguments.of("429 with Retry-After", Fault.rateLimited(Duration.ofSeconds(1))),
        Arguments.of("521", Fault.gateway(521)),
        Arguments.of("525", Fault.gateway(525)),
        Arguments.of("CREATE_TASK_FAILED", Fault.status(500, "CREATE_TASK_FAILED")));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("unpaidFaults")
  void aSubmitThatStartedNothingIsRepeated(String name, Fault fault) {
    novita.nextSubmits(fault, fault);

    complete(start(ONE_IMAGE));

    assertThat(novita.submits()).extracting(Submit::accepted).containsExactly(false, false, true);
    assertThat(count("attribute_images")).isEqualTo(1);
  }

  @Test
  void aLongOutageOfNovitaLosesNothing() {
    novita.onSubmit(submit -> true, Fault.gateway(522));
    String run = start(ONE_IMAGE);
    awaitThat(() -> novita.submits().size() > 12);

    novita.clearFaults();

    assertThat(complete(run).getInt("stored")).isEqualTo(1);
    assertThat(novita.acceptedSubmits()).isEqualTo(1);
  }

  @Test
  void whileNovitaRefusesConnectionsTheImageWaits() {
    novita.stop();
    String run = start(ONE_IMAGE);
    awaitThat(() -> count("ledger.task WHERE setbacks > 0") == 1);

    novita.restart();

    assertThat(complete(run).getInt("stored")).isEqualTo(1);
    assertThat(novita.acceptedSubmits()).isEqualTo(1);
  }

  @Test
  void aRejectedPromptIsADeadLetterAtOnce() {
    novita.nextSubmits(Fault.status(400, "ILLEGAL_PROMPT"));

    JsonPath run = complete(start(ONE_IMAGE));

    assertThat(run.getInt("failed")).isEqualTo(1);
    assertThat(novita.submits()).hasSize(1);
    JsonPath letters = given().get("/api/dead-letters").jsonPath();
    assertThat(letters.getString("deadLetters[0].error.reason")).isEqualTo("ILLEGAL_PROMPT");
    assertThat(letters.getInt("deadLetters[0].error.status")).isEqualTo(400);
    assertThat(letters.getInt("deadLetters[0].costUsd")).isZero();
  }

  @Test
  void anotherRunTriesARejectedImageAgain() {
    novita.nextSubmits(Fault.status(400, "ILLEGAL_PROMPT"));
    complete(start(ONE_IMAGE));

    JsonPath run = complete(start(ONE_IMAGE));

    assertThat(run.getInt("stored")).isEqualTo(1);
    assertThat(given().get("/api/dead-letters").jsonPath().getList("deadLetters")).isEmpty();
  }

  @Test
  void anEmptyBalanceHaltsTheRunWithinOneRequestAndTheNextRunGoesOn() {
    novita.onSubmit(submit -> true, Fault.status(400, "BILLING_BALANCE_NOT_ENOUGH"));
    String halted = start("{}");
    awaitThat(() -> "HALTED".equals(run(halted).getString("state")));
    assertThat(novita.submits()).hasSize(1);
    assertThat(run(halted).getString("reason")).contains("BILLING_BALANCE_NOT_ENOUGH");
    novita.clearFaults();

    JsonPath next = complete(start("{}"));

    assertThat(next.getInt("stored")).isEqualTo(REQUIRED);
    assertThat(novita.acceptedByPrompt().values()).containsOnly(1);
  }

  static List<Arguments> lostAnswers() {
    return List.of(
        Arguments.of("reset after the submit", Fault.resetAfterAccept()),
        Arguments.of("closed after the submit", Fault.closeAfterAccept()),
        Arguments.of("an answer that names no task", Fault.garbageAfterAccept()),
        Arguments.of("no answer in time", Fault.hang(Duration.ofSeconds(20))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("lostAnswers")
  void aLostAnswerIsNotRetriedBlindlyAndWhatItMayHaveCostIsSaid(String name, Fault fault) {
    novita.nextSubmits(fault);

    JsonPath run = complete(start(ONE_IMAGE));

    assertThat(run.getInt("stored")).isEqualTo(1);
    assertThat(novita.submits()).as("one lost, and one after the grace period").hasSize(2);
    assertThat(run.getDouble("costUsd")).isEqualTo(0.015);
    assertThat(run.getDouble("possibleCostUsd")).isEqualTo(0.015);
  }

  @Test
  void aWebhookClearsUpALostAnswerAndNothingIsPaidAgain() {
    novita.deliverWebhooks(true);
    // so the webhook comes first, however slow the machine
    novita.nextSubmits(Fault.hang(Duration.ofSeconds(20)));

    JsonPath run = complete(start(ONE_IMAGE));

    assertThat(run.getInt("stored")).isEqualTo(1);
    assertThat(novita.submits()).hasSize(1);
    assertThat(run.getDouble("costUsd")).isEqualTo(0.015);
    assertThat(run.getInt("possibleCostUsd")).isZero();
    awaitThat(() -> novita.webhooks().stream().anyMatch(webhook -> webhook.status() == 204));
  }

  @Test
  void aWebhookWithAWrongTokenIsNotFoundAndChangesNothing() {
    novita.configure(NovitaDouble.Options.defaults().withImageLatency(Duration.ofHours(1)));
    start(ONE_IMAGE);
    awaitThat(() -> count("ledger.task WHERE state = 'SUBMITTED'") == 1);
    Map<String, Object> task = sql.queryForMap("SELECT * FROM ledger.task");
    String event =
        "{\"event_type\":\"ASYNC_TASK_RESULT\",\"payload\":{\"task\":{\"task_id\":\"forged\"}}}";

    given()
        .contentType(ContentType.JSON)
        .body(event)
        .post("/webhooks/novita/" + task.get("id") + "/wrong")
        .then()
        .statusCode(404);
    given()
        .contentType(ContentType.JSON)
        .body(event)
        .post("/webhooks/novita/nobody/" + tokens.token((UUID) task.get("id")))
        .then()
        .statusCode(404);
    given()
        .contentType(ContentType.JSON)
        .body(event)
        .post(webhook((UUID) task.get("id")))
        .then()
        .statusCode(204);

    assertThat(sql.queryForObject("SELECT provider_task_id FROM ledger.task", String.class))
        .isEqualTo(task.get("provider_task_id"));
    novita.advance(Duration.ofHours(2));
  }

  static List<Arguments> downloadFaults() {
    return List.of(
        Arguments.of("truncated", Fault.truncatedBody(0.5)),
        Arguments.of("truncated with a clean close", Fault.truncatedCleanClose(0.5)),
        Arguments.of("reset", Fault.resetDuringBody(0.5)),
        Arguments.of("reset before a byte", Fault.resetBeforeRead()),
        Arguments.of(
            "not a picture",
            Fault.body("text/html", "<html>no</html>".getBytes(StandardCharsets.UTF_8))),
        Arguments.of("empty", Fault.body("image/jpeg", new byte[0])),
        Arguments.of("larger than allowed", Fault.body("image/jpeg", new byte[2_000_001])),
        Arguments.of("expired", Fault.status(403, "AccessDenied")),
        Arguments.of("502", Fault.gateway(502)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("downloadFaults")
  void aDownloadThatFailsIsRepeatedAndNothingIsPaidAgain(String name, Fault fault) {
    novita.nextDownloads(fault, fault, fault, fault, fault);

    complete(start(ONE_IMAGE));

    assertThat(novita.paid()).isEqualTo(1);
    String key = objects().iterator().next();
    assertThat(stored(key)).isEqualTo(novita.imageBytes(novita.submits().get(0).taskId()));
  }

  static List<Arguments> pollFaults() {
    return List.of(
        Arguments.of("502", Fault.gateway(502)),
        Arguments.of("GET_RESULT_FAILED", Fault.status(500, "GET_RESULT_FAILED")),
        Arguments.of("429", Fault.rateLimited(Duration.ofMillis(100))),
        Arguments.of("reset", Fault.resetBeforeRead()),
        Arguments.of("truncated", Fault.truncatedBody(0.5)),
        Arguments.of(
            "no JSON",
            Fault.body("text/html", "<html>no</html>".getBytes(StandardCharsets.UTF_8))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("pollFaults")
  void aQuestionThatFailsIsAskedAgainAndNothingIsPaidAgain(String name, Fault fault) {
    novita.nextPolls(fault, fault, fault, fault, fault, fault);

    complete(start(ONE_IMAGE));

    assertThat(novita.paid()).isEqualTo(1);
    assertThat(count("attribute_images")).isEqualTo(1);
  }

  @Test
  void theResultOfAnotherTaskIsNeitherStoredNorPaidAgain() {
    complete(start("{\"category\":\"age\",\"values\":[\"20s\"],\"style\":\"realistic\"}"));
    String other = novita.submits().get(0).taskId();
    byte[] result =
        given()
            .header("Authorization", "Bearer key")
            .get(novita.baseUrl() + "/v3/async/task-result?task_id=" + other)
            .asByteArray();
    Fault stored = Fault.body("application/json", result);
    Fault failed =
        Fault.body("application/json", new String(result).replace("SUCCEED", "FAILED").getBytes());
    novita.nextPolls(stored, failed, stored, failed, stored, failed);

    complete(start(ONE_IMAGE));

    assertThat(novita.paid()).isEqualTo(2);
    String own = novita.submits().get(1).taskId();
    assertThat(novita.downloads()).extracting("taskId").containsExactly(other, own);
    String key =
        sql.queryForObject(
            "SELECT object_key FROM attribute_images WHERE value = '30s'", String.class);
    assertThat(stored(key)).isEqualTo(novita.imageBytes(own));
  }

  @Test
  void anImageThatNovitaFailsIsANewAttempt() {
    novita.nextSubmits(Fault.taskFailed("out of memory"));

    JsonPath run = complete(start(ONE_IMAGE));

    assertThat(run.getInt("stored")).isEqualTo(1);
    assertThat(novita.paid()).isEqualTo(2);
    assertThat(run.getDouble("costUsd")).isEqualTo(0.03);
  }

  @Test
  void anImageThatNovitaAlwaysFailsIsADeadLetterAfterThreeAttempts() {
    novita.onSubmit(submit -> true, Fault.taskFailed("out of memory"));

    JsonPath run = complete(start(ONE_IMAGE));

    assertThat(run.getInt("failed")).isEqualTo(1);
    assertThat(novita.paid()).isEqualTo(3);
    JsonPath letter = given().get("/api/dead-letters").jsonPath();
    assertThat(letter.getString("deadLetters[0].error.message")).contains("out of memory");
    assertThat(letter.getString("deadLetters[0].providerTaskId"))
        .isEqualTo(novita.submits().get(2).taskId());
  }

  @Test
  void aTaskThatNovitaForgotIsADeadLetterThatSaysTheMoneyIsGone() {
    novita.nextSubmits(Fault.taskForgotten());

    JsonPath run = complete(start(ONE_IMAGE));

    assertThat(run.getInt("failed")).isEqualTo(1);
    assertThat(
            given().get("/api/dead-letters").jsonPath().getString("deadLetters[0].error.message"))
        .contains("lost");
  }

  @Test
  void aPictureOfAnotherSizeIsADeadLetter() {
    novita.answerSize(256, 64);

    JsonPath run = complete(start(ONE_IMAGE));

    assertThat(run.getInt("failed")).isEqualTo(1);
    assertThat(objects()).isEmpty();
    assertThat(count("attribute_images")).isZero();
  }

  @ParameterizedTest
  @MethodSource("otherFormats")
  void anotherFormatIsConvertedToJpegAndKeptBesideIt(String format) {
    novita.answerAs(format);

    complete(start(ONE_IMAGE));

    String key = sql.queryForObject("SELECT object_key FROM attribute_images", String.class);
    String original = key.replace(".jpg", "-original." + format);
    assertThat(objects()).containsExactlyInAnyOrder(key, original);
    assertThat(stored(key)).startsWith(0xff, 0xd8).endsWith(0xff, 0xd9);
    assertThat(stored(original)).isNotEqualTo(stored(key));
    assertThat(sql.queryForObject("SELECT original_key FROM ledger.task", String.class))
        .isEqualTo(original);
  }

  @Test
  void aReplacedPictureIsRemovedWithItsOriginal() {
    novita.answerAs("png");
    complete(start(ONE_IMAGE));
    Set<String> old = Set.copyOf(objects());

    complete(start(ONE_IMAGE.replace("}", ",\"mode\":\"regenerate\"}")));

    awaitThat(() -> count("ledger.task WHERE obsolete_after IS NOT NULL") == 0);
    assertThat(objects()).hasSize(2).doesNotContainAnyElementsOf(old);
  }

  static List<String> otherFormats() {
    return List.of("png", "webp");
  }

  @Test
  void aRunWithinABudgetPlansNoMoreThanItAllows() {
    JsonPath run = complete(start("{\"category\":\"body\",\"maxCostUsd\":0.1}"));

    assertThat(run.getInt("planned")).isEqualTo(6);
    assertThat(novita.paid()).isEqualTo(6);
    assertThat(run.getString("reason")).contains("budget");
  }

  @Test
  void aDryRunSaysWhatItWouldMakeAndPaysNothing() {
    JsonPath dry =
        given()
            .contentType(ContentType.JSON)
            .body("{\"dryRun\":true}")
            .post("/api/runs")
            .then()
            .statusCode(200)
            .extract()
            .jsonPath();

    assertThat(dry.getInt("planned")).isEqualTo(REQUIRED);
    assertThat(dry.getDouble("costUsd")).isEqualTo(0.66);
    assertThat(count("ledger.run")).isZero();
    assertThat(novita.submits()).isEmpty();
  }

  @Test
  void aPlaceholderCoverGivesWayAndKeepsItsTitle() {
    sql.update(
        "INSERT INTO style_images (style, image_url, title) VALUES ('anime', 'https://via.placeholder.com/512', 'My anime')");

    complete(start("{\"category\":\"style\"}"));

    Map<String, Object> cover = sql.queryForMap("SELECT * FROM style_images WHERE style = 'anime'");
    assertThat(cover).containsEntry("title", "My anime").containsEntry("placeholder", false);
    assertThat((String) cover.get("image_url")).contains("/attribute-images/style/anime/cover-");
    assertThat(novita.paid()).isEqualTo(2);
  }

  @Test
  void openApiNamesEveryCallAndWhereItIs() {
    JsonPath document = given().get("/q/openapi").then().statusCode(200).extract().jsonPath();

    assertThat(document.getMap("paths").keySet())
        .asInstanceOf(InstanceOfAssertFactories.collection(String.class))
        .contains(
            "/api/status",
            "/api/runs",
            "/api/runs/{id}",
            "/api/tasks",
            "/api/dead-letters",
            "/api/attribute-images",
            "/api/style-images");
    assertThat(document.getString("servers[0].url")).startsWith("http://127.0.0.1:");
  }

  @Test
  void storedPicturesAreReadInPages() {
    complete(start("{\"category\":\"age\",\"style\":\"anime\"}"));
    Set<String> values = new TreeSet<>();
    String next = "";
    do {
      JsonPath page =
          given().get("/api/attribute-images?style=anime&limit=3&after=" + next).jsonPath();
      assertThat(page.getList("images")).hasSizeBetween(1, 3);
      values.addAll(page.getList("images.value"));
      next = page.getString("next");
    } while (next != null);

    assertThat(values).containsExactly("20s", "30s", "40s", "50s", "60s", "70s", "80s");
  }

  @Test
  void readingCallsTakeTheirParametersFromTheUrlAlone() {
    complete(start(ONE_IMAGE));

    given().header("state", "FAILED").get("/api/tasks").then().body("tasks.size()", equalTo(1));
    given().get("/api/tasks?state=FAILED").then().body("tasks.size()", equalTo(0));
    given()
        .get("/api/attribute-images?category=age&value=30s&style=realistic")
        .then()
        .statusCode(200)
        .body("success", equalTo(true))
        .body("value", equalTo("30s"))
        .body("width", equalTo(512));
    given()
        .get("/api/attribute-images?category=age&value=40s&style=realistic")
        .then()
        .statusCode(404)
        .body("success", equalTo(false));
    given()
        .get("/api/attribute-images?category=hair")
        .then()
        .statusCode(400)
        .contentType("application/problem+json")
        .body("detail", containsString("known are age, body, ethnicity, style"));
  }

  private boolean isMissing(Combination image) {
    return !image.isCover()
        && count(
                "attribute_images WHERE category = '%s' AND value = '%s' AND style = '%s'"
                    .formatted(image.category(), image.value(), image.style()))
            == 0;
  }

  private Set<String> prompts() {
    return catalogue.combinations().map(Combination::prompt).collect(Collectors.toSet());
  }
}
