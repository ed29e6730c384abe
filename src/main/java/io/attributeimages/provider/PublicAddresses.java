package io.attributeimages.provider;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.SystemDefaultDnsResolver;

/**
 * Finds hosts at public addresses only, so that a URL in one of Novita's answers cannot reach the
 * machines around this one. The client connects to exactly the addresses that were checked here.
 *
 * <p>Where Novita itself is at an address that is not public, as a simulated one or a gateway in
 * the house is, its URLs may lead there too.
 */
public final class PublicAddresses implements DnsResolver {

  private final String novitaHost;
  private final DnsResolver names;

  /**
   * Addresses as the system knows them.
   *
   * @param novitaHost the host in {@code novita.base-url}, or null where it has none
   */
  public PublicAddresses(String novitaHost) {
    this(novitaHost, SystemDefaultDnsResolver.INSTANCE);
  }

  PublicAddresses(String novitaHost, DnsResolver names) {
    this.novitaHost = novitaHost;
    this.names = names;
  }

  /**
   * The addresses of a host that may be connected to.
   *
   * @throws UnknownHostException if there are none; its message says why
   */
  @Override
  public InetAddress[] resolve(String host) throws UnknownHostException {
    InetAddress[] all = names.resolve(host);
    InetAddress[] allowed =
        Arrays.stream(all).filter(PublicAddresses::isPublic).toArray(InetAddress[]::new);
    if (allowed.length > 0) {
      return allowed;
    }
    if (all.length > 0 && (isProxy(host) || novitaIsNotPublic())) {
      return all;
    }
    throw new UnknownHostException(
        "the host "
            + host
            + (all.length == 0 ? " has no address" : " is at " + all[0].getHostAddress())
            + ", and pictures are fetched from public addresses only");
  }

  /** A proxy looks by itself where it connects to. */
  private static boolean isProxy(String host) {
    return host.equals(System.getProperty("https.proxyHost"))
        || host.equals(System.getProperty("http.proxyHost"));
  }

  /** Asked anew each time, as the name service may have been away when the program started. */
  private boolean novitaIsNotPublic() {
    if (novitaHost == null) {
      return false;
    }
    try {
      InetAddress[] novita = names.resolve(novitaHost);
      return novita.length > 0 && Arrays.stream(novita).noneMatch(PublicAddresses::isPublic);
    } catch (UnknownHostException e) {
      return false;
    }
  }

  @Override
  public String resolveCanonicalHostname(String host) throws UnknownHostException {
    return names.resolveCanonicalHostname(host);
  }

  /** Whether an address is one of the Internet, by IANA's registries of special addresses. */
  static boolean isPublic(InetAddress address) {
    int[] b = new int[address.getAddress().length];
    for (int i = 0; i < b.length; i++) {
      b[i] = address.getAddress()[i] & 255;
    }
    return address instanceof Inet4Address ? isPublic4(b) : isPublic6(b);
  }

  private static boolean isPublic4(int... b) {
    return switch (b[0]) {
      case 0, 10, 127 -> false;
      case 100 -> b[1] < 64 || b[1] > 127;
      case 169 -> b[1] != 254;
      case 172 -> b[1] < 16 || b[1] > 31;
      case 192 ->
          b[1] != 168 && !(b[1] == 0 && (b[2] == 0 || b[2] == 2)) && !(b[1] == 88 && b[2] == 99);
      case 198 -> b[1] != 18 && b[1] != 19 && !(b[1] == 51 && b[2] == 100);
      case 203 -> !(b[1] == 0 && b[2] == 113);
      default -> b[0] < 224;
    };
  }

  private static boolean isPublic6(int... b) {
    int first = b[0] << 8 | b[1];
    int second = b[2] << 8 | b[3];
    boolean nat64 = first == 0x64 && second == 0xff9b && Arrays.stream(b, 4, 12).sum() == 0;
    if (nat64) {
      return isPublic4(b[12], b[13], b[14], b[15]);
    }
    boolean sixToFour = first == 0x2002;
    if (sixToFour) {
      return isPublic4(b[2], b[3], b[4], b[5]);
    }
    boolean special = first == 0x2001 && (second < 0x200 || second == 0xdb8);
    boolean documentation = first == 0x3fff && second < 0x1000;
    return b[0] >> 5 == 1 && !special && !documentation;
  }
}
