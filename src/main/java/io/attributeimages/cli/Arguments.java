package io.attributeimages.cli;

import io.attributeimages.provider.ForeignText;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.OverwrittenOptionException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * What was written on the command line. Help, the version, the completion script and bad usage are
 * answered at once; for everything else the program starts.
 */
public final class Arguments {

  /**
   * How a command reaches the program that starts for it: what reads the configuration is made by
   * the platform, early, and takes no arguments.
   */
  private static final String PENDING = "attribute-images.arguments";

  private static final int BAD_USAGE = 2;

  private final String[] arguments;
  private final Integer exitCode;
  private final ProgramCommand command;

  private Arguments(String[] arguments, Integer exitCode, ProgramCommand command) {
    this.arguments = arguments;
    this.exitCode = exitCode;
    this.command = command;
  }

  /** Reads them, and answers what can be answered at once. */
  public static Arguments read(String[] arguments, PrintStream out, PrintStream err) {
    if (arguments.length == 0) {
      return new Arguments(arguments, null, null); // the service starts sooner without a parser
    }
    CommandLine line = commandLine(out, err);
    try {
      ParseResult result = line.parseArgs(arguments);
      if (CommandLine.printHelpIfRequested(result)) {
        return new Arguments(arguments, 0, null);
      }
      optionsStandBehindTheirCommand(result);
      Object written = command(result);
      if (written instanceof AttributeImages.Completion) {
        out.println(AutoComplete.bash(line.getCommandName(), line));
        return new Arguments(arguments, 0, null);
      }
      if (written instanceof ProgramCommand command) {
        command.validate();
        return new Arguments(arguments, null, command);
      }
      return new Arguments(arguments, null, null);
    } catch (ParameterException e) {
      err.println(sentence(e));
    } catch (UsageException e) {
      err.println(e.getMessage());
    }
    return new Arguments(arguments, BAD_USAGE, null);
  }

  private static CommandLine commandLine(PrintStream out, PrintStream err) {
    return new CommandLine(new AttributeImages())
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .setColorScheme(CommandLine.Help.defaultColorScheme(Terminal.ansi()))
        .setUsageHelpWidth(100)
        // a value that begins with @ is no file
        .setExpandAtFiles(false);
  }

  /** Options before a command's command would be another's, and do nothing. */
  private static void optionsStandBehindTheirCommand(ParseResult result) {
    for (ParseResult r = result; r.hasSubcommand(); r = r.subcommand()) {
      if (!r.matchedOptions().isEmpty()) {
        throw new UsageException(
            "Option "
                + name(r.matchedOptions().get(0))
                + " stands before "
                + r.subcommand().commandSpec().name()
                + "; write it behind.");
      }
    }
  }

  private static Object command(ParseResult result) {
    List<CommandLine> lines = result.asCommandLineList();
    return lines.get(lines.size() - 1).getCommand();
  }

  /** Whether nothing is left to do. */
  public boolean isAnswered() {
    return exitCode != null;
  }

  /** The exit code of what was answered. */
  public int exitCode() {
    return exitCode;
  }

  /** Whether the program starts for a command, rather than as the service. */
  public boolean isCommand() {
    return command != null;
  }

  /** Makes the command known to the program that is about to start, with the settings it needs. */
  public void prepare() {
    System.setProperty(
        PENDING,
        Arrays.stream(arguments)
            .map(argument -> URLEncoder.encode(argument, StandardCharsets.UTF_8))
            .collect(Collectors.joining("&")));
    command
        .settings()
        .forEach(
            (name, value) -> {
              if (System.getProperty(name) == null) {
                System.setProperty(name, value);
              }
            });
  }

  /** The command for which this program has started; empty where it is the service. */
  public static Optional<ProgramCommand> pending() {
    String pending = System.getProperty(PENDING);
    if (pending == null) {
      return Optional.empty();
    }
    String[] arguments =
        Stream.of(pending.split("&"))
            .map(argument -> URLDecoder.decode(argument, StandardCharsets.UTF_8))
            .toArray(String[]::new);
    return Optional.of(
        (ProgramCommand) command(commandLine(System.out, System.err).parseArgs(arguments)));
  }

  /** What is wrong, in one sentence that names the option, its value and what is allowed. */
  private static String sentence(ParameterException e) {
    CommandSpec command = e.getCommandLine().getCommandSpec();
    if (e instanceof UnmatchedArgumentException unmatched) {
      return unknown(command, unmatched.getUnmatched().get(0));
    }
    if (e instanceof MissingParameterException missing) {
      return missing(command, missing.getMissing().get(0));
    }
    if (e instanceof OverwrittenOptionException several) {
      return "Option "
          + name(several.getOverwritten())
          + " is there several times; allowed is one.";
    }
    if (e.getArgSpec() instanceof OptionSpec option && option.arity().max() == 0) {
      return "Option " + name(option) + " takes no value.";
    }
    if (e.getCause() instanceof TypeConversionException wrong && e.getArgSpec() != null) {
      return "Option "
          + name(e.getArgSpec())
          + " is '"
          + ForeignText.quote(e.getValue())
          + "'; allowed is "
          + wrong.getMessage()
          + ".";
    }
    return ForeignText.line(e.getMessage()) + ".";
  }

  private static String unknown(CommandSpec command, String argument) {
    String quoted = "'" + ForeignText.quote(argument) + "'";
    if (argument.startsWith("-")) {
      return "Unknown option "
          + quoted
          + " of "
          + command.qualifiedName()
          + "; known are "
          + command.options().stream()
              .map(OptionSpec::longestName)
              .sorted()
              .collect(Collectors.joining(", "))
          + ".";
    }
    if (!command.subcommands().isEmpty()) {
      return "Unknown command "
          + quoted
          + "; known are "
          + String.join(", ", command.subcommands().keySet())
          + ".";
    }
    return "Unknown argument " + quoted + "; " + command.qualifiedName() + " takes options only.";
  }

  private static String missing(CommandSpec command, ArgSpec what) {
    return what.isOption()
        ? "Option " + name(what) + " needs a value: " + what.paramLabel() + "."
        : command.qualifiedName() + " needs at least one " + what.paramLabel() + ".";
  }

  private static String name(ArgSpec what) {
    return what instanceof OptionSpec option ? option.longestName() : what.paramLabel();
  }
}
