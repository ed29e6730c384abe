package io.attributeimages;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.URI;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Isolated("it sets properties of the JVM")
class ProxyVariablesTest {

  private final Properties before = new Properties();

  @BeforeEach
  void keep() {
    before.putAll(System.getProperties());
  }

  @AfterEach
  void restore() {
    System.setProperties(before);
  }

  private static Proxy proxyOf(String uri) {
    return ProxySelector.getDefault().select(URI.create(uri)).get(0);
  }

  @ParameterizedTest
  @CsvSource({
    "https://api.novita.ai/v3, true",
    "http://api.novita.ai/v3, false",
    "https://localhost:9000/x, false",
    "https://127.0.0.1:9000/x, false",
    "https://store.corp/x, false",
    "https://a.store.corp/x, false",
    "https://minio/x, false",
    "https://10.0.0.5/x, false",
    "https://notstore.corp/x, true",
  })
  void oneRuleHoldsForAllAddresses(String uri, boolean proxied) {
    Map<String, String> environment =
        Map.of(
            "https_proxy", "http://proxy.corp:3128",
            "NO_PROXY", ".store.corp, minio:9000,10.0.0.5");

    assertThat(ProxyVariables.apply(environment::get)).isEmpty();

    assertThat(proxyOf(uri).type()).isEqualTo(proxied ? Proxy.Type.HTTP : Proxy.Type.DIRECT);
    if (proxied) {
      assertThat(((InetSocketAddress) proxyOf(uri).address()).getHostString())
          .isEqualTo("proxy.corp");
    }
  }

  @Test
  void whatJavaIsToldGoesFirst() {
    System.setProperty("https.proxyHost", "mine");

    ProxyVariables.apply(Map.of("HTTPS_PROXY", "http://proxy.corp:3128")::get);

    assertThat(System.getProperty("https.proxyHost")).isEqualTo("mine");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"http://me:secret@proxy:3128", "socks5://proxy:1080", "https://proxy", "http://"})
  void whatCannotBeUsedIsNamedAndLeftAlone(String address) {
    assertThat(ProxyVariables.apply(Map.of("HTTPS_PROXY", address)::get))
        .containsExactly("HTTPS_PROXY");
    assertThat(proxyOf("https://api.novita.ai")).isEqualTo(Proxy.NO_PROXY);
  }
}
