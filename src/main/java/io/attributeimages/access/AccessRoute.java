package io.attributeimages.access;

import io.attributeimages.api.Caller;
import io.quarkus.security.identity.SecurityIdentity;
import io.quarkus.vertx.http.runtime.security.QuarkusHttpUser;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.component.platform.http.vertx.VertxPlatformHttpConstants;

/** What callers may ask about themselves. */
@ApplicationScoped
public class AccessRoute extends RouteBuilder {

  private final AccessSettings settings;

  /** Answers by those settings. */
  public AccessRoute(AccessSettings settings) {
    this.settings = settings;
  }

  @Override
  public void configure() {
    rest("/api/session").id("rest-session").description("Who calls")
        .get().id("getSession").produces("application/json")
            .description("Whether the caller may spend money and change something, and whether that takes a login")
            .responseMessage().code(200).message("The caller").endResponseMessage()
            .to("direct:get-session");

    rest("/api/login").id("rest-login").description("For browsers")
        .get().id("getLogin")
            .description("Makes the browser ask for the operator's password")
            .responseMessage().code(204).message("The caller is an operator").endResponseMessage()
            .responseMessage().code(401).message("The caller is not").endResponseMessage()
            .to("direct:get-login");

    from("direct:get-session").routeId("get-session").routeConfigurationId("api-errors")
        .process(this::session)
        .removeHeaders("*")
        .setHeader(Exchange.CONTENT_TYPE, constant("application/json"))
        .marshal().json();

    // Only operators come here.
    from("direct:get-login").routeId("get-login").routeConfigurationId("api-errors")
        .removeHeaders("*")
        .setHeader(Exchange.HTTP_RESPONSE_CODE, constant(204))
        .setBody(constant((Object) null));
  }

  private void session(Exchange exchange) {
    QuarkusHttpUser user =
        exchange.getMessage().getHeader(VertxPlatformHttpConstants.AUTHENTICATED_USER, QuarkusHttpUser.class);
    SecurityIdentity caller = user == null ? null : user.getSecurityIdentity();
    boolean operator = caller != null && caller.hasRole(Caller.OPERATOR);
    boolean named = caller != null && !caller.isAnonymous() && settings.isOperatorConfigured();
    Map<String, Object> session = new LinkedHashMap<>();
    session.put("operator", operator);
    session.put("name", named ? caller.getPrincipal().getName() : null);
    session.put("required", settings.isOperatorConfigured() || !operator);
    session.put("login", settings.password().isPresent());
    exchange.getMessage().setBody(session);
  }
}
