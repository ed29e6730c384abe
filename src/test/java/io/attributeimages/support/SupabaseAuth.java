package io.attributeimages.support;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.Key;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.jose4j.jwk.EcJwkGenerator;
import org.jose4j.jwk.JsonWebKey.OutputControlLevel;
import org.jose4j.jwk.JsonWebKeySet;
import org.jose4j.jwk.PublicJsonWebKey;
import org.jose4j.jwk.RsaJsonWebKey;
import org.jose4j.jwk.RsaJwkGenerator;
import org.jose4j.jws.AlgorithmIdentifiers;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.NumericDate;
import org.jose4j.keys.EllipticCurves;
import org.jose4j.keys.HmacKey;
import org.jose4j.lang.JoseException;

/** Signs tokens as Supabase does, and serves the keys to check them with; counts who asks. */
public final class SupabaseAuth implements AutoCloseable {

  /** What the legacy tokens are signed with. */
  public static final String SECRET = "super-secret-jwt-token-with-at-least-32-characters-long";

  private static final String PATH = "/auth/v1/.well-known/jwks.json";

  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final AtomicInteger fetches = new AtomicInteger();
  private final CountDownLatch closing = new CountDownLatch(1);
  private volatile RsaJsonWebKey rsa = rsaKey();
  private volatile PublicJsonWebKey ec = ecKey();
  private volatile int status = 200;
  private volatile String answer;
  private volatile boolean silent;

  private SupabaseAuth() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.setExecutor(threads);
    server.createContext(PATH, this::serve);
    server.start();
  }

  /** Starts on a free port. */
  public static SupabaseAuth start() {
    return new SupabaseAuth();
  }

  private void serve(HttpExchange exchange) throws IOException {
    fetches.incrementAndGet();
    if (silent) {
      try {
        closing.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    String keys = answer;
    if (keys == null) {
      keys = new JsonWebKeySet(rsa, ec).toJson(OutputControlLevel.PUBLIC_ONLY);
    }
    byte[] body = keys.getBytes(StandardCharsets.UTF_8);
    try (exchange) {
      exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
      exchange.getResponseBody().write(body);
    }
  }

  /** Where the keys are. */
  public URI jwksUrl() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + PATH);
  }

  /** How often they were asked for. */
  public int fetches() {
    return fetches.get();
  }

  /** Answers with that status from now on. */
  public void answerWith(int status, String body) {
    this.status = status;
    this.answer = body;
  }

  /** Answers with the keys again. */
  public void recover() {
    status = 200;
    answer = null;
    silent = false;
  }

  /** Takes calls and answers none. */
  public void fallSilent() {
    silent = true;
  }

  /** New keys replace the old ones. */
  public void rotate() {
    rsa = rsaKey();
    ec = ecKey();
  }

  /** The key that signs with RS256. */
  public RsaJsonWebKey rsa() {
    return rsa;
  }

  /** The key that signs with ES256. */
  public PublicJsonWebKey ec() {
    return ec;
  }

  /** A token of that role, signed with RS256. */
  public String rs256(String role) {
    return sign(
        claims(role), AlgorithmIdentifiers.RSA_USING_SHA256, rsa.getPrivateKey(), rsa.getKeyId());
  }

  /** A token of that role, signed with ES256. */
  public String es256(String role) {
    return sign(
        claims(role),
        AlgorithmIdentifiers.ECDSA_USING_P256_CURVE_AND_SHA256,
        ec.getPrivateKey(),
        ec.getKeyId());
  }

  /** A legacy token of that role. */
  public static String hs256(String role) {
    return hs256(claims(role), SECRET);
  }

  /** A token with those claims, signed with HS256 and that secret. */
  public static String hs256(JwtClaims claims, String secret) {
    Key key = new HmacKey(secret.getBytes(StandardCharsets.UTF_8));
    return sign(claims, AlgorithmIdentifiers.HMAC_SHA256, key, null);
  }

  /** What a token of that role says; it holds for an hour. */
  public static JwtClaims claims(String role) {
    JwtClaims claims = new JwtClaims();
    claims.setIssuer("supabase");
    claims.setClaim("ref", "project");
    claims.setClaim("role", role);
    claims.setIssuedAtToNow();
    claims.setExpirationTime(NumericDate.fromSeconds(Instant.now().getEpochSecond() + 3600));
    return claims;
  }

  /** The same, but it has not held for an hour. */
  public static JwtClaims expired(String role) {
    JwtClaims claims = claims(role);
    claims.setExpirationTime(NumericDate.fromSeconds(Instant.now().getEpochSecond() - 3600));
    return claims;
  }

  /** A signed token. */
  public static String sign(JwtClaims claims, String algorithm, Key key, String keyId) {
    JsonWebSignature token = new JsonWebSignature();
    token.setPayload(claims.toJson());
    token.setAlgorithmHeaderValue(algorithm);
    token.setKey(key);
    token.setDoKeyValidation(false);
    if (keyId != null) {
      token.setKeyIdHeaderValue(keyId);
    }
    try {
      return token.getCompactSerialization();
    } catch (JoseException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A token put together by hand, parts as they are and unsigned where the signature is empty. */
  public static String compose(Map<String, String> header, String claims, String signature) {
    String head =
        header.entrySet().stream()
            .map(entry -> "\"" + entry.getKey() + "\":\"" + entry.getValue() + "\"")
            .collect(java.util.stream.Collectors.joining(",", "{", "}"));
    return encode(head) + "." + encode(claims) + "." + signature;
  }

  private static String encode(String text) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  /** The header that a browser sends for a name and a password. */
  public static String basic(String name, String password) {
    return "Basic "
        + Base64.getEncoder()
            .encodeToString((name + ":" + password).getBytes(StandardCharsets.UTF_8));
  }

  private static RsaJsonWebKey rsaKey() {
    try {
      RsaJsonWebKey key = RsaJwkGenerator.generateJwk(2048);
      key.setKeyId(UUID.randomUUID().toString());
      return key;
    } catch (JoseException e) {
      throw new IllegalStateException(e);
    }
  }

  private static PublicJsonWebKey ecKey() {
    try {
      PublicJsonWebKey key = EcJwkGenerator.generateJwk(EllipticCurves.P256);
      key.setKeyId(UUID.randomUUID().toString());
      return key;
    } catch (JoseException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    closing.countDown();
    server.stop(0);
    threads.shutdownNow();
  }
}
