package io.attributeimages.ledger;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.Expression;
import org.apache.camel.component.sql.DefaultSqlPrepareStatementStrategy;
import org.apache.camel.component.sql.SqlHelper;
import org.apache.camel.support.ExpressionAdapter;

/**
 * The parameters of one statement, as camel-sql understands them: {@code :#name} is an entry of the
 * body or a header, {@code :#${…}} is Camel's Simple language. Its commonest forms have a short cut
 * here, as every image comes to dozens of them and Simple looks up beans and methods anew each
 * time:
 *
 * <ul>
 *   <li>{@code ${exchangeProperty.name}}
 *   <li>{@code ${exchangeProperty.name.component}} and {@code ${body.component}}, of records
 *   <li>{@code ${bean:settings.name}}, which is asked for once: settings do not change
 * </ul>
 */
final class NamedParameters extends DefaultSqlPrepareStatementStrategy {

  /** camel-sql has made {@code :?} of {@code :#} by then. */
  private static final Pattern PARAMETER = Pattern.compile(":\\?(?:(\\w+)|(\\$\\{[^}]+}))");

  private static final Pattern PROPERTY =
      Pattern.compile("\\$\\{exchangeProperty\\.(\\w+)(?:\\.(\\w+))?}");
  private static final Pattern OF_BODY = Pattern.compile("\\$\\{body\\.(\\w+)}");
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
        .iterator();
  }

  private static Expression expression(CamelContext camel, MatchResult parameter) {
    String name = parameter.group(1);
    if (name != null) {
      return new Given(name);
    }
    String simple = parameter.group(2);
    Matcher property = PROPERTY.matcher(simple);
    if (property.matches()) {
      return new OfProperty(property.group(1), property.group(2));
    }
    Matcher body = OF_BODY.matcher(simple);
    if (body.matches()) {
      return new OfBody(body.group(1));
    }
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
      Object body = exchange.getMessage().getBody();
      if (body instanceof Map<?, ?> map && map.containsKey(name)) {
        return map.get(name);
      }
      if (!SqlHelper.hasParameter(name, exchange, body)) {
        throw new IllegalArgumentException("neither the body nor a header has " + name);
      }
      return SqlHelper.lookupParameter(name, exchange, body);
    }
  }

  /** A property of the exchange, or a component of the record that it is. */
  private static final class OfProperty extends ExpressionAdapter {
    private final String property;
    private final Component component;

    OfProperty(String property, String component) {
      this.property = property;
      this.component = component == null ? null : new Component(component);
    }

    @Override
    public Object evaluate(Exchange exchange) {
      Object value = exchange.getProperty(property);
      return component == null || value == null ? value : component.of(value);
    }
  }

  /** A component of the record that is the body. */
  private static final class OfBody extends ExpressionAdapter {
    private final Component component;

    OfBody(String component) {
      this.component = new Component(component);
    }

    @Override
    public Object evaluate(Exchange exchange) {
      return component.of(exchange.getMessage().getBody());
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

  /** A component of records, which are all of one class as a rule. */
  private static final class Component {
    private final String name;
    private volatile Method last;

    Component(String name) {
      this.name = name;
    }

    Object of(Object value) {
      try {
        Method accessor = last;
        if (accessor == null || accessor.getDeclaringClass() != value.getClass()) {
          accessor = value.getClass().getMethod(name);
          last = accessor;
        }
        Object component = accessor.invoke(value);
        return component instanceof Instant instant ? Timestamp.from(instant) : component;
      } catch (NoSuchMethodException | IllegalAccessException e) {
        throw new IllegalArgumentException(value.getClass().getName() + " has no " + name, e);
      } catch (InvocationTargetException e) {
        throw new IllegalStateException(e.getCause());
      }
    }
  }
}
