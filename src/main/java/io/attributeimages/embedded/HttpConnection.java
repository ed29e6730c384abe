package io.attributeimages.embedded;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * One HTTP/1.1 connection, read and written by hand so that a test can break it at any point, which
 * no HTTP server allows.
 */
public final class HttpConnection implements Closeable {
  private static final int MAX_BODY_BYTES = 1024 * 1024;

  private final Socket socket;
  private final InputStream in;

  HttpConnection(Socket socket) throws IOException {
    this.socket = socket;
    socket.setTcpNoDelay(true);
    this.in = new BufferedInputStream(socket.getInputStream());
  }

  /** A whole request; header names are case-insensitive. */
  public record Request(String method, URI target, Map<String, String> headers, byte[] body) {

    /** The header's value, or an empty text. */
    public String header(String name) {
      return headers.getOrDefault(name, "");
    }

    /** The parameter's value in the query, or an empty text. */
    String parameter(String name) {
      Map<String, String> query = new HashMap<>();
      String raw = target.getRawQuery() == null ? "" : target.getRawQuery();
      for (String pair : raw.split("&")) {
        String[] parts = (pair + "=").split("=", 3);
        query.put(parts[0], URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
      }
      return query.getOrDefault(name, "");
    }

    boolean keepAlive() {
      return !header("Connection").equalsIgnoreCase("close");
    }
  }

  /** The next request, or null when the client has closed the connection. */
  Request read() throws IOException {
    String line = readLine();
    if (line == null) {
      return null;
    }
    String[] words = line.split(" ");
    if (words.length != 3) {
      throw new IOException("no HTTP request line: " + line);
    }
    Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    for (String header = requireLine(); !header.isEmpty(); header = requireLine()) {
      String[] parts = header.split(":", 2);
      headers.put(parts[0].trim(), parts.length == 1 ? "" : parts[1].trim());
    }
    if (headers.getOrDefault("Expect", "").equalsIgnoreCase("100-continue")) {
      write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    }
    try {
      return new Request(words[0], URI.create(words[1]), headers, readBody(headers));
    } catch (IllegalArgumentException e) {
      throw new IOException("no HTTP request: " + e.getMessage(), e);
    }
  }

  /** Sends a whole answer. */
  void send(Answer answer, boolean keepAlive) throws IOException {
    byte[] body = answer.body().get();
    send(answer, body, body.length, String.valueOf(body.length), keepAlive);
  }

  /**
   * Sends the head and the first part of the body; the caller ends the connection.
   *
   * @param lengthDeclared whether the head promises the whole body, or says nothing of its length
   */
  public void sendPart(Answer answer, double fraction, boolean lengthDeclared) throws IOException {
    byte[] body = answer.body().get();
    String length = lengthDeclared ? String.valueOf(body.length) : null;
    send(answer, body, (int) (body.length * fraction), length, lengthDeclared);
  }

  private void send(Answer answer, byte[] body, int part, String length, boolean keepAlive)
      throws IOException {
    StringBuilder head = new StringBuilder("HTTP/1.1 " + answer.status() + " \r\n");
    answer.headers().forEach((name, value) -> head.append(name + ": " + value + "\r\n"));
    head.append(length == null ? "" : "Content-Length: " + length + "\r\n");
    head.append("Connection: " + (keepAlive ? "keep-alive" : "close") + "\r\n\r\n");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(head.toString().getBytes(StandardCharsets.ISO_8859_1));
    out.write(body, 0, part);
    write(out.toByteArray());
  }

  private void write(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
  }

  /** Waits until the client hangs up, at most that long; zero: without end. */
  public void awaitHangUp(Duration atMost) {
    try {
      socket.setSoTimeout((int) atMost.toMillis());
      while (in.read() >= 0) {
        // a client that says more still waits
      }
    } catch (IOException e) {
      // it has waited long enough, or is gone
    }
  }

  boolean isClosed() {
    return socket.isClosed();
  }

  /** Ends the connection by a TCP reset (RST). */
  public void reset() {
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

  private byte[] readBody(Map<String, String> headers) throws IOException {
    if (!headers.getOrDefault("Transfer-Encoding", "").equalsIgnoreCase("chunked")) {
      return readBytes(Integer.parseInt(headers.getOrDefault("Content-Length", "0")));
    }
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (int size = chunkSize(); size > 0; size = chunkSize()) {
      body.writeBytes(readBytes(size));
      requireLine();
      if (body.size() > MAX_BODY_BYTES) {
        throw new IOException("the body is too long");
      }
    }
    while (!requireLine().isEmpty()) {
      // trailers mean nothing here
    }
    return body.toByteArray();
  }

  private int chunkSize() throws IOException {
    return Integer.parseInt(requireLine().split(";")[0].trim(), 16);
  }

  private byte[] readBytes(int length) throws IOException {
    if (length > MAX_BODY_BYTES) {
      throw new IOException("the body is too long");
    }
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
      if (b < 0 || line.size() > MAX_BODY_BYTES) {
        return null;
      }
      if (b != '\r') {
        line.write(b);
      }
    }
    return line.toString(StandardCharsets.ISO_8859_1);
  }
}
