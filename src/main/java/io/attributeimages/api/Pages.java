package io.attributeimages.api;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * The addresses of the pages, which are static files: the cards are reached with and without a
 * slash at the end, and no browser keeps a page of an older version beside a new one.
 */
@ApplicationScoped
public class Pages {

  /** After what is done for every answer. */
  private static final int EARLY = 800;

  private static final String CARDS = "/create-character";

  /** Files whose addresses stay the same from version to version. */
  private static final Pattern OURS =
      Pattern.compile(
          "/|" + CARDS + "/?|/(?!_static/|webjars/|api/|q/|storage/).+\\.(html|css|js|svg)");

  void register(@Observes Filters filters) {
    filters.register(Pages::read, EARLY + 1);
    filters.register(Pages::keepFresh, EARLY);
  }

  void register(@Observes Router router) {
    router
        .route(CARDS)
        .method(HttpMethod.GET)
        .method(HttpMethod.HEAD)
        .handler(context -> context.reroute(CARDS + "/index.html"));
  }

  /** Types are the same in capitals, and who asks for the head of an answer gets that. */
  private static void read(RoutingContext context) {
    HttpServerRequest request = context.request();
    String accept = request.getHeader("Accept");
    if (accept != null) {
      request.headers().set("Accept", accept.toLowerCase(Locale.ROOT));
    }
    if (request.method().equals(HttpMethod.HEAD) && context.normalizedPath().startsWith("/api/")) {
      context.reroute(HttpMethod.GET, request.uri());
    } else {
      context.next();
    }
  }

  /** Lets browsers keep the file, but ask each time whether it has changed. */
  private static void keepFresh(RoutingContext context) {
    if (OURS.matcher(context.normalizedPath()).matches()) {
      context.response().putHeader("Cache-Control", "no-cache");
    }
    context.next();
  }
}
