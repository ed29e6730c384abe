package io.attributeimages;

import io.attributeimages.catalog.InputFileException;
import io.attributeimages.cli.Arguments;
import io.attributeimages.cli.Commands;
import io.attributeimages.cli.UsageException;
import io.attributeimages.embedded.EmbeddedServiceException;
import io.attributeimages.ledger.DatabaseFailure;
import io.quarkus.runtime.LaunchMode;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.QuarkusBindException;
import io.quarkus.runtime.annotations.QuarkusMain;
import java.sql.SQLException;
import java.util.Optional;

/** The program. */
@QuarkusMain
public final class Main {

  private static final int BAD_USAGE_OR_SETTINGS = 2;

  Main() {}

  /**
   * Starts the service, or does what a command says. Bad usage and bad settings end in one clear
   * message and exit code 2.
   */
  public static void main(String[] arguments) {
    Arguments read = Arguments.read(arguments, System.out, System.err);
    if (read.isAnswered()) {
      System.exit(read.exitCode());
    } else if (read.isCommand()) {
      read.prepare();
      Quarkus.run(Commands.class, Main::exit);
    } else {
      Quarkus.run(null, Main::exit);
    }
  }

  private static void exit(int code, Throwable failure) {
    Optional<String> explanation = explanation(failure);
    explanation.ifPresent(System.err::println);
    boolean reloads = LaunchMode.current() == LaunchMode.DEVELOPMENT && Startup.wasUp();
    if (reloads || LaunchMode.current() == LaunchMode.TEST) {
      return; // dev mode ends the application at every reload, and goes on when a file is changed
    }
    if (failure == null) {
      System.exit(Math.max(code, 0));
    }
    if (explanation.isPresent()) {
      System.exit(BAD_USAGE_OR_SETTINGS);
    }
    failure.printStackTrace();
    System.exit(1);
  }

  private static Optional<String> explanation(Throwable failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof SettingsException
          || t instanceof UsageException
          || t instanceof InputFileException
          || t instanceof EmbeddedServiceException) {
        return Optional.of(t.getMessage());
      }
      if (t instanceof QuarkusBindException) {
        return Optional.of(SettingsException.ofAddress(t.getMessage()).getMessage());
      }
      if (t instanceof SQLException sql) {
        return Optional.of(DatabaseFailure.sentence(sql));
      }
    }
    return Optional.empty();
  }
}
