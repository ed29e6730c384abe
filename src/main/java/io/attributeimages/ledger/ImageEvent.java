package io.attributeimages.ledger;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.math.BigDecimal;
import java.util.Map;
import java.util.UUID;

/**
 * An image was stored, or failed for good: what routes of one's own are told, as it was at that
 * moment. Its names are the same in the JSON that {@code marshal} makes of it.
 *
 * @param id of the event; a route that is told twice gets the same one
 * @param event {@code STORED} or {@code FAILED}
 * @param at when it happened, in ISO 8601
 * @param category the image's category, {@code style} for a cover
 * @param value the image's value, {@code cover} for a cover
 * @param style the image's style
 * @param imageUrl the picture's public URL, or null where it failed
 * @param objectKey the picture's key in the bucket, or null where it failed
 * @param taskId the row in the ledger
 * @param runId the run it belongs to
 * @param costUsd what the image has cost so far, in US dollars
 * @param error why it failed, or null where it is stored
 */
public record ImageEvent(
    long id,
    String event,
    String at,
    String category,
    String value,
    String style,
    String imageUrl,
    String objectKey,
    UUID taskId,
    UUID runId,
    BigDecimal costUsd,
    Error error) {

  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * Why an image failed.
   *
   * @param reason an upper case word, Novita's own or ours
   * @param status the HTTP status, or null
   * @param message what happened, for people
   */
  public record Error(String reason, Integer status, String message) {}

  private record Image(
      String category,
      String value,
      String style,
      String imageUrl,
      String objectKey,
      UUID taskId,
      UUID runId,
      BigDecimal costUsd,
      Error error) {}

  /** The event in a row of {@code ledger.image_event}. */
  public static ImageEvent fromRow(Map<String, Object> row) {
    try {
      Image image = JSON.readValue(row.get("image").toString(), Image.class);
      return new ImageEvent(
          ((Number) row.get("id")).longValue(),
          (String) row.get("event"),
          Rows.instant(row.get("created_at")).toString(),
          image.category(),
          image.value(),
          image.style(),
          image.imageUrl(),
          image.objectKey(),
          image.taskId(),
          image.runId(),
          image.costUsd(),
          image.error());
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("an event of the ledger cannot be read", e);
    }
  }

  /** Where routes listen for it: {@code image-stored} or {@code image-failed}. */
  public String queue() {
    return TaskState.STORED.name().equals(event) ? "image-stored" : "image-failed";
  }

  /** The image in words, for log lines and messages: {@code age/30s/realistic}. */
  public String image() {
    return category + "/" + value + "/" + style;
  }
}
