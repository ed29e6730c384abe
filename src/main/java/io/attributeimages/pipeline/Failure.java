package io.attributeimages.pipeline;

import io.attributeimages.provider.ForeignText;
import io.attributeimages.provider.ProviderFailure;
import io.attributeimages.storage.StoreRefusal;

/**
 * What the ledger is told of a step that failed: the exchange property {@link #PROPERTY}.
 *
 * @param reason an upper case word: Novita's own, or ours
 * @param status the HTTP status, or null
 * @param message what happened, for people
 * @param redeliveries how often the call was repeated before it was given up
 * @param pauseSeconds the pause the other side asked for, 0 where it asked for none
 * @param lost whether Novita has nothing more to fetch for the task, so that its cost is lost
 */
public record Failure(
    String reason,
    Integer status,
    String message,
    int redeliveries,
    double pauseSeconds,
    boolean lost) {

  /** The reason of a store that will take no such picture before somebody changes a setting. */
  public static final String STORAGE_REFUSED = "STORAGE_REFUSED";

  /** The exchange property under which it travels. */
  public static final String PROPERTY = "failure";

  /** Makes the message one printable line of bounded length, as it may quote anyone. */
  public Failure {
    message = ForeignText.line(message);
  }

  /** A failure without an HTTP answer. */
  public static Failure of(String reason, String message) {
    return new Failure(reason, null, message, 0, 0, false);
  }

  /** A paid task that Novita will never deliver. */
  public static Failure ofLostTask(String reason, Integer status, String message) {
    return new Failure(reason, status, message, 0, 0, true);
  }

  /** What a store will not take. */
  public static Failure of(StoreRefusal refusal, int redeliveries) {
    return new Failure(
        STORAGE_REFUSED, refusal.status(), refusal.message(), redeliveries, 0, false);
  }

  /** What a failed call to a provider means for the ledger. */
  public static Failure of(ProviderFailure failure, int redeliveries, double maxPauseSeconds) {
    double pause =
        failure instanceof ProviderFailure.Retry retry
            ? Math.min(retry.retryAfter().toMillis() / 1000.0, maxPauseSeconds)
            : 0;
    boolean lost = failure instanceof ProviderFailure.Lost;
    return new Failure(
        failure.reason(),
        failure.status(),
        failure.getMessage() + (lost ? ". What was paid for the image is lost" : ""),
        redeliveries,
        pause,
        lost);
  }

  /** Whether a gateway says that Novita, or the way to it, is not well. */
  public boolean isGateway() {
    return status != null && (status == 502 || status == 503);
  }

  /** What an answer to a submit was lost to, for the brake. */
  public String lostTo() {
    return isGateway() ? "GATEWAY" : status != null && status == 200 ? "UNREADABLE" : "ANSWER";
  }

  /** Why a paid picture is not stored, for the brake. */
  public String keptFrom() {
    return reason.equals(STORAGE_REFUSED) ? "STORE" : "PICTURE";
  }

  /** The failure in one sentence. */
  public String sentence() {
    return reason + (status == null ? "" : " (HTTP " + status + ")") + ": " + message;
  }
}
