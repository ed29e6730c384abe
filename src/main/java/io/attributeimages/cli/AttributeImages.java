package io.attributeimages.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The program's command line. */
@Command(
    name = "attribute-images",
    header = "Makes the picture cards of a character creator.",
    description = {
      "%nWithout a command it is the service: it makes images when it is asked to, over HTTP or by"
          + " its schedule. Every command works beside a service that is running, on the same ledger,"
          + " and opens no port.%n"
    },
    synopsisSubcommandLabel = "[COMMAND]",
    versionProvider = Version.class,
    commandListHeading = "%nCommands:%n",
    footerHeading = "%n",
    footer = {
      "attribute-images COMMAND --help tells more of a command. The name stands for",
      "java -jar target/quarkus-app/quarkus-run.jar; settings come from environment variables, .env and",
      "config/application.properties, as for the service.",
      "Colours are used on a terminal only, and not where NO_COLOR is set."
    },
    subcommands = {
      AttributeImages.Serve.class,
      GenerateCommand.class,
      CheckCommand.class,
      MigrateCommand.class,
      ProbeCommand.class,
      DeadLettersCommand.class,
      AttributeImages.Completion.class
    })
final class AttributeImages {

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this and do nothing.")
  private boolean help;

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Show the version and do nothing.")
  private boolean version;

  /** {@code serve}, which is also what happens without a command. */
  @Command(name = "serve", header = "Be the service; this is what happens without a command.")
  static final class Serve {

    @Option(
        names = {"-h", "--help"},
        usageHelp = true,
        description = "Show this and do nothing.")
    private boolean help;
  }

  /** {@code completion}. */
  @Command(
      name = "completion",
      header = "Print a script with which bash and zsh complete the commands.",
      description = {
        "%nIt completes a command of the name attribute-images, so there must be one:",
        "",
        "  attribute-images() { java -jar /path/to/quarkus-run.jar \"$@\"; }",
        "  source <(attribute-images completion)",
        "",
        "For zsh, run  autoload -U +X bashcompinit && bashcompinit  before.%n"
      })
  static final class Completion {

    @Option(
        names = {"-h", "--help"},
        usageHelp = true,
        description = "Show this and do nothing.")
    private boolean help;
  }
}
