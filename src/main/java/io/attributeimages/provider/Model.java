package io.attributeimages.provider;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;

/**
 * A model as an entry of the models' file describes it.
 *
 * @param name by which settings and styles name it
 * @param host where it is served
 * @param path of the call, below the host's address
 * @param checkpoints whether any name that is no entry's is a checkpoint of it
 * @param webhooks whether a webhook can tell that a task is finished
 * @param request the body of the call
 * @param probe a body that is refused, by which the call tells that it is there
 * @param sizes what it paints
 * @param maxSeed the largest seed; empty where it takes none
 * @param defaults steps, sampler and guidance scale, where no setting says otherwise
 * @param answer where the answer has what
 * @param price of an image
 * @param imagesPerMinute that the host accepts of an account; empty where it does not count them
 * @param concurrency how many calls it answers at once
 * @param timeout how long an answer may keep us waiting, where that is not as long as the settings
 *     say
 * @param ends the day after which the host serves it no more, where that is known
 */
public record Model(
    String name,
    Host host,
    String path,
    boolean checkpoints,
    boolean webhooks,
    Template request,
    JsonNode probe,
    Sizes sizes,
    Optional<Long> maxSeed,
    Defaults defaults,
    Places answer,
    Price price,
    Optional<Integer> imagesPerMinute,
    Optional<Integer> concurrency,
    Optional<Duration> timeout,
    Optional<LocalDate> ends) {

  /** What the model does where nobody says otherwise; null where it does not matter. */
  public record Defaults(Integer steps, String sampler, BigDecimal guidanceScale) {}

  /**
   * Where an answer has what: of each, the first place that has something.
   *
   * @param task the id by which the picture is asked for; empty where the answer is the picture
   * @param picture its address, or the picture itself as base64
   * @param secondsToLive how long the address lives
   * @param seed the picture was made with
   * @param confidence of 0 to 100 that the picture shows nudity
   */
  public record Places(
      List<JsonPointer> task,
      List<JsonPointer> picture,
      List<JsonPointer> secondsToLive,
      List<JsonPointer> seed,
      List<JsonPointer> confidence) {

    static String text(List<JsonPointer> places, JsonNode answer) {
      return places.stream()
          .map(answer::at)
          .filter(node -> node.isValueNode() && !node.isNull())
          .map(JsonNode::asText)
          .filter(text -> !text.isBlank())
          .findFirst()
          .orElse(null);
    }
  }

  /** Whether the call answers with the picture, and there is no second way to it. */
  public boolean answersPictures() {
    return answer.task().isEmpty();
  }

  /** Whether the request has that field of a recipe. */
  public boolean takes(String field) {
    return request.fields().contains(field);
  }

  /** The URL of the call. */
  public String url() {
    return host.baseUrl() + path;
  }
}
