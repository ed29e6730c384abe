package io.attributeimages.cli;

import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code dead-letters}, which lists them. */
@Command(
    name = "dead-letters",
    sortOptions = false,
    header = "List the images that failed, replay or discard them.",
    description = "%nWithout one of the commands below, it lists.%n",
    commandListHeading = "%nCommands:%n",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "1:a dead letter is not there, or cannot be replayed",
      "2:the command or a setting is wrong, or the database cannot be reached"
    },
    subcommands = {
      DeadLettersCommand.ListAll.class,
      DeadLettersCommand.Replay.class,
      DeadLettersCommand.Discard.class
    })
public final class DeadLettersCommand extends DeadLetterListing {
  /** {@code dead-letters list}. */
  @Command(
      name = "list",
      sortOptions = false,
      header = "List the images that failed, the newest first.")
  public static final class ListAll extends DeadLetterListing {}

  /** {@code dead-letters replay}. */
  @Command(
      name = "replay",
      sortOptions = false,
      header = "Put dead letters back to work.",
      description = {
        "%nWhat was paid for and can still be fetched is fetched; everything else is submitted anew,"
            + " and paid. The work itself is done by a service that is running, or by the next"
            + " generate.%n"
      },
      exitCodeListHeading = "%nExit codes:%n",
      exitCodeList = {
        "0:all of them are on their way again",
        "1:one is not there, or cannot be replayed; the others are on their way",
        "2:the command or a setting is wrong, or the database cannot be reached"
      })
  public static final class Replay implements ProgramCommand {

    @Parameters(paramLabel = "ID", description = "The ids of dead letters, as they are listed.")
    private List<String> ids = List.of();

    @Option(names = "--all", order = 0, description = "All of them.")
    private boolean all;

    @Mixin private DeadLetterFilter filter = new DeadLetterFilter();
    @Mixin private ImageChoice choice = new ImageChoice();
    @Mixin private OutputOptions output = new OutputOptions();

    @Override
    public OutputOptions output() {
      return output;
    }

    @Override
    public ImageChoice choice() {
      return choice;
    }

    /** The ids, or none where the filter says which. */
    List<String> ids() {
      return ids;
    }

    /** Which ones, where no id is given. */
    DeadLetterFilter filter() {
      return filter;
    }

    @Override
    public void validate() {
      boolean filtered = !filter.isEmpty() || !choice.isEmpty();
      int ways = (ids.isEmpty() ? 0 : 1) + (filtered ? 1 : 0) + (all ? 1 : 0);
      if (ways == 0) {
        throw new UsageException(
            "Say what dead-letters replay is about: ids, a filter such as --category, or --all.");
      }
      if (ways > 1) {
        throw new UsageException(
            "dead-letters replay takes ids, or a filter, or --all; allowed is one of them.");
      }
    }

    @Override
    public int run(Work work) {
      return work.replay(this);
    }
  }

  /** {@code dead-letters discard}. */
  @Command(
      name = "discard",
      sortOptions = false,
      header = "Give dead letters up.",
      description = {
        "%nTheir rows stay in the ledger, as CANCELLED. An image that is still required is missing,"
            + " and the next run makes it.%n"
      },
      exitCodeListHeading = "%nExit codes:%n",
      exitCodeList = {
        "0:all of them are gone",
        "1:one is not there; the others are gone",
        "2:the command or a setting is wrong, or the database cannot be reached"
      })
  public static final class Discard implements ProgramCommand {

    @Parameters(
        arity = "1..*",
        paramLabel = "ID",
        description = "The ids of dead letters, as they are listed.")
    private List<String> ids = List.of();

    @Mixin private OutputOptions output = new OutputOptions();

    @Override
    public OutputOptions output() {
      return output;
    }

    /** The ids. */
    List<String> ids() {
      return ids;
    }

    @Override
    public int run(Work work) {
      return work.discard(this);
    }
  }
}
