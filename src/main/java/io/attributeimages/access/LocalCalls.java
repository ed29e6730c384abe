package io.attributeimages.access;

import io.attributeimages.api.Caller;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Which calls come from this machine and from nowhere else. */
final class LocalCalls {

  private static final Set<String> NAMES = Set.of("localhost", "127.0.0.1", "[::1]", "::1");

  /** What proxies add: a call that passed one may come from anywhere. */
  private static final List<String> OF_PROXIES =
      List.of(
          "Forwarded",
          "Via",
          "X-Forwarded-For",
          "X-Forwarded-Host",
          "X-Forwarded-Proto",
          "X-Real-IP");

  private LocalCalls() {}

  /**
   * Whether the connection is one of this machine with itself, and the caller asks for this machine
   * by a name of its own. A page of another site whose name was made to lead here (DNS rebinding)
   * has a connection like that, but asks for its own name.
   */
  static boolean isLocal(HttpServerRequest request) {
    return Caller.isLoopback(request.connection().remoteAddress())
        && request.authority() != null
        && NAMES.contains(request.authority().host().toLowerCase(Locale.ROOT))
        && OF_PROXIES.stream().noneMatch(request.headers()::contains);
  }
}
