package io.attributeimages.api;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.camel.Exchange;
import org.apache.camel.component.platform.http.PlatformHttpComponent;
import org.apache.camel.http.base.HttpHeaderFilterStrategy;
import org.apache.camel.quarkus.core.events.ComponentAddEvent;

/**
 * Keeps a client's headers, query parameters and form fields out of the headers of messages, where
 * routes expect path parameters and values of their own. Routes read the query from {@link
 * Exchange#HTTP_QUERY}.
 */
@ApplicationScoped
public class ClientHeaders {

  /** The header by which a call that is sent again is known to be the same. */
  static final String IDEMPOTENCY_KEY = "Idempotency-Key";

  private static final Set<String> LET_THROUGH =
      Stream.of(Exchange.CONTENT_TYPE, Exchange.CONTENT_ENCODING, IDEMPOTENCY_KEY)
          .map(name -> name.toLowerCase(Locale.ROOT))
          .collect(Collectors.toSet());

  void filter(@Observes ComponentAddEvent event) {
    if (event.getComponent() instanceof PlatformHttpComponent http) {
      http.setHeaderFilterStrategy(new Few());
    }
  }

  private static final class Few extends HttpHeaderFilterStrategy {
    Few() {
      // what a client says of its body is not true of the answer
      getOutFilter().add(Exchange.CONTENT_ENCODING.toLowerCase(Locale.ROOT));
    }

    @Override
    public boolean applyFilterToExternalHeaders(String name, Object value, Exchange exchange) {
      return !LET_THROUGH.contains(name.toLowerCase(Locale.ROOT));
    }
  }
}
