package io.attributeimages.novita;

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

  /** How many images the account may submit in a minute, over all instances. */
  @WithDefault("20")
  int imagesPerMinute();

  /** The price of one image, in US dollars. */
  @WithDefault("0.015")
  BigDecimal priceUsd();

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

  /** The model's name at Novita. */
  String model();

  /** Denoising steps, 1 to 100. */
  int steps();

  /** How closely the prompt is followed, 1 to 30. */
  BigDecimal guidanceScale();

  /** The sampler's name at Novita. */
  String sampler();

  /** What no image may show. */
  String negativePrompt();

  /** What to do with an image whose submit was never confirmed. */
  enum UnconfirmedPolicy {
    /** Submit it again. */
    RESUBMIT,
    /** Make it a dead letter. */
    PARK
  }
}
