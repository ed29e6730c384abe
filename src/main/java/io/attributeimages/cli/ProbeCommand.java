package io.attributeimages.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code probe}. */
@Command(
    name = "probe",
    sortOptions = false,
    header =
        "Try the database, the bucket, the account and the models one by one, without paying for an image.",
    description = {
      "%nInserts a row and rolls it back, writes a small object and deletes it, and asks for the"
          + " account's balance. One that fails does not keep the others from being tried.%n"
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:all are well",
      "1:one of them is not",
      "2:the command or a setting is wrong"
    })
public final class ProbeCommand implements ProgramCommand {

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
    return work.probe(this);
  }
}
