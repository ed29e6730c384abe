package io.attributeimages.access;

import static io.attributeimages.support.SupabaseAuth.claims;
import static io.attributeimages.support.SupabaseAuth.compose;
import static io.attributeimages.support.SupabaseAuth.expired;
import static io.attributeimages.support.SupabaseAuth.hs256;
import static io.attributeimages.support.SupabaseAuth.sign;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.attributeimages.access.BearerTokens.RefusedException;
import io.attributeimages.support.SupabaseAuth;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jose4j.jws.AlgorithmIdentifiers;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.NumericDate;
import org.jose4j.keys.HmacKey;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BearerTokensTest {

  private final SupabaseAuth supabase = SupabaseAuth.start();
  private long now;
  private final BearerTokens tokens = tokens(SupabaseAuth.SECRET, supabase.jwksUrl());

  @AfterEach
  void close() {
    supabase.close();
  }

  private BearerTokens tokens(String secret, URI jwksUrl) {
    return new BearerTokens(
        new AccessSettings(
            "operator",
            Optional.empty(),
            Optional.ofNullable(secret),
            Optional.ofNullable(jwksUrl),
            true,
            false),
        () -> now);
  }

  @Test
  void aTokenIsAcceptedByTheKeyOfItsKind() {
    assertThat(role(tokens, hs256("service_role"))).isEqualTo("service_role");
    assertThat(role(tokens, supabase.rs256("service_role"))).isEqualTo("service_role");
    assertThat(role(tokens, supabase.es256("anon"))).isEqualTo("anon");
  }

  @Test
  void aTokenOfAKindThatIsNotConfiguredIsRefused() {
    BearerTokens onlySecret = tokens(SupabaseAuth.SECRET, null);
    BearerTokens onlyKeys = tokens(null, supabase.jwksUrl());

    assertRefused(onlySecret, supabase.rs256("service_role"));
    assertRefused(onlyKeys, hs256("service_role"));
    assertThat(role(onlyKeys, supabase.rs256("service_role"))).isEqualTo("service_role");
  }

  @Test
  void aPublicKeyIsNoSharedSecret() throws Exception {
    byte[] encoded = supabase.rsa().getPublicKey().getEncoded();
    String pem =
        "-----BEGIN PUBLIC KEY-----\n"
            + java.util.Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(encoded)
            + "\n-----END PUBLIC KEY-----\n";
    BearerTokens onlyKeys = tokens(null, supabase.jwksUrl());
    for (byte[] key : new byte[][] {encoded, pem.getBytes(StandardCharsets.UTF_8)}) {
      String forged =
          sign(
              claims("service_role"),
              AlgorithmIdentifiers.HMAC_SHA256,
              new HmacKey(key),
              supabase.rsa().getKeyId());

      assertRefused(tokens, forged);
      assertRefused(onlyKeys, forged);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "None", "NONE", "", "HS384", "RS512", "PS256", "dir", "hs256"})
  void noOtherAlgorithmIsAccepted(String algorithm) {
    String claims = claims("service_role").toJson();

    assertRefused(tokens, compose(Map.of("alg", algorithm), claims, ""));
    assertRefused(tokens, compose(Map.of("alg", algorithm, "typ", "JWT"), claims, "AAAA"));
  }

  @Test
  void aTokenWithAnEmptySignatureIsRefused() {
    String claims = claims("service_role").toJson();
    for (String algorithm : new String[] {"HS256", "RS256", "ES256"}) {
      assertRefused(tokens, compose(Map.of("alg", algorithm), claims, ""));
    }
  }

  @Test
  void aForgedTokenIsRefused() {
    String right = hs256("anon");
    String[] parts = right.split("\\.");
    String other = hs256("service_role").split("\\.")[1];

    assertRefused(tokens, parts[0] + "." + other + "." + parts[2]);
    assertRefused(
        tokens, hs256(claims("service_role"), "another-secret-of-at-least-32-characters"));
    try (SupabaseAuth another = SupabaseAuth.start()) {
      assertRefused(
          tokens,
          sign(
              claims("service_role"),
              AlgorithmIdentifiers.RSA_USING_SHA256,
              another.rsa().getPrivateKey(),
              supabase.rsa().getKeyId()));
      assertRefused(tokens, another.rs256("service_role"));
      // the token may not bring its own key along
      assertRefused(
          tokens,
          compose(
              Map.of("alg", "RS256", "jku", another.jwksUrl().toString()),
              claims("service_role").toJson(),
              "AAAA"));
      assertThat(another.fetches()).isZero();
    }
  }

  @Test
  void aTokenWithoutAKeyIdIsCheckedWithTheKeysOfItsKind() {
    String token =
        sign(
            claims("service_role"),
            AlgorithmIdentifiers.RSA_USING_SHA256,
            supabase.rsa().getPrivateKey(),
            null);

    assertThat(role(tokens, token)).isEqualTo("service_role");
  }

  @Test
  void timesAreChecked() {
    JwtClaims never = claims("service_role");
    never.unsetClaim("exp");
    JwtClaims future = claims("service_role");
    future.setNotBefore(NumericDate.fromSeconds(NumericDate.now().getValue() + 600));

    assertThatThrownBy(() -> role(tokens, hs256(expired("service_role"), SupabaseAuth.SECRET)))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("expired");
    assertThatThrownBy(() -> role(tokens, hs256(never, SupabaseAuth.SECRET)))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("exp");
    assertRefused(tokens, hs256(future, SupabaseAuth.SECRET));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x",
        ".",
        "..",
        "a.b.c",
        "e30.e30.",
        "e30.e30.e30",
        "e30.e30.e30.e30",
        "e30.e30.e30.e30.e30",
        "eyJhbGciOiJIUzI1NiJ9.W10.AAAA",
        "eyJhbGciOiJIUzI1NiIsImFsZyI6Im5vbmUifQ.e30.",
        "\u0000",
        "sb_secret_abcdefghijklmnopqrstuvwxyz"
      })
  void whatIsNoTokenIsRefused(String token) {
    assertRefused(tokens, token);
  }

  // ------------------------------------------------------------------------------- the keys

  @Test
  void keysAreFetchedWhenTheyAreNeededAndKept() {
    assertThat(role(tokens, hs256("anon"))).isEqualTo("anon");
    assertThat(supabase.fetches()).isZero();

    for (int i = 0; i < 5; i++) {
      role(tokens, supabase.rs256("anon"));
    }
    assertThat(supabase.fetches()).isEqualTo(1);
  }

  @Test
  void newKeysAreFoundWhenATokenNamesOne() {
    String old = supabase.rs256("anon");
    role(tokens, old);
    supabase.rotate();
    pass(Duration.ofSeconds(11));

    assertThat(role(tokens, supabase.rs256("anon"))).isEqualTo("anon");
    assertRefused(tokens, old);
  }

  @Test
  void tokensWithKeysOfTheirOwnDoNotMakeTheProgramFetchAllTheTime() {
    role(tokens, supabase.rs256("anon"));
    try (SupabaseAuth another = SupabaseAuth.start()) {
      for (int i = 0; i < 20; i++) {
        another.rotate();
        assertRefused(tokens, another.es256("service_role"));
      }
    }

    assertThat(supabase.fetches()).isEqualTo(1);
  }

  @Test
  void anOutageIsSurvivedForAnHour() {
    role(tokens, supabase.rs256("anon"));
    supabase.answerWith(503, "");

    pass(Duration.ofMinutes(30));
    assertThat(role(tokens, supabase.rs256("anon"))).isEqualTo("anon");
    pass(Duration.ofMinutes(31));
    assertUnavailable(supabase.rs256("anon"));
    supabase.recover();
    pass(Duration.ofSeconds(11));
    assertThat(role(tokens, supabase.rs256("anon"))).isEqualTo("anon");
  }

  @Test
  void withoutKeysATokenCannotBeCheckedAndTheServerIsLeftAlone() {
    supabase.answerWith(500, "oops");

    for (int i = 0; i < 20; i++) {
      assertUnavailable(supabase.rs256("service_role"));
    }
    assertThat(supabase.fetches()).isEqualTo(1);
    assertThat(role(tokens, hs256("anon"))).as("the other kind").isEqualTo("anon");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "x",
        "[]",
        "{}",
        "{\"keys\":1}",
        "{\"keys\":[]}",
        "{\"keys\":[1]}",
        "{\"keys\":[{\"kty\":\"oct\",\"k\":\"c3VwZXItc2VjcmV0LWp3dC10b2tlbi13aXRoLWF0LWxlYXN0LTMy\"}]}"
      })
  void anAnswerWithoutPublicKeysIsAnOutage(String answer) {
    supabase.answerWith(200, answer);

    assertUnavailable(supabase.rs256("service_role"));
  }

  @Test
  void anAnswerThatIsTooLargeIsAnOutage() {
    supabase.answerWith(200, "{\"keys\":[" + " ".repeat(300_000) + "]}");

    assertUnavailable(supabase.rs256("service_role"));
  }

  @Test
  void aServerThatDoesNotAnswerIsAnOutage() {
    supabase.fallSilent();

    assertUnavailable(supabase.rs256("service_role"));
  }

  @Test
  void callsAtTheSameTimeShareOneFetch() {
    CompletableFuture<?>[] calls =
        java.util.stream.Stream.generate(
                () -> tokens.claims(supabase.rs256("anon")).subscribeAsCompletionStage())
            .limit(20)
            .toArray(CompletableFuture[]::new);

    CompletableFuture.allOf(calls).join();
    assertThat(supabase.fetches()).isEqualTo(1);
  }

  private static void assertRefused(BearerTokens tokens, String token) {
    assertThatThrownBy(() -> role(tokens, token))
        .isInstanceOf(RefusedException.class)
        .message()
        .doesNotContain(token.length() > 10 ? token : "Exception");
  }

  private void assertUnavailable(String token) {
    assertThatThrownBy(() -> role(tokens, token))
        .isInstanceOf(SigningKeys.UnavailableException.class);
  }

  private static Object role(BearerTokens tokens, String token) {
    try {
      return tokens.claims(token).subscribeAsCompletionStage().join().getClaimValue("role");
    } catch (CompletionException e) {
      throw (RuntimeException) e.getCause();
    }
  }

  private void pass(Duration time) {
    now += time.toNanos();
  }
}
