package io.attributeimages.access;

import io.attributeimages.api.Problem;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Stands in a connection, between the reading of HTTP and the server. A request has to be whole in
 * time, and what can be read in two ways is refused. Works on the event loop of its connection.
 */
final class RequestGuard extends ChannelDuplexHandler {

  /** Seconds until a request is whole: from the connection, or from its headers on. */
  private static final int UNTIL_WHOLE = 20;

  /** Seconds until the answer is sent and the next request is there. */
  private static final int UNTIL_NEXT = 75;

  private static final int MAX_URL = 4096;
  private static final int MAX_HEADERS = 16 * 1024;

  private static final Set<HttpMethod> WITHOUT_BODY =
      Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);
  private static final Set<HttpMethod> OTHERS =
      Set.of(HttpMethod.POST, HttpMethod.PUT, HttpMethod.PATCH, HttpMethod.DELETE);

  private static final Pattern CHARSET =
      Pattern.compile("(?i);\\s*charset\\s*=\\s*(?:\"([^\"]*)\"|([^;\\s]*))");

  /** What Vert.x calls its writer of HTTP. */
  private static final String ENCODER = "httpEncoder";

  private final Connections connections;
  private final Proxies proxies;
  private final long maxBody;

  private Future<?> deadline;
  private boolean reading;
  private boolean answering;
  private boolean answeredEarly;
  private boolean refused;

  RequestGuard(Connections connections, Proxies proxies, long maxBody) {
    this.connections = connections;
    this.proxies = proxies;
    this.maxBody = maxBody;
  }

  /** Stands first in a connection until HTTP is read there, which with TLS takes a while. */
  static final class Entrance extends ChannelInboundHandlerAdapter {

    private final RequestGuard guard;

    Entrance(RequestGuard guard) {
      this.guard = guard;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
      guard.await(context, UNTIL_WHOLE);
      context.fireChannelActive();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      guard.stopWaiting(context);
      context.fireChannelInactive();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      handOver(context);
      context.fireChannelRead(message);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
      context.fireUserEventTriggered(event);
      handOver(context);
    }

    private void handOver(ChannelHandlerContext context) {
      ChannelPipeline pipeline = context.pipeline();
      boolean first = pipeline.first() == this;
      if (pipeline.get(ENCODER) != null) {
        pipeline.addAfter(ENCODER, "request-guard", guard);
        pipeline.remove(this);
      } else if (first && pipeline.get("ssl") != null) {
        pipeline.addAfter("ssl", null, new Entrance(guard));
        pipeline.remove(this);
      }
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (message instanceof HttpRequest request && !refused) {
      takes(context, request);
    }
    if (refused) {
      ReferenceCountUtil.release(message);
      return;
    }
    if (message instanceof LastHttpContent) {
      reading = false;
      if (answeredEarly) {
        await(context, UNTIL_NEXT);
      } else {
        answering = true;
        stopWaiting(context);
      }
    }
    context.fireChannelRead(message);
  }

  private void takes(ChannelHandlerContext context, HttpRequest request) {
    Problem problem = request.decoderResult().isSuccess() ? problem(request) : null;
    if (!context.channel().isWritable()) {
      refused = true; // the last answer has not been read yet
      context.close();
    } else if (answering) {
      refused = true; // one after the other: answers to calls that are sent ahead would wait here
    } else if (problem != null) {
      refuse(context, problem);
    } else {
      proxies.keepCaller(request.headers());
      reading = true;
      answeredEarly = false;
      await(context, UNTIL_WHOLE);
    }
  }

  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
    if (message instanceof HttpResponse response) {
      if (response.status().codeClass() == HttpStatusClass.INFORMATIONAL) {
        context.write(message, promise);
        return;
      }
      if (!reading && !"text/event-stream".equals(response.headers().get("Content-Type"))) {
        await(context, UNTIL_NEXT); // a file is sent without our seeing how far it has come
      }
    }
    if (!(message instanceof LastHttpContent)) {
      context.write(message, promise);
      return;
    }
    answeredEarly = reading;
    answering = false;
    if (!reading) {
      await(context, UNTIL_NEXT);
    }
    ChannelPromise sent = promise.unvoid();
    context.write(message, sent);
    if (refused) {
      sent.addListener(ChannelFutureListener.CLOSE);
    }
    if (!context.channel().isWritable()) {
      connections.isUnread(context.channel());
      sent.addListener(done -> connections.isRead(context.channel()));
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    stopWaiting(context);
    context.fireChannelInactive();
  }

  private void await(ChannelHandlerContext context, int seconds) {
    stopWaiting(context);
    connections.waits(context.channel());
    deadline = context.executor().schedule(() -> giveUp(context), seconds, TimeUnit.SECONDS);
  }

  private void stopWaiting(ChannelHandlerContext context) {
    connections.works(context.channel());
    if (deadline != null) {
      deadline.cancel(false);
    }
  }

  private void giveUp(ChannelHandlerContext context) {
    if (reading && !answeredEarly) {
      String detail = "The request was not whole within " + UNTIL_WHOLE + " seconds; send it again";
      refuse(context, new Problem(408, "Request timeout", detail));
    } else {
      context.close(); // from the channel itself, Vert.x would first wait until all is sent
    }
  }

  private void refuse(ChannelHandlerContext context, Problem problem) {
    refused = true;
    reading = false;
    await(context, UNTIL_WHOLE);
    byte[] body = problem.body().getBytes(StandardCharsets.UTF_8);
    String head =
        String.join(
            "\r\n",
            "HTTP/1.1 " + HttpResponseStatus.valueOf(problem.status()),
            "Content-Type: " + Problem.MEDIA_TYPE,
            "Content-Length: " + body.length,
            "X-Content-Type-Options: nosniff",
            "Cache-Control: no-store",
            "Connection: close",
            "",
            "");
    context
        .pipeline()
        .context(ENCODER)
        .writeAndFlush(Unpooled.wrappedBuffer(head.getBytes(StandardCharsets.US_ASCII), body))
        .addListener(ChannelFutureListener.CLOSE);
  }

  /** What is wrong with the head of a request, or null. */
  private Problem problem(HttpRequest request) {
    HttpHeaders headers = request.headers();
    HttpMethod method = request.method();
    boolean withoutBody = WITHOUT_BODY.contains(method);
    if (!withoutBody && !OTHERS.contains(method)) {
      return new Problem(
          501, "Not implemented", "There is no such method; GET /q/openapi lists the calls");
    }
    if (request.uri().length() > MAX_URL) {
      return new Problem(414, "URI too long", "The URL is too long; send a shorter one");
    }
    if (size(headers) > MAX_HEADERS) {
      return new Problem(
          431, "Headers too large", "The headers are too large; send fewer or shorter ones");
    }
    if (HttpUtil.getContentLength(request, 0L) > maxBody) {
      return new Problem(413, "Body too large", "The body is too large; send a smaller one");
    }
    if (headers.getAll(HttpHeaderNames.HOST).size() > 1) {
      return Problem.badRequest("The header Host is sent more than once; send one");
    }
    List<String> encodings = headers.getAll(HttpHeaderNames.TRANSFER_ENCODING);
    boolean chunked = !encodings.isEmpty();
    if (chunked
        && !(encodings.size() == 1
            && HttpHeaderValues.CHUNKED.contentEqualsIgnoreCase(encodings.get(0)))) {
      return Problem.badRequest(
          "The header Transfer-Encoding is not what is allowed; send chunked, or Content-Length");
    }
    if (withoutBody && (chunked || !"0".equals(headers.get(HttpHeaderNames.CONTENT_LENGTH, "0")))) {
      return Problem.badRequest("A " + method + " has no body; send it without one");
    }
    return isReadable(headers.get(HttpHeaderNames.CONTENT_TYPE, ""))
        ? null
        : Problem.badRequest(
            "The header Content-Type names a charset that is unknown; send application/json");
  }

  private static int size(HttpHeaders headers) {
    int size = 0;
    for (Map.Entry<String, String> header : headers) {
      size += header.getKey().length() + header.getValue().length() + ": \r\n".length();
    }
    return size;
  }

  private static boolean isReadable(String contentType) {
    Matcher charset = CHARSET.matcher(contentType);
    try {
      return !charset.find()
          || Charset.isSupported(charset.group(charset.group(1) == null ? 2 : 1));
    } catch (IllegalCharsetNameException e) {
      return false;
    }
  }
}
