package io.attributeimages.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.attributeimages.catalog.CatalogueReader;
import io.attributeimages.catalog.InputFileException;
import io.attributeimages.catalog.Recipe;
import io.attributeimages.catalog.YamlCatalogue;
import io.attributeimages.support.TestProvider;
import io.attributeimages.support.TestSettings;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProviderTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Models MODELS = ModelsReader.builtIn(name -> null);

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "sd_xl_base_1.0.safetensors | {'extra':{'response_image_type':'jpeg','webhook':{'url':'https://w'}},'request':{'model_name':'sd_xl_base_1.0.safetensors','prompt':'p','negative_prompt':'n','width':512,'height':768,'image_num':1,'steps':30,'seed':7,'sampler_name':'DPM++ 2M Karras','guidance_scale':7.5}}",
        "qwen-image | {'prompt':'p','size':'512*768'}",
        "flux-1-schnell | {'prompt':'p','width':512,'height':768,'steps':4,'image_num':1,'seed':7,'response_image_format':'jpeg'}",
        "seedream-4.0 | {'prompt':'p','size':'838x1257','watermark':false,'sequential_image_generation':'disabled'}",
        "seedream-4.5 | {'prompt':'p','size':'1568x2352','watermark':false,'sequential_image_generation':'disabled'}",
        "seedream-5.0-lite | {'prompt':'p','size':'1568x2352','watermark':false,'sequential_image_generation':'disabled'}",
        "openai-images | {'model':'gpt-image-1','prompt':'p','n':1,'size':'1024x1536','quality':'medium','output_format':'png'}",
        "stable-diffusion-webui | {'prompt':'p','negative_prompt':'n','width':512,'height':768,'steps':30,'sampler_name':'DPM++ 2M','cfg_scale':7,'seed':7,'batch_size':1,'n_iter':1,'save_images':false}",
      })
  void eachModelIsAskedInItsOwnShape(String name, String body) throws Exception {
    Provider provider = provider("novita.model=" + name);
    Provider.StyleRecipe style = provider.styles().get("realistic");
    ObjectNode fields = style.recipe().fields().deepCopy();
    fields.put("prompt", "p").put("seed", 7);
    if (fields.has("negative_prompt")) {
      fields.put("negative_prompt", "n");
    }
    Recipe recipe = new Recipe(fields);

    assertThat(JSON.readTree(provider.request(style.model(), recipe, "https://w").toString()))
        .isEqualTo(JSON.readTree(body.replace('\'', '"')));
  }

  @Test
  void theDetectionOfNudityIsAskedForWhereItIsWantedAndCosts() throws Exception {
    Provider provider = provider("novita.nsfw-detection=2");
    Provider.StyleRecipe style = provider.styles().get("realistic");

    assertThat(provider.request(style.model(), style.recipe(), null).path("extra"))
        .isEqualTo(
            JSON.readTree(
                "{\"response_image_type\":\"jpeg\",\"enable_nsfw_detection\":true,\"nsfw_detection_level\":2}"));
    assertThat(style.priceUsd()).isEqualByComparingTo("0.0165");
  }

  @ParameterizedTest
  @CsvSource({
    "sd_xl_base_1.0.safetensors, 0.015",
    "qwen-image, 0.02",
    "flux-1-schnell, 0.001125",
    "seedream-5.0-lite, 0.035",
    "openai-images, 0.06",
    "stable-diffusion-webui, 0",
  })
  void anImageCostsWhatItsModelSays(String model, BigDecimal price) {
    assertThat(provider("novita.model=" + model).styles().get("realistic").priceUsd())
        .isEqualByComparingTo(price);
  }

  @Test
  void theSettingOverridesAPriceButNotThatOfWhatIsFree() {
    assertThat(
            provider("novita.price-usd=0.5", "novita.model=flux-1-schnell")
                .styles()
                .get("anime")
                .priceUsd())
        .isEqualByComparingTo("0.5");
    assertThat(
            provider("novita.price-usd=0.5", "novita.model=stable-diffusion-webui")
                .styles()
                .get("anime")
                .priceUsd())
        .isZero();
  }

  @Test
  void stepsAreTheStylesOrTheSettingsOrTheModels() {
    assertThat(
            provider("novita.model=flux-1-schnell")
                .styles()
                .get("anime")
                .recipe()
                .fields()
                .properties())
        .extracting(Map.Entry::getKey)
        .contains("steps")
        .doesNotContain("sampler", "guidance_scale", "negative_prompt");
    assertThat(
            provider("novita.model=flux-1-schnell", "novita.steps=8")
                .styles()
                .get("anime")
                .recipe()
                .field("steps")
                .asInt())
        .isEqualTo(8);
    assertThat(
            provider(catalogue("steps: 12"), "novita.steps=8")
                .styles()
                .get("realistic")
                .recipe()
                .field("steps")
                .asInt())
        .isEqualTo(12);
  }

  @Test
  void theKeyOfAHostGoesToThatHostAlone() {
    Map<String, String> keys = Map.of("novita.api-key", "NOVITA", "openai.api-key", "OPENAI");
    Provider provider =
        new Provider(
            MODELS, CatalogueReader.builtIn(), TestSettings.of(NovitaSettings.class), keys::get);

    assertThat(provider.headers(host("seedream-4.5")))
        .isEqualTo(Map.of("Authorization", "Bearer NOVITA"));
    assertThat(provider.headers(host("openai-images")))
        .isEqualTo(Map.of("Authorization", "Bearer OPENAI"));
    assertThat(provider.headers(host("stable-diffusion-webui"))).isEmpty();
  }

  @Test
  void aHostWhoseKeyIsNotSetGetsNone() {
    Provider provider =
        new Provider(
            MODELS, CatalogueReader.builtIn(), TestSettings.of(NovitaSettings.class), name -> null);

    assertThat(provider.headers(host("openai-images"))).isEmpty();
  }

  @Test
  void whatCouldTakeAModelsPlaceHasAKeyAndIsServed() {
    Provider provider =
        new Provider(
            MODELS,
            CatalogueReader.builtIn(),
            TestSettings.of(NovitaSettings.class),
            Map.of("novita.api-key", "NOVITA")::get);

    assertThat(provider.instead(MODELS.named("seedream-4.5").orElseThrow()))
        .containsExactly("flux-1-schnell", "seedream-4.0", "seedream-5.0-lite");
  }

  @Test
  void aModelThatIsNoneAndASizeThatIsNotPaintedAreTold() {
    Models one =
        ModelsReader.parse(
            "m.yaml",
            """
            hosts: [{name: acme, url: "https://acme.example"}]
            models:
              - name: acme-1
                host: acme
                path: /p
                request: {p: "{prompt}"}
                answer: {picture: [/p]}
                size: {side: [2000, 2048]}
                price: {usd: 0}
            """,
            name -> null);

    assertThatThrownBy(() -> one.of(CatalogueReader.builtIn(), "acme-2"))
        .isInstanceOf(InputFileException.class)
        .hasMessageContainingAll(
            "the model 'acme-2' of the style 'realistic' is not in m.yaml; allowed are acme-1",
            "the model 'acme-2' of the style 'anime'");
    assertThatThrownBy(() -> one.of(CatalogueReader.builtIn(), "acme-1"))
        .hasMessageContaining("paints no size with the proportions of 512×768");
  }

  @Test
  void theStartSaysWhatIsPaintedByWhomAndWhichNegativePromptIsNotSent() {
    List<String> notices = provider("novita.model=seedream-4.5").notices();

    assertThat(notices)
        .contains(
            "Style realistic is painted by seedream-4.5 at Novita (https://api.novita.ai):"
                + " 1568×2352 pixels for 0.04 USD (assumed), 10 images a minute",
            "seedream-4.5 takes no negative prompt: the one of the style anime is not sent");
    assertThat(provider().notices())
        .anyMatch(notice -> notice.contains("known to be served until 2026-10-08 only"));
  }

  @Test
  void aKindOfCheckpointsIsNoModelByItself() {
    assertThatThrownBy(() -> provider("novita.model=txt2img"))
        .hasMessageContaining("name one of them, such as sd_xl_base_1.0.safetensors");
  }

  /** Webhooks make most questions needless, of the models that call them. */
  @Test
  void onlyWhatCallsWebhooksIsAskedForSeldom() {
    String paces =
        provider("novita.webhook-url=https://me.example", "novita.webhook-poll-interval=1m")
            .paces();

    assertThat(paces)
        .contains("\"webhooks\":true,\"poll_seconds\":60.0")
        .contains("\"model\":\"qwen-image\"")
        .doesNotContain("\"webhooks\":false,\"poll_seconds\":60.0");
  }

  @Test
  void eachModelHasAPaceOfItsOwn() throws Exception {
    assertThat(JSON.readTree(provider().paces()).toString())
        .contains(
            "{\"model\":\"txt2img\",\"slots\":20,\"cooldown_seconds\":60.1,\"webhooks\":true,\"poll_seconds\":2.0,\"counted\":true}",
            "{\"model\":\"flux-1-schnell\",\"slots\":10,\"cooldown_seconds\":60.1,\"webhooks\":false,\"poll_seconds\":2.0,\"counted\":false}",
            "{\"model\":\"stable-diffusion-webui\",\"slots\":1,\"cooldown_seconds\":0.0,\"webhooks\":false,\"poll_seconds\":2.0,\"counted\":false}");
    assertThat(provider("novita.images-per-minute=3").paces())
        .contains(
            "\"txt2img\",\"slots\":3", "\"seedream-4.5\",\"slots\":3", "-webui\",\"slots\":1");
  }

  private static Host host(String model) {
    return MODELS.named(model).orElseThrow().host();
  }

  private static YamlCatalogue catalogue(String ofStyle) {
    return CatalogueReader.parse(
        "c.yaml",
        """
        categories: [{name: age, values: [{name: 20s, description: late twenties}]}]
        styles:
          - {name: realistic, prompt: "photo of {value}", cover-prompt: a photo, %s}
        """
            .formatted(ofStyle));
  }

  private static Provider provider(String... overrides) {
    return provider(CatalogueReader.builtIn(), overrides);
  }

  private static Provider provider(YamlCatalogue catalogue, String... overrides) {
    return TestProvider.of(catalogue, overrides);
  }
}
