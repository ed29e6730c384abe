package io.attributeimages.access;

import io.smallrye.mutiny.Uni;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import org.jose4j.jwa.AlgorithmConstraints.ConstraintType;
import org.jose4j.jws.AlgorithmIdentifiers;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.consumer.ErrorCodes;
import org.jose4j.jwt.consumer.InvalidJwtException;
import org.jose4j.jwt.consumer.JwtConsumer;
import org.jose4j.jwt.consumer.JwtConsumerBuilder;
import org.jose4j.keys.HmacKey;
import org.jose4j.keys.resolvers.JwksVerificationKeyResolver;
import org.jose4j.lang.JoseException;

/**
 * Checks Supabase's bearer tokens. The kind of key decides which signatures it may have made: HS256
 * the secret, RS256 and ES256 the public keys, nothing else anything.
 */
final class BearerTokens {

  private static final String HMAC = AlgorithmIdentifiers.HMAC_SHA256;
  private static final Set<String> PUBLIC_KEY =
      Set.of(
          AlgorithmIdentifiers.RSA_USING_SHA256,
          AlgorithmIdentifiers.ECDSA_USING_P256_CURVE_AND_SHA256);
  private static final int CLOCK_SKEW_SECONDS = 30;

  private final JwtConsumer hmac;
  private final SigningKeys keys;

  /** Checks with the keys of the settings. */
  BearerTokens(AccessSettings settings, LongSupplier nanoTime) {
    hmac =
        settings
            .jwtSecret()
            .map(secret -> new HmacKey(secret.getBytes(StandardCharsets.UTF_8)))
            .map(
                key ->
                    rules()
                        .setVerificationKey(key)
                        .setJwsAlgorithmConstraints(ConstraintType.PERMIT, HMAC)
                        .build())
            .orElse(null);
    keys = settings.jwksUrl().map(url -> new SigningKeys(url, nanoTime)).orElse(null);
  }

  /** A token that is not accepted, in words for who sent it. */
  static final class RefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    RefusedException(String message) {
      super(message);
    }
  }

  /**
   * What a token says, once its signature and times are checked.
   *
   * @return fails with {@link RefusedException} or {@link SigningKeys.UnavailableException}
   */
  Uni<JwtClaims> claims(String token) {
    JsonWebSignature signature = new JsonWebSignature();
    String algorithm;
    String key;
    try {
      signature.setCompactSerialization(token);
      algorithm = signature.getAlgorithmHeaderValue();
      key = signature.getKeyIdHeaderValue();
    } catch (JoseException | RuntimeException e) {
      return refused("The bearer token is no signed JSON Web Token");
    }
    if (hmac != null && HMAC.equals(algorithm)) {
      return Uni.createFrom().item(() -> check(hmac, token));
    }
    if (keys != null && algorithm != null && PUBLIC_KEY.contains(algorithm)) {
      CompletionStage<JwtClaims> claims =
          keys.keys(key)
              .thenApply(
                  known -> {
                    JwksVerificationKeyResolver resolver = new JwksVerificationKeyResolver(known);
                    resolver.setDisambiguateWithVerifySignature(true);
                    return check(
                        rules()
                            .setVerificationKeyResolver(resolver)
                            .setJwsAlgorithmConstraints(
                                ConstraintType.PERMIT, PUBLIC_KEY.toArray(String[]::new))
                            .build(),
                        token);
                  });
      return Uni.createFrom().completionStage(claims);
    }
    return refused("The bearer token is signed in a way that is not accepted here");
  }

  private static JwtConsumerBuilder rules() {
    return new JwtConsumerBuilder()
        .setRequireExpirationTime()
        .setAllowedClockSkewInSeconds(CLOCK_SKEW_SECONDS)
        .setSkipDefaultAudienceValidation(); // Supabase's keys for servers name no audience
  }

  private static JwtClaims check(JwtConsumer consumer, String token) {
    try {
      return consumer.processToClaims(token);
    } catch (InvalidJwtException e) {
      if (e.hasExpired()) {
        throw new RefusedException("The bearer token has expired; get a new one");
      }
      if (e.hasErrorCode(ErrorCodes.EXPIRATION_MISSING)) {
        throw new RefusedException("The bearer token never expires; get one with the claim exp");
      }
      throw new RefusedException("The bearer token is not valid here; check who signed it");
    } catch (RuntimeException e) {
      throw new RefusedException("The bearer token cannot be read");
    }
  }

  private static Uni<JwtClaims> refused(String why) {
    return Uni.createFrom().failure(new RefusedException(why));
  }
}
