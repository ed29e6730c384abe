package io.attributeimages.novita;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.attributeimages.novita.NovitaRequests.Picture;
import io.attributeimages.support.TestSettings;
import java.math.BigDecimal;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NovitaRequestsTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final UUID TASK = UUID.fromString("0b0e4f2c-0000-4000-8000-00000000002a");
  private static final Picture PICTURE =
      new Picture(
          "sd_xl_base_1.0.safetensors",
          "a person \"with\" grün hair",
          "child",
          512,
          768,
          30,
          "DPM++ 2M Karras",
          new BigDecimal("7.5"),
          4294967295L);

  @Test
  void aSubmitIsExactlyAsNovitaDocumentsIt() throws Exception {
    Txt2ImgRequest request = requests().submit(TASK, "token", PICTURE);

    assertThat(JSON.readTree(JSON.writeValueAsBytes(request)))
        .isEqualTo(
            JSON.readTree(
                """
                {"extra": {"response_image_type": "jpeg"},
                 "request": {"model_name": "sd_xl_base_1.0.safetensors",
                             "prompt": "a person \\"with\\" grün hair", "negative_prompt": "child",
                             "width": 512, "height": 768, "image_num": 1, "steps": 30, "seed": 4294967295,
                             "sampler_name": "DPM++ 2M Karras", "guidance_scale": 7.5}}
                """));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://cards.example.org/base",
        "https://cards.example.org/base/",
        "https://cards.example.org/base//"
      })
  void aWebhookNamesTheRowAndTheToken(String base) throws Exception {
    Txt2ImgRequest request = requests("novita.webhook-url=" + base).submit(TASK, "token", PICTURE);

    assertThat(JSON.readTree(JSON.writeValueAsBytes(request)).at("/extra"))
        .isEqualTo(
            JSON.readTree(
                """
                {"response_image_type": "jpeg",
                 "webhook": {"url": "https://cards.example.org/base/webhooks/novita/%s/token"}}
                """
                    .formatted(TASK)));
  }

  @Test
  void theKeyIsABearerToken() {
    assertThat(requests("novita.api-key=sk_123").authorization()).isEqualTo("Bearer sk_123");
  }

  @Test
  void aTokenOrAKeyIsInNoRequestThatIsNotSent() {
    assertThat(requests("novita.api-key=sk_123").submit(TASK, "token", PICTURE).toString())
        .doesNotContain("sk_123", "token");
  }

  private static NovitaRequests requests(String... settings) {
    return new NovitaRequests(TestSettings.of(NovitaSettings.class, settings));
  }
}
