package io.attributeimages.access;

import io.attributeimages.api.Caller;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.ipfilter.IpFilterRuleType;
import io.netty.handler.ipfilter.IpSubnetFilterRule;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.microprofile.config.Config;

/**
 * The proxies that are trusted to say who calls. Each proxy on the way adds an address at the end
 * of {@code X-Forwarded-For}; what stands before that is the client's word. Quarkus takes the first
 * one, so all but the right one are removed before it looks.
 */
public final class Proxies {

  private static final String FORWARDED_FOR = "X-Forwarded-For";

  private final boolean forwarding;
  private final List<IpSubnetFilterRule> trusted;

  private Proxies(boolean forwarding, List<IpSubnetFilterRule> trusted) {
    this.forwarding = forwarding;
    this.trusted = trusted;
  }

  /** Those of {@code quarkus.http.proxy}. */
  static Proxies of(Config config) {
    String prefix = "quarkus.http.proxy.";
    List<IpSubnetFilterRule> trusted = new ArrayList<>();
    config
        .getOptionalValues(prefix + "trusted-proxies", String.class)
        .ifPresent(all -> all.forEach(proxy -> trusted.add(network(proxy))));
    return new Proxies(
        config.getOptionalValue(prefix + "proxy-address-forwarding", Boolean.class).orElse(false),
        trusted);
  }

  /**
   * The network in a text such as 10.0.0.5, 10.0.0.0/8 or 2001:db8::/32.
   *
   * @throws IllegalArgumentException if it is none
   */
  public static IpSubnetFilterRule network(String text) {
    String[] parts = text.strip().split("/", 2);
    InetAddress address = address(parts[0]);
    if (address == null) {
      throw new IllegalArgumentException("no address: " + text);
    }
    int bits = parts.length == 2 ? Integer.parseInt(parts[1]) : 8 * address.getAddress().length;
    return new IpSubnetFilterRule(address, bits, IpFilterRuleType.ACCEPT);
  }

  boolean isTrusted(InetAddress address) {
    InetSocketAddress socket = new InetSocketAddress(address, 0);
    return trusted.stream().anyMatch(rule -> rule.matches(socket));
  }

  /**
   * Leaves the last address that no trusted proxy has; "unknown" where what stands there is none.
   */
  void keepCaller(HttpHeaders headers) {
    if (!forwarding || !headers.contains(FORWARDED_FOR)) {
      return;
    }
    String[] chain = String.join(",", headers.getAll(FORWARDED_FOR)).split(",", -1);
    for (int i = chain.length - 1; i >= 0; i--) {
      InetAddress address = address(chain[i]);
      headers.set(FORWARDED_FOR, address == null ? "unknown" : NetUtil.toAddressString(address));
      if (address == null || !isTrusted(address)) {
        return;
      }
    }
  }

  /** Of a text such as 192.0.2.1, 192.0.2.1:4711, 2001:db8::1 and [2001:db8::1]:4711, or null. */
  private static InetAddress address(String text) {
    String host = text.strip().replaceFirst("^\\[(.*)](:\\d+)?$", "$1");
    host = host.replaceFirst("^([^:]*):\\d+$", "$1");
    return Caller.parse(host);
  }
}
