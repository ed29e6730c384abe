package io.attributeimages.novita;

import java.time.Duration;

/**
 * What a failed call to Novita means for the image. The cases are those of Novita's error table.
 *
 * <p>Every case has a {@code reason}, Novita's own where it gave one and an upper case word
 * otherwise, the HTTP {@code status} or null where there was none, and a {@code message} for
 * people.
 */
public sealed interface Verdict {

  /** Novita's reason, or ours. */
  String reason();

  /** The HTTP status, or null where there was no answer. */
  Integer status();

  /** What happened, for people. */
  String message();

  /**
   * Nothing was started, or nothing was lost: try again.
   *
   * @param retryAfter the pause Novita asks for, zero where it asks for none
   * @param outage whether the service or the way to it is at fault, rather than this image
   */
  record Retry(String reason, Integer status, String message, Duration retryAfter, boolean outage)
      implements Verdict {}

  /** This image can never work as asked. */
  record Reject(String reason, Integer status, String message) implements Verdict {}

  /** Every image will fail until a person does something. */
  record Halt(String reason, Integer status, String message) implements Verdict {}

  /** The request went out and the answer was lost: the image may be paid for. */
  record Ambiguous(String reason, Integer status, String message) implements Verdict {}

  /** Novita no longer knows the task: what was paid for it is lost. */
  record Gone(String reason, Integer status, String message) implements Verdict {}
}
