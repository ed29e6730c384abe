package io.attributeimages;

import java.net.URI;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Makes the variables by which a machine names its HTTP proxy known to Java, so that one rule holds
 * for all clients of the program: {@code HTTPS_PROXY}, {@code HTTP_PROXY} and {@code NO_PROXY}, in
 * capitals or not. What is set as {@code -Dhttps.proxyHost} and the like stays.
 */
final class ProxyVariables {

  private static final Map<String, Integer> PORTS = Map.of("http", 80, "https", 443);

  private ProxyVariables() {}

  /**
   * Sets Java's properties.
   *
   * @throws SettingsException if a variable is no address of a proxy
   */
  static void apply(Function<String, String> environment) {
    for (String scheme : PORTS.keySet()) {
      String name = scheme.toUpperCase(Locale.ROOT) + "_PROXY";
      String address = variable(environment, name);
      if (address != null && System.getProperty(scheme + ".proxyHost") == null) {
        URI proxy = uri(address.contains("://") ? address : "http://" + address);
        if (proxy == null
            || proxy.getHost() == null
            || !"http".equals(proxy.getScheme())
            || proxy.getRawUserInfo() != null) {
          throw new SettingsException(
              "The environment variable "
                  + name
                  + " is no proxy that can be used; allowed is http://host:port, without user and"
                  + " password.");
        }
        System.setProperty(scheme + ".proxyHost", proxy.getHost());
        System.setProperty(
            scheme + ".proxyPort",
            String.valueOf(proxy.getPort() < 0 ? PORTS.get("http") : proxy.getPort()));
      }
    }
    String direct = variable(environment, "NO_PROXY");
    if (direct != null && System.getProperty("http.nonProxyHosts") == null) {
      System.setProperty(
          "http.nonProxyHosts",
          Arrays.stream(("localhost,127.*,[::1]," + direct).split("[,\\s]+"))
              .filter(host -> !host.isEmpty())
              .map(host -> host.startsWith(".") ? "*" + host : host)
              .collect(Collectors.joining("|")));
    }
  }

  private static String variable(Function<String, String> environment, String name) {
    String value = environment.apply(name);
    String found = value == null ? environment.apply(name.toLowerCase(Locale.ROOT)) : value;
    return found == null || found.isBlank() ? null : found.strip();
  }

  private static URI uri(String address) {
    try {
      return URI.create(address);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }
}
