package io.attributeimages;

import io.attributeimages.catalog.CatalogueException;
import io.attributeimages.embedded.EmbeddedServiceException;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;
import java.util.Optional;
import org.apache.camel.quarkus.main.CamelMainApplication;

/** The program. */
@QuarkusMain
public final class Main {

  private static final int BAD_USAGE_OR_SETTINGS = 2;

  private Main() {}

  /** Starts the service. Bad usage and bad settings end in one clear message and exit code 2. */
  public static void main(String[] arguments) {
    if (arguments.length > 1 || arguments.length == 1 && !arguments[0].equals("serve")) {
      System.err.println(
          "Unknown command '" + String.join(" ", arguments) + "'; known is: serve (the default).");
      System.exit(BAD_USAGE_OR_SETTINGS);
    }
    Quarkus.run(CamelMainApplication.class, Main::exit);
  }

  private static void exit(int code, Throwable failure) {
    if (failure == null) {
      System.exit(Math.max(code, 0));
    }
    Optional<String> explanation = explanation(failure);
    if (explanation.isPresent()) {
      System.err.println(explanation.get());
      System.exit(BAD_USAGE_OR_SETTINGS);
    }
    failure.printStackTrace();
    System.exit(1);
  }

  private static Optional<String> explanation(Throwable failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof SettingsException
          || t instanceof CatalogueException
          || t instanceof EmbeddedServiceException) {
        return Optional.of(t.getMessage());
      }
      if (t instanceof java.sql.SQLException) {
        return Optional.of(
            "The database at quarkus.datasource.jdbc.url cannot be used: " + t.getMessage());
      }
    }
    return Optional.empty();
  }
}
