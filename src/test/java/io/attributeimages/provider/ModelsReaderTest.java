package io.attributeimages.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.attributeimages.catalog.InputFileException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelsReaderTest {

  private static final String GOOD =
      """
      hosts:
        - {name: acme, url: "https://acme.example", key: acme.api-key, header: "X-Api-Key: {key}"}
      models:
        - name: acme-1
          host: acme
          path: /paint
          request: {text: "{prompt}", ratio: "{aspect_ratio}"}
          answer: {picture: [/result/data]}
          size: {choices: ["2:3"]}
          price: {usd: 0.01}
      """;

  @Test
  void theBuiltInModelsAreTheSixOfNovitaAndTwoOthers() {
    Models models = ModelsReader.builtIn(name -> null);

    assertThat(models.names())
        .containsExactly(
            "txt2img",
            "qwen-image",
            "flux-1-schnell",
            "seedream-4.0",
            "seedream-4.5",
            "seedream-5.0-lite",
            "openai-images",
            "stable-diffusion-webui");
    assertThat(models.all())
        .filteredOn(model -> model.name().startsWith("seedream"))
        .hasSize(3)
        .allSatisfy(
            model ->
                assertThat(model.request().body().path("watermark").asText()).isEqualTo("false"));
  }

  @Test
  void anyOtherNameIsACheckpoint() {
    Models models = ModelsReader.builtIn(name -> null);

    assertThat(models.named("sd_xl_base_1.0.safetensors").map(Model::name)).contains("txt2img");
    assertThat(models.named("seedream-4.5").map(Model::name)).contains("seedream-4.5");
    assertThat(parse(GOOD).named("sd_xl_base_1.0.safetensors")).isEmpty();
  }

  @Test
  void aHostsAddressMayStandInASetting() {
    Models models = ModelsReader.builtIn(Map.of("openai.base-url", "http://10.0.0.1:9")::get);

    assertThat(models.named("openai-images").map(Model::url))
        .contains("http://10.0.0.1:9/v1/images/generations");
    assertThat(models.named("seedream-4.5").map(Model::url))
        .contains("https://api.novita.ai/v3/seedream-4.5");
  }

  @Test
  void allMistakesAreToldAtOnceEachWithItsPlace() {
    String wrong =
        """
        hosts:
          - {name: acme, url: "https://me:pw@acme.example/", key: acme.api-key}
        models:
          - name: ../x
            host: nobody
            path: paint
            request: {text: "{promt}", seed: "{seed}", steps: "{steps}"}
            answer: {task: [id], picture: [/x]}
            size: {side: [9, 1], choices: [large]}
            price: {usd: -1, per: {weight: 0}}
            images-per-minute: 0
            timeout: soon
            ends: tomorrow
        """;

    assertThatThrownBy(() -> parse(wrong))
        .isInstanceOf(InputFileException.class)
        .hasMessageContainingAll(
            "m.yaml: hosts[0].url is 'https://***@acme.example/'",
            "hosts[0] has one of key and header",
            "models[0].name is '../x'",
            "models[0].host is 'nobody'; allowed are acme",
            "models[0].path is 'paint'",
            "models[0].request has {promt}",
            "models[0].request has no {prompt}",
            "models[0] has one of max-seed and {seed}",
            "models[0].steps is null; allowed are 1 to 100",
            "models[0].answer.task has 'id'",
            "models[0].size.side is [9, 1]",
            "models[0].size.choices has 'large'",
            "models[0].price.usd is -1",
            "models[0].images-per-minute is 0; allowed are 1 to 100000",
            "models[0].timeout is 'soon'",
            "models[0].ends is 'tomorrow'")
        .hasMessageNotContaining("pw");
  }

  /** A copied entry must not send a key to another host. */
  @Test
  void theKeyOfAHostIsItsOwn() {
    for (String key : List.of("novita.api-key", "quarkus.datasource.password", "acme.key")) {
      assertThatThrownBy(() -> parse(GOOD.replace("acme.api-key", key)))
          .hasMessageContaining(
              "hosts[0].key is '" + key + "'; allowed is the setting 'acme.api-key'");
    }
  }

  @Test
  void aHostWithoutANameAndOneThatStandsTwiceAreTold() {
    assertThatThrownBy(() -> parse(GOOD.replace("{name: acme, ", "{")))
        .hasMessageContainingAll("hosts[0].name", "models[0].host is 'acme'");
    assertThatThrownBy(
            () -> parse(GOOD.replace("hosts:\n", "hosts:\n  - {name: acme, url: \"https://b\"}\n")))
        .hasMessageContaining("hosts[1].name 'acme' is there twice");
  }

  @Test
  void anUnknownFieldIsToldWithItsPlace() {
    assertThatThrownBy(() -> parse(GOOD.replace("path: /paint", "paht: /paint")))
        .isInstanceOf(InputFileException.class)
        .hasMessageContaining("models[0].paht");
  }

  @Test
  void noNameStandsTwiceAndOneEntryAtMostHasCheckpoints() {
    String twice = GOOD + GOOD.substring(GOOD.indexOf("  - name")).replace("/paint", "/b");

    assertThatThrownBy(() -> parse(twice)).hasMessageContaining("'acme-1' is there twice");
    assertThatThrownBy(
            () -> parse(twice.replace("    host: acme", "    checkpoints: true\n    host: acme")))
        .hasMessageContaining("only one can have them");
  }

  @Test
  void anEmptyFileAndAMissingOneAreTold(@TempDir Path folder) throws Exception {
    Path empty = Files.createFile(folder.resolve("m.yaml"));

    assertThatThrownBy(() -> ModelsReader.read(empty, name -> null))
        .isInstanceOf(InputFileException.class)
        .hasMessageContaining("is empty; it has hosts and models");
    assertThatThrownBy(() -> ModelsReader.read(folder.resolve("none"), name -> null))
        .isInstanceOf(InputFileException.class)
        .hasMessageContaining("novita.models");
    assertThatThrownBy(() -> parse("hosts: []\nmodels: [null]"))
        .hasMessageContainingAll("hosts is empty", "models[0] is empty");
  }

  private static Models parse(String yaml) {
    return ModelsReader.parse("m.yaml", yaml, name -> null);
  }
}
