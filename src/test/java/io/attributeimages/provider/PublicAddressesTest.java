package io.attributeimages.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import org.apache.hc.client5.http.DnsResolver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class PublicAddressesTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "64:ff9b::10.0.0.1",
        "64:ff9b::169.254.169.254",
        "64:ff9b:1::8.8.8.8",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::1",
        "2002:a9fe:a9fe::1",
        "3fff::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1"
      })
  void aSpecialAddressIsNotConnectedTo(String address) {
    assertThatThrownBy(() -> resolver("public").resolve(address))
        .isInstanceOf(UnknownHostException.class)
        .hasMessageContaining("the host " + address + " is at ")
        .hasMessageEndingWith(", and pictures are fetched from public addresses only");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1.1.1.1",
        "8.8.8.8",
        "100.63.255.255",
        "100.128.0.0",
        "169.253.0.1",
        "172.15.0.1",
        "172.32.0.1",
        "192.167.0.1",
        "198.20.0.1",
        "223.255.255.255",
        "64:ff9b::8.8.8.8",
        "2002:808:808::1",
        "2001:4860:4860::8888",
        "2606:4700:4700::1111",
        "2a00:1450::1"
      })
  void anAddressOfTheInternetIsConnectedTo(String address) throws Exception {
    assertThat(resolver("public").resolve(address)).containsExactly(InetAddress.getByName(address));
  }

  @ParameterizedTest
  @ValueSource(strings = {"2130706433", "127.1", "[::1]", "[::ffff:127.0.0.1]", "localhost"})
  void anotherSpellingOfThisMachineIsNotConnectedTo(String host) {
    assertThatThrownBy(() -> resolver("public").resolve(host))
        .isInstanceOf(UnknownHostException.class)
        .hasMessageContaining("public addresses only");
  }

  @Test
  void ofSeveralAddressesOnlyThePublicOnesAreConnectedTo() throws Exception {
    assertThat(resolver("public").resolve("mixed.test"))
        .containsExactly(InetAddress.getByName("8.8.4.4"));
  }

  @Test
  void aHostWithoutAnAddressIsUnknown() {
    assertThatThrownBy(() -> resolver("public").resolve("nowhere.test"))
        .isInstanceOf(UnknownHostException.class);
    assertThatThrownBy(() -> resolver("public").resolve("empty.test"))
        .isInstanceOf(UnknownHostException.class)
        .hasMessageContaining("has no address");
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "10.1.2.3", "private"})
  void whereNovitaIsAtASpecialAddressItsPicturesMayBeToo(String novita) throws Exception {
    assertThat(resolver(novita).resolve("10.0.0.1"))
        .containsExactly(InetAddress.getByName("10.0.0.1"));
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(strings = {"nowhere.test", "empty.test", "mixed.test"})
  void aNovitaThatIsPublicOrNotFoundOpensNothing(String novita) {
    assertThatThrownBy(() -> resolver(novita).resolve("10.0.0.1"))
        .isInstanceOf(UnknownHostException.class)
        .hasMessageContaining("public addresses only");
  }

  /** Addresses as the system knows them, and a few names. */
  private static PublicAddresses resolver(String novita) {
    Map<String, List<String>> hosts =
        Map.of(
            "public", List.of("8.8.8.8"),
            "private", List.of("192.168.7.7"),
            "mixed.test", List.of("10.0.0.1", "8.8.4.4", "::1"),
            "empty.test", List.of());
    DnsResolver names =
        new DnsResolver() {
          @Override
          public InetAddress[] resolve(String host) throws UnknownHostException {
            if (host.equals("nowhere.test")) {
              throw new UnknownHostException(host);
            }
            List<String> known = hosts.getOrDefault(host, List.of(host));
            InetAddress[] addresses = new InetAddress[known.size()];
            for (int i = 0; i < addresses.length; i++) {
              addresses[i] = InetAddress.getByName(known.get(i));
            }
            return addresses;
          }

          @Override
          public String resolveCanonicalHostname(String host) {
            return host;
          }
        };
    return new PublicAddresses(novita, names);
  }
}
