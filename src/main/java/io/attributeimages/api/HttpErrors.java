package io.attributeimages.api;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers calls that no route sees with {@code application/problem+json}: an unknown path, a wrong
 * method, a body that is too large or cannot be read.
 */
@ApplicationScoped
public class HttpErrors {

  private static final Logger LOG = LoggerFactory.getLogger(HttpErrors.class);
  private static final List<Integer> UNMATCHED = List.of(400, 404, 405, 406, 415);

  void register(@Observes Router router) {
    UNMATCHED.forEach(status -> router.errorHandler(status, context -> answer(context, router)));
    router.route().order(Integer.MIN_VALUE).failureHandler(context -> failed(context, router));
  }

  /** Who refuses a call in words has the last one; the rest is said here. */
  private static void failed(RoutingContext context, Router router) {
    if (context.failure() instanceof Problem problem && !context.response().headWritten()) {
      if (!context.request().isEnded()) {
        context.request().resume(); // a body that nobody reads would hold up the next call
      }
      problem.send(context.response());
    } else if (context.failure() instanceof SecurityException
        || context.statusCode() == 401
        || context.statusCode() == 403) {
      context.next();
    } else {
      answer(context, router);
    }
  }

  private static void answer(RoutingContext context, Router router) {
    HttpServerResponse response = context.response();
    if (response.headWritten()) {
      response.reset();
      return;
    }
    List<String> methods = methods(router, context.normalizedPath());
    int status = status(context, methods);
    if (status >= 500) {
      LOG.error(
          "{} {}: {}",
          context.request().method(),
          context.normalizedPath().replaceFirst("^(/webhooks/\\w+)/.*", "$1/…"), // has a token
          String.valueOf(context.failure()),
          context.failure() instanceof Error error ? error : null);
    }
    String allowed = status == 405 ? String.join(", ", methods) : "";
    if (!allowed.isEmpty()) {
      response.putHeader("Allow", allowed);
    }
    if (status == 405 && context.request().method().equals(HttpMethod.OPTIONS)) {
      response.setStatusCode(204).end();
      return;
    }
    String name = HttpResponseStatus.valueOf(status).reasonPhrase();
    String title = name.charAt(0) + name.substring(1).toLowerCase(Locale.ROOT);
    new Problem(status, title, detail(status, allowed)).send(response);
  }

  private static int status(RoutingContext context, List<String> methods) {
    if (context.statusCode() == 404 || context.statusCode() == 405) {
      // Static files are looked for at every address, so the router cannot tell what is wrong.
      if (methods.isEmpty()) {
        return 404;
      }
      return methods.contains(context.request().method().name()) ? 406 : 405;
    }
    if (context.statusCode() >= 400 && context.statusCode() != 500) {
      return context.statusCode();
    }
    // A call that has not come to its end cannot have been read.
    return context.request().isEnded() ? 500 : 400;
  }

  /** The methods of the routes at a path, and those that each reading route has. */
  private static List<String> methods(Router router, String path) {
    return router.getRoutes().stream()
        .filter(route -> route.methods() != null && route.getPath() != null)
        .filter(route -> path.matches(route.getPath().replaceAll(":[^/]+", "[^/]+")))
        .flatMap(route -> route.methods().stream().map(HttpMethod::name))
        .flatMap(method -> method.equals("GET") ? Stream.of("GET", "HEAD") : Stream.of(method))
        .distinct()
        .sorted()
        .toList();
  }

  private static String detail(int status, String allowed) {
    return switch (status) {
      case 404 -> "There is nothing at this address; GET /q/openapi lists the calls";
      case 405 ->
          "This address has no such method" + (allowed.isEmpty() ? "" : "; it has " + allowed);
      case 406 ->
          "The answer is of another type; send no header Accept, or application/json in it, and"
              + " text/event-stream for events";
      case 413 -> "The body is too large; send a smaller one";
      case 415 -> "The body is of another type; send it as Content-Type: application/json";
      default ->
          status < 500
              ? "The call cannot be read; GET /q/openapi says how calls look"
              : "The call failed; the log says why";
    };
  }
}
