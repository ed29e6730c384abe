package io.attributeimages.api;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
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

  void filter(@Observes ComponentAddEvent event) {
    if (event.getComponent() instanceof PlatformHttpComponent http) {
      http.setHeaderFilterStrategy(new ContentTypeOnly());
    }
  }

  private static final class ContentTypeOnly extends HttpHeaderFilterStrategy {
    @Override
    public boolean applyFilterToExternalHeaders(String name, Object value, Exchange exchange) {
      return !name.equalsIgnoreCase(Exchange.CONTENT_TYPE);
    }
  }
}
