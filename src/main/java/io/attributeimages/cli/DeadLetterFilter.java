package io.attributeimages.cli;

import java.util.Optional;
import java.util.UUID;
import picocli.CommandLine.Option;

/** Which dead letters, beside the images they are of. */
public final class DeadLetterFilter {

  @Option(
      names = "--run",
      order = 4,
      paramLabel = "ID",
      converter = RunId.class,
      description = "Only those of this run.")
  private UUID run;

  @Option(
      names = "--reason",
      order = 5,
      paramLabel = "REASON",
      converter = Reason.class,
      description = "Only those that failed for this reason, such as TASK_STATUS_FAILED.")
  private String reason;

  /** Only those of this run. */
  Optional<String> run() {
    return Optional.ofNullable(run).map(UUID::toString);
  }

  /** Only those that failed for this reason. */
  Optional<String> reason() {
    return Optional.ofNullable(reason);
  }

  /** Whether nothing was chosen. */
  boolean isEmpty() {
    return run == null && reason == null;
  }
}
