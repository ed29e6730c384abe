package io.attributeimages.access;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.ipfilter.IpFilterRuleType;
import io.netty.handler.ipfilter.IpSubnetFilterRule;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.microprofile.config.Config;

/**
 * The proxies that are trusted to say who calls. Each proxy on the way adds an address at the end
 * of {@code X-Forwarded-For}; what stands before that is the client's word. Quarkus takes the first
 * one, so all but the right one are removed before it looks.
 */
final class Proxies {

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
    for (String proxy :
        config.getOptionalValues(prefix + "trusted-proxies", String.class).orElse(List.of())) {
      String[] parts = proxy.strip().split("/", 2);
      InetAddress address = address(parts[0]);
      if (address != null) {
        int bits = parts.length == 2 ? Integer.parseInt(parts[1]) : 8 * address.getAddress().length;
        trusted.add(new IpSubnetFilterRule(address, bits, IpFilterRuleType.ACCEPT));
      }
    }
    return new Proxies(
        config.getOptionalValue(prefix + "proxy-address-forwarding", Boolean.class).orElse(false),
        trusted);
  }

  boolean isTrusted(InetAddress address) {
    InetSocketAddress socket = new InetSocketAddress(address, 0);
    return trusted.stream().anyMatch(rule -> rule.matches(socket));
  }

  /** Leaves the last address that no trusted proxy has, or none where that is not to be told. */
  void keepCaller(HttpHeaders headers) {
    if (!forwarding || !headers.contains(FORWARDED_FOR)) {
      return;
    }
    String[] chain = String.join(",", headers.getAll(FORWARDED_FOR)).split(",", -1);
    headers.remove(FORWARDED_FOR);
    for (int i = chain.length - 1; i >= 0; i--) {
      InetAddress address = address(chain[i]);
      if (address == null) {
        return;
      }
      headers.set(FORWARDED_FOR, NetUtil.toAddressString(address));
      if (!isTrusted(address)) {
        return;
      }
    }
  }

  /** Of a text such as 192.0.2.1, 192.0.2.1:4711, 2001:db8::1 and [2001:db8::1]:4711, or null. */
  private static InetAddress address(String text) {
    String host = text.strip().replaceFirst("^\\[(.*)](:\\d+)?$", "$1");
    host = host.replaceFirst("^([^:]*):\\d+$", "$1");
    byte[] bytes = NetUtil.createByteArrayFromIpAddressString(host);
    try {
      return bytes == null ? null : InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      return null;
    }
  }
}
