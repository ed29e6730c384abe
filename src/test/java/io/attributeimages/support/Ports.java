package io.attributeimages.support;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports that stay free while their service is down: below the range from which systems take the
 * ports of outgoing connections.
 */
final class Ports {

  private static final int FIRST = 12_000;
  private static final int END = 32_000;
  private static final int ATTEMPTS = 100;

  private Ports() {}

  /** A port of 127.0.0.1 that nobody listens on now. */
  static int free() {
    for (int i = 0; i < ATTEMPTS; i++) {
      int port = ThreadLocalRandom.current().nextInt(FIRST, END);
      try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getByName("127.0.0.1"))) {
        return socket.getLocalPort();
      } catch (IOException e) {
        // somebody listens there: the next one
      }
    }
    throw new IllegalStateException("no free port from " + FIRST + " to " + END);
  }
}
