package io.attributeimages.ledger;

import io.attributeimages.catalog.Recipe;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;

/**
 * One image that was asked for, as claimed from {@code ledger.task}.
 *
 * @param id the row
 * @param category the image's category, {@code style} for a cover
 * @param value the image's value, {@code cover} for a cover
 * @param style the image's style
 * @param model the entry of the models' file that it is made with
 * @param recipe what it is made from
 * @param attempts how often it was claimed for a submit, this time included: tells a claim from a
 *     later one
 * @param providerTaskId the paid task, or null before there is one
 * @param pictureUrl where its picture is, where the answer to the submit said so, or null; with
 *     {@link #IN_BUCKET} where it is in the bucket, as {@code originalKey}
 * @param pictureUntil until when it is there, or null where that was not told
 * @param originalKey the key of its full-size original in the bucket, or null
 * @param confidence that the picture shows nudity, of 0 to 100, where the answer to the submit said
 *     so, or null
 * @param createdAt when it was planned
 * @param submittedAt when it was accepted, or null
 * @param collectingSince when it was accepted, or replayed: since then its picture is tried for; or
 *     null
 * @param claimedAt when it was claimed, by the clock of the database as all the others
 * @param priceUsd what a submit of it costs, as its run has committed it
 * @param setbacks how often in a row it could not be submitted, or stored
 * @param setbackSince the first time in that row, or null
 * @param dueAt since when it has been due
 */
public record Task(
    UUID id,
    UUID runId,
    String category,
    String value,
    String style,
    String model,
    Recipe recipe,
    int attempts,
    String providerTaskId,
    String pictureUrl,
    Instant pictureUntil,
    String originalKey,
    BigDecimal confidence,
    Instant createdAt,
    Instant submittedAt,
    Instant collectingSince,
    Instant claimedAt,
    BigDecimal priceUsd,
    int setbacks,
    Instant setbackSince,
    Instant dueAt) {

  /** The beginning of the address of a picture that an answer had in it. */
  public static final String IN_BUCKET = "s3:";

  /** What has been due for longer was not tried meanwhile. */
  private static final Duration A_PAUSE = Duration.ofHours(1);

  /** The task in a row as the database returned it. */
  public static Task fromRow(Map<String, Object> row) {
    return new Task(
        (UUID) row.get("id"),
        (UUID) row.get("run_id"),
        (String) row.get("category"),
        (String) row.get("value"),
        (String) row.get("style"),
        (String) row.get("model"),
        Recipe.parse(row.get("recipe").toString()),
        (Integer) row.get("attempts"),
        (String) row.get("provider_task_id"),
        (String) row.get("picture_url"),
        Rows.instant(row.get("picture_until")),
        (String) row.get("original_key"),
        (BigDecimal) row.get("confidence"),
        Rows.instant(row.get("created_at")),
        Rows.instant(row.get("submitted_at")),
        Rows.instant(row.get("collecting_since")),
        Rows.instant(row.get("claimed_at")),
        (BigDecimal) row.get("price_usd"),
        (Integer) row.get("setbacks"),
        Rows.instant(row.get("setback_since")),
        Rows.instant(
            row.get(row.get("provider_task_id") == null ? "submit_after" : "next_poll_at")));
  }

  /** What the picture shows. */
  public String prompt() {
    return recipe.prompt();
  }

  /** Of the picture that applications get, in pixels. */
  public int width() {
    return recipe.width();
  }

  /** Of the picture that applications get, in pixels. */
  public int height() {
    return recipe.height();
  }

  /** Whether the answer to its submit had the picture in it, which is in the bucket since. */
  public boolean isInBucket() {
    return pictureUrl != null && pictureUrl.startsWith(IN_BUCKET);
  }

  /** Whether its run has committed that price for it. */
  public boolean costs(BigDecimal price) {
    return priceUsd != null && priceUsd.compareTo(price) == 0;
  }

  /** Whether it has been tried for so long, and met nothing but setbacks. */
  public boolean isSetBackFor(Duration time) {
    return setbackSince != null
        && setbackSince.plus(time).isBefore(claimedAt)
        && dueAt.plus(A_PAUSE).isAfter(claimedAt);
  }

  /** The image in words, for log lines and messages: {@code age/30s/realistic}. */
  public String image() {
    return category + "/" + value + "/" + style;
  }
}
