package io.attributeimages.provider;

import java.net.URI;
import java.util.Optional;

/**
 * Where models are served: an account of its own, whose key goes nowhere else.
 *
 * @param name of which the setting {@code <name>.base-url} overrides the address
 * @param title what people call it
 * @param baseUrl without a slash at its end
 * @param keySetting the setting with the account's key, where one is needed
 * @param header name and value of the header that carries it, with {@code {key}} in its place
 * @param results where the result of a task is asked for, with {@code {task}} in the place of its
 *     id; null where calls answer with the pictures
 */
public record Host(
    String name,
    String title,
    String baseUrl,
    Optional<String> keySetting,
    String header,
    String results) {

  /** The host that this project started with: it has a balance and webhooks. */
  public static final String NOVITA = "novita";

  /** Whether it is Novita. */
  public boolean isNovita() {
    return name.equals(NOVITA);
  }

  /** The same host at another address. */
  public Host at(String url) {
    return new Host(name, title, url, keySetting, header, results);
  }

  /** The setting with its address. */
  public String urlSetting() {
    return name + ".base-url";
  }

  /** The host's name in the network. */
  public String address() {
    return URI.create(baseUrl).getHost();
  }
}
