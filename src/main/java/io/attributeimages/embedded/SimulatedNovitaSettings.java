package io.attributeimages.embedded;

import java.time.Duration;

/**
 * How the simulated provider behaves.
 *
 * @param imagesPerMinute limit of the account over a sliding minute, beyond which it answers 429
 * @param submitDelay from accepting a task to answering the submit
 * @param imageDelay from accepting a task to its picture being ready
 * @param imageUrlTtl life of a presigned picture URL; whole seconds are reported
 * @param apiKey the one bearer key it accepts
 */
public record SimulatedNovitaSettings(
    int imagesPerMinute,
    Duration submitDelay,
    Duration imageDelay,
    Duration imageUrlTtl,
    String apiKey) {

  public SimulatedNovitaSettings {
    if (imagesPerMinute < 1) {
      throw new IllegalArgumentException("imagesPerMinute must be at least 1");
    }
    if (submitDelay.isNegative() || imageDelay.isNegative()) {
      throw new IllegalArgumentException("delays must not be negative");
    }
    if (imageUrlTtl.toSeconds() < 1) {
      throw new IllegalArgumentException("imageUrlTtl must be at least one second");
    }
    if (apiKey.isBlank()) {
      throw new IllegalArgumentException("apiKey must not be blank");
    }
  }
}
