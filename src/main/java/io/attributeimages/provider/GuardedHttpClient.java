package io.attributeimages.provider;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProxySelector;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.apache.camel.component.http.HttpClientConfigurer;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.SystemDefaultDnsResolver;
import org.apache.hc.client5.http.classic.ExecChain;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.DefaultRedirectStrategy;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.apache.hc.client5.http.impl.io.ManagedHttpClientConnectionFactory;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.impl.routing.SystemDefaultRoutePlanner;
import org.apache.hc.core5.concurrent.Cancellable;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.ProtocolException;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.io.entity.HttpEntityWrapper;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.util.Timeout;

/**
 * Sets up an HTTP client of the routes. It never repeats a request or keeps a cookie by itself:
 * what is repeated is decided by the routes. Answers are bounded in size, packed and unpacked, and
 * in time. Of their headers, the routes see only those that ask for a pause. A request with a
 * {@link #NOT_AFTER} is not sent once that is over, however long it took to connect.
 *
 * @param connectTimeout how long a connection may take
 * @param responseTimeout the longest silence
 * @param exchangeTimeout how long everything may take together, from the wait for a connection to
 *     the end of the answer
 * @param maxBytes the size of an answer beyond which it is given up
 * @param reuseConnections false where a request on a connection that the other side is just closing
 *     would leave it open whether it was paid
 * @param followRedirects whether up to five are followed, to addresses that a picture may have
 * @param names where hosts are; what it does not find is not connected to
 * @param calls what is under way
 */
public record GuardedHttpClient(
    Duration connectTimeout,
    Duration responseTimeout,
    Duration exchangeTimeout,
    long maxBytes,
    boolean reuseConnections,
    boolean followRedirects,
    DnsResolver names,
    OpenCalls calls)
    implements HttpClientConfigurer {

  /** A header with the text of a {@link Deadline}; it stays here. */
  public static final String NOT_AFTER = "Not-After";

  private static final Set<String> PAUSES = Set.of("retry-after", "x-ratelimit-reset-images");

  /** The attribute of an exchange whose request is sent, or about to be. */
  private static final String SENT = "sent";

  /** More than any setting of concurrency can use. */
  private static final int MAX_CONNECTIONS = 200;

  private static final int MAX_REDIRECTS = 5;

  private static final Http1Config HEADERS =
      Http1Config.custom().setMaxLineLength(16 * 1024).setMaxHeaderCount(100).build();

  /** A client that connects to any host. */
  public GuardedHttpClient(
      Duration connectTimeout,
      Duration responseTimeout,
      Duration exchangeTimeout,
      long maxBytes,
      boolean reuseConnections) {

    this(
        connectTimeout,
        responseTimeout,
        exchangeTimeout,
        maxBytes,
        reuseConnections,
        false,
        SystemDefaultDnsResolver.INSTANCE,
        new OpenCalls());
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
        .setRoutePlanner(new SystemDefaultRoutePlanner(ProxySelector.getDefault()))
        .disableCookieManagement()
        .disableContentCompression()
        .setDefaultRequestConfig(
            RequestConfig.custom()
                .setAuthenticationEnabled(false)
                .setMaxRedirects(MAX_REDIRECTS)
                .setResponseTimeout(Timeout.of(responseTimeout))
                .setConnectionRequestTimeout(Timeout.of(responseTimeout))
                .build())
        .addExecInterceptorFirst("bounded", this::bounded)
        // last: when it is connected
        .addExecInterceptorLast("not-too-late", GuardedHttpClient::notTooLate);
    if (followRedirects) {
      builder.setRedirectStrategy(new ToFetchable());
    } else {
      builder.disableRedirectHandling();
    }
    if (!reuseConnections) {
      builder.setConnectionReuseStrategy((request, response, context) -> false);
    }
  }

  /** Where one picture is said to be, another answer may say that it is somewhere else. */
  private static final class ToFetchable extends DefaultRedirectStrategy {
    @Override
    public URI getLocationURI(HttpRequest request, HttpResponse response, HttpContext context)
        throws HttpException {
      URI location = super.getLocationURI(request, response, context);
      try {
        return URI.create(TaskResult.fetchable(location.toString()));
      } catch (IllegalArgumentException e) {
        throw new ProtocolException(e.getMessage());
      }
    }
  }

  private ClassicHttpResponse bounded(
      ClassicHttpRequest request, ExecChain.Scope scope, ExecChain chain)
      throws IOException, HttpException {
    CompletableFuture<Void> end = new CompletableFuture<>();
    if (scope.originalRequest instanceof Cancellable call) {
      calls.add(call);
      end.whenComplete((done, late) -> calls.remove(call));
    }
    end.orTimeout(exchangeTimeout.toMillis(), TimeUnit.MILLISECONDS)
        .exceptionally(
            late -> {
              hangUp(scope);
              return null;
            });
    try {
      ClassicHttpResponse response = chain.proceed(request, scope);
      if (scope.clientContext.getAttribute(SENT) == null) {
        hangUp(scope); // it is a proxy's
        throw new NotSentException(
            new IOException("the proxy does not connect: HTTP status " + response.getCode()));
      }
      if (response.getEntity() == null) {
        end.complete(null);
      } else {
        response.setEntity(new BoundedEntity(response, scope, end));
      }
      // Camel obeys more of them than is good: it unpacks without a limit, and fails where it does
      // not know the charset.
      response.setHeaders(
          Stream.of(response.getHeaders())
              .filter(header -> PAUSES.contains(header.getName().toLowerCase(Locale.ROOT)))
              .toArray(Header[]::new));
      return response;
    } catch (IOException | IllegalStateException e) { // one that is cut off has no connection
      boolean inTime = end.complete(null);
      if (scope.clientContext.getAttribute(SENT) == null) {
        throw e instanceof NotSentException unsent ? unsent : new NotSentException(e);
      }
      if (inTime) {
        throw e;
      }
      throw late();
    }
  }

  private static ClassicHttpResponse notTooLate(
      ClassicHttpRequest request, ExecChain.Scope scope, ExecChain chain)
      throws IOException, HttpException {
    Header notAfter = request.getFirstHeader(NOT_AFTER);
    if (notAfter != null && Deadline.of(notAfter.getValue()).isOver()
        || scope.execRuntime.isExecutionAborted()) {
      throw new NotSentException();
    }
    request.removeHeaders(NOT_AFTER);
    scope.clientContext.setAttribute(SENT, true);
    return chain.proceed(request, scope);
  }

  private IOException late() {
    return new SocketTimeoutException(
        "the exchange took more than " + exchangeTimeout.toSeconds() + " s");
  }

  /** Closes the connection, so that nobody reads the rest of an answer that is given up. */
  private static void hangUp(ExecChain.Scope scope) {
    if (scope.originalRequest instanceof Cancellable request) {
      request.cancel();
    }
  }

  private final class BoundedEntity extends HttpEntityWrapper {
    private final boolean packed;
    private final ExecChain.Scope scope;
    private final CompletableFuture<Void> end;
    private InputStream content;

    BoundedEntity(
        ClassicHttpResponse response, ExecChain.Scope scope, CompletableFuture<Void> end) {
      super(response.getEntity());
      Header encoding = response.getFirstHeader(HttpHeaders.CONTENT_ENCODING);
      this.packed = encoding != null && encoding.getValue().matches("(?i)\\s*(x-)?gzip\\s*");
      this.scope = scope;
      this.end = end;
    }

    @Override
    public long getContentLength() {
      return packed ? -1 : super.getContentLength();
    }

    @Override
    public InputStream getContent() throws IOException {
      if (content == null) {
        InputStream answer = super.getContent();
        content = new BoundedStream(packed ? new GZIPInputStream(answer) : answer);
      }
      return content;
    }

    private final class BoundedStream extends FilterInputStream {
      private long bytes;

      BoundedStream(InputStream in) {
        super(in);
      }

      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
      }

      @Override
      public int read(byte[] buffer, int offset, int length) throws IOException {
        try {
          int n = super.read(buffer, offset, length);
          bytes += Math.max(n, 0);
          if (bytes > maxBytes) {
            hangUp(scope);
            throw new IOException("the answer has more than " + maxBytes + " bytes");
          }
          return n;
        } catch (IOException e) {
          throw end.isDone() ? late() : e;
        }
      }

      @Override
      public void close() throws IOException {
        end.complete(null);
        super.close();
      }
    }
  }
}
