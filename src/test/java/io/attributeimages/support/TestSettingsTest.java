package io.attributeimages.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.attributeimages.pipeline.PipelineSettings;
import io.attributeimages.provider.NovitaSettings;
import io.attributeimages.provider.NovitaSettings.UnconfirmedPolicy;
import io.attributeimages.storage.StorageSettings;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class TestSettingsTest {

  @Test
  void theShippedDefaultsAreThoseOfTheContract() {
    NovitaSettings novita = TestSettings.of(NovitaSettings.class);
    StorageSettings storage = TestSettings.of(StorageSettings.class);
    PipelineSettings pipeline = TestSettings.of(PipelineSettings.class);

    assertThat(novita.baseUrl()).isEqualTo("https://api.novita.ai");
    assertThat(novita.apiKey()).isEmpty();
    assertThat(novita.imagesPerMinute()).isEmpty();
    assertThat(novita.priceUsd()).isEmpty();
    assertThat(novita.pollInterval()).isEqualTo(Duration.ofSeconds(2));
    assertThat(novita.taskTimeout()).isEqualTo(Duration.ofMinutes(10));
    assertThat(novita.webhookUrl()).isEmpty();
    assertThat(novita.unconfirmedPolicy()).isEqualTo(UnconfirmedPolicy.RESUBMIT);
    assertThat(novita.model()).isEqualTo("sd_xl_base_1.0.safetensors");
    assertThat(novita.steps()).isEmpty();
    assertThat(novita.guidanceScale()).isEmpty();
    assertThat(novita.sampler()).isEmpty();
    assertThat(storage.bucket()).isEqualTo("assets");
    assertThat(storage.prefix()).isEqualTo("attribute-images");
    assertThat(storage.publicBaseUrl()).isEmpty();
    assertThat(pipeline.schedule()).isEqualTo("off");
    assertThat(pipeline.runAtStart()).isFalse();
    assertThat(pipeline.maxCostUsd()).isEmpty();
  }

  @Test
  void anOverrideWinsAndMayContainAnEqualsSign() {
    NovitaSettings novita =
        TestSettings.of(NovitaSettings.class, "novita.steps=12", "novita.api-key=a=b");

    assertThat(novita.steps()).hasValue(12);
    assertThat(novita.apiKey()).hasValue("a=b");
  }

  @Test
  void anOverrideThatIsNoAssignmentIsAMistakeOfTheTest() {
    assertThatThrownBy(() -> TestSettings.properties("novita.steps"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("novita.steps");
  }
}
