package io.attributeimages.support;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A server that takes every POST, keeps what it got, and answers what it is told to. */
public final class HttpDouble implements AutoCloseable {

  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<Call> calls = new CopyOnWriteArrayList<>();
  private volatile byte[] answer = new byte[0];
  private final Queue<Integer> statuses = new ArrayDeque<>();

  /** A call, and what it was answered. */
  public record Call(String path, Headers headers, byte[] body, int status) {

    /** The type of the body. */
    public String contentType() {
      return headers.getFirst("Content-Type");
    }
  }

  private HttpDouble(int port) {
    try {
      server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.setExecutor(threads);
    server.createContext("/", this::take);
    server.start();
  }

  /** A server on a port of its own. */
  public static HttpDouble start() {
    return new HttpDouble(0);
  }

  /** A server on that port. */
  public static HttpDouble startOn(int port) {
    return new HttpDouble(port);
  }

  /** Where it answers, without a slash at the end. */
  public String baseUrl() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /** The next calls are answered with these statuses, those after them with 200. */
  public synchronized void next(Integer... next) {
    statuses.addAll(List.of(next));
  }

  /** From now on, calls are answered with that. */
  public void answer(String body) {
    answer = body.getBytes(StandardCharsets.UTF_8);
  }

  /** Everything it got. */
  public List<Call> calls() {
    return List.copyOf(calls);
  }

  private void take(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    int status = status();
    calls.add(
        new Call(exchange.getRequestURI().toString(), exchange.getRequestHeaders(), body, status));
    exchange.sendResponseHeaders(status, answer.length == 0 ? -1 : answer.length);
    if (answer.length > 0) {
      exchange.getResponseBody().write(answer);
    }
    exchange.close();
  }

  private synchronized int status() {
    return statuses.isEmpty() ? 200 : statuses.remove();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
