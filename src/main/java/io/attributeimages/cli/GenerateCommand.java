package io.attributeimages.cli;

import io.attributeimages.ledger.RunMode;
import java.math.BigDecimal;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code generate}. */
@Command(
    name = "generate",
    sortOptions = false,
    header = "Make the images that are missing, and wait until they are stored.",
    description = {
      "%nWrites a run into the ledger and works on it until it is done, alone or together with a"
          + " service that is running. Images that another run is making already are waited for,"
          + " not made twice.",
      "%nCtrl-C, or SIGTERM, stops it: what is under way is finished or given back, nothing that"
          + " was paid is lost, and the next generate, or a service, goes on from there.%n"
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:everything that was asked for is stored",
      "1:something failed, was left out by the budget, or the run was halted or cancelled",
      "2:the command or a setting is wrong, or a service cannot be reached at the start",
      "130:stopped by Ctrl-C; 143 by SIGTERM"
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  attribute-images generate --dry-run",
      "  attribute-images generate --max-cost 0.50",
      "  attribute-images generate --category age --value 30s --value 40s --regenerate"
    })
public final class GenerateCommand implements ProgramCommand {

  @Mixin private ImageChoice choice = new ImageChoice();
  @Mixin private OutputOptions output = new OutputOptions();

  @Option(
      names = "--regenerate",
      order = 4,
      description =
          "Make what is there as well; each new picture replaces the old one when it is in place.")
  private boolean regenerate;

  @Option(
      names = "--dry-run",
      order = 5,
      description = "Only say what would be made and what it would cost.")
  private boolean dryRun;

  @Option(
      names = "--max-cost",
      order = 6,
      paramLabel = "USD",
      converter = Usd.class,
      description = "The most the run may pay, in US dollars; pipeline.max-cost-usd holds as well.")
  private BigDecimal maxCost;

  @Override
  public ImageChoice choice() {
    return choice;
  }

  @Override
  public OutputOptions output() {
    return output;
  }

  @Override
  public boolean makesImages() {
    return !dryRun;
  }

  /** Which of the chosen images are made. */
  RunMode mode() {
    return regenerate ? RunMode.REGENERATE : RunMode.MISSING;
  }

  /** Whether nothing is to be made. */
  boolean isDryRun() {
    return dryRun;
  }

  /** The most the run may pay, in US dollars. */
  Optional<BigDecimal> maxCost() {
    return Optional.ofNullable(maxCost);
  }

  @Override
  public int run(Work work) {
    return work.generate(this);
  }
}
