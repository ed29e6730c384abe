package io.attributeimages.api;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.net.URI;
import java.util.Locale;
import java.util.Set;

/**
 * Keeps other sites from making a visitor's browser change something here: a browser sends the
 * operator's password along by itself.
 */
@ApplicationScoped
public class BrowserGuard {

  private static final int EARLY = 1000;
  private static final Set<HttpMethod> READING =
      Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);

  void register(@Observes Filters filters) {
    filters.register(BrowserGuard::guard, EARLY);
  }

  private static void guard(RoutingContext context) {
    HttpServerRequest request = context.request();
    boolean reading = READING.contains(request.method());
    if (!reading && !context.normalizedPath().startsWith("/webhooks/") && isFilledForm(request)) {
      context.fail(415);
    } else if (reading || isSameOrigin(request)) {
      context.next();
    } else {
      new Problem(
              403,
              "Forbidden",
              "The call comes from a page of another site; call it from a page of this one")
          .send(context.response());
    }
  }

  /** The calls take JSON; forms are what another site's page can send without being asked. */
  private static boolean isFilledForm(HttpServerRequest request) {
    String type = request.getHeader("Content-Type");
    return type != null
        && type.toLowerCase(Locale.ROOT)
            .matches("\\s*(application/x-www-form-urlencoded|multipart/form-data).*")
        && (request.getHeader("Transfer-Encoding") != null
            || !request.headers().contains("Content-Length", "0", true)
                && request.headers().contains("Content-Length"));
  }

  /**
   * Browsers send the origin of the page with every call that can change something, and over TLS or
   * to the same machine also whether it is this one, which holds behind a proxy that changes the
   * host as well. Programs send neither.
   */
  private static boolean isSameOrigin(HttpServerRequest request) {
    String site = request.getHeader("Sec-Fetch-Site");
    if (site != null) {
      return site.equals("same-origin") || site.equals("none");
    }
    String origin = request.getHeader("Origin");
    if (origin == null) {
      return true;
    }
    try {
      return request.authority() != null
          && request.authority().toString().equalsIgnoreCase(URI.create(origin).getRawAuthority());
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
