package io.attributeimages.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.attributeimages.support.Fault;
import io.attributeimages.support.HttpDouble;
import io.attributeimages.support.NovitaDouble;
import io.attributeimages.support.NovitaDouble.Submit;
import io.attributeimages.support.Services.Sums;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Predicate;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every model of the models' file, from the setting to the row. */
class ModelsIT extends OnServices {

  @TempDir Path folder;

  @Override
  Map<String, String> settings() {
    return Map.of(
        "PIPELINE_LEASE", "10s",
        "PIPELINE_HEARTBEAT", "1s",
        "PIPELINE_SUBMIT_CONCURRENCY", "20",
        "NOVITA_UNCONFIRMED_GRACE", "3s");
  }

  private Map<String, String> hosts(String... more) {
    Map<String, String> settings = new HashMap<>();
    settings.put("OPENAI_BASE_URL", novita.baseUrl().toString());
    settings.put("OPENAI_API_KEY", NovitaDouble.OPENAI_KEY);
    settings.put("STABLE_DIFFUSION_WEBUI_BASE_URL", novita.baseUrl().toString());
    for (int i = 0; i < more.length; i += 2) {
      settings.put(more[i], more[i + 1]);
    }
    return settings;
  }

  @ParameterizedTest
  @CsvSource({
    "sd_xl_base_1.0.safetensors, a-key",
    "qwen-image, a-key",
    "flux-1-schnell, a-key",
    "seedream-4.0, a-key",
    "seedream-4.5, a-key",
    "seedream-5.0-lite, a-key",
    "openai-images, ''",
    "stable-diffusion-webui, ''",
  })
  void everyImageIsMadeInItsSizeAndPaidOnce(String model, String novitaKey) {
    restart(hosts("NOVITA_MODEL", model, "NOVITA_API_KEY", novitaKey));

    startRun("{\"category\":\"age\"}");
    awaitCompletion();

    Sums sums = services.sums();
    assertThat(sums.rows()).isEqualTo(2 * AGES);
    assertThat(sums.paid()).isEqualTo(2 * AGES);
    assertThat(sums.orphans()).isEmpty();
    assertThat(sums.dangling()).isEmpty();
    assertThat(services.count("public.attribute_images WHERE (width, height) = (512, 768)"))
        .isEqualTo(2 * AGES);
    assertThat(novita.watermarked()).isZero();
    assertThat(novita.refused(400) + novita.refused(422)).isZero();
    assertThat(novita.leakedKeys()).isEmpty();
  }

  @Test
  void theStylesOfOneCatalogueMayUseTwoHosts() throws IOException {
    restart(hosts("CATALOG_LOCATION", catalogue("seedream-4.5", "openai-images").toString()));

    startRun("{}");
    awaitCompletion();

    assertThat(services.sums().rows()).isEqualTo(REQUIRED);
    assertThat(novita.submits("seedream-4.5")).hasSize(22);
    assertThat(novita.submits("openai-images")).hasSize(22);
    assertThat(novita.leakedKeys()).isEmpty();
  }

  @Test
  void aModelThatIsGoneHaltsWhatNeedsItAndNothingElse() throws IOException {
    novita.gone("seedream-4.5");
    restart(hosts("CATALOG_LOCATION", catalogue("seedream-4.5", "flux-1-schnell").toString()));

    startRun("{}");

    awaitThat(() -> services.count("ledger.run WHERE state = 'HALTED'") == 1);
    awaitThat(() -> services.sums().rows() == 22);
    assertThat(novita.submits("seedream-4.5")).hasSizeLessThanOrEqualTo(4);
    String reason = services.sql().queryForObject("SELECT reason FROM ledger.run", String.class);
    assertThat(reason)
        .contains("MODEL_GONE", "Novita", "seedream-4.5", "seedream-5.0-lite", "flux-1-schnell");
    assertThat(program.get("/api/status").body()).contains("seedream-4.5");
    assertThat(program.log()).contains("seedream-4.5");
  }

  /** What is in memory waits for the bucket, and little is paid for meanwhile. */
  @Test
  void picturesInAnswersWaitForABucketThatIsMissing() {
    restart(
        hosts(
            "NOVITA_MODEL",
            "openai-images",
            "NOVITA_API_KEY",
            "",
            "PIPELINE_MAX_REDELIVERY_DELAY",
            "1s"));
    services.removeBucket();

    startRun("{}");
    awaitThat(() -> services.count("ledger.run_halt WHERE braked_at IS NOT NULL") == 1);
    String reason = services.sql().queryForObject("SELECT reason FROM ledger.run", String.class);
    awaitThat(() -> services.count("ledger.task WHERE state = 'SUBMITTING'") == 0);
    int paid = novita.submits("openai-images").size();
    services.createBucket();
    awaitCompletion();

    assertThat(reason).contains("STORAGE_REFUSED (HTTP 404)", "create the bucket 'assets'");
    assertThat(paid).isLessThan(REQUIRED);
    assertNothingIsLostOrPaidTwice(REQUIRED);
    assertThat(program.log()).contains("is paid and nowhere but in memory");
  }

  /** An answer that comes while the program stops has the only copy of what is paid. */
  @Test
  void picturesInAnswersAreInTheBucketBeforeAStopEnds() {
    restart(hosts("NOVITA_MODEL", "openai-images", "NOVITA_API_KEY", ""));
    novita.configure(NovitaDouble.Options.defaults().withSubmitLatency(Duration.ofSeconds(2)));
    startRun("{}");
    awaitThat(() -> services.count("ledger.task WHERE state = 'SUBMITTING'") >= 2);

    assertThat(program.stopsWithin(Duration.ofSeconds(35))).as("ends in time").isTrue();
    assertThat(novita.paid()).isGreaterThanOrEqualTo(2);
    assertThat(services.objects()).hasSizeGreaterThanOrEqualTo(novita.paid());

    novita.configure(NovitaDouble.Options.defaults());
    restart(hosts("NOVITA_MODEL", "openai-images", "NOVITA_API_KEY", ""));
    awaitCompletion();
    assertNothingIsLostOrPaidTwice(REQUIRED);
  }

  @Test
  void nothingIsLostOnABadDayOfAModelThatAnswersPictures() {
    Random random = new Random(1);
    novita.onSubmit(percent(4, random), Fault.gateway(502));
    novita.onSubmit(percent(4, random), Fault.gateway(503));
    novita.onSubmit(percent(5, random), Fault.resetAfterAccept());
    novita.onDownload(call -> random.nextInt(100) < 10, Fault.truncatedCleanClose(0.5));
    restart(hosts("NOVITA_MODEL", "seedream-4.5", "PIPELINE_MAX_ATTEMPTS", "20"));

    startRun("{}");
    for (int kill = 0; kill < 3; kill++) {
      int stored = 10 * (kill + 1);
      awaitThat(() -> services.sums().rows() >= stored);
      program.kill();
      restart(hosts("NOVITA_MODEL", "seedream-4.5", "PIPELINE_MAX_ATTEMPTS", "20"));
    }
    awaitCompletion(Duration.ofMinutes(4));

    assertNothingIsLost(REQUIRED);
  }

  /**
   * Other names, an aspect ratio in place of a size, the picture as base64, a host and a key of its
   * own.
   */
  @Test
  void aModelOfAnotherShapeIsAnEntryOfTheFile() throws IOException {
    try (HttpDouble acme = HttpDouble.start()) {
      acme.answer("{\"result\": {\"data\": \"" + picture(600, 900) + "\"}}");
      Path models = folder.resolve("models.yaml");
      Files.writeString(
          models,
          """
          hosts:
            - name: acme
              url: %s
              key: acme.api-key
              header: "X-Api-Key: {key}"
          models:
            - name: acme-portrait
              host: acme
              path: /v2/paint
              request: {text: "{prompt}", avoid: "{negative_prompt}", ratio: "{aspect_ratio}", variation: "{seed}"}
              answer: {picture: [/result/data, /result/link]}
              size: {choices: ["1:1", "2:3", "3:2"]}
              max-seed: 2147483647
              price: {usd: 0.01, assumed: true}
              images-per-minute: 6000
              timeout: 90s
          """
              .formatted(acme.baseUrl()));
      restart(
          hosts(
              "NOVITA_MODELS", models.toString(),
              "NOVITA_MODEL", "acme-portrait",
              "NOVITA_API_KEY", "",
              "ACME_API_KEY", "acme's key"));

      startRun(AGES_IN_ANIME);
      awaitCompletion();

      assertThat(services.count("public.attribute_images WHERE (width, height) = (512, 768)"))
          .isEqualTo(AGES);
      assertThat(acme.calls()).hasSize(AGES);
      for (HttpDouble.Call call : acme.calls()) {
        JsonNode body = new ObjectMapper().readTree(call.body());
        assertThat(call.path()).isEqualTo("/v2/paint");
        assertThat(call.headers().getFirst("X-Api-Key")).isEqualTo("acme's key");
        assertThat(call.headers().containsKey("Authorization")).isFalse();
        assertThat(body.fieldNames())
            .toIterable()
            .containsExactlyInAnyOrder("text", "avoid", "ratio", "variation");
        assertThat(body.path("ratio").asText()).isEqualTo("2:3");
        assertThat(body.path("text").asText()).contains("adult");
        assertThat(body.path("variation").isIntegralNumber()).isTrue();
      }
    }
  }

  private static String picture(int width, int height) throws IOException {
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    ImageIO.write(new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB), "png", png);
    return Base64.getEncoder().encodeToString(png.toByteArray());
  }

  private static Predicate<Submit> percent(int share, Random random) {
    return call -> random.nextInt(100) < share;
  }

  /** The built-in catalogue, with a model for each style. */
  private Path catalogue(String realistic, String anime) throws IOException {
    String builtIn = Files.readString(Path.of("src/main/resources/catalogue.yaml"));
    List<String> models = List.of(realistic, anime);
    int next = 0;
    StringBuilder changed = new StringBuilder();
    boolean styles = false;
    for (String line : builtIn.lines().toList()) {
      changed.append(line).append('\n');
      styles |= line.equals("styles:");
      if (styles && line.startsWith("  - name: ")) {
        changed.append("    model: ").append(models.get(next++)).append('\n');
      }
    }
    return Files.writeString(folder.resolve("catalogue.yaml"), changed);
  }
}
