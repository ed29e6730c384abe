package io.attributeimages.cli;

import picocli.CommandLine.Option;

/** Options that every command has. */
public final class OutputOptions {

  @Option(
      names = "--json",
      order = 100,
      description = "Print one JSON object, for scripts, instead of text for people.")
  private boolean json;

  @Option(
      names = {"-v", "--verbose"},
      order = 101,
      description = "Show the whole log, on standard error, instead of warnings alone.")
  private boolean verbose;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      order = 102,
      description = "Show this and do nothing.")
  private boolean help;

  /** Whether the answer is JSON. */
  public boolean isJson() {
    return json;
  }

  /** Whether the whole log is shown. */
  public boolean isVerbose() {
    return verbose;
  }
}
