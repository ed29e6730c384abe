package io.attributeimages.cli;

import io.attributeimages.ledger.DatabaseFailure;
import io.quarkus.arc.Unremovable;
import io.quarkus.runtime.QuarkusApplication;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.SQLException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Does the command for which the program has started, and returns its exit code. */
@ApplicationScoped
@Unremovable
public class Commands implements QuarkusApplication, ProgramCommand.Work {

  /** All is done that was asked for. */
  static final int DONE = 0;

  /** Not all is done, or not all is well. */
  static final int NOT_DONE = 1;

  /** What the command needs cannot be used. */
  static final int UNUSABLE = 2;

  private static final Logger LOG = LoggerFactory.getLogger(Commands.class);

  private final Generate generate;
  private final Check check;
  private final Migrate migrate;
  private final Probe probe;
  private final DeadLetters deadLetters;

  Commands(Generate generate, Check check, Migrate migrate, Probe probe, DeadLetters deadLetters) {
    this.generate = generate;
    this.check = check;
    this.migrate = migrate;
    this.probe = probe;
    this.deadLetters = deadLetters;
  }

  /** The arguments are those of the platform: the command's own are pending. */
  @Override
  public int run(String... none) {
    ProgramCommand command = Arguments.pending().orElseThrow();
    try {
      return command.run(this);
    } catch (RefusedException e) {
      System.err.println(e.getMessage());
      return NOT_DONE;
    } catch (RuntimeException e) {
      Optional<SQLException> database = DatabaseFailure.of(e);
      if (database.isEmpty()) {
        LOG.error("The command failed", e);
        return NOT_DONE;
      }
      LOG.debug("The command failed", e);
      System.err.println(DatabaseFailure.sentence(database.get()));
      return UNUSABLE;
    }
  }

  @Override
  public int generate(GenerateCommand command) {
    return generate.run(command);
  }

  @Override
  public int check(CheckCommand command) {
    return check.run(Answer.to(command.output()));
  }

  @Override
  public int migrate(MigrateCommand command) {
    return migrate.run(Answer.to(command.output()));
  }

  @Override
  public int probe(ProbeCommand command) {
    return probe.run(Answer.to(command.output()));
  }

  @Override
  public int list(DeadLetterListing command) {
    return deadLetters.list(command);
  }

  @Override
  public int replay(DeadLettersCommand.Replay command) {
    return deadLetters.replay(command);
  }

  @Override
  public int discard(DeadLettersCommand.Discard command) {
    return deadLetters.discard(command);
  }
}
