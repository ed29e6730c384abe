package io.attributeimages;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UnknownSettingsTest {

  private final UnknownSettings unknown = new UnknownSettings();

  @ParameterizedTest
  @CsvSource({
    "PIPELINE_MAX_COST, PIPELINE_MAX_COST_USD",
    "PIPELINE_MAXCOST_USD, PIPELINE_MAX_COST_USD",
    "NOVITA_APIKEY, NOVITA_API_KEY",
    "STORAGE_SECRET_ACCES_KEY, STORAGE_SECRET_ACCESS_KEY",
    "pipeline.max-cost, pipeline.max-cost-usd",
    "operator.passwort, operator.password",
    "OPERATOR_USER, OPERATOR_USERNAME",
  })
  void aMisspeltNameIsToldWithTheNearest(String name, String nearest) {
    assertThat(unknown.among(List.of(name)))
        .containsExactly("There is no setting " + name + "; the nearest is " + nearest);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "NOVITA_API_KEY",
        "novita.api-key",
        "PIPELINE_SCHEDULE_ZONE",
        "OPENAI_BASE_URL",
        "STABLE_DIFFUSION_WEBUI_BASE_URL",
        // of other programs
        "PATH",
        "HTTP_PROXY",
        "http.proxyHost",
        "http.maxConnections",
        "STORAGE_DRIVER_TYPE",
        "SUPABASE_ANON_KEY",
        "OPENAI_ORG_ID",
        "quarkus.http.port"
      })
  void aNameThatSomethingReadsIsNot(String name) {
    assertThat(unknown.among(List.of(name))).isEmpty();
  }
}
