package io.attributeimages.access;

import com.sun.management.UnixOperatingSystemMXBean;
import io.attributeimages.api.Caller;
import io.netty.bootstrap.ChannelInitializerExtension;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerAdapter;
import io.netty.channel.ChannelHandlerContext;
import io.quarkus.runtime.configuration.MemorySize;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.config.ConfigProvider;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Limits the connections to the HTTP server, in all and of one address. Where there is one too
 * many, the one is closed that has waited longest for a request to come or to become whole: so
 * unfinished requests never keep others out. While all have a request to answer, a new one is
 * refused.
 *
 * <p>Netty finds it by {@code META-INF/services} and asks it about each new connection, before
 * anything is read.
 */
public final class Connections extends ChannelInitializerExtension {

  private static final Logger LOG = LoggerFactory.getLogger(Connections.class);

  /** How many files the program opens after its start: for the database, the store, its classes. */
  private static final int FILES = 150;

  /** How many answers may wait to be read, of up to a megabyte each. */
  private static final int MAX_UNREAD = 50;

  private final int max;
  private final int maxOfAddress;
  private final long maxBody;
  private final Proxies proxies;

  /** The open connections. */
  private final Map<Channel, String> addresses = new HashMap<>();

  private final Map<String, Integer> ofAddress = new HashMap<>();

  /** Whose last answer is not sent yet, as the other side does not read; the oldest first. */
  private final Set<Channel> unread = new LinkedHashSet<>();

  /** The longest first. */
  private final Set<Channel> waiting = new LinkedHashSet<>();

  /** Limits by the settings, and by how many files the program may open. */
  public Connections() {
    Config config = ConfigProvider.getConfig();
    int wanted = config.getValue("http.max-connections", int.class);
    max = Math.min(wanted, connectionsByFiles());
    maxOfAddress = config.getValue("http.max-connections-of-address", int.class);
    maxBody = config.getValue("quarkus.http.limits.max-body-size", MemorySize.class).asLongValue();
    proxies = Proxies.of(config);
    if (max < wanted) {
      LOG.warn(
          "At most {} connections are let in instead of {}, because the program may have no more"
              + " files open; raise that limit (ulimit -n)",
          max,
          wanted);
    }
  }

  private static int connectionsByFiles() {
    if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean os) {
      long left = os.getMaxFileDescriptorCount() - os.getOpenFileDescriptorCount() - FILES;
      return (int) Math.max(10, Math.min(left, Integer.MAX_VALUE));
    }
    return Integer.MAX_VALUE;
  }

  @Override
  public void postInitializeServerChildChannel(Channel channel) {
    boolean ofHttpServer = channel.pipeline().first().getClass().getName().startsWith("io.vertx.");
    if (!ofHttpServer || !(channel.remoteAddress() instanceof InetSocketAddress peer)) {
      return;
    }
    if (letIn(channel, peer.getAddress())) {
      channel.closeFuture().addListener(closed -> forget(channel));
      channel
          .pipeline()
          .addLast(new RequestGuard.Entrance(new RequestGuard(this, proxies, maxBody)));
    } else {
      hangUp(channel);
    }
  }

  /** A channel can be closed once an event loop has it, which may not be so yet. */
  private static void hangUp(Channel channel) {
    channel
        .pipeline()
        .addFirst(
            new ChannelHandlerAdapter() {
              @Override
              public void handlerAdded(ChannelHandlerContext context) {
                context.close();
              }
            });
  }

  /** Whether it may stay; where need be, the place of one that waits becomes its own. */
  private synchronized boolean letIn(Channel channel, InetAddress peer) {
    String address = Caller.network(peer.getHostAddress());
    boolean hasShare = !peer.isLoopbackAddress() && !proxies.isTrusted(peer);
    boolean roomOfAddress = !hasShare || ofAddress.getOrDefault(address, 0) < maxOfAddress;
    if (!roomOfAddress || addresses.size() >= max) {
      Optional<Channel> longest =
          waiting.stream()
              .filter(other -> roomOfAddress || address.equals(addresses.get(other)))
              .findFirst();
      longest.ifPresent(this::close);
      if (longest.isEmpty()) {
        return false;
      }
    }
    addresses.put(channel, address);
    waiting.add(channel);
    ofAddress.merge(address, 1, Integer::sum);
    return true;
  }

  private void close(Channel channel) {
    forget(channel);
    hangUp(channel);
  }

  private synchronized void forget(Channel channel) {
    waiting.remove(channel);
    unread.remove(channel);
    String address = addresses.remove(channel);
    if (address != null) {
      ofAddress.computeIfPresent(address, (a, count) -> count == 1 ? null : count - 1);
    }
  }

  /** The connection waits for a request, or for the rest of one. */
  synchronized void waits(Channel channel) {
    waiting.remove(channel);
    if (addresses.containsKey(channel)) {
      waiting.add(channel);
    }
  }

  /** The connection has a request to answer. */
  synchronized void works(Channel channel) {
    waiting.remove(channel);
  }

  /** The other side has still to read an answer, which takes memory until then. */
  synchronized void isUnread(Channel channel) {
    if (addresses.containsKey(channel) && unread.add(channel) && unread.size() > MAX_UNREAD) {
      close(unread.iterator().next());
    }
  }

  /** It has read it. */
  synchronized void isRead(Channel channel) {
    unread.remove(channel);
  }
}
