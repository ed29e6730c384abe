package io.attributeimages.provider;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** How Novita is reached, what it is asked for, and what it costs. */
@ConfigMapping(prefix = "novita")
public interface NovitaSettings {

  /** Where its API stands, without a trailing slash. */
  String baseUrl();

  /** The account's key. Never logged. */
  Optional<String> apiKey();

  /**
   * How many images an account may submit in a minute, over all instances, in place of what the
   * models' entries say.
   */
  Optional<Integer> imagesPerMinute();

  /** The price of one image in US dollars, in place of what the models' entries say. */
  Optional<BigDecimal> priceUsd();

  /** The pause between two questions for one task. */
  @WithDefault("2s")
  Duration pollInterval();

  /** The pause between two questions for one task where a webhook is expected to come first. */
  @WithDefault("30s")
  Duration webhookPollInterval();

  /** A task that Novita has not finished by then is a dead letter. */
  @WithDefault("10m")
  Duration taskTimeout();

  /** How long a connection may take. */
  @WithDefault("10s")
  Duration connectTimeout();

  /** How long an answer may keep us waiting. */
  @WithDefault("30s")
  Duration responseTimeout();

  /** The public base URL of this service; when set, submits ask for a webhook. */
  Optional<String> webhookUrl();

  /** The directory for webhooks that were answered while the database was slow. */
  @WithDefault("./data/webhooks")
  Path webhookSpool();

  /**
   * How long a lost answer may still be cleared up by a webhook, and Novita may take to know a task
   * that it has accepted.
   */
  @WithDefault("2m")
  Duration unconfirmedGrace();

  /**
   * What happens then: {@code resubmit}, which may pay twice, or {@code park}, for a person to
   * decide.
   */
  @WithDefault("resubmit")
  UnconfirmedPolicy unconfirmedPolicy();

  /** The models' file; the built-in one where it is not set. */
  Optional<Path> models();

  /** An entry of that file, or a checkpoint. */
  String model();

  /** Denoising steps, 1 to 100, in place of what the models' entries say. */
  Optional<Integer> steps();

  /** How closely the prompt is followed, 1 to 30, in place of what the models' entries say. */
  Optional<BigDecimal> guidanceScale();

  /** The sampler's name, in place of what the models' entries say. */
  Optional<String> sampler();

  /** What no image may show. */
  String negativePrompt();

  /** Whether a model that can is to look for nudity: {@code off}, or how strictly, 0 to 2. */
  @WithDefault("off")
  String nsfwDetection();

  /** A picture with a higher confidence, of 0 to 100, is not stored. */
  @WithDefault("50")
  BigDecimal nsfwThreshold();

  /** How strictly a model that can is to look for nudity. */
  default Optional<Integer> nsfwLevel() {
    return nsfwDetection().equalsIgnoreCase("off")
        ? Optional.empty()
        : Optional.of(Integer.valueOf(nsfwDetection()));
  }

  /** What to do with an image whose submit was never confirmed. */
  enum UnconfirmedPolicy {
    /** Submit it again. */
    RESUBMIT,
    /** Make it a dead letter. */
    PARK
  }
}
