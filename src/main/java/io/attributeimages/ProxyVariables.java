package io.attributeimages;

import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Makes the variables by which a machine names its HTTP proxy known to Java, so that one rule holds
 * for all clients of the program: {@code HTTPS_PROXY}, {@code HTTP_PROXY} and {@code NO_PROXY}, in
 * capitals or not. What is set as {@code -Dhttps.proxyHost} and the like stays.
 */
final class ProxyVariables {

  private static final int USUAL_PORT = 80;

  private ProxyVariables() {}

  /**
   * Sets Java's properties.
   *
   * @return the variables that are not used: allowed is http://host:port, without user and password
   */
  static List<String> apply(Function<String, String> environment) {
    List<String> notUsed = new ArrayList<>();
    for (String scheme : List.of("http", "https")) {
      String name = scheme.toUpperCase(Locale.ROOT) + "_PROXY";
      String address = variable(environment, name);
      if (address != null && System.getProperty(scheme + ".proxyHost") == null) {
        URI proxy = uri(address.contains("://") ? address : "http://" + address);
        if (proxy == null
            || proxy.getHost() == null
            || !"http".equals(proxy.getScheme())
            || proxy.getRawUserInfo() != null) {
          notUsed.add(name);
          continue;
        }
        System.setProperty(scheme + ".proxyHost", proxy.getHost());
        System.setProperty(
            scheme + ".proxyPort",
            String.valueOf(proxy.getPort() < 0 ? USUAL_PORT : proxy.getPort()));
      }
    }
    String direct = variable(environment, "NO_PROXY");
    if (direct != null && System.getProperty("http.nonProxyHosts") == null) {
      System.setProperty(
          "http.nonProxyHosts",
          Arrays.stream(("localhost,127.*,[::1]," + direct).split("[,\\s]+"))
              .map(host -> host.replaceFirst(":\\d+$", "").replaceFirst("^\\*?\\.", ""))
              .filter(host -> !host.isEmpty())
              .flatMap(ProxyVariables::withSubdomains)
              .collect(Collectors.joining("|")));
    }
    return notUsed;
  }

  private static Stream<String> withSubdomains(String host) {
    return host.matches("[\\d.*]+|\\[.*]|localhost")
        ? Stream.of(host)
        : Stream.of(host, "*." + host);
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
