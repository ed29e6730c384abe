package io.attributeimages.ledger;

import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.Expression;
import org.apache.camel.component.sql.DefaultSqlPrepareStatementStrategy;
import org.apache.camel.support.ExpressionAdapter;

/**
 * The parameters of one statement, as camel-sql understands them, found once: {@code :#name} is an
 * entry of the body or a header, {@code :#${…}} is Camel's Simple language. What {@code
 * ${bean:settings.name}} says is asked for once, as settings do not change.
 */
final class NamedParameters extends DefaultSqlPrepareStatementStrategy {

  /** camel-sql has made {@code :?} of {@code :#} by then. */
  private static final Pattern PARAMETER = Pattern.compile(":\\?(?:(\\w+)|(\\$\\{[^}]+}))");

  private static final String SETTING = "${bean:settings.";

  private final String statement;
  private final List<Expression> parameters;

  private NamedParameters(String statement, List<Expression> parameters) {
    this.statement = statement;
    this.parameters = parameters;
  }

  /** Those of a statement with {@code :?} for {@code :#}. */
  static NamedParameters of(CamelContext camel, String text) {
    List<Expression> parameters = new ArrayList<>();
    Matcher matcher = PARAMETER.matcher(text);
    String statement =
        matcher.replaceAll(
            parameter -> {
              parameters.add(expression(camel, parameter));
              return "?";
            });
    return new NamedParameters(statement, List.copyOf(parameters));
  }

  int count() {
    return parameters.size();
  }

  @Override
  public String prepareQuery(String query, boolean allowNamedParameters, Exchange exchange) {
    return statement;
  }

  @Override
  public Iterator<?> createPopulateIterator(
      String query, String preparedQuery, int expectedParams, Exchange exchange, Object value) {
    return parameters.stream()
        .map(parameter -> parameter.evaluate(exchange, Object.class))
        // which JDBC does not know
        .map(given -> given instanceof Instant instant ? Timestamp.from(instant) : given)
        .iterator();
  }

  private static Expression expression(CamelContext camel, MatchResult parameter) {
    String name = parameter.group(1);
    if (name != null) {
      return new Given(name);
    }
    String simple = parameter.group(2);
    Expression expression = camel.resolveLanguage("simple").createExpression(simple);
    expression.init(camel);
    return simple.startsWith(SETTING) ? new Once(expression) : expression;
  }

  /** An entry of the body, or a header, or a variable; it must be there, if only as null. */
  private static final class Given extends ExpressionAdapter {
    private final String name;

    Given(String name) {
      this.name = name;
    }

    @Override
    public Object evaluate(Exchange exchange) {
      // a body of another type is not asked whether it can be a map: Camel would look for a way
      // each time
      Map<?, ?> body = exchange.getMessage().getBody() instanceof Map<?, ?> map ? map : Map.of();
      return Stream.of(body, exchange.getMessage().getHeaders(), exchange.getVariables())
          .filter(place -> place.containsKey(name))
          .findFirst()
          .orElseThrow(
              () -> new IllegalArgumentException("neither the body nor a header has " + name))
          .get(name);
    }
  }

  /** What does not change. */
  private static final class Once extends ExpressionAdapter {
    private final Expression expression;
    private volatile Object value;

    Once(Expression expression) {
      this.expression = expression;
    }

    @Override
    public Object evaluate(Exchange exchange) {
      Object known = value;
      if (known == null) {
        known = expression.evaluate(exchange, Object.class);
        value = known;
      }
      return known;
    }
  }
}
