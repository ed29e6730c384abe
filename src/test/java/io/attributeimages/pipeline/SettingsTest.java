package io.attributeimages.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.attributeimages.novita.NovitaSettings;
import io.attributeimages.storage.StorageSettings;
import io.attributeimages.support.TestSettings;
import org.junit.jupiter.api.Test;

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

  @Test
  void anInstanceWithoutANameGetsANewOneAtEveryStart() {
    assertThat(settings().instance()).isNotEqualTo(settings().instance());
    assertThat(settings("pipeline.instance=blue").instance()).isEqualTo("blue");
  }

  private static Settings settings(String... changes) {
    return new Settings(
        TestSettings.of(NovitaSettings.class, changes),
        TestSettings.of(PipelineSettings.class, changes),
        TestSettings.of(StorageSettings.class, changes));
  }
}
