package io.attributeimages.observe;

import io.attributeimages.provider.ErrorClassifier;
import java.util.List;
import java.util.stream.Stream;

/**
 * The reasons of failures as labels of metrics. A reason may be Novita's own word: one that is not
 * known here is {@code OTHER}, so that nobody else decides how many series there are.
 */
final class Reasons {

  static final String OTHER = "OTHER";

  /** All labels there are. */
  static final List<String> ALL =
      Stream.concat(
              ErrorClassifier.HALTING_REASONS.stream(),
              Stream.of(
                  // the hosts', beside those that halt
                  "MODERATION_BLOCKED",
                  "CONTENT_POLICY_VIOLATION",
                  "RATE_LIMIT_EXCEEDED",
                  "BILLING_FAILED",
                  "CREATE_TASK_FAILED",
                  "GET_RESULT_FAILED",
                  "ILLEGAL_PROMPT",
                  "INVALID_IMAGE_SIZE",
                  "INVALID_REQUEST_BODY",
                  "TASK_FAILED",
                  "TASK_NOT_FOUND",
                  "TASK_STATUS_FAILED",
                  // ours
                  "ANSWER_LOST",
                  "BEYOND_BUDGET",
                  "CHECKPOINT_GONE",
                  "DOWNLOAD_FAILED",
                  "FLAGGED",
                  "INSTANCE_GONE",
                  "INTERRUPTED",
                  "LEDGER_FAILED",
                  "LEDGER_REFUSED",
                  "MODEL_GONE",
                  "NOT_A_PICTURE",
                  "NO_MEMORY",
                  "NO_PICTURE",
                  "PICTURE_EXPIRED",
                  "PICTURE_LOST",
                  "STOPPED",
                  "STORAGE_FAILED",
                  "STORAGE_REFUSED",
                  "STORED_DIFFERENTLY",
                  "TASK_TIMEOUT",
                  "UNCONFIRMED",
                  "UNREACHABLE",
                  "UNREADABLE_ANSWER",
                  "WRONG_SIZE",
                  // HTTP statuses without a reason
                  "HTTP_3XX",
                  "HTTP_4XX",
                  "HTTP_5XX",
                  OTHER))
          .toList();

  private Reasons() {}

  /** The label of a reason. */
  static String label(String reason) {
    if (reason == null) {
      return OTHER;
    }
    String label = reason.replaceFirst("^(HTTP_[345])\\d\\d$", "$1XX");
    return ALL.contains(label) ? label : OTHER;
  }
}
