package io.attributeimages.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class NamedParametersTest {

  /** A record as routes carry them. */
  public record Thing(String name, Thing inner) {}

  /** Counts how often it is asked. */
  public static final class Settings {
    private final AtomicInteger asked = new AtomicInteger();

    public int limit() {
      return asked.incrementAndGet();
    }
  }

  private final DefaultCamelContext camel = new DefaultCamelContext();
  private final Settings settings = new Settings();
  private Exchange exchange;

  @BeforeEach
  void start() {
    camel.getRegistry().bind("settings", settings);
    camel.start();
    exchange = new DefaultExchange(camel);
  }

  @AfterEach
  void stop() {
    camel.stop();
  }

  @Test
  void theStatementHasAQuestionMarkForEachOfThem() {
    NamedParameters parameters =
        NamedParameters.of(
            camel, "SELECT :?${body.name}, a::text FROM b WHERE c = :?d AND e = ':x'");

    assertThat(parameters.prepareQuery(null, true, exchange))
        .isEqualTo("SELECT ?, a::text FROM b WHERE c = ? AND e = ':x'");
    assertThat(parameters.count()).isEqualTo(2);
  }

  @Test
  void aNameIsAnEntryOfTheBodyOrAHeaderAndMayBeNull() {
    exchange.getMessage().setBody(new HashMap<>(Map.of("one", 1)));
    exchange.getMessage().getBody(Map.class).put("none", null);
    exchange.getMessage().setHeader("one", "of the header");
    exchange.getMessage().setHeader("two", 2);

    assertThat(values(":?one :?two :?none")).containsExactly(1, 2, null);
  }

  @Test
  void aNameThatIsNowhereIsRefused() {
    assertThatThrownBy(() -> values(":?nowhere")).hasMessageContaining("nowhere");
  }

  @Test
  void aPropertyMayHaveAComponentAndMayBeMissing() {
    exchange.setProperty("thing", new Thing("its name", null));

    assertThat(
            values(
                ":?${exchangeProperty.thing.name} :?${exchangeProperty.thing.inner}"
                    + " :?${exchangeProperty.other} :?${exchangeProperty.other.name}"))
        .containsExactly("its name", null, null, null);
  }

  @Test
  void whatAnotherExchangeCarriesIsAskedAnew() {
    NamedParameters parameters = NamedParameters.of(camel, ":?${body.name}");

    exchange.getMessage().setBody(new Thing("first", null));
    assertThat(values(parameters)).containsExactly("first");
    exchange.getMessage().setBody(new Thing("second", null));
    assertThat(values(parameters)).containsExactly("second");
  }

  @Test
  void aComponentThatIsNoneIsRefused() {
    exchange.getMessage().setBody(new Thing("a name", null));

    assertThatThrownBy(() -> values(":?${body.nam}"))
        .rootCause()
        .hasMessageContaining("nam not found");
  }

  @Test
  void aSettingIsAskedForOnce() {
    NamedParameters parameters = NamedParameters.of(camel, ":?${bean:settings.limit}");

    assertThat(values(parameters)).containsExactly(1);
    assertThat(values(parameters)).containsExactly(1);
  }

  @Test
  void anInstantIsWhatTheDatabaseTakesForOne() {
    exchange.setProperty("at", Instant.EPOCH);

    assertThat(values(":?${exchangeProperty.at}")).containsExactly(new Timestamp(0));
  }

  @Test
  void everythingElseIsSimple() {
    exchange.setProperty("row", Map.of("id", 7));

    assertThat(values(":?${exchangeProperty.row[id]}")).containsExactly(7);
  }

  private List<Object> values(String text) {
    return values(NamedParameters.of(camel, text));
  }

  private List<Object> values(NamedParameters parameters) {
    List<Object> values = new ArrayList<>();
    parameters
        .createPopulateIterator(
            null, null, parameters.count(), exchange, exchange.getMessage().getBody())
        .forEachRemaining(values::add);
    return values;
  }
}
