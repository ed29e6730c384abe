package io.attributeimages.novita;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.math.BigDecimal;

/** The body of {@code POST /v3/async/txt2img}, as Novita documents it. */
@JsonNaming(SnakeCaseStrategy.class)
public record Txt2ImgRequest(Extra extra, Request request) {

  /** How the result is delivered. */
  @JsonNaming(SnakeCaseStrategy.class)
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Extra(String responseImageType, Webhook webhook) {}

  /** Where Novita reports the finished task. */
  public record Webhook(String url) {}

  /** What is drawn. */
  @JsonNaming(SnakeCaseStrategy.class)
  public record Request(
      String modelName,
      String prompt,
      String negativePrompt,
      int width,
      int height,
      int imageNum,
      int steps,
      long seed,
      String samplerName,
      BigDecimal guidanceScale) {}
}
