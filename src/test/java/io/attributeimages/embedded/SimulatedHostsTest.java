package io.attributeimages.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.attributeimages.support.Fault;
import io.attributeimages.support.HttpDouble;
import io.attributeimages.support.NovitaDouble;
import io.attributeimages.support.NovitaDouble.Options;
import io.attributeimages.support.NovitaDouble.Submit;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.ConnectException;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** They must be right about money and about how a call breaks: all other tests believe them. */
@Timeout(120)
class SimulatedHostsTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration HOUR = Duration.ofHours(1);
  private static final String KEY = "Bearer novita";
  private static final String TXT2IMG = "txt2img";
  private static final String SCHNELL = "flux-1-schnell";

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private NovitaDouble novita;

  @BeforeEach
  void start() {
    novita = NovitaDouble.start();
  }

  @AfterEach
  void close() {
    novita.close();
  }

  // ---------------------------------------------------------------- nothing wrong

  @ParameterizedTest
  @CsvSource({
    "txt2img, 512, 768, jpeg, 0.015",
    "qwen-image, 512, 768, jpeg, 0.02",
    "flux-1-schnell, 512, 768, webp, 0.001125",
    "seedream-4.0, 1024, 1536, jpeg, 0.03",
    "seedream-4.5, 1568, 2352, jpeg, 0.04",
    "seedream-5.0-lite, 1568, 2352, jpeg, 0.035",
    "openai-images, 1024, 1536, png, 0.06",
    "stable-diffusion-webui, 512, 768, png, 0"
  })
  void aSubmitIsPaidAndGivesThePictureAskedFor(
      String model, int width, int height, String type, BigDecimal price) throws Exception {
    byte[] picture = picture(model, submit(model, "a red hat"));

    assertPicture(picture, type, width, height);
    Submit submit = novita.submits().get(0);
    assertThat(picture).isEqualTo(novita.imageBytes(submit.taskId()));
    assertThat(submit.model()).isEqualTo(model);
    assertThat(submit.status()).isEqualTo(200);
    assertThat(submit.prompt()).isEqualTo("a red hat");
    assertThat(submit.request()).isEqualTo(valid(model, "a red hat"));
    assertThat(novita.paid()).isEqualTo(novita.paid(model)).isEqualTo(1);
    assertThat(novita.paidUsd()).isEqualByComparingTo(price);
    assertThat(novita.watermarked()).isZero();
    assertThat(novita.leakedKeys()).isEmpty();
  }

  @Test
  void promptsAndSeedsMakeThePicture() throws Exception {
    byte[] picture = picture(SCHNELL, submit(SCHNELL, "hat"));

    assertThat(picture(SCHNELL, submit(SCHNELL, "hat"))).isEqualTo(picture);
    assertThat(picture(SCHNELL, submit(SCHNELL, "cloak"))).isNotEqualTo(picture);
    assertThat(picture(SCHNELL, submit(SCHNELL, "hat", r -> r.put("seed", 8))))
        .isNotEqualTo(picture);
  }

  @Test
  void eachApiSaysTheSeedAndTheTimeToLiveInItsOwnWay() throws Exception {
    JsonNode task = json(poll(taskId(submit(TXT2IMG, "hat", r -> request(r).put("seed", 42)))));
    JsonNode qwen = json(poll(taskId(submit("qwen-image", "hat"))));
    JsonNode schnell = json(submit(SCHNELL, "hat"));
    JsonNode webUi = json(submit("stable-diffusion-webui", "hat"));

    assertThat(task.at("/extra/seed").textValue()).isEqualTo("42");
    assertThat(task.at("/images/0/image_url_ttl").textValue()).isEqualTo("3600");
    assertThat(qwen.at("/extra/seed").isMissingNode()).isTrue();
    assertThat(qwen.at("/images/0/image_url_ttl").intValue()).isZero();
    assertThat(qwen.at("/images/0/image_url").textValue()).doesNotContain("?");
    assertThat(schnell.at("/images/0/image_url_ttl").intValue()).isEqualTo(3600);
    assertThat(JSON.readTree(webUi.path("info").textValue()).path("seed").longValue()).isEqualTo(7);
  }

  @Test
  void theOtherDocumentedFormsHoldTheSame() throws Exception {
    String[] all = {TXT2IMG, "seedream-4.5", "openai-images", "stable-diffusion-webui"};
    novita.answerInOtherForm(all);

    assertThat(json(submit(TXT2IMG, "hat")).at("/data/task_id").textValue()).hasSize(36);
    String seedream = json(submit("seedream-4.5", "hat")).at("/images/0").textValue();
    String url = json(submit("openai-images", "hat")).at("/data/0/url").textValue();
    String webUi = json(submit("stable-diffusion-webui", "hat")).at("/images/0").textValue();

    assertPicture(Base64.getDecoder().decode(seedream), "jpeg", 1568, 2352);
    assertPicture(get(url).body(), "png", 1024, 1536);
    assertThat(webUi).startsWith("data:image/png;base64,iVBOR");
  }

  @Test
  void aTaskIsQueuedThenProcessedThenDone() throws Exception {
    novita.configure(Options.defaults().withImageLatency(HOUR));
    String taskId = taskId(submit(TXT2IMG, "slow one"));

    assertThat(status(poll(taskId))).isEqualTo("TASK_STATUS_QUEUED");
    novita.advance(Duration.ofMinutes(20));
    JsonNode processing = json(poll(taskId));
    assertThat(processing.at("/task/status").asText()).isEqualTo("TASK_STATUS_PROCESSING");
    assertThat(processing.at("/task/progress_percent").asInt()).isEqualTo(33);
    assertThat(processing.at("/images")).isEmpty();
    novita.advance(HOUR);
    assertThat(status(poll(taskId))).isEqualTo("TASK_STATUS_SUCCEED");
  }

  @Test
  void anAddressOfAPictureExpiresAndAFreshOneCanBeAskedFor() throws Exception {
    novita.configure(Options.defaults().withUrlTtl(Duration.ofMinutes(5)));
    String taskId = taskId(submit(TXT2IMG, "hat"));
    JsonNode early = json(poll(taskId));
    novita.advance(Duration.ofMinutes(5));

    HttpResponse<byte[]> stale = download(early);
    assertThat(stale.statusCode()).isEqualTo(403);
    assertThat(text(stale)).contains("<Code>AccessDenied</Code>", "expired");
    assertThat(download(json(poll(taskId))).statusCode()).isEqualTo(200);
  }

  @Test
  void anAddressOfAPictureIsGoodByteForByteOnly() throws Exception {
    String url = json(poll(taskId(submit(TXT2IMG, "hat")))).at("/images/0/image_url").asText();

    assertThat(text(get(url + "0"))).contains("SignatureDoesNotMatch");
    assertThat(text(get(url.replace("expires=", "expires=9")))).contains("SignatureDoesNotMatch");
    assertThat(text(get(url.replace("%3D", "=")))).contains("SignatureDoesNotMatch");
    assertThat(text(get(url.replaceAll("\\?.*", "")))).contains("SignatureDoesNotMatch");
    assertThat(get(url).statusCode()).isEqualTo(200);
  }

  @Test
  void aRequestForSeveralPicturesGivesAndCostsSeveral() throws Exception {
    JsonNode task = json(poll(taskId(submit(TXT2IMG, "h", r -> request(r).put("image_num", 2)))));
    JsonNode openAi = json(submit("openai-images", "hats", r -> r.put("n", 2)));

    byte[] second = get(task.at("/images/1/image_url").asText()).body();
    assertThat(second).isNotEqualTo(download(task).body()).startsWith(0xFF, 0xD8);
    assertThat(openAi.path("data")).hasSize(2);
    assertThat(novita.paidUsd()).isEqualByComparingTo("0.15");
  }

  @ParameterizedTest
  @CsvSource({"png, 512, 768", "webp, 512, 768", "jpeg, 300, 200"})
  void anotherTypeAndSizeCanBeAnsweredThanAsked(String type, int width, int height)
      throws Exception {
    novita.answerAs(type);
    novita.answerSize(width, height);

    assertPicture(picture(TXT2IMG, submit(TXT2IMG, "hat")), type, width, height);
  }

  @Test
  void aPictureIsStampedUnlessThatIsDeclined() throws Exception {
    submit("seedream-4.5", "hat", r -> r.remove("watermark"));
    submit("seedream-4.0", "hat", r -> r.put("watermark", true));
    submit("seedream-5.0-lite", "hat");

    assertThat(novita.watermarked()).isEqualTo(2);
  }

  @Test
  void theSafetyOfAPictureIsLabelledWhereThatIsAskedForAndCosts() throws Exception {
    novita.nextSubmits(Fault.labelled(93.7), Fault.labelled(93.7));
    ObjectNode asking = valid(TXT2IMG, "hat");
    asking.withObject("/extra").put("enable_nsfw_detection", true).put("nsfw_detection_level", 1);

    JsonNode plain = json(poll(taskId(submit(TXT2IMG, "hat"))));
    JsonNode label = json(poll(taskId(send(post(TXT2IMG, asking)))));

    assertThat(plain.at("/images/0/nsfw_detection_result").isNull()).isTrue();
    assertThat(label.at("/images/0/nsfw_detection_result").toString())
        .isEqualTo("{\"valid\":true,\"confidence\":93.7}");
    assertThat(novita.paidUsd()).isEqualByComparingTo("0.0315");
  }

  @Test
  void theListOfModelsNamesCheckpoints() throws Exception {
    novita.gone("dreamshaper_8_93211.safetensors");

    JsonNode base = json(getWithKey("/v3/model?filter.query=sd_xl_base")).path("models");
    JsonNode dreams = json(getWithKey("/v3/model?filter.query=dreamshaper")).path("models");

    assertThat(base).singleElement().extracting(m -> m.path("status").asInt()).isEqualTo(1);
    assertThat(base.at("/0/sd_name_in_api").asText()).isEqualTo("sd_xl_base_1.0.safetensors");
    assertThat(dreams.at("/0/status").asInt()).isZero();
  }

  // ---------------------------------------------------------------- refusals

  @ParameterizedTest
  @CsvSource({
    "txt2img, /request/width, 127, 400, INVALID_IMAGE_SIZE",
    "txt2img, /request/height, 2049, 400, INVALID_IMAGE_SIZE",
    "txt2img, /request/height, 99999999999, 400, INVALID_IMAGE_SIZE",
    "txt2img, /request/width, '\"wide\"', 400, INVALID_REQUEST_BODY",
    "txt2img, /request/steps, 0, 400, INVALID_REQUEST_BODY",
    "txt2img, /request/steps, 101, 400, INVALID_REQUEST_BODY",
    "txt2img, /request/image_num, 9, 400, INVALID_REQUEST_BODY",
    "txt2img, /request/guidance_scale, 0.5, 400, INVALID_REQUEST_BODY",
    "txt2img, /request/seed, -2, 400, INVALID_REQUEST_BODY",
    "txt2img, /request/prompt, '\" \"', 400, ILLEGAL_PROMPT",
    "txt2img, /request/negative_prompt, '\"\"', 400, INVALID_REQUEST_BODY",
    "txt2img, /request/model_name, null, 400, INVALID_REQUEST_BODY",
    "txt2img, /extra/response_image_type, '\"gif\"', 400, INVALID_REQUEST_BODY",
    "txt2img, /extra/webhook, '{\"url\":\"file:///etc/passwd\"}', 400, INVALID_REQUEST_BODY",
    "qwen-image, /size, '\"255*768\"', 400, INVALID_IMAGE_SIZE",
    "qwen-image, /size, '\"512*1537\"', 400, INVALID_IMAGE_SIZE",
    "qwen-image, /size, '\"512x768\"', 400, INVALID_REQUEST_BODY",
    "flux-1-schnell, /seed, null, 400, INVALID_REQUEST_BODY",
    "flux-1-schnell, /seed, 4294967296, 400, INVALID_REQUEST_BODY",
    "flux-1-schnell, /seed, -1, 400, INVALID_REQUEST_BODY",
    "flux-1-schnell, /width, 63, 400, INVALID_IMAGE_SIZE",
    "flux-1-schnell, /steps, null, 400, INVALID_REQUEST_BODY",
    "seedream-4.0, /size, '\"1023x1024\"', 400, INVALID_IMAGE_SIZE",
    "seedream-4.0, /size, '\"512x8704\"', 400, INVALID_IMAGE_SIZE",
    "seedream-4.5, /size, '\"1567x2352\"', 400, INVALID_IMAGE_SIZE",
    "seedream-4.5, /size, '\"4096x4097\"', 400, INVALID_IMAGE_SIZE",
    "seedream-5.0-lite, /size, '\"4096x4096\"', 400, INVALID_IMAGE_SIZE",
    "seedream-4.5, /size, '\"1568*2352\"', 400, INVALID_REQUEST_BODY",
    "seedream-4.5, /prompt, '\"\"', 400, INVALID_REQUEST_BODY",
    "openai-images, /size, '\"512x768\"', 400, invalid_value",
    "openai-images, /negative_prompt, '\"blurry\"', 400, unknown_parameter",
    "openai-images, /model, '\"dall-e-9\"', 404, model_not_found",
    "openai-images, /quality, '\"best\"', 400, invalid_value",
    "stable-diffusion-webui, /width, 500, 422, value_error",
    "stable-diffusion-webui, /steps, '\"many\"', 422, value_error"
  })
  void aFieldBeyondItsLimitIsRefusedAndCostsNothing(
      String model, String field, String value, int status, String reason) throws Exception {
    ObjectNode body = valid(model, "hat");
    String parent = field.replaceFirst("/[^/]*$", "");
    ((ObjectNode) body.at(parent)).set(field.replaceFirst(".*/", ""), JSON.readTree(value));

    HttpResponse<byte[]> answer = send(post(model, body));

    assertError(answer, status, reason);
    assertThat(novita.paid()).isZero();
    assertThat(novita.submits()).singleElement().extracting("status").isEqualTo(status);
  }

  @ParameterizedTest
  @ValueSource(strings = {TXT2IMG, SCHNELL})
  void aPromptMayHave1024CodePointsAndNotOneMore(String model) throws Exception {
    assertThat(submit(model, "🙂".repeat(1024)).statusCode()).isEqualTo(200);
    assertError(submit(model, "🙂".repeat(1025)), 400, "INVALID_REQUEST_BODY");
  }

  @ParameterizedTest
  @EnumSource
  void anEmptyBodyTellsThatAModelIsThereAndA404ThatItIsGone(SimulatedModel model) throws Exception {
    String entry = model.entry();
    int alive = send(post(entry, JSON.createObjectNode().put("steps", "x"))).statusCode();
    novita.gone(entry);
    HttpResponse<byte[]> gone = submit(entry, "hat");
    novita.gone();

    assertThat(alive).isIn(400, 422);
    assertThat(gone.statusCode()).isEqualTo(404);
    assertThat(text(gone)).containsAnyOf("API_NOT_FOUND", "model_not_found", "Not Found");
    assertThat(novita.paid()).isZero();
    assertThat(submit(entry, "hat").statusCode()).isEqualTo(200);
  }

  @Test
  void whatIsNowhereIsNotFound() throws Exception {
    assertError(getWithKey("/v3/nothing"), 404, "API_NOT_FOUND");
    assertError(getWithKey("/v3/async/txt2img"), 404, "API_NOT_FOUND");
    assertError(poll("never-seen"), 404, "TASK_NOT_FOUND");
  }

  @Test
  void eachHostTakesItsOwnKeyOnly() throws Exception {
    novita.onlyKey("novita");
    String openAi = "Bearer " + NovitaDouble.OPENAI_KEY;
    String body = valid(TXT2IMG, "hat").toString();

    assertError(send(post(TXT2IMG, body, "")), 400, "MISSING_API_KEY");
    assertError(send(post(TXT2IMG, body, openAi)), 403, "INVALID_API_KEY");
    assertError(get(novita.baseUrl() + "/v3/async/task-result?x"), 400, "MISSING_API_KEY");
    assertError(send(post("openai-images", "{}", "")), 401, "invalid_api_key");
    assertThat(novita.leakedKeys()).isEmpty();

    submit(TXT2IMG, "hat");
    assertError(send(post("openai-images", "{}", KEY)), 401, "invalid_api_key");
    assertThat(novita.leakedKeys()).containsExactly(KEY);
  }

  @Test
  void aWebUiTakesEveryCallerButOneWithNovitasKeyUnlessItHasALogin() throws Exception {
    novita.onlyKey("novita");
    String model = "stable-diffusion-webui";
    String body = valid(model, "hat").toString();
    String basic = "Basic " + Base64.getEncoder().encodeToString("me:secret".getBytes());

    assertThat(send(post(model, body, KEY)).statusCode()).isEqualTo(401);
    assertThat(send(post(model, body, "")).statusCode()).isEqualTo(200);
    novita.webUiLogin("me:secret");
    assertThat(send(post(model, body, "")).statusCode()).isEqualTo(401);
    assertThat(send(post(model, body, basic)).statusCode()).isEqualTo(200);
  }

  @Test
  void theHostOfPicturesTakesNoKey() throws Exception {
    String url = json(poll(taskId(submit(TXT2IMG, "hat")))).at("/images/0/image_url").asText();
    HttpRequest leaky =
        HttpRequest.newBuilder(URI.create(url)).header("Authorization", KEY).build();

    assertThat(send(leaky).statusCode()).isEqualTo(400);
    assertThat(novita.downloads().get(0).authorization()).isEqualTo(KEY);
    assertThat(novita.leakedKeys()).containsExactly(KEY);
  }

  @Test
  void eachModelHasASlidingWindowAndARefusalTakesNoPlaceInIt() throws Exception {
    novita.configure(Options.defaults().withImagesPerMinute(2));

    assertThat(submit(TXT2IMG, "one").statusCode()).isEqualTo(200);
    novita.advance(Duration.ofSeconds(50));
    assertThat(submit(TXT2IMG, "two").statusCode()).isEqualTo(200);
    assertError(submit(TXT2IMG, "three"), 429, "RATE_LIMIT_EXCEEDED");
    assertThat(submit(SCHNELL, "three").statusCode()).isEqualTo(200);
    novita.advance(Duration.ofSeconds(10));
    assertThat(submit(TXT2IMG, "three").statusCode()).isEqualTo(200);
    assertError(submit(TXT2IMG, "four"), 429, "RATE_LIMIT_EXCEEDED");

    assertThat(novita.refused(429)).isEqualTo(2);
    assertThat(novita.paid(TXT2IMG)).isEqualTo(3);
    assertThat(novita.maxAcceptedInAny(Duration.ofSeconds(60))).isEqualTo(3);
    assertThat(novita.maxAcceptedInAny(Duration.ofSeconds(5))).isEqualTo(2);
  }

  @Test
  void theBalanceFallsWithEachPictureUntilSubmitsAreRefused() throws Exception {
    novita.balance(2 * NovitaDouble.PRICE - 1);

    assertThat(submit(TXT2IMG, "one").statusCode()).isEqualTo(200);
    assertError(submit(TXT2IMG, "two"), 400, "BILLING_BALANCE_NOT_ENOUGH");
    JsonNode detail = json(getWithKey("/openapi/v1/billing/balance/detail"));
    assertThat(detail.path("availableBalance").textValue())
        .isEqualTo(String.valueOf(NovitaDouble.PRICE - 1));
  }

  // ---------------------------------------------------------------- faults before acceptance

  @ParameterizedTest
  @CsvSource({
    "txt2img, CREATE_TASK_FAILED, /reason",
    "openai-images, insufficient_quota, /error/code",
    "stable-diffusion-webui, OutOfMemoryError, /error"
  })
  void aStatusFaultSpeaksAsTheHostDoesAndCostsNothing(String model, String reason, String at)
      throws Exception {
    novita.nextSubmits(Fault.status(500, reason), Fault.none());

    HttpResponse<byte[]> answer = submit(model, "hat");
    assertThat(answer.statusCode()).isEqualTo(500);
    assertThat(json(answer).at(at).asText()).isEqualTo(reason);
    assertThat(novita.paid()).isZero();
    assertThat(submit(model, "hat").statusCode()).isEqualTo(200);
    assertThat(novita.submits()).extracting(Submit::status).containsExactly(500, 200);
  }

  @Test
  void aGatewayFaultIsAnHtmlPageAndARateLimitFaultSaysWhenToComeBack() throws Exception {
    novita.nextSubmits(
        Fault.gateway(502), Fault.rateLimited(Duration.ofSeconds(7)), Fault.rateLimited("1.5"));

    HttpResponse<byte[]> answer = submit(TXT2IMG, "hat");
    assertThat(answer.statusCode()).isEqualTo(502);
    assertThat(answer.headers().firstValue("Content-Type")).hasValue("text/html; charset=UTF-8");
    assertThat(text(answer)).contains("<!DOCTYPE html>", "cloudflare");
    assertThat(submit(TXT2IMG, "hat").headers().firstValue("Retry-After")).hasValue("7");
    assertThat(submit(TXT2IMG, "hat").headers().firstValue("Retry-After")).hasValue("1.5");
    assertThat(novita.paid()).isZero();
  }

  @Test
  void aResetBeforeReadIsATcpResetAndCostsNothing() throws Exception {
    novita.nextSubmits(Fault.resetBeforeRead());

    assertReset(rawSubmit(TXT2IMG));
    assertThat(novita.paid()).isZero();
    assertThat(novita.submits()).singleElement().extracting("status").isEqualTo(0);
  }

  // ---------------------------------------------------------------- faults after acceptance

  @ParameterizedTest
  @EnumSource
  void aResetAfterAcceptIsATcpResetAndIsPaid(SimulatedModel model) throws Exception {
    novita.nextSubmits(Fault.resetAfterAccept());

    assertReset(rawSubmit(model.entry()));
    assertPaidUnanswered();
  }

  @Test
  void aCloseAfterAcceptIsACleanEndAndIsPaid() throws Exception {
    novita.nextSubmits(Fault.closeAfterAccept(), Fault.hang(Duration.ofMillis(50)));

    assertThat(readAll(rawSubmit(TXT2IMG))).isEmpty();
    assertPaidUnanswered();
    assertThat(readAll(rawSubmit(SCHNELL))).isEmpty();
    assertThat(novita.paid()).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {TXT2IMG, SCHNELL})
  void aSubmitNeverAnsweredIsPaidAndInFlightUntilTheClientHangsUp(String model) throws Exception {
    novita.nextSubmits(Fault.neverAnswer());

    try (Socket socket = rawSubmit(model)) {
      await().until(() -> novita.paid() == 1);
      assertThat(novita.inFlight()).isEqualTo(1);
      assertThat(socket.getInputStream().available()).isZero();
    }
    await().until(() -> novita.inFlight() == 0);
    assertPaidUnanswered();
  }

  @ParameterizedTest
  @ValueSource(strings = {TXT2IMG, "seedream-4.5", "openai-images"})
  void anAnswerLostOnTheWayIsPaid(String model) throws Exception {
    novita.nextSubmits(
        Fault.gatewayAfterAccept(504), Fault.garbageAfterAccept(), Fault.truncatedBody(0.5));

    assertThat(submit(model, "hat").statusCode()).isEqualTo(504);
    HttpResponse<byte[]> garbage = submit(model, "hat");
    assertThat(garbage.statusCode()).isEqualTo(200);
    assertThatThrownBy(() -> json(garbage)).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> submit(model, "hat")).isInstanceOf(IOException.class);
    assertThat(novita.paid(model)).isEqualTo(3);
  }

  @Test
  void theTimeAPictureTakesDelaysTheAnswerAndNotTheAcceptance() throws Exception {
    novita.configure(Options.defaults().withImageLatency(HOUR).withSubmitLatency(HOUR));

    for (SimulatedModel model : SimulatedModel.values()) {
      try (Socket socket = rawSubmit(model.entry())) {
        await().until(() -> novita.paid(model.entry()) == 1);
        assertThat(socket.getInputStream().available()).isZero();
      }
    }
  }

  @Test
  void aTaskThatFailsOrIsForgottenOrComesToNothingIsPaid() throws Exception {
    novita.nextSubmits(Fault.taskFailed("out of memory"), Fault.taskFailed("out of memory"));

    JsonNode result = json(poll(taskId(submit(TXT2IMG, "hat"))));
    assertThat(result.at("/task/status").asText()).isEqualTo("TASK_STATUS_FAILED");
    assertThat(result.at("/task/reason").asText()).isEqualTo("out of memory");
    assertThat(result.at("/images")).isEmpty();
    assertError(submit(SCHNELL, "hat"), 500, "TASK_FAILED");
    novita.nextSubmits(Fault.taskForgotten(), Fault.edited(answer -> answer.putArray("images")));
    assertError(poll(taskId(submit(TXT2IMG, "hat"))), 404, "TASK_NOT_FOUND");
    assertThat(json(submit("seedream-4.5", "hat")).path("images")).isEmpty();
    assertThat(novita.paid()).isEqualTo(4);
  }

  @Test
  void aSubmitThatIsRefusedAnywayIsNotPaidByAFault() throws Exception {
    novita.balance(0);
    novita.nextSubmits(Fault.resetAfterAccept());

    assertReset(rawSubmit(TXT2IMG));
    assertThat(novita.submits()).hasSize(1);
    assertThat(novita.paid()).isZero();
  }

  // ---------------------------------------------------------------- faults of polls, downloads

  @Test
  void pollsFailOnTheirOwn() throws Exception {
    String taskId = taskId(submit(TXT2IMG, "hat"));
    novita.nextPolls(
        Fault.status(500, "GET_RESULT_FAILED"),
        Fault.gateway(504),
        Fault.garbageAfterAccept(),
        Fault.resetBeforeRead());

    assertError(poll(taskId), 500, "GET_RESULT_FAILED");
    assertThat(poll(taskId).statusCode()).isEqualTo(504);
    assertThat(text(poll(taskId))).isEqualTo("<<<not json");
    // a client would ask again by itself
    assertReset(raw("GET " + SimulatedCall.RESULT_PATH + "?task_id=x HTTP/1.1\r\n\r\n"));
    assertThat(status(poll(taskId))).isEqualTo("TASK_STATUS_SUCCEED");
    assertThat(novita.polls())
        .extracting(NovitaDouble.Call::status)
        .containsExactly(500, 504, 200, 0, 200);
  }

  @Test
  void aDownloadBreaksOffInEachWayThereIs() throws Exception {
    JsonNode result = json(poll(taskId(submit(TXT2IMG, "hat"))));
    String url = result.at("/images/0/image_url").asText();
    byte[] whole = get(url).body();
    byte[] half = Arrays.copyOf(whole, whole.length / 2);
    String request = "GET " + url.substring(novita.baseUrl().toString().length());
    request += " HTTP/1.1\r\nHost: x\r\n\r\n";
    novita.nextDownloads(
        Fault.truncatedBody(0.5),
        Fault.truncatedCleanClose(0.5),
        Fault.truncatedCleanClose(0.5),
        Fault.resetDuringBody(0.5),
        Fault.stalledBody(0.5),
        Fault.body("text/html", half));

    String promise = new String(readAll(raw(request)), StandardCharsets.ISO_8859_1);
    assertThat(promise).contains("Content-Length: " + whole.length);
    assertThat(promise).endsWith(new String(half, StandardCharsets.ISO_8859_1));
    String end = new String(readAll(raw(request)), StandardCharsets.ISO_8859_1);
    assertThat(end).doesNotContain("Content-Length").contains("Connection: close");
    assertThat(get(url).body()).as("believed").isEqualTo(half);
    assertReset(raw(request));
    try (Socket stalled = raw(request)) {
      assertThat(stalled.getInputStream().readNBytes(half.length)).hasSize(half.length);
      assertThat(novita.inFlight()).isEqualTo(1);
    }
    HttpResponse<byte[]> page = get(url);
    assertThat(page.headers().firstValue("Content-Type")).hasValue("text/html");
    assertThat(page.body()).isEqualTo(half);
    assertThat(novita.downloads()).hasSize(7).extracting("status").containsOnly(200);
  }

  @Test
  void faultsOfTasksBelongToSubmits() {
    assertThatIllegalArgumentException().isThrownBy(() -> novita.nextPolls(Fault.taskForgotten()));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> novita.onDownload(id -> true, Fault.taskFailed("no")));
    assertThatIllegalArgumentException().isThrownBy(() -> Fault.truncatedBody(1.5));
  }

  @Test
  void aRuleHoldsForAllThatMatchUntilCleared() throws Exception {
    novita.onSubmit(s -> s.prompt().contains("weapon"), Fault.status(400, "ILLEGAL_PROMPT"));
    String good = taskId(submit(TXT2IMG, "hat"));
    String bad = taskId(submit(TXT2IMG, "cloak"));
    novita.onPoll(bad::equals, Fault.gateway(503));
    novita.onDownload(good::equals, Fault.gateway(520));

    assertError(submit(TXT2IMG, "weapon"), 400, "ILLEGAL_PROMPT");
    assertError(submit(SCHNELL, "old weapon"), 400, "ILLEGAL_PROMPT");
    assertThat(poll(bad).statusCode()).isEqualTo(503);
    JsonNode result = json(poll(good));
    assertThat(download(result).statusCode()).isEqualTo(520);
    novita.clearFaults();
    assertThat(submit(TXT2IMG, "weapon").statusCode()).isEqualTo(200);
    assertThat(poll(bad).statusCode()).isEqualTo(200);
    assertThat(download(result).statusCode()).isEqualTo(200);
  }

  @Test
  void resetForgetsAll() throws Exception {
    String taskId = taskId(submit(TXT2IMG, "hat"));
    novita.nextSubmits(Fault.resetAfterAccept());
    novita.balance(0);
    novita.onlyKey("another");
    novita.gone(TXT2IMG);
    novita.reset();

    assertThat(novita.submits()).isEmpty();
    assertThat(novita.paid()).isZero();
    assertError(poll(taskId), 404, "TASK_NOT_FOUND");
    assertThat(submit(TXT2IMG, "hat").statusCode()).isEqualTo(200);
  }

  // ---------------------------------------------------------------- under load

  @Test
  void everyAcceptedSubmitIsCountedOnceUnderLoad() {
    novita.configure(Options.defaults().withImagesPerMinute(20));

    List<CompletableFuture<HttpResponse<byte[]>>> answers =
        IntStream.range(0, 100)
            .mapToObj(i -> post(TXT2IMG, valid(TXT2IMG, "prompt " + i)))
            .map(request -> http.sendAsync(request, BodyHandlers.ofByteArray()))
            .toList();
    long ok = answers.stream().filter(answer -> answer.join().statusCode() == 200).count();

    assertThat(ok).isEqualTo(20);
    assertThat(novita.paid()).isEqualTo(20);
    assertThat(novita.submits()).hasSize(100);
    assertThat(novita.maxAcceptedInAny(Duration.ofMinutes(1))).isEqualTo(20);
    assertThat(novita.acceptedByPrompt()).hasSize(20).allSatisfy((p, n) -> assertThat(n).isOne());
    await().until(() -> novita.inFlight() == 0);
  }

  @Test
  void aWebUiPaintsOnePictureAtATimeAndOthersDoNot() throws Exception {
    novita.configure(Options.defaults().withImageLatency(HOUR));
    for (String model : List.of("stable-diffusion-webui", SCHNELL)) {
      try (Socket one = rawSubmit(model);
          Socket two = rawSubmit(model)) {
        await().until(() -> novita.mostInFlight(model) == 2);
        assertThat(one.getInputStream().available() + two.getInputStream().available()).isZero();
      }
    }
  }

  // ---------------------------------------------------------------- wire

  @Test
  void oneConnectionServesManyRequests() throws Exception {
    String request = "GET /v3/model HTTP/1.1\r\nAuthorization: " + KEY + "\r\n";
    String last = request + "Connection: close\r\n\r\n";
    request += "\r\n";

    String answers = new String(readAll(raw(request + request + last)), StandardCharsets.UTF_8);

    assertThat(answers.split("HTTP/1.1 200 ", -1)).hasSize(4);
    assertThat(answers).contains("Connection: keep-alive").contains("Connection: close");
  }

  @Test
  void aChunkedBodyAfter100ContinueIsRead() throws Exception {
    byte[] body = valid(TXT2IMG, "hat").toString().getBytes(StandardCharsets.UTF_8);
    HttpRequest request =
        HttpRequest.newBuilder(post(TXT2IMG, "", KEY), (name, value) -> true)
            .POST(HttpRequest.BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body)))
            .expectContinue(true)
            .build();

    assertThat(send(request).statusCode()).isEqualTo(200);
    assertThat(novita.acceptedByPrompt()).containsKey("hat");
  }

  @Test
  void anOutageRefusesConnectionsAndKeepsTasks() throws Exception {
    String taskId = taskId(submit(TXT2IMG, "hat"));
    URI before = novita.baseUrl();
    novita.nextSubmits(Fault.neverAnswer());
    try (Socket open = rawSubmit(TXT2IMG)) {
      await().until(() -> novita.inFlight() == 1);

      novita.stop();
      assertReset(open);
    }
    assertThatThrownBy(this::connect).isInstanceOf(ConnectException.class);
    novita.restart();

    assertThat(novita.baseUrl()).isEqualTo(before);
    assertThat(status(poll(taskId))).isEqualTo("TASK_STATUS_SUCCEED");
    assertThat(novita.paid()).isEqualTo(2);
  }

  // ---------------------------------------------------------------- webhooks

  @Test
  void aFinishedTaskCallsItsWebhookUntilItIsTaken() throws Exception {
    try (HttpDouble receiver = HttpDouble.start()) {
      receiver.next(500, 302, 204);
      novita.configure(Options.defaults().withImageLatency(HOUR));
      String taskId = submitWithWebhook(receiver);
      novita.deliverWebhooks(true);
      assertThat(novita.webhooks()).isEmpty();

      novita.advance(HOUR);

      await().until(() -> novita.webhooks().size() == 3);
      assertThat(novita.webhooks()).extracting("status").containsExactly(500, 302, 204);
      for (HttpDouble.Call call : receiver.calls()) {
        JsonNode event = JSON.readTree(call.body());
        assertThat(event.path("event_type").asText()).isEqualTo("ASYNC_TASK_RESULT");
        assertThat(event.at("/payload/task/task_id").asText()).isEqualTo(taskId);
        assertThat(event.at("/payload/extra/webhook/url").asText()).endsWith("/hook");
        assertThat(get(event.at("/payload/images/0/image_url").asText()).body())
            .isEqualTo(novita.imageBytes(taskId));
      }
    }
  }

  @Test
  void aWebhookIsTriedSixTimesAndIsHeldBackUntilThen() throws Exception {
    try (HttpDouble receiver = HttpDouble.start()) {
      receiver.next(500, 500, 500, 500, 500, 500);
      novita.answerInOtherForm(TXT2IMG);
      submitWithWebhook(receiver);
      assertThat(novita.webhooks()).isEmpty();

      novita.deliverWebhooks(true);
      await().until(() -> novita.webhooks().size() == 6);
      novita.advance(HOUR);
      submitWithWebhook(receiver);

      await().until(() -> novita.webhooks().size() == 7);
      assertThat(novita.webhooks().get(6).status()).isEqualTo(200);
      JsonNode bare = JSON.readTree(receiver.calls().get(6).body());
      assertThat(bare.at("/task/status").asText()).isEqualTo("TASK_STATUS_SUCCEED");
    }
  }

  // ---------------------------------------------------------------- as a program has them

  @Test
  void aTaskAndTheAddressOfItsPictureSurviveARestart(@TempDir Path data) throws Exception {
    SimulatedHosts hosts = embedded(data);
    URI base = hosts.baseUrl();
    String taskId = taskId(send(postTo(base, TXT2IMG, valid(TXT2IMG, "hat").toString(), KEY)));
    ObjectNode seedream = valid("seedream-4.5", "hat");
    JsonNode pictures = json(send(postTo(base, "seedream-4.5", seedream.toString(), KEY)));
    byte[] picture = get(pictures.at("/images/0").asText()).body();
    hosts.close();

    try (SimulatedHosts again = embedded(data)) {
      assertThat(again.baseUrl()).isEqualTo(base);
      assertThat(get(pictures.at("/images/0").asText()).body()).isEqualTo(picture);
      HttpRequest poll =
          HttpRequest.newBuilder(URI.create(base + "/v3/async/task-result?task_id=" + taskId))
              .header("Authorization", KEY)
              .build();
      assertThat(status(send(poll))).isEqualTo("TASK_STATUS_SUCCEED");
      for (String none : List.of("", "../secret", "00000000-0000-0000-0000-000000000000")) {
        URI unknown = URI.create(base + "/v3/async/task-result?task_id=" + none);
        HttpRequest request = HttpRequest.newBuilder(unknown).header("Authorization", KEY).build();
        assertError(send(request), 404, "TASK_NOT_FOUND");
      }
    }
  }

  private static SimulatedHosts embedded(Path data) {
    Duration none = Duration.ZERO;
    var settings =
        new SimulatedHostsSettings(600, none, none, HOUR, Set.of(), Set.of(), "novita", null, null);
    return SimulatedHosts.start(() -> settings, data);
  }

  // ---------------------------------------------------------------- small things

  private static ObjectNode valid(String model, String prompt) {
    String body =
        switch (model) {
          case TXT2IMG ->
              """
              {"extra": {"response_image_type": "jpeg"},
               "request": {"model_name": "sd_xl_base_1.0.safetensors", "prompt": "",
                 "negative_prompt": "blurry", "width": 512, "height": 768, "image_num": 1,
                 "steps": 30, "seed": -1, "sampler_name": "DPM++ 2M Karras",
                 "guidance_scale": 7.5}}
              """;
          case "qwen-image" -> "{\"size\": \"512*768\"}";
          case SCHNELL ->
              """
              {"width": 512, "height": 768, "steps": 4, "image_num": 1, "seed": 7,
               "response_image_format": "webp"}
              """;
          case "seedream-4.0" -> "{\"size\": \"1024x1536\", \"watermark\": false}";
          case "openai-images" ->
              """
              {"model": "gpt-image-1", "n": 1, "size": "1024x1536", "quality": "medium"}
              """;
          case "stable-diffusion-webui" ->
              "{\"width\": 512, \"height\": 768, \"steps\": 20, \"seed\": 7, \"negative_prompt\": \"\"}";
          default -> "{\"size\": \"1568x2352\", \"watermark\": false}";
        };
    try {
      ObjectNode json = (ObjectNode) JSON.readTree(body);
      (model.equals(TXT2IMG) ? request(json) : json).put("prompt", prompt);
      return json;
    } catch (IOException e) {
      throw new IllegalArgumentException(model, e);
    }
  }

  private static ObjectNode request(ObjectNode body) {
    return body.withObject("/request");
  }

  private HttpRequest post(String model, JsonNode body) {
    String key = model.equals("openai-images") ? "Bearer " + NovitaDouble.OPENAI_KEY : KEY;
    String none = model.equals("stable-diffusion-webui") ? "" : key;
    return post(model, body.toString(), none);
  }

  private HttpRequest post(String model, String body, String authorization) {
    return postTo(novita.baseUrl(), model, body, authorization);
  }

  private static HttpRequest postTo(URI base, String model, String body, String authorization) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(base.resolve(path(model)))
            .POST(HttpRequest.BodyPublishers.ofString(body));
    return (authorization.isEmpty() ? request : request.header("Authorization", authorization))
        .build();
  }

  private static String path(String model) {
    return Arrays.stream(SimulatedModel.values())
        .filter(known -> known.entry().equals(model))
        .findFirst()
        .orElseThrow()
        .path();
  }

  private HttpResponse<byte[]> submit(String model, String prompt) throws Exception {
    return submit(model, prompt, body -> {});
  }

  private HttpResponse<byte[]> submit(String model, String prompt, Consumer<ObjectNode> change)
      throws Exception {
    ObjectNode body = valid(model, prompt);
    change.accept(body);
    return send(post(model, body));
  }

  private String submitWithWebhook(HttpDouble receiver) throws Exception {
    ObjectNode body = valid(TXT2IMG, "hat");
    body.withObject("/extra/webhook").put("url", receiver.baseUrl() + "/hook");
    JsonNode answer = json(send(post(TXT2IMG, body)));
    return answer.path("task_id").asText(answer.at("/data/task_id").asText());
  }

  private byte[] picture(String model, HttpResponse<byte[]> answer) throws Exception {
    JsonNode json = json(answer);
    return switch (model) {
      case TXT2IMG, "qwen-image" -> download(json(poll(taskId(answer)))).body();
      case SCHNELL -> download(json).body();
      case "openai-images" -> Base64.getDecoder().decode(json.at("/data/0/b64_json").asText());
      case "stable-diffusion-webui" -> Base64.getDecoder().decode(json.at("/images/0").asText());
      default -> get(json.at("/images/0").asText()).body();
    };
  }

  private HttpResponse<byte[]> poll(String taskId) throws Exception {
    return getWithKey("/v3/async/task-result?task_id=" + taskId);
  }

  private HttpResponse<byte[]> getWithKey(String target) throws Exception {
    URI uri = URI.create(novita.baseUrl() + target);
    return send(HttpRequest.newBuilder(uri).header("Authorization", KEY).build());
  }

  private HttpResponse<byte[]> download(JsonNode result) throws Exception {
    return get(result.at("/images/0/image_url").asText());
  }

  private HttpResponse<byte[]> get(String url) throws Exception {
    return send(HttpRequest.newBuilder(URI.create(url)).build());
  }

  private HttpResponse<byte[]> send(HttpRequest request) throws Exception {
    return http.send(request, BodyHandlers.ofByteArray());
  }

  private Socket connect() throws IOException {
    return new Socket("127.0.0.1", novita.baseUrl().getPort());
  }

  private Socket rawSubmit(String model) throws IOException {
    HttpRequest request = post(model, valid(model, "hat"));
    String body = valid(model, "hat").toString();
    return raw(
        "POST %s HTTP/1.1\r\nAuthorization: %s\r\nContent-Length: %d\r\n\r\n%s"
            .formatted(
                request.uri().getPath(),
                request.headers().firstValue("Authorization").orElse(""),
                body.length(),
                body));
  }

  private Socket raw(String request) throws IOException {
    Socket socket = connect();
    socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
    return socket;
  }

  private static byte[] readAll(Socket socket) throws IOException {
    try (socket) {
      return socket.getInputStream().readAllBytes();
    }
  }

  private static void assertReset(Socket socket) {
    assertThatThrownBy(() -> readAll(socket))
        .isInstanceOf(SocketException.class)
        .hasMessageContaining("reset");
  }

  private void assertPaidUnanswered() {
    assertThat(novita.paid()).isEqualTo(1);
    assertThat(novita.submits())
        .singleElement()
        .satisfies(submit -> assertThat(submit.status()).isZero())
        .satisfies(submit -> assertThat(submit.taskId()).isNotNull());
  }

  private static void assertError(HttpResponse<byte[]> answer, int status, String reason)
      throws IOException {
    assertThat(answer.statusCode()).isEqualTo(status);
    JsonNode body = json(answer);
    String told = body.path("reason").asText(body.at("/error/code").asText());
    assertThat(told.isEmpty() ? body.at("/detail/0/type").asText() : told).isEqualTo(reason);
    if (body.has("reason")) {
      assertThat(body.path("code").asInt()).isEqualTo(status);
      assertThat(body.path("message").asText()).isNotBlank();
      assertThat(body.path("metadata").isObject()).isTrue();
    }
  }

  private static void assertPicture(byte[] picture, String type, int width, int height)
      throws IOException {
    BufferedImage image = ImageIO.read(new ByteArrayInputStream(picture));
    assertThat(image.getWidth()).isEqualTo(width);
    assertThat(image.getHeight()).isEqualTo(height);
    byte[] start =
        switch (type) {
          case "jpeg" -> new byte[] {(byte) 0xFF, (byte) 0xD8};
          case "png" -> new byte[] {(byte) 0x89, 'P'};
          default -> new byte[] {'R', 'I'};
        };
    assertThat(picture).startsWith(start);
  }

  private static String taskId(HttpResponse<byte[]> answer) throws IOException {
    assertThat(answer.statusCode()).as(text(answer)).isEqualTo(200);
    return json(answer).path("task_id").asText();
  }

  private static String status(HttpResponse<byte[]> answer) throws IOException {
    return json(answer).at("/task/status").asText();
  }

  private static JsonNode json(HttpResponse<byte[]> answer) throws IOException {
    return JSON.readTree(answer.body());
  }

  private static String text(HttpResponse<byte[]> answer) {
    return new String(answer.body(), StandardCharsets.UTF_8);
  }
}
