package io.attributeimages.access;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.BodySubscribers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow.Subscription;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jose4j.jwk.JsonWebKey;
import org.jose4j.jwk.JsonWebKeySet;
import org.jose4j.jwk.PublicJsonWebKey;
import org.jose4j.lang.JoseException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The public keys at {@code supabase.jwks-url}: fetched when the first token needs them, again when
 * they are ten minutes old or a token names an unknown one, and never more often than every ten
 * seconds, whatever tokens come. While they cannot be fetched, the last ones hold for an hour.
 */
final class SigningKeys {

  private static final Logger LOG = LoggerFactory.getLogger(SigningKeys.class);

  private static final long FRESH = Duration.ofMinutes(10).toNanos();
  private static final long USABLE = Duration.ofHours(1).toNanos();
  private static final long BETWEEN_ATTEMPTS = Duration.ofSeconds(10).toNanos();
  private static final Duration TIMEOUT = Duration.ofSeconds(5);
  private static final int MAX_BYTES = 256 * 1024;

  private final URI address;
  private final LongSupplier nanoTime;
  private final HttpClient http =
      HttpClient.newBuilder()
          .connectTimeout(TIMEOUT)
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();

  private List<JsonWebKey> keys = List.of();
  private long fetchedAt;
  private long nextAttemptAt;
  private CompletableFuture<List<JsonWebKey>> underWay;
  private boolean failing;

  /** The keys at that address; nothing is fetched yet. */
  SigningKeys(URI address, LongSupplier nanoTime) {
    this.address = address;
    this.nanoTime = nanoTime;
    this.nextAttemptAt = nanoTime.getAsLong();
  }

  /** The keys cannot be had now. */
  static final class UnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnavailableException() {
      super("the signing keys cannot be fetched now");
    }
  }

  /**
   * The keys, among which a token's should be.
   *
   * @param id the id of the token's key, null where it names none
   * @return fails with {@link UnavailableException}
   */
  synchronized CompletionStage<List<JsonWebKey>> keys(String id) {
    long now = nanoTime.getAsLong();
    long age = now - fetchedAt;
    boolean usable = !keys.isEmpty() && age < USABLE;
    boolean known = usable && (id == null || keys.stream().anyMatch(k -> id.equals(k.getKeyId())));
    if (known && age < FRESH) {
      return CompletableFuture.completedFuture(keys);
    }
    if (underWay == null && now - nextAttemptAt >= 0) {
      underWay = fetch();
      underWay.whenComplete(this::fetched);
    }
    if (known || underWay == null && usable) {
      return CompletableFuture.completedFuture(keys);
    }
    if (underWay == null) {
      return CompletableFuture.failedFuture(new UnavailableException());
    }
    List<JsonWebKey> last = usable ? keys : List.of();
    return underWay.exceptionally(
        failure -> {
          if (last.isEmpty()) {
            throw new UnavailableException();
          }
          return last;
        });
  }

  private synchronized void fetched(List<JsonWebKey> fetched, Throwable failure) {
    underWay = null;
    nextAttemptAt = nanoTime.getAsLong() + BETWEEN_ATTEMPTS;
    if (failure == null) {
      keys = fetched;
      fetchedAt = nanoTime.getAsLong();
      if (failing) {
        LOG.info("The keys at supabase.jwks-url are there again");
      }
    } else if (!failing) {
      LOG.error("The keys at supabase.jwks-url cannot be fetched: {}", cause(failure));
    }
    failing = failure != null;
  }

  private static String cause(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    return cause instanceof KeysException
        ? cause.getMessage()
        : cause.getClass().getSimpleName(); // others may repeat what the server said
  }

  private CompletableFuture<List<JsonWebKey>> fetch() {
    HttpRequest request =
        HttpRequest.newBuilder(address)
            .timeout(TIMEOUT)
            .header("Accept", "application/json")
            .build();
    CompletableFuture<HttpResponse<byte[]>> call =
        http.sendAsync(request, answer -> new BoundedBody(MAX_BYTES));
    CompletableFuture<List<JsonWebKey>> fetched =
        call.thenApply(SigningKeys::parse).orTimeout(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    fetched.whenComplete((result, failure) -> call.cancel(true));
    return fetched;
  }

  private static List<JsonWebKey> parse(HttpResponse<byte[]> answer) {
    if (answer.statusCode() != 200) {
      throw new KeysException("HTTP status " + answer.statusCode());
    }
    try {
      String json = new String(answer.body(), StandardCharsets.UTF_8);
      // Shared secrets are no public keys: whoever can read them can sign.
      List<JsonWebKey> keys =
          new JsonWebKeySet(json)
              .getJsonWebKeys().stream().filter(PublicJsonWebKey.class::isInstance).toList();
      if (keys.isEmpty()) {
        throw new KeysException("the answer lists no public key");
      }
      return keys;
    } catch (JoseException | ClassCastException e) {
      throw new KeysException("the answer is no JSON Web Key Set");
    }
  }

  private static final class KeysException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    KeysException(String message) {
      super(message);
    }
  }

  private static final class BoundedBody implements BodySubscriber<byte[]> {
    private final BodySubscriber<byte[]> body = BodySubscribers.ofByteArray();
    private int room;
    private Subscription subscription;

    BoundedBody(int maxBytes) {
      this.room = maxBytes;
    }

    @Override
    public CompletionStage<byte[]> getBody() {
      return body.getBody();
    }

    @Override
    public void onSubscribe(Subscription subscription) {
      this.subscription = subscription;
      body.onSubscribe(subscription);
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
      room -= buffers.stream().mapToInt(ByteBuffer::remaining).sum();
      if (room < 0) {
        subscription.cancel();
        body.onError(new IOException("too large"));
      } else {
        body.onNext(buffers);
      }
    }

    @Override
    public void onError(Throwable failure) {
      body.onError(failure);
    }

    @Override
    public void onComplete() {
      body.onComplete();
    }
  }
}
