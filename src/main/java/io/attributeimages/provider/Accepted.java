package io.attributeimages.provider;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Base64;

/**
 * A provider's answer to a submit: from here on the image is paid for.
 *
 * @param task by which the picture is asked for; null where the answer is the picture
 * @param url the picture's address; null where the answer has none
 * @param picture the picture itself; null where the answer has none
 * @param secondsToLive how long the address lives; null where that is not told
 * @param seed the picture was made with; null where the answer does not say
 * @param confidence of 0 to 100 that the picture shows nudity; null where the answer does not say
 */
public record Accepted(
    String task, String url, byte[] picture, Long secondsToLive, Long seed, BigDecimal confidence) {

  /** A picture in base64 is as long as the client lets it be. */
  private static final ObjectMapper JSON =
      new ObjectMapper(
          JsonFactory.builder()
              .streamReadConstraints(
                  StreamReadConstraints.builder().maxStringLength(Integer.MAX_VALUE).build())
              .build());

  private static final long LONGEST_LIFE = Duration.ofDays(3650).toSeconds();

  /**
   * Reads an answer where the model's entry says that it has what.
   *
   * @throws NothingAcceptedException if it is no JSON, or names no task where it should
   */
  static Accepted read(Model model, String answer) throws NothingAcceptedException {
    JsonNode json;
    try {
      json = JSON.readTree(answer);
    } catch (JsonProcessingException e) {
      throw new NothingAcceptedException(answer);
    }
    if (!model.answersPictures()) {
      String task = Model.Places.text(model.answer().task(), json);
      if (!TaskResult.isTaskId(task)) {
        throw new NothingAcceptedException(answer);
      }
      return new Accepted(task, null, null, null, null, null);
    }
    if (json == null || !json.isObject()) {
      throw new NothingAcceptedException(answer);
    }
    String picture = Model.Places.text(model.answer().picture(), json);
    if (picture == null && ErrorClassifier.isError(answer)) {
      throw new NothingAcceptedException(answer);
    }
    boolean address = picture != null && picture.regionMatches(true, 0, "http", 0, 4);
    Long seconds = number(Model.Places.text(model.answer().secondsToLive(), json));
    return new Accepted(
        null,
        address && TaskResult.isFetchable(picture) ? picture : null,
        address ? null : decoded(picture),
        // 0 is not "expired", but "not told"
        seconds == null || seconds <= 0 ? null : Long.valueOf(Math.min(seconds, LONGEST_LIFE)),
        number(Model.Places.text(model.answer().seed(), json)),
        TaskResult.risk(decimal(Model.Places.text(model.answer().confidence(), json))));
  }

  private static byte[] decoded(String base64) {
    if (base64 == null) {
      return null;
    }
    String data = base64.startsWith("data:") ? base64.substring(base64.indexOf(',') + 1) : base64;
    try {
      return Base64.getMimeDecoder().decode(data);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /** What is no whole number says nothing: null. */
  static Long number(String text) {
    try {
      return text == null ? null : Long.valueOf(text.strip());
    } catch (NumberFormatException e) {
      return null;
    }
  }

  private static BigDecimal decimal(String text) {
    try {
      return text == null ? null : new BigDecimal(text.strip());
    } catch (NumberFormatException e) {
      return null;
    }
  }
}
