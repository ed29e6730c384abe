package io.attributeimages.pipeline;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Optional;

/** How the pipeline runs. */
@ConfigMapping(prefix = "pipeline")
public interface PipelineSettings {

  /** The {@link #queue} of an installation without a message broker. */
  String LEDGER = "ledger";

  /** The Quartz cron expression of the scheduled run, or {@code off}. */
  @WithDefault("off")
  String schedule();

  /** Whether a run is made when the program is up. */
  @WithDefault("false")
  boolean runAtStart();

  /** The time zone of the schedule, such as {@code Europe/Berlin}; the machine's own by default. */
  Optional<String> scheduleZone();

  /** What a run may cost at most, in US dollars. */
  Optional<BigDecimal> maxCostUsd();

  /** This instance's name in the ledger; made up where it is not set. */
  Optional<String> instance();

  /** How often the ledger is asked for work. */
  @WithDefault("250ms")
  Duration claimInterval();

  /**
   * What hands the work out to the instances: {@code ledger}, or the queues of a message broker as
   * {@code amqp:queue:NAME}.
   */
  @WithDefault(LEDGER)
  String queue();

  /** Whether a message broker hands the work out. */
  default boolean hasQueue() {
    return !queue().equals(LEDGER);
  }

  /** How many submits may be under way at once. */
  @WithDefault("10")
  int submitConcurrency();

  /** How many pictures may be asked for, fetched and stored at once. */
  @WithDefault("10")
  int collectConcurrency();

  /** How long a claim lasts when its instance gives no sign of life. */
  @WithDefault("30s")
  Duration lease();

  /** How often an instance gives a sign of life for its claims. */
  @WithDefault("10s")
  Duration heartbeat();

  /** How many combinations are compared with the database at once. */
  @WithDefault("10000")
  int planChunk();

  /** The first pause of the redelivery policy; it doubles with each of its three redeliveries. */
  @WithDefault("1s")
  Duration redeliveryDelay();

  /** The longest pause of the redelivery policy; where Novita asks for more, the ledger waits. */
  @WithDefault("10s")
  Duration maxRedeliveryDelay();

  /** The longest pause between two turns of an image that meets one setback after another. */
  @WithDefault("2m")
  Duration maxPause();

  /** How long such an image is tried before it becomes a dead letter. */
  @WithDefault("24h")
  Duration giveUpAfter();

  /**
   * How often an image that Novita itself failed, or whose answer was lost, is submitted in all.
   */
  @WithDefault("3")
  int maxAttempts();

  /** How many answers to submits may be lost in a row before all runs are halted. */
  @WithDefault("10")
  int maxLostAnswers();

  /** How many paid pictures in a row may be impossible to store before all runs are halted. */
  @WithDefault("10")
  int maxUnstoredPictures();

  /**
   * How many error pages of a gateway, each of which may be paid, submits may meet in a row before
   * all runs are halted, and one image while others get on before it is a dead letter.
   */
  @WithDefault("30")
  int maxGatewayErrors();

  /** How many instances in a row may stop while they fetch a picture before it is a dead letter. */
  @WithDefault("10")
  int maxInterruptions();
}
