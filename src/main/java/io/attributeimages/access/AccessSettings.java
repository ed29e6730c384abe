package io.attributeimages.access;

import io.quarkus.runtime.LaunchMode;
import jakarta.enterprise.context.ApplicationScoped;
import java.net.URI;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** Who is an operator, by the settings. */
@ApplicationScoped
public class AccessSettings {

  private final String username;
  private final Optional<String> password;
  private final Optional<String> jwtSecret;
  private final Optional<URI> jwksUrl;
  private final boolean publicReads;
  private final boolean openOnThisMachine;

  AccessSettings(
      @ConfigProperty(name = "operator.username", defaultValue = "operator") String username,
      @ConfigProperty(name = "operator.password") Optional<String> password,
      @ConfigProperty(name = "supabase.jwt-secret") Optional<String> jwtSecret,
      @ConfigProperty(name = "supabase.jwks-url") Optional<URI> jwksUrl,
      @ConfigProperty(name = "access.public-reads", defaultValue = "true") boolean publicReads,
      @ConfigProperty(name = "embedded.all", defaultValue = "false") boolean allEmbedded) {
    this.username = username;
    this.password = password;
    this.jwtSecret = jwtSecret;
    this.jwksUrl = jwksUrl;
    this.publicReads = publicReads;
    this.openOnThisMachine =
        (allEmbedded || LaunchMode.current().isDevOrTest()) && !isOperatorConfigured();
  }

  /** The name of the account for people. */
  public String username() {
    return username;
  }

  /** Its password; without one there is no such account. Never logged. */
  public Optional<String> password() {
    return password;
  }

  /** What Supabase's legacy tokens are signed with. Never logged. */
  public Optional<String> jwtSecret() {
    return jwtSecret;
  }

  /** Where the public keys of Supabase's tokens are. */
  public Optional<URI> jwksUrl() {
    return jwksUrl;
  }

  /** Whether tokens are accepted at all. */
  public boolean acceptsTokens() {
    return jwtSecret.isPresent() || jwksUrl.isPresent();
  }

  /** Whether anyone can show to be an operator. */
  public final boolean isOperatorConfigured() {
    return password.isPresent() || acceptsTokens();
  }

  /** Whether reading takes no operator. */
  public boolean publicReads() {
    return publicReads;
  }

  /**
   * Whether whoever calls from this machine is an operator: nobody is configured, and nothing can
   * be paid for on the embedded services, or a developer runs it.
   */
  public boolean openOnThisMachine() {
    return openOnThisMachine;
  }
}
