package io.attributeimages.cli;

import picocli.CommandLine.Mixin;

/** What {@code dead-letters} and {@code dead-letters list} have in common. */
public abstract class DeadLetterListing implements ProgramCommand {

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

  /** Which ones, beside the images they are of. */
  DeadLetterFilter filter() {
    return filter;
  }

  @Override
  public int run(Work work) {
    return work.list(this);
  }
}
