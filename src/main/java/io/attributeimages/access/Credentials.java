package io.attributeimages.access;

import io.attributeimages.api.Caller;
import io.attributeimages.api.Problem;
import io.quarkus.security.identity.IdentityProviderManager;
import io.quarkus.security.identity.SecurityIdentity;
import io.quarkus.security.runtime.QuarkusPrincipal;
import io.quarkus.security.runtime.QuarkusSecurityIdentity;
import io.quarkus.vertx.http.runtime.security.ChallengeData;
import io.quarkus.vertx.http.runtime.security.HttpAuthenticationMechanism;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import org.jose4j.jwt.JwtClaims;

/**
 * Finds out who calls: the operator by name and password (HTTP Basic, so that the browser asks), a
 * program by a bearer token, or where nobody is configured whoever calls from this machine. Wrong
 * credentials are refused wherever they are sent.
 */
@ApplicationScoped
public class Credentials implements HttpAuthenticationMechanism {

  private static final String SERVICE_ROLE = "service_role";
  private static final SecurityIdentity LOCAL = identity("local", true);

  private final AccessSettings settings;
  private final AccessPolicy policy;
  private final Refusals refusals;
  private final BearerTokens tokens;
  private final LoginLimit limit = new LoginLimit(System::nanoTime);
  private final RefusalLog log = new RefusalLog(System::nanoTime);

  /** Accepts the credentials of the settings. */
  public Credentials(AccessSettings settings, AccessPolicy policy) {
    this.settings = settings;
    this.policy = policy;
    this.refusals = new Refusals(settings);
    this.tokens = new BearerTokens(settings, System::nanoTime);
  }

  @Override
  public Uni<SecurityIdentity> authenticate(
      RoutingContext context, IdentityProviderManager identityProviderManager) {
    HttpServerRequest request = context.request();
    if (!settings.isOperatorConfigured()) {
      boolean local = settings.openOnThisMachine() && LocalCalls.isLocal(request);
      return Uni.createFrom().item(local ? LOCAL : null);
    }
    List<String> headers = request.headers().getAll("Authorization");
    if (headers.isEmpty()) {
      return Uni.createFrom().nullItem();
    }
    String[] words = headers.get(0).strip().split(" +", 2);
    String scheme = words[0].toLowerCase(Locale.ROOT);
    if (headers.size() == 1 && words.length == 2) {
      if (scheme.equals("basic") && settings.password().isPresent()) {
        return basic(request, words[1]);
      }
      // applications send their own user's token with every call; where anyone may read, it need
      // not be one for us
      boolean anyone = policy.isOpen(request.method(), context.normalizedPath());
      if (scheme.equals("bearer") && settings.acceptsTokens()) {
        return bearer(request, words[1], anyone);
      }
      if (scheme.equals("bearer") && anyone) {
        return Uni.createFrom().nullItem();
      }
    }
    return refuse(
        request,
        refusals.notUnderstood("The header Authorization has no credentials of an accepted kind"));
  }

  private Uni<SecurityIdentity> basic(HttpServerRequest request, String encoded) {
    String pair;
    try {
      pair = new String(Base64.getDecoder().decode(encoded), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      pair = "";
    }
    int colon = pair.indexOf(':');
    if (colon < 0) {
      return refuse(request, refusals.notUnderstood("The header Authorization is malformed"));
    }
    String name = pair.substring(0, colon);
    String password = pair.substring(colon + 1);
    LoginLimit.Outcome outcome =
        limit.attempt(
            address(request),
            // both are looked at, whatever the first one is
            () ->
                isSame(name, settings.username())
                    & isSame(password, settings.password().orElseThrow()));
    if (outcome.right()) {
      return Uni.createFrom().item(identity(settings.username(), true));
    }
    return refuse(
        request,
        outcome.retryAfterSeconds() > 0
            ? Refusals.tooMany(outcome.retryAfterSeconds())
            : refusals.wrongPassword());
  }

  /**
   * Whose token it is.
   *
   * @param anyone whether a token that is none of ours is nobody's
   */
  private Uni<SecurityIdentity> bearer(HttpServerRequest request, String token, boolean anyone) {
    Context caller = Vertx.currentContext();
    Uni<SecurityIdentity> identity =
        tokens
            .claims(token)
            .map(Credentials::identity)
            // keys arrive on a thread of their own
            .emitOn(task -> runOn(caller, task));
    return anyone
        ? identity.onFailure(Credentials::isNoneOfOurs).recoverWithNull()
        : identity
            .onFailure(BearerTokens.RefusedException.class)
            .recoverWithUni(failure -> refuse(request, refusals.badToken(failure.getMessage())))
            .onFailure(SigningKeys.UnavailableException.class)
            .transform(failure -> Refusals.keysAway());
  }

  private static boolean isNoneOfOurs(Throwable failure) {
    return failure instanceof BearerTokens.RefusedException
        || failure instanceof SigningKeys.UnavailableException;
  }

  private static void runOn(Context context, Runnable task) {
    if (context == null || context == Vertx.currentContext()) {
      task.run();
    } else {
      context.runOnContext(ignored -> task.run());
    }
  }

  private Uni<SecurityIdentity> refuse(HttpServerRequest request, Problem problem) {
    log.refused(Caller.network(request.remoteAddress()), problem.getMessage());
    return Uni.createFrom().failure(problem);
  }

  private static String address(HttpServerRequest request) {
    SocketAddress remote = request.remoteAddress();
    return remote == null ? null : remote.hostAddress();
  }

  private static SecurityIdentity identity(JwtClaims claims) {
    String role = claims.getClaimValueAsString("role");
    String subject = claims.getClaimValueAsString("sub");
    boolean operator = claims.getClaimValue("role") instanceof String && SERVICE_ROLE.equals(role);
    String name = operator ? SERVICE_ROLE : "token";
    return identity(subject == null || subject.isBlank() ? name : subject, operator);
  }

  private static SecurityIdentity identity(String name, boolean operator) {
    QuarkusSecurityIdentity.Builder identity =
        QuarkusSecurityIdentity.builder().setPrincipal(new QuarkusPrincipal(name));
    if (operator) {
      identity.addRole(Caller.OPERATOR);
    }
    return identity.build();
  }

  /** Takes as long whatever is different, and whatever the lengths. */
  private static boolean isSame(String sent, String expected) {
    return MessageDigest.isEqual(digest(sent), digest(expected));
  }

  private static byte[] digest(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  @Override
  public Uni<ChallengeData> getChallenge(RoutingContext context) {
    return Uni.createFrom()
        .item(new ChallengeData(401, "WWW-Authenticate", "Basic realm=\"operator\""));
  }
}
