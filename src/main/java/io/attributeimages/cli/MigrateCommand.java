package io.attributeimages.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code migrate}. */
@Command(
    name = "migrate",
    sortOptions = false,
    header = "Create the tables, or bring them up to date.",
    description = {
      "%nThe service, generate, check and dead-letters do so when they start, unless"
          + " quarkus.flyway.migrate-at-start is false.%n"
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:the tables are up to date",
      "1:they are not",
      "2:the command or a setting is wrong"
    })
public final class MigrateCommand implements ProgramCommand {

  @Mixin private OutputOptions output = new OutputOptions();

  @Override
  public OutputOptions output() {
    return output;
  }

  @Override
  public boolean needsTables() {
    return false;
  }

  @Override
  public int run(Work work) {
    return work.migrate(this);
  }
}
