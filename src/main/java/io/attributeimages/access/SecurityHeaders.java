package io.attributeimages.access;

import io.attributeimages.storage.ObjectKeys;
import io.quarkus.runtime.LaunchMode;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.MultiMap;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.net.URI;

/** What browsers are told with every answer. */
@ApplicationScoped
public class SecurityHeaders {

  /** Before anything that may answer. */
  private static final int FIRST = 1100;

  private final String contentSecurityPolicy;

  /** Pictures are shown from where they are stored. */
  public SecurityHeaders(ObjectKeys keys) {
    URI pictures = URI.create(keys.publicUrl(""));
    contentSecurityPolicy =
        "default-src 'self'; img-src 'self' data: "
            + pictures.getScheme()
            + "://"
            + pictures.getRawAuthority()
            + "; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
  }

  void register(@Observes Filters filters) {
    filters.register(this::add, FIRST);
  }

  private void add(RoutingContext context) {
    String path = context.normalizedPath();
    MultiMap headers = context.response().headers();
    headers
        .set("X-Content-Type-Options", "nosniff")
        .set("X-Frame-Options", "DENY")
        .set("Referrer-Policy", "no-referrer")
        .set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()");
    boolean toolsOfDevMode =
        LaunchMode.current() == LaunchMode.DEVELOPMENT && path.startsWith("/q/");
    if (!toolsOfDevMode) {
      headers.set("Content-Security-Policy", contentSecurityPolicy);
    }
    if (!path.startsWith("/storage/")) {
      headers.set("Cross-Origin-Resource-Policy", "same-origin");
    }
    if (path.startsWith("/api/") || path.startsWith("/q/") || path.startsWith("/webhooks/")) {
      headers.set("Cache-Control", "no-store");
    }
    if ("https".equals(context.request().scheme())) {
      headers.set("Strict-Transport-Security", "max-age=31536000");
    }
    context.next();
  }
}
