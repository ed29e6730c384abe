package io.attributeimages.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AcceptedTest {

  private static final Models MODELS = ModelsReader.builtIn(name -> null);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'task_id':'abc-1'}",
        "{'code':0,'msg':'','data':{'task_id':'abc-1'}}",
        "{'task_id':null,'data':{'task_id':'abc-1'}}",
      })
  void aTaskIdIsReadBareAndWrapped(String answer) throws Exception {
    assertThat(read("txt2img", answer).task()).isEqualTo("abc-1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "{}",
        "{'task_id':''}",
        "{'task_id':'../x'}",
        "{'task_id':{'a':1}}",
        "{'task_id':",
        "<html>",
        "{'task_id':'a b'}",
      })
  void anAnswerWithoutATaskMayHaveBeenPaidFor(String answer) {
    assertThatThrownBy(() -> read("txt2img", answer))
        .isInstanceOfSatisfying(
            NothingAcceptedException.class, failure -> assertThat(failure.answer()).isNotNull());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "flux-1-schnell | {'task':{'task_id':'t'},'images':[{'image_url':'https://i.example/a','image_url_ttl':604800}]} | 604800",
        "flux-1-schnell | {'images':[{'image_url':'https://i.example/a','image_url_ttl':'3600'}]} | 3600",
        "flux-1-schnell | {'images':[{'image_url':'https://i.example/a','image_url_ttl':0}]} | ",
        "seedream-4.5 | {'images':['https://i.example/a']} | ",
        "seedream-4.5 | {'images':[{'image_url':'https://i.example/a','image_url_ttl':60}]} | 60",
        "openai-images | {'created':1,'data':[{'url':'https://i.example/a'}]} | ",
      })
  void anAddressIsReadWithItsTimeToLive(String model, String answer, Long seconds)
      throws Exception {
    Accepted accepted = read(model, answer);

    assertThat(accepted.url()).isEqualTo("https://i.example/a");
    assertThat(accepted.picture()).isNull();
    assertThat(accepted.secondsToLive()).isEqualTo(seconds);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "seedream-4.5 | {'images':['cGljdHVyZQ==']}",
        "openai-images | {'created':1,'data':[{'b64_json':'cGljdHVyZQ=='}]}",
        "stable-diffusion-webui | {'images':['cGljdHVyZQ=='],'parameters':{},'info':'{}'}",
        "stable-diffusion-webui | {'images':['data:image/png;base64,cGljdHVyZQ==']}",
      })
  void aPictureIsReadFromBase64(String model, String answer) throws Exception {
    Accepted accepted = read(model, answer);

    assertThat(new String(accepted.picture(), StandardCharsets.UTF_8)).isEqualTo("picture");
    assertThat(accepted.url()).isNull();
  }

  @Test
  void aPictureMayBeLargerThanATextUsuallyIs() throws Exception {
    String base64 = "QUFB".repeat(6_000_000);

    assertThat(read("seedream-4.5", "{'images':['" + base64 + "']}").picture()).hasSize(18_000_000);
  }

  /** What the ledger would not take would make a paid picture a lost answer. */
  @ParameterizedTest
  @ValueSource(strings = {"http://a\\u0000b/c", "http:", "https://user@host/a", "httpx"})
  void anAddressThatIsNoneIsNoPicture(String address) throws Exception {
    Accepted accepted = read("seedream-4.5", "{'images':['" + address + "']}");

    assertThat(accepted.url()).isNull();
    assertThat(accepted.picture()).isNull();
  }

  @Test
  void aLifeBeyondMeasureIsALongOne() throws Exception {
    Accepted accepted =
        read(
            "seedream-4.5",
            "{'images':[{'image_url':'https://i.example/a','image_url_ttl':9223372036854775807}]}");

    assertThat(accepted.secondsToLive()).isEqualTo(Duration.ofDays(3650).toSeconds());
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "{'images':[]}", "{'images':[null]}", "{'images':['']}"})
  void aSuccessMayNameNoPicture(String answer) throws Exception {
    Accepted accepted = read("seedream-4.5", answer);

    assertThat(accepted.url()).isNull();
    assertThat(accepted.picture()).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "null", "[]", "{'images':", "<html>"})
  void anAnswerThatIsNoJsonObjectMayHaveBeenPaidFor(String answer) {
    assertThatThrownBy(() -> read("seedream-4.5", answer))
        .isInstanceOf(NothingAcceptedException.class);
  }

  /** Of a model that answers pictures as well: nothing was paid. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'code':403,'reason':'BILLING_BALANCE_NOT_ENOUGH','message':'no'}",
        "{'error':{'message':'no','type':'insufficient_quota'}}",
        "{'code':500,'images':[]}"
      })
  void aSuccessThatSaysAnErrorIsNoPicture(String answer) {
    for (String model : List.of("seedream-4.5", "openai-images", "flux-1-schnell")) {
      assertThatThrownBy(() -> read(model, answer)).isInstanceOf(NothingAcceptedException.class);
    }
  }

  private static Accepted read(String model, String answer) throws NothingAcceptedException {
    return Accepted.read(MODELS.named(model).orElseThrow(), answer.replace('\'', '"'));
  }
}
