package io.attributeimages.support;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** One HTTP/1.1 connection, read and written by hand so that it can be broken at any point. */
final class NovitaConnection implements Closeable {

  /** The first line of a request. */
  record RequestLine(String method, String path, Map<String, String> query, String version) {}

  /** A whole request; header names are case-insensitive. */
  record Request(RequestLine line, Map<String, String> headers, byte[] body) {

    /** The header's value, or an empty text. */
    String header(String name) {
      return headers.getOrDefault(name, "");
    }

    /** Whether the client wants the connection to stay. */
    boolean keepAlive() {
      String connection = header("Connection").toLowerCase(Locale.ROOT);
      return line.version().equals("HTTP/1.1")
          ? !connection.contains("close")
          : connection.contains("keep-alive");
    }
  }

  /** An answer; Content-Length and Connection are added on the way out. */
  record Response(int status, Map<String, String> headers, byte[] body) {

    static Response of(int status, String contentType, byte[] body) {
      return new Response(status, Map.of("Content-Type", contentType), body);
    }

    static Response of(int status, String contentType, String body) {
      return of(status, contentType, body.getBytes(StandardCharsets.UTF_8));
    }

    Response with(String name, String value) {
      Map<String, String> more = new LinkedHashMap<>(headers);
      more.put(name, value);
      return new Response(status, more, body);
    }
  }

  private final Socket socket;
  private final InputStream in;

  NovitaConnection(Socket socket) throws IOException {
    this.socket = socket;
    socket.setTcpNoDelay(true);
    this.in = new BufferedInputStream(socket.getInputStream());
  }

  /** The next request's first line, or null when the client has closed the connection. */
  RequestLine readRequestLine() throws IOException {
    String line = readLine();
    if (line == null) {
      return null;
    }
    String[] words = line.split(" ");
    if (words.length != 3) {
      throw new IOException("no HTTP request line: " + line);
    }
    URI target = URI.create(words[1]);
    return new RequestLine(words[0], target.getPath(), query(target.getRawQuery()), words[2]);
  }

  /** Headers and body: by Content-Length or chunked, after 100 Continue where it is asked for. */
  Request readRest(RequestLine line) throws IOException {
    Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    for (String header = requireLine(); !header.isEmpty(); header = requireLine()) {
      int colon = header.indexOf(':');
      if (colon < 1) {
        throw new IOException("no HTTP header: " + header);
      }
      headers.put(header.substring(0, colon).trim(), header.substring(colon + 1).trim());
    }
    if (headers.getOrDefault("Expect", "").equalsIgnoreCase("100-continue")) {
      socket.getOutputStream().write("HTTP/1.1 100 Continue\r\n\r\n".getBytes());
    }
    boolean chunked =
        headers.getOrDefault("Transfer-Encoding", "").toLowerCase(Locale.ROOT).contains("chunked");
    int length = Integer.parseInt(headers.getOrDefault("Content-Length", "0"));
    return new Request(line, headers, chunked ? readChunks() : readBytes(length));
  }

  /** Sends a whole answer. */
  void send(Response response, boolean keepAlive) throws IOException {
    write(response, response.body().length, true, keepAlive);
  }

  /** Sends the head and the first part of the body; the caller ends the connection. */
  void sendPart(Response response, double fraction, boolean lengthDeclared) throws IOException {
    int part = (int) (response.body().length * fraction);
    write(response, part, lengthDeclared, lengthDeclared);
  }

  /** Waits until the client hangs up, at most that long; zero: without end. */
  void awaitHangUp(Duration atMost) throws IOException {
    long end = System.nanoTime() + atMost.toNanos();
    do {
      long millis = atMost.isZero() ? 0 : Math.max(1, (end - System.nanoTime()) / 1_000_000);
      socket.setSoTimeout((int) Math.min(millis, Integer.MAX_VALUE));
      try {
        if (in.read() < 0) {
          return;
        }
      } catch (SocketTimeoutException e) {
        return;
      }
    } while (atMost.isZero() || System.nanoTime() < end);
  }

  /** Ends the connection by a TCP reset (RST). */
  void reset() {
    try {
      socket.setSoLinger(true, 0);
    } catch (IOException e) {
      // closed already
    }
    close();
  }

  /** Ends the connection cleanly (FIN). */
  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      // gone is what is wanted
    }
  }

  private void write(Response response, int part, boolean lengthDeclared, boolean keepAlive)
      throws IOException {
    StringBuilder head = new StringBuilder("HTTP/1.1 ").append(response.status()).append(" \r\n");
    response.headers().forEach((name, value) -> head.append(name + ": " + value + "\r\n"));
    if (lengthDeclared) {
      head.append("Content-Length: " + response.body().length + "\r\n");
    }
    head.append("Connection: " + (keepAlive ? "keep-alive" : "close") + "\r\n\r\n");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(head.toString().getBytes(StandardCharsets.ISO_8859_1));
    out.write(response.body(), 0, part);
    socket.getOutputStream().write(out.toByteArray());
  }

  private byte[] readChunks() throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    while (true) {
      int size = Integer.parseInt(requireLine().split(";")[0].trim(), 16);
      if (size == 0) {
        while (!requireLine().isEmpty()) {
          // trailers mean nothing here
        }
        return body.toByteArray();
      }
      body.writeBytes(readBytes(size));
      requireLine();
    }
  }

  private byte[] readBytes(int length) throws IOException {
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException("the client hung up in the middle of a request");
    }
    return bytes;
  }

  private String requireLine() throws IOException {
    String line = readLine();
    if (line == null) {
      throw new EOFException("the client hung up in the middle of a request");
    }
    return line;
  }

  private String readLine() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        return null;
      }
      if (b != '\r') {
        line.write(b);
      }
    }
    return line.toString(StandardCharsets.ISO_8859_1);
  }

  private static Map<String, String> query(String raw) {
    Map<String, String> query = new LinkedHashMap<>();
    if (raw != null) {
      Arrays.stream(raw.split("&"))
          .map(pair -> pair.split("=", 2))
          .filter(pair -> pair.length == 2)
          .forEach(pair -> query.put(pair[0], URLDecoder.decode(pair[1], StandardCharsets.UTF_8)));
    }
    return query;
  }
}
