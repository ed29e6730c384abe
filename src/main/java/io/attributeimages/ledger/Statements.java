package io.attributeimages.ledger;

import io.quarkus.arc.Unremovable;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.camel.Endpoint;
import org.apache.camel.NoTypeConversionAvailableException;
import org.apache.camel.component.sql.SqlEndpoint;
import org.apache.camel.component.sql.SqlHelper;
import org.apache.camel.spi.EndpointStrategy;

/**
 * Reads the statements of {@code sql/} once, when a route names them: camel-sql would look for the
 * parameters in their text with every call, and ask the database how many there are.
 *
 * <p>Statements that routes of one's own bring along are left to camel-sql.
 */
@Singleton
@Unremovable
@Named("statements")
public class Statements implements EndpointStrategy {

  private static final String FILES = "classpath:sql/";

  @Override
  public Endpoint registerEndpoint(String uri, Endpoint endpoint) {
    if (endpoint instanceof SqlEndpoint sql && sql.getQuery().startsWith(FILES)) {
      NamedParameters parameters = NamedParameters.of(sql.getCamelContext(), text(sql));
      sql.setPrepareStatementStrategy(parameters);
      sql.setParametersCount(parameters.count());
    }
    return endpoint;
  }

  /** As camel-sql reads it. */
  private static String text(SqlEndpoint sql) {
    try {
      return SqlHelper.resolveQuery(
          sql.getCamelContext(),
          sql.getQuery(),
          sql.isUsePlaceholder() ? sql.getPlaceholder() : null);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (NoTypeConversionAvailableException e) {
      throw new IllegalStateException(e);
    }
  }
}
