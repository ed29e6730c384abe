package io.attributeimages.api;

import io.quarkus.runtime.configuration.MemorySize;
import io.quarkus.vertx.http.HttpServerOptionsCustomizer;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.Map;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * Refuses calls that are too large, in words. The server below would do so with a bare status: it
 * is left more room, and refuses only what has several times the size.
 */
@ApplicationScoped
public class RequestLimits implements HttpServerOptionsCustomizer {

  /** Early, but after what is done for every answer. */
  private static final int EARLY = 900;

  private static final int MAX_URL = 4096;
  private static final int MAX_HEADERS = 16 * 1024;
  private static final int SERVER_MAX = 64 * 1024;

  private final long maxBody;

  RequestLimits(@ConfigProperty(name = "quarkus.http.limits.max-body-size") MemorySize maxBody) {
    this.maxBody = maxBody.asLongValue();
  }

  @Override
  public void customizeHttpServer(HttpServerOptions options) {
    options.setMaxInitialLineLength(SERVER_MAX).setMaxHeaderSize(SERVER_MAX);
  }

  void register(@Observes Filters filters) {
    filters.register(this::check, EARLY);
  }

  private void check(RoutingContext context) {
    HttpServerRequest request = context.request();
    if (request.uri().length() > MAX_URL) {
      refuse(context, 414);
    } else if (size(request.headers()) > MAX_HEADERS) {
      refuse(context, 431);
    } else if (announced(request) > maxBody) {
      refuse(context, 413);
    } else {
      context.next();
    }
  }

  /** What follows of the call is not waited for. */
  private static void refuse(RoutingContext context, int status) {
    context.response().putHeader("Connection", "close");
    context.fail(status);
  }

  private static int size(Iterable<Map.Entry<String, String>> headers) {
    int size = 0;
    for (Map.Entry<String, String> header : headers) {
      size += header.getKey().length() + header.getValue().length() + ": \r\n".length();
    }
    return size;
  }

  /** The announced length of the body; the server checks that it is a number. */
  private static long announced(HttpServerRequest request) {
    String length = request.getHeader("Content-Length");
    return length == null ? 0 : Long.parseLong(length);
  }
}
