package io.attributeimages.novita;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import org.apache.camel.component.http.HttpClientConfigurer;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.io.entity.HttpEntityWrapper;
import org.apache.hc.core5.util.Timeout;

/**
 * Sets up an HTTP client of the routes. It never repeats a request, follows a redirect, keeps a
 * cookie or unpacks an answer by itself: what is repeated is decided by the routes. Answers are
 * bounded in size and in time.
 *
 * @param connectTimeout how long a connection may take
 * @param responseTimeout the longest silence
 * @param answerTimeout how long a whole answer may take
 * @param maxBytes the size of an answer beyond which it is given up
 * @param reuseConnections false where a request on a connection that the other side is just closing
 *     would leave it open whether it was paid
 */
public record GuardedHttpClient(
    Duration connectTimeout,
    Duration responseTimeout,
    Duration answerTimeout,
    long maxBytes,
    boolean reuseConnections)
    implements HttpClientConfigurer {

  /** More than any setting of concurrency can use. */
  private static final int MAX_CONNECTIONS = 200;

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
        .addExecInterceptorLast(
            "bounded-answer",
            (request, scope, chain) -> {
              var response = chain.proceed(request, scope);
              if (response.getEntity() != null) {
                response.setEntity(new BoundedEntity(response.getEntity()));
              }
              return response;
            });
    if (!reuseConnections) {
      builder.setConnectionReuseStrategy((request, response, context) -> false);
    }
  }

  private final class BoundedEntity extends HttpEntityWrapper {
    BoundedEntity(HttpEntity entity) {
      super(entity);
    }

    @Override
    public InputStream getContent() throws IOException {
      return new BoundedStream(super.getContent(), System.nanoTime() + answerTimeout.toNanos());
    }
  }

  private final class BoundedStream extends FilterInputStream {
    private final long deadline;
    private long bytes;

    BoundedStream(InputStream in, long deadline) {
      super(in);
      this.deadline = deadline;
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
        throw new IOException("the answer has more than " + maxBytes + " bytes");
      }
      if (System.nanoTime() > deadline) {
        throw new IOException("the answer took more than " + answerTimeout.toSeconds() + " s");
      }
    }
  }
}
