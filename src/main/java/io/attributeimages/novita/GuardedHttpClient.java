package io.attributeimages.novita;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import org.apache.camel.component.http.HttpClientConfigurer;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.SystemDefaultDnsResolver;
import org.apache.hc.client5.http.classic.ExecChain;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.apache.hc.client5.http.impl.io.ManagedHttpClientConnectionFactory;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.concurrent.Cancellable;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.io.entity.HttpEntityWrapper;
import org.apache.hc.core5.util.Timeout;

/**
 * Sets up an HTTP client of the routes. It never repeats a request, follows a redirect or keeps a
 * cookie by itself: what is repeated is decided by the routes. Answers are bounded in size, packed
 * and unpacked, and in time. Of their headers, the routes see only {@code Retry-After}. A request
 * with a {@link #NOT_AFTER} is not sent once that is over, however long it took to connect.
 *
 * @param connectTimeout how long a connection may take
 * @param responseTimeout the longest silence
 * @param answerTimeout how long a whole answer may take once it has begun
 * @param maxBytes the size of an answer beyond which it is given up
 * @param reuseConnections false where a request on a connection that the other side is just closing
 *     would leave it open whether it was paid
 * @param names where hosts are; what it does not find is not connected to
 */
public record GuardedHttpClient(
    Duration connectTimeout,
    Duration responseTimeout,
    Duration answerTimeout,
    long maxBytes,
    boolean reuseConnections,
    DnsResolver names)
    implements HttpClientConfigurer {

  /** A header with the text of a {@link Deadline}; it stays here. */
  public static final String NOT_AFTER = "Not-After";

  /** More than any setting of concurrency can use. */
  private static final int MAX_CONNECTIONS = 200;

  private static final Http1Config HEADERS =
      Http1Config.custom().setMaxLineLength(16 * 1024).setMaxHeaderCount(100).build();

  /** A client that connects to any host. */
  public GuardedHttpClient(
      Duration connectTimeout,
      Duration responseTimeout,
      Duration answerTimeout,
      long maxBytes,
      boolean reuseConnections) {
    this(
        connectTimeout,
        responseTimeout,
        answerTimeout,
        maxBytes,
        reuseConnections,
        SystemDefaultDnsResolver.INSTANCE);
  }

  @Override
  public void configureHttpClient(HttpClientBuilder builder) {
    ConnectionConfig connections =
        ConnectionConfig.custom()
            .setConnectTimeout(Timeout.of(connectTimeout))
            .setSocketTimeout(Timeout.of(responseTimeout))
            .build();
    builder
        .setConnectionManager(
            PoolingHttpClientConnectionManagerBuilder.create()
                .setConnectionFactory(
                    ManagedHttpClientConnectionFactory.builder().http1Config(HEADERS).build())
                .setDnsResolver(names)
                .setDefaultConnectionConfig(connections)
                .setMaxConnPerRoute(MAX_CONNECTIONS)
                .setMaxConnTotal(MAX_CONNECTIONS)
                .build())
        .disableAutomaticRetries()
        .disableRedirectHandling()
        .disableCookieManagement()
        .disableAuthCaching()
        .disableContentCompression()
        .setDefaultRequestConfig(
            RequestConfig.custom()
                .setResponseTimeout(Timeout.of(responseTimeout))
                .setConnectionRequestTimeout(Timeout.of(responseTimeout))
                .build())
        // last: when it is connected
        .addExecInterceptorLast("in-time-and-bounded", this::bounded);
    if (!reuseConnections) {
      builder.setConnectionReuseStrategy((request, response, context) -> false);
    }
  }

  private ClassicHttpResponse bounded(
      ClassicHttpRequest request, ExecChain.Scope scope, ExecChain chain)
      throws IOException, HttpException {
    Header notAfter = request.getFirstHeader(NOT_AFTER);
    if (notAfter != null && Deadline.of(notAfter.getValue()).isOver()) {
      throw new NotSentException();
    }
    request.removeHeaders(NOT_AFTER);
    Runnable hangUp = () -> hangUp(scope);
    ClassicHttpResponse response;
    // Headers that drip in, or one 1xx answer after another, never meet the limit of silence.
    CompletableFuture<Void> headers = new CompletableFuture<>();
    headers
        .orTimeout(responseTimeout.plus(answerTimeout).toMillis(), TimeUnit.MILLISECONDS)
        .exceptionally(
            timeout -> {
              hangUp.run();
              return null;
            });
    try {
      response = chain.proceed(request, scope);
    } finally {
      headers.complete(null);
    }
    if (response.getEntity() != null) {
      Header encoding = response.getFirstHeader(HttpHeaders.CONTENT_ENCODING);
      boolean packed = encoding != null && encoding.getValue().matches("(?i)\\s*(x-)?gzip\\s*");
      response.setEntity(new BoundedEntity(response.getEntity(), packed, hangUp));
    }
    // Camel obeys more of them than is good: it unpacks without a limit, and fails where it does
    // not know the charset.
    response.setHeaders(response.getHeaders(HttpHeaders.RETRY_AFTER));
    return response;
  }

  /** Closes the connection, so that nobody reads the rest of an answer that is given up. */
  private static void hangUp(ExecChain.Scope scope) {
    if (scope.originalRequest instanceof Cancellable request) {
      request.cancel();
    }
  }

  private final class BoundedEntity extends HttpEntityWrapper {
    private final boolean packed;
    private final Runnable hangUp;
    private InputStream content;

    BoundedEntity(HttpEntity entity, boolean packed, Runnable hangUp) {
      super(entity);
      this.packed = packed;
      this.hangUp = hangUp;
    }

    @Override
    public long getContentLength() {
      return packed ? -1 : super.getContentLength();
    }

    @Override
    public InputStream getContent() throws IOException {
      if (content == null) {
        long deadline = System.nanoTime() + answerTimeout.toNanos();
        content = new BoundedStream(super.getContent(), deadline, hangUp);
        if (packed) {
          content = new BoundedStream(new GZIPInputStream(content), deadline, hangUp);
        }
      }
      return content;
    }
  }

  private final class BoundedStream extends FilterInputStream {
    private final long deadline;
    private final Runnable hangUp;
    private long bytes;

    BoundedStream(InputStream in, long deadline, Runnable hangUp) {
      super(in);
      this.deadline = deadline;
      this.hangUp = hangUp;
    }

    @Override
    public int read() throws IOException {
      int b = super.read();
      count(b < 0 ? 0 : 1);
      return b;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      int n = super.read(buffer, offset, length);
      count(Math.max(n, 0));
      return n;
    }

    private void count(int n) throws IOException {
      bytes += n;
      if (bytes > maxBytes) {
        hangUp.run();
        throw new IOException("the answer has more than " + maxBytes + " bytes");
      }
      if (System.nanoTime() > deadline) {
        hangUp.run();
        throw new IOException("the answer took more than " + answerTimeout.toSeconds() + " s");
      }
    }
  }
}
