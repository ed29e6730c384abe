package io.attributeimages.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.attributeimages.catalog.CatalogueReader;
import io.attributeimages.provider.NovitaSettings;
import io.attributeimages.storage.StorageSettings;
import io.attributeimages.support.TestProvider;
import io.attributeimages.support.TestSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsTest {

  @Test
  void withoutWebhooksATaskIsAskedForAtThePollInterval() {
    assertThat(settings("novita.poll-interval=3s").pollSeconds()).isEqualTo(3);
  }

  @Test
  void withWebhooksATaskIsAskedForNowAndThen() {
    String webhooks = "novita.webhook-url=https://cards.test";

    assertThat(settings(webhooks).pollSeconds()).isEqualTo(30);
    assertThat(settings(webhooks, "novita.poll-interval=45s").pollSeconds()).isEqualTo(45);
    assertThat(settings(webhooks, "novita.webhook-poll-interval=5s").pollSeconds()).isEqualTo(5);
  }

  @ParameterizedTest
  @CsvSource(
      value = {
        "storage.prefix=attribute-images, pictures/attribute-images/",
        "storage.prefix=/, pictures/"
      })
  void theFolderOfThePicturesBeginsWithTheBucket(String prefix, String folder) {
    assertThat(settings("storage.bucket=pictures", prefix).folder()).isEqualTo(folder);
  }

  @Test
  void novitaTellsOfFinishedTasksWhereItHasAUrlForThat() {
    assertThat(settings().hasWebhooks()).isFalse();
    assertThat(settings("novita.webhook-url=https://cards.test").hasWebhooks()).isTrue();
  }

  @Test
  void theLimitsOfTheBrakeAreThoseOfTheSettings() {
    Settings settings =
        settings(
            "pipeline.max-lost-answers=3",
            "pipeline.max-unstored-pictures=4",
            "pipeline.max-gateway-errors=5");

    assertThat(settings.maxLostAnswers()).isEqualTo(3);
    assertThat(settings.maxUnstoredPictures()).isEqualTo(4);
    assertThat(settings.maxGatewayErrors()).isEqualTo(5);
  }

  @Test
  void anInstanceWithoutANameGetsANewOneAtEveryStart() {
    assertThat(settings().instance()).isNotEqualTo(settings().instance());
    assertThat(settings("pipeline.instance=blue").instance()).isEqualTo("blue");
  }

  private static Settings settings(String... changes) {
    return new Settings(
        TestSettings.of(NovitaSettings.class, changes),
        TestSettings.of(PipelineSettings.class, changes),
        TestSettings.of(StorageSettings.class, changes),
        TestProvider.of(CatalogueReader.builtIn(), changes));
  }
}
