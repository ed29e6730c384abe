package io.attributeimages.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code check}. */
@Command(
    name = "check",
    sortOptions = false,
    header = "Say which images are missing, by category and style.",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:everything is stored, covers included",
      "1:something is missing",
      "2:the command or a setting is wrong, or the database cannot be reached"
    })
public final class CheckCommand implements ProgramCommand {

  @Mixin private OutputOptions output = new OutputOptions();

  @Override
  public OutputOptions output() {
    return output;
  }

  @Override
  public int run(Work work) {
    return work.check(this);
  }
}
