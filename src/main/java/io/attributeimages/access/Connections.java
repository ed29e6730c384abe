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
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
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

  /** Files that the program opens beside those of its start: the database, the store, its jars. */
  private static final int FILES = 150;

  /** Unread answers of up to a megabyte. */
  private static final int MAX_UNREAD = 50;

  private final int max;
  private final int maxOfAddress;
  private final long maxBody;
  private final Proxies proxies;

  private final Map<Channel, String> open = new HashMap<>();
  private final Map<String, Integer> ofAddress = new HashMap<>();

  /** Whose last answer is not sent yet, as the other side does not read; the oldest first. */
  private final Set<Channel> unread = new LinkedHashSet<>();

  /** The longest first. */
  private final Map<Channel, String> waiting = new LinkedHashMap<>();

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
    if (open(channel, peer.getAddress())) {
      channel.closeFuture().addListener(closed -> close(channel));
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

  private synchronized boolean open(Channel channel, InetAddress peer) {
    String address = Caller.network(peer.getHostAddress());
    if (ofAddress.getOrDefault(address, 0) >= maxOfAddress
        && !peer.isLoopbackAddress()
        && !proxies.isTrusted(peer)) {
      return replace(address) && open(channel, address);
    }
    return (open.size() < max || replace(null)) && open(channel, address);
  }

  private boolean open(Channel channel, String address) {
    open.put(channel, address);
    waiting.put(channel, address);
    ofAddress.merge(address, 1, Integer::sum);
    return true;
  }

  /** Closes the one that has waited longest, of that address or of any. */
  private boolean replace(String address) {
    for (Map.Entry<Channel, String> longest : waiting.entrySet()) {
      if (address == null || address.equals(longest.getValue())) {
        Channel channel = longest.getKey();
        close(channel);
        hangUp(channel);
        return true;
      }
    }
    return false;
  }

  private synchronized void close(Channel channel) {
    waiting.remove(channel);
    unread.remove(channel);
    String address = open.remove(channel);
    if (address != null) {
      ofAddress.computeIfPresent(address, (a, count) -> count == 1 ? null : count - 1);
    }
  }

  /** The connection waits for a request, or for the rest of one. */
  synchronized void waits(Channel channel) {
    waiting.remove(channel);
    String address = open.get(channel);
    if (address != null) {
      waiting.put(channel, address);
    }
  }

  /** The connection has a request to answer. */
  synchronized void works(Channel channel) {
    waiting.remove(channel);
    unread.remove(channel);
  }

  /** Much of an answer is not sent yet, and takes memory. */
  synchronized void isUnread(Channel channel) {
    if (open.containsKey(channel) && unread.add(channel) && unread.size() > MAX_UNREAD) {
      Channel oldest = unread.iterator().next();
      close(oldest);
      hangUp(oldest);
    }
  }
}
