package io.attributeimages.pipeline;

import io.attributeimages.provider.NovitaSettings;
import io.attributeimages.provider.NovitaSettings.UnconfirmedPolicy;
import io.attributeimages.provider.Provider;
import io.attributeimages.storage.ObjectKeys;
import io.attributeimages.storage.StorageSettings;
import io.quarkus.arc.Unremovable;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Named;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.UUID;

/**
 * The settings that SQL statements need, under the name {@code settings}: {@code
 * :#${bean:settings.leaseSeconds}}. Durations are in seconds. A statement asks for each of them
 * once, as settings do not change while the program runs.
 */
@ApplicationScoped
@Unremovable
@Named("settings")
public class Settings {

  private final NovitaSettings novita;
  private final PipelineSettings pipeline;
  private final StorageSettings storage;
  private final String instance;
  private final String paces;
  private final int imagesPerMinute;
  private final double pollSeconds;

  /** The settings of the program. */
  public Settings(
      NovitaSettings novita,
      PipelineSettings pipeline,
      StorageSettings storage,
      Provider provider) {
    this.novita = novita;
    this.pipeline = pipeline;
    this.storage = storage;
    this.paces = provider.paces();
    this.imagesPerMinute = provider.imagesPerMinute();
    this.pollSeconds = seconds(provider.pollInterval(true));
    this.instance =
        pipeline
            .instance()
            .orElseGet(() -> host() + "-" + UUID.randomUUID().toString().substring(0, 8));
  }

  /**
   * This instance's name in the ledger: a new one at every start, so a claim never outlives its
   * program.
   */
  public String instance() {
    return instance;
  }

  /** How long a claim lasts without a sign of life. */
  public double leaseSeconds() {
    return seconds(pipeline.lease());
  }

  /** The longest pause between two questions for one task. */
  public double pollSeconds() {
    return pollSeconds;
  }

  /** The longest pause of an image that meets one setback after another. */
  public double maxPauseSeconds() {
    return seconds(pipeline.maxPause());
  }

  /** How long such an image is tried. */
  public double giveUpSeconds() {
    return seconds(pipeline.giveUpAfter());
  }

  /** How long a lost answer may be cleared up by a webhook. */
  public double unconfirmedGraceSeconds() {
    return seconds(novita.unconfirmedGrace());
  }

  /** How long a replaced picture stays in the bucket. */
  public double removeAfterSeconds() {
    return seconds(storage.removeReplacedAfter());
  }

  /** Whether an unconfirmed image waits for a person instead of being submitted again. */
  public boolean parkUnconfirmed() {
    return novita.unconfirmedPolicy() == UnconfirmedPolicy.PARK;
  }

  /** The bucket the pictures are in. */
  public String bucket() {
    return storage.bucket();
  }

  /** What comes before the names of the pictures' objects: the bucket, and the folder in it. */
  public String folder() {
    String prefix = new ObjectKeys(storage).prefix();
    return storage.bucket() + "/" + (prefix.isEmpty() ? "" : prefix + "/");
  }

  /** Whether Novita tells of finished tasks by itself. */
  public boolean hasWebhooks() {
    return novita.webhookUrl().isPresent();
  }

  /** How many answers to submits may be lost in a row. */
  public int maxLostAnswers() {
    return pipeline.maxLostAnswers();
  }

  /** How many paid pictures in a row may be impossible to store. */
  public int maxUnstoredPictures() {
    return pipeline.maxUnstoredPictures();
  }

  /** How many error pages of a gateway an image may meet in a row while others get on. */
  public int maxGatewayErrors() {
    return pipeline.maxGatewayErrors();
  }

  /** How many images a minute the models in use may be submitted in all, where that is counted. */
  public int imagesPerMinute() {
    return imagesPerMinute;
  }

  /**
   * How many permits each model has, and for how many seconds after an answer one is not given
   * again, as JSON: a minute where a host counts images a minute, and not at all where it only
   * answers so many calls at once.
   */
  public String paces() {
    return paces;
  }

  /** How often an image may be submitted. */
  public int maxAttempts() {
    return pipeline.maxAttempts();
  }

  /** How many instances in a row may stop while they fetch a picture. */
  public int maxInterruptions() {
    return pipeline.maxInterruptions();
  }

  private static double seconds(Duration duration) {
    return duration.toMillis() / 1000.0;
  }

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "instance";
    }
  }
}
