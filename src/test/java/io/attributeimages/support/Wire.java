package io.attributeimages.support;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A wire on 127.0.0.1 to a real service, which can be cut and mended, and stalled: then it takes
 * connections and bytes but passes nothing on. All methods may be called from any thread.
 */
public final class Wire implements AutoCloseable {

  private static final int BUFFER = 16 * 1024;

  private final Object lock = new Object();
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final int target;
  private final int port;

  // under the lock
  private boolean stalled;
  private long held;

  private volatile ServerSocket server;
  private volatile Thread acceptor;

  private Wire(int target) {
    this.target = target;
    this.port = Ports.free();
    this.server = listen();
  }

  /** A wire to the service on that port of 127.0.0.1. */
  public static Wire to(int target) {
    return new Wire(target);
  }

  /** Where the wire begins; stays the same after a cut. */
  public int port() {
    return port;
  }

  /** Resets open connections, with all that is held, and refuses new ones. */
  public synchronized void cut() {
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    sockets.forEach(Wire::reset);
    try {
      acceptor.join(); // only then the port is free
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Takes connections again, on the same port. */
  public synchronized void mend() {
    if (server.isClosed()) {
      server = listen();
    }
  }

  /** From now on bytes are taken and held, in both directions. */
  public void stall() {
    synchronized (lock) {
      stalled = true;
    }
  }

  /** Passes on what is held, and everything that comes. */
  public void flow() {
    synchronized (lock) {
      stalled = false;
      held = 0;
      lock.notifyAll();
    }
  }

  /** How many bytes the wire has taken since it stalled. */
  public long held() {
    synchronized (lock) {
      return held;
    }
  }

  @Override
  public void close() {
    cut();
    flow();
  }

  private ServerSocket listen() {
    try {
      ServerSocket socket = new ServerSocket();
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port));
      acceptor = daemon(() -> accept(socket));
      return socket;
    } catch (IOException e) {
      throw new UncheckedIOException("port " + port, e);
    }
  }

  private void accept(ServerSocket from) {
    while (!from.isClosed()) {
      try {
        Socket client = from.accept();
        daemon(() -> connect(from, client));
      } catch (IOException e) {
        // cut, or the client is gone already
      }
    }
  }

  private void connect(ServerSocket from, Socket client) {
    Socket service = new Socket();
    sockets.add(client);
    sockets.add(service);
    try {
      service.connect(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), target));
      client.setTcpNoDelay(true);
      service.setTcpNoDelay(true);
      if (from.isClosed()) {
        throw new IOException("cut meanwhile");
      }
      daemon(() -> pass(client, service));
      pass(service, client);
    } catch (IOException e) {
      reset(client);
      reset(service);
    } finally {
      sockets.remove(client);
      sockets.remove(service);
      closeQuietly(client);
      closeQuietly(service);
    }
  }

  /** Passes everything on until one side closes; a reset of one side is a reset of the other. */
  private void pass(Socket from, Socket to) {
    byte[] buffer = new byte[BUFFER];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        awaitFlow(n);
        out.write(buffer, 0, n);
      }
      to.shutdownOutput();
    } catch (IOException e) {
      reset(from);
      reset(to);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void awaitFlow(int bytes) throws InterruptedException {
    synchronized (lock) {
      if (stalled) {
        held += bytes;
      }
      while (stalled) {
        lock.wait();
      }
    }
  }

  private static void reset(Socket socket) {
    try {
      socket.setSoLinger(true, 0);
    } catch (IOException e) {
      // closed already
    }
    closeQuietly(socket);
  }

  private static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // gone is what is wanted
    }
  }

  private static Thread daemon(Runnable work) {
    Thread thread = new Thread(work, "wire");
    thread.setDaemon(true);
    thread.start();
    return thread;
  }
}
