package io.attributeimages.pipeline;

import static java.util.stream.Collectors.toSet;

import io.attributeimages.ledger.Task;
import io.attributeimages.provider.Model;
import io.attributeimages.provider.Provider;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What this instance is submitting, for each model by itself: one that is slow, or not well, holds
 * up no other.
 */
@ApplicationScoped
public class Submitters {

  private static final Duration CONFIDENCE = Duration.ofSeconds(5);
  private static final int IMAGES_PER_MINUTE_OF_ONE_SUBMITTER = 20;

  private final Map<String, Claims> claims = new ConcurrentHashMap<>();
  private final PipelineSettings settings;
  private final Provider provider;

  /** Submitters of those models, as many in all as the settings allow. */
  public Submitters(PipelineSettings settings, Provider provider) {
    this.settings = settings;
    this.provider = provider;
  }

  /** What is being submitted to the task's model. */
  public Claims of(Task task) {
    return of(task.model());
  }

  /** What is being submitted to the model of that entry. */
  public Claims of(String model) {
    return claims.computeIfAbsent(model, this::make);
  }

  /**
   * No more at once than the model's pace needs, so that fewer are on their way when it refuses one
   * for a reason that concerns them all. Where the answer is the picture, whoever submits waits for
   * it.
   */
  private Claims make(String name) {
    Model model = provider.entry(name).orElse(null);
    int share = Math.max(1, settings.submitConcurrency() / Math.max(1, provider.inUse().size()));
    if (model == null) {
      return cautious(1, CONFIDENCE);
    }
    int perMinute = provider.imagesPerMinute(model).orElse(share);
    int needed =
        model.answersPictures()
            ? model.concurrency().orElse(perMinute)
            : 1 + (perMinute - 1) / IMAGES_PER_MINUTE_OF_ONE_SUBMITTER;
    return cautious(
        Math.min(share, needed), CONFIDENCE.plus(model.timeout().orElse(Duration.ZERO)));
  }

  private static Claims cautious(int hands, Duration confidence) {
    Claims claims = new Claims(hands, confidence);
    claims.beCautious();
    return claims;
  }

  /** All tasks that are being submitted. */
  public Set<UUID> tasks() {
    return claims.values().stream().flatMap(of -> of.tasks().stream()).collect(toSet());
  }
}
