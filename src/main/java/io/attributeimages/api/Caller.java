package io.attributeimages.api;

import io.netty.util.NetUtil;
import io.quarkus.vertx.http.runtime.security.QuarkusHttpUser;
import io.vertx.core.net.SocketAddress;
import io.vertx.ext.web.RoutingContext;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.HexFormat;

/** What limits need to know of who calls. */
public final class Caller {

  /** The role of who may spend money and change something. */
  public static final String OPERATOR = "operator";

  private Caller() {}

  /** Whether it is an operator. */
  static boolean isOperator(RoutingContext call) {
    return call.user() instanceof QuarkusHttpUser user
        && user.getSecurityIdentity().hasRole(OPERATOR);
  }

  /**
   * The network that an address counts for: whoever has an IPv6 address has 2^64 of them, so theirs
   * counts as one.
   */
  public static String network(SocketAddress address) {
    return network(address == null ? null : address.hostAddress());
  }

  /** The same of an address in words. */
  public static String network(String address) {
    InetAddress ip = parse(address);
    if (ip == null) {
      return "unknown";
    }
    return ip instanceof Inet4Address
        ? ip.getHostAddress()
        : HexFormat.of().formatHex(Arrays.copyOf(ip.getAddress(), 8));
  }

  /** Whether the address is this machine's with itself. */
  public static boolean isLoopback(SocketAddress address) {
    InetAddress ip = parse(address == null ? null : address.hostAddress());
    return ip != null && ip.isLoopbackAddress();
  }

  /** The address in a text, or null where it is none. IPv4 written as IPv6 becomes IPv4. */
  public static InetAddress parse(String address) {
    byte[] bytes = address == null ? null : NetUtil.createByteArrayFromIpAddressString(address);
    try {
      return bytes == null ? null : InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      return null;
    }
  }
}
