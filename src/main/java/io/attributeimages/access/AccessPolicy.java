package io.attributeimages.access;

import io.attributeimages.api.Caller;
import io.attributeimages.api.Problem;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.security.identity.SecurityIdentity;
import io.quarkus.vertx.http.runtime.security.HttpSecurityPolicy;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.Set;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who may make a call. Everything takes an operator but what is named here, so that a new route is
 * closed until somebody opens it. It sees the path as routes are matched, so that no way of writing
 * a path leads around it.
 */
@ApplicationScoped
public class AccessPolicy implements HttpSecurityPolicy {

  private static final Logger LOG = LoggerFactory.getLogger(AccessPolicy.class);

  private static final Set<HttpMethod> READING =
      Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);

  private static final int GOOD_PASSWORD = 12;

  private final AccessSettings settings;
  private final Refusals refusals;

  /** Decides by those settings. */
  public AccessPolicy(AccessSettings settings) {
    this.settings = settings;
    this.refusals = new Refusals(settings);
  }

  void sayWhoMay(
      @Observes StartupEvent event,
      @ConfigProperty(name = "quarkus.http.host-enabled", defaultValue = "true") boolean listens) {
    if (!listens) {
      return; // a command, which nobody calls
    }
    if (settings.openOnThisMachine()) {
      LOG.info(
          "No operator is configured: who calls from this machine may do everything, and others may"
              + " read");
    } else if (!settings.isOperatorConfigured()) {
      LOG.warn(
          "No operator is configured: calls that spend money or change something are refused. Set"
              + " OPERATOR_PASSWORD (at least 12 characters) for people, or SUPABASE_JWKS_URL or"
              + " SUPABASE_JWT_SECRET for programs with Supabase's tokens");
    }
    if (settings.password().filter(password -> password.length() < GOOD_PASSWORD).isPresent()) {
      LOG.warn(
          "operator.password has less than {} characters and may be guessed; choose a longer one",
          GOOD_PASSWORD);
    }
  }

  @Override
  public Uni<CheckResult> checkPermission(
      RoutingContext context,
      Uni<SecurityIdentity> identity,
      AuthorizationRequestContext requestContext) {
    if (isOpen(context.request().method(), context.normalizedPath())) {
      return CheckResult.permit();
    }
    return identity.map(
        caller -> {
          if (caller.hasRole(Caller.OPERATOR)) {
            return CheckResult.PERMIT;
          }
          throw refusal(caller);
        });
  }

  /** Whether anyone may make the call. */
  boolean isOpen(HttpMethod method, String normalizedPath) {
    String path = normalizedPath.replaceAll("/+$", "");
    if (!READING.contains(method)) {
      // the token in the path says whether it is one of ours
      return method.equals(HttpMethod.POST) && isUnder(path, "/webhooks");
    }
    if (path.equals("/api/login") || isUnder(path, "/api/routes")) {
      return false;
    }
    if (isUnder(path, "/q/health") || path.equals("/q/openapi") || path.equals("/api/session")) {
      return true;
    }
    return settings.publicReads() && (path.equals("/q/metrics") || !isUnder(path, "/q"));
  }

  private static boolean isUnder(String path, String root) {
    return path.equals(root) || path.startsWith(root + "/");
  }

  private Problem refusal(SecurityIdentity caller) {
    if (!settings.isOperatorConfigured()) {
      return refusals.nobodyIsOperator();
    }
    return caller.isAnonymous() ? refusals.anonymous() : refusals.noOperator();
  }
}
