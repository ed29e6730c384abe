package io.attributeimages.provider;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.math.BigDecimal;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TemplateTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  @Test
  void aTextThatIsOneNameBecomesTheValueWithItsType() throws Exception {
    assertThat(
            filled(
                "{'w':'{width}','g':'{guidance_scale}','p':'{prompt}','on':'{nsfw_detection}'}",
                Map.of(
                    "width",
                    512,
                    "guidance_scale",
                    new BigDecimal("7.5"),
                    "prompt",
                    "one",
                    "nsfw_detection",
                    true)))
        .isEqualTo("{'w':512,'g':7.5,'p':'one','on':true}");
  }

  @Test
  void withinATextTheWordsOfValuesStand() throws Exception {
    assertThat(filled("{'s':'{width}x{height}'}", Map.of("width", 2, "height", 3)))
        .isEqualTo("{'s':'2x3'}");
  }

  @Test
  void whatHasNoValueIsLeftOutWithWhatHoldsNothingElse() throws Exception {
    assertThat(
            filled(
                "{'a':{'b':{'url':'{webhook}'}},'l':['{seed}'],'s':'{width}x{height}','k':1,'e':{}}",
                Map.of("width", 2)))
        .isEqualTo("{'k':1,'e':{}}");
  }

  @Test
  void aValueIsNeverReadAsATemplate() throws Exception {
    String hostile = "{seed} $1 \\\\ {{novita.api-key}} ${sys:user.home} {prompt}";

    assertThat(
            new Template(JSON.readTree("{\"p\":\"{prompt}\",\"q\":\"a {prompt}\"}"))
                .with(Map.of("prompt", hostile, "seed", 7)))
        .isEqualTo(JSON.createObjectNode().put("p", hostile).put("q", "a " + hostile));
  }

  private static String filled(String template, Map<String, ?> values) throws Exception {
    return new Template(JSON.readTree(template.replace('\'', '"')))
        .with(values)
        .toString()
        .replace('"', '\'');
  }
}
