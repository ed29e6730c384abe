package io.attributeimages.cli;

import java.util.LinkedHashMap;
import java.util.Map;

/** A command as it was written, for which the program has to start. */
public interface ProgramCommand {

  /** How it is answered. */
  OutputOptions output();

  /** The images it is about, as they were written. */
  default ImageChoice choice() {
    return ImageChoice.NONE;
  }

  /**
   * Checks what no single option can say.
   *
   * @throws UsageException that says what is allowed
   */
  default void validate() {}

  /** Whether the program takes part in the pipeline: claims, submits and stores. */
  default boolean makesImages() {
    return false;
  }

  /** Whether the tables have to be there, so that migrations are applied first. */
  default boolean needsTables() {
    return true;
  }

  /**
   * Does it.
   *
   * @return the exit code
   */
  int run(Work work);

  /**
   * The settings under which the program runs for it: no HTTP port, no run but the one that is
   * asked for, the log away from the answer. Unless it makes images, no route runs by itself; those
   * that are called can be.
   */
  default Map<String, String> settings() {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("quarkus.http.host-enabled", "false");
    settings.put("quarkus.log.console.stderr", "true");
    settings.put("quarkus.log.console.level", output().isVerbose() ? "ALL" : "WARN");
    settings.put("pipeline.run-at-start", "false");
    settings.put("pipeline.schedule", "off");
    if (makesImages()) {
      settings.put(
          "camel.main.route-filter-exclude-pattern",
          "platform-http:*,rest:*,rest-api:*,rest-openapi:*");
    } else {
      settings.put("camel.main.route-filter-include-pattern", "direct:*");
    }
    if (!needsTables()) {
      settings.put("quarkus.flyway.migrate-at-start", "false");
    }
    return settings;
  }

  /** What the commands do, one method for each. Returned are exit codes. */
  interface Work {

    /** Makes images, or says which it would make. */
    int generate(GenerateCommand command);

    /** Says what is missing. */
    int check(CheckCommand command);

    /** Applies the migrations. */
    int migrate(MigrateCommand command);

    /** Tries the services. */
    int probe(ProbeCommand command);

    /** Lists dead letters. */
    int list(DeadLetterListing command);

    /** Puts dead letters back to work. */
    int replay(DeadLettersCommand.Replay command);

    /** Gives dead letters up. */
    int discard(DeadLettersCommand.Discard command);
  }
}
