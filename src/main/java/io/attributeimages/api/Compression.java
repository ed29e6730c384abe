package io.attributeimages.api;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.Set;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * Packs what Camel routes and extensions of Quarkus answer, where it is text: by itself Quarkus
 * packs only files.
 */
@ApplicationScoped
class Compression {

  private static final int EARLY = 1000;

  private final Set<String> mediaTypes;

  Compression(@ConfigProperty(name = "quarkus.http.compress-media-types") Set<String> mediaTypes) {
    this.mediaTypes = mediaTypes;
  }

  void register(@Observes Filters filters) {
    filters.register(this::allow, EARLY);
  }

  private void allow(RoutingContext call) {
    call.addHeadersEndHandler(
        end -> {
          MultiMap headers = call.response().headers();
          String type = headers.get(HttpHeaders.CONTENT_TYPE);
          // Quarkus has said that nothing may be packed
          if (type != null
              && mediaTypes.contains(type.split(";")[0].strip())
              && headers.contains(HttpHeaders.CONTENT_ENCODING, HttpHeaders.IDENTITY, true)) {
            headers.remove(HttpHeaders.CONTENT_ENCODING);
            headers.add(HttpHeaders.VARY, HttpHeaders.ACCEPT_ENCODING);
          }
        });
    call.next();
  }
}
