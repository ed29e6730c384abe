package io.attributeimages.embedded;

import io.attributeimages.embedded.HttpConnection.Request;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.InstantSource;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Supplier;

/**
 * Stands in for the hosts that paint pictures, on one port of the loopback interface: Novita's
 * image API with its models, OpenAI's image API, and a WebUI of Stable Diffusion. The rules
 * (fields, limits, errors, signed URLs, webhooks) are those of their public documentation; the
 * pictures are drawn. It is what the program runs on where there is no account, and what tests and
 * benchmarks run it on, who let calls go wrong by {@link Faults}.
 */
public final class SimulatedHosts implements AutoCloseable {
  private final HostApi api;
  private final SimulatedAnswers answers;
  private final Faults faults;
  private final WebhookSender webhooks;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(SimulatedHosts::daemon);
  private final Set<HttpConnection> connections = ConcurrentHashMap.newKeySet();
  private volatile ServerSocket server;
  private volatile Thread acceptor;
  private volatile int port;

  private SimulatedHosts(
      Supplier<SimulatedHostsSettings> settings,
      int port,
      SimulatedTasks tasks,
      String urlSecret,
      InstantSource clock,
      Faults faults)
      throws IOException {
    this.faults = faults;
    answers = new SimulatedAnswers(settings, new ImageUrls(urlSecret), clock, this::baseUrl);
    webhooks = new WebhookSender(timer, clock, faults, answers::event);
    api = new HostApi(settings, tasks, answers, clock, faults, webhooks::add);
    listen(port);
  }

  /**
   * Starts them for a program; tasks are in files before their submits are answered, so they and
   * their pictures outlive a crash. The port is that of the last start where it is free, since
   * addresses of pictures may be in use.
   *
   * @param settings asked for at each call
   * @param dataDir the path of a {@link DataDirectory} that this program has locked
   * @throws EmbeddedServiceException when the directory cannot be read and written
   */
  public static SimulatedHosts start(Supplier<SimulatedHostsSettings> settings, Path dataDir) {
    try {
      Path directory = Files.createDirectories(dataDir.toAbsolutePath().resolve("novita"));
      Path lastPort = directory.resolve("port");
      int port = Files.exists(lastPort) ? Integer.parseInt(Files.readString(lastPort)) : 0;
      String secret =
          SecretsFile.readOrCreate(directory.resolve("secret.properties"), "image-url-key")
              .getProperty("image-url-key");
      SimulatedTasks tasks = new TaskFiles(directory.resolve("tasks"));
      SimulatedHosts hosts =
          new SimulatedHosts(settings, port, tasks, secret, Clock.systemUTC(), new Faults() {});
      Files.writeString(lastPort, String.valueOf(hosts.port));
      return hosts;
    } catch (IOException | NumberFormatException e) {
      throw new EmbeddedServiceException(
          "The simulated Novita in " + dataDir + " does not start: " + e.getMessage(), e);
    }
  }

  /**
   * Starts them for tests.
   *
   * @param settings asked for at each call
   * @param port 0: a free one
   * @throws IOException when the port cannot be had
   */
  public static SimulatedHosts start(
      Supplier<SimulatedHostsSettings> settings,
      int port,
      SimulatedTasks tasks,
      InstantSource clock,
      Faults faults)
      throws IOException {
    return new SimulatedHosts(settings, port, tasks, "secret", clock, faults);
  }

  /** {@code http://127.0.0.1:<port>}, the base URL of all of them; a restart does not change it. */
  public URI baseUrl() {
    return URI.create("http://127.0.0.1:" + port);
  }

  /** Sets what Novita's account has left. */
  public void balance(BigDecimal usd) {
    api.balance(usd);
  }

  /** The bytes of a picture of the task. */
  public byte[] picture(SimulatedTask task, int index) {
    return answers.picture(task, index);
  }

  /** Sends the webhooks that are due, after a clock has jumped or they were held back. */
  public void sendWebhooks() {
    webhooks.sendDue();
  }

  /** As new: nothing is paid, no webhook is due. */
  public void reset() {
    api.reset();
    webhooks.clear();
  }

  /** An outage: open connections are reset and new ones refused. */
  public synchronized void stop() {
    close(server);
    connections.forEach(HttpConnection::reset);
    try {
      acceptor.join(); // only then the port is free for a restart
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends the outage on the same port; open connections are reset. */
  public synchronized void restart() throws IOException {
    stop();
    listen(port);
  }

  /** Stops at once; requests under way are cut off. Tasks in files stay. */
  @Override
  public void close() {
    stop();
    timer.shutdownNow();
  }

  private static void close(ServerSocket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // closed is what is wanted
    }
  }

  private void listen(int wanted) throws IOException {
    ServerSocket socket = new ServerSocket();
    socket.setReuseAddress(true);
    InetAddress loopback = InetAddress.getByName("127.0.0.1");
    try {
      socket.bind(new InetSocketAddress(loopback, wanted), 1024);
    } catch (BindException e) {
      if (port != 0) {
        throw e;
      }
      socket.bind(new InetSocketAddress(loopback, 0), 1024);
    }
    port = socket.getLocalPort();
    server = socket;
    acceptor = daemon(() -> accept(socket));
    acceptor.start();
  }

  private void accept(ServerSocket socket) {
    while (!socket.isClosed()) {
      try {
        HttpConnection connection = new HttpConnection(socket.accept());
        connections.add(connection);
        if (socket.isClosed()) {
          connections.remove(connection);
          connection.reset();
        } else {
          daemon(() -> serve(connection)).start();
        }
      } catch (IOException e) {
        // stopped, or the client is gone already
      }
    }
  }

  private void serve(HttpConnection connection) {
    try (connection) {
      Request request = connection.read();
      while (request != null) {
        faults.answer(new SimulatedCall(api, connection, request));
        boolean stays = request.keepAlive() && !connection.isClosed();
        request = stays ? connection.read() : null;
      }
    } catch (IOException e) {
      // the client has hung up; what it was about goes on, as it would at the real host
    } finally {
      connections.remove(connection);
    }
  }

  private static Thread daemon(Runnable work) {
    Thread thread = new Thread(work, "simulated-hosts");
    thread.setDaemon(true);
    return thread;
  }
}
