package io.attributeimages;

import io.attributeimages.access.Proxies;
import io.attributeimages.embedded.EmbeddedServices;
import io.attributeimages.embedded.SimulatedModel;
import io.quarkus.runtime.configuration.DurationConverter;
import java.math.BigDecimal;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.quartz.CronExpression;

/** Checks the operator's settings as they were written, before anything starts. */
final class SettingsCheck {

  private static final Set<String> SECRETS =
      Set.of(
          "storage.secret-access-key",
          "quarkus.datasource.password",
          "broker.password",
          "operator.password",
          "supabase.jwt-secret");

  /** Settings that have no default: empty, as an unset variable leaves them, they are not set. */
  private static final Set<String> OPTIONAL =
      Set.of(
          "novita.api-key",
          "novita.images-per-minute",
          "novita.price-usd",
          "novita.models",
          "novita.steps",
          "novita.guidance-scale",
          "novita.sampler",
          "novita.webhook-url",
          "openai.base-url",
          "openai.api-key",
          "stable-diffusion-webui.base-url",
          "storage.endpoint",
          "storage.public-base-url",
          "storage.access-key-id",
          "storage.secret-access-key",
          "quarkus.datasource.jdbc.url",
          "broker.username",
          "broker.password",
          "pipeline.schedule-zone",
          "pipeline.max-cost-usd",
          "pipeline.instance",
          "operator.password",
          "supabase.jwt-secret",
          "supabase.jwks-url");

  private final Function<String, String> settings;
  private final List<String> problems = new ArrayList<>();

  /**
   * Whether the setting is never shown, and taken as it is written; hosts of models have their own.
   */
  static boolean isSecret(String name) {
    return SECRETS.contains(name) || name.endsWith(".api-key");
  }

  /** Checks the settings that the function returns by name, null where one is not set. */
  SettingsCheck(Function<String, String> settings) {
    this.settings = settings;
  }

  /**
   * All settings.
   *
   * @throws SettingsException if any of them is wrong, with a line for each
   */
  void run() {
    url("novita.base-url");
    printable("novita.api-key");
    whole("novita.images-per-minute", 1, 100_000);
    money("novita.price-usd");
    duration("novita.poll-interval", Duration.ofMillis(10), Duration.ofHours(1));
    duration("novita.webhook-poll-interval", Duration.ofMillis(10), Duration.ofHours(1));
    duration("novita.task-timeout", Duration.ofSeconds(1), Duration.ofDays(1));
    duration("novita.connect-timeout", Duration.ofMillis(100), Duration.ofMinutes(2));
    duration("novita.response-timeout", Duration.ofMillis(100), Duration.ofMinutes(5));
    url("novita.webhook-url");
    matching(
        "novita.webhook-spool",
        "[^?&%#{}\\s]{1,300}",
        "a directory's path of at most 300 characters, without ?, &, %, #, braces and spaces");
    duration("novita.unconfirmed-grace", Duration.ZERO, Duration.ofDays(1));
    oneOf("novita.unconfirmed-policy", "resubmit", "park");
    text("novita.model");
    whole("novita.steps", 1, 100);
    decimal("novita.guidance-scale", "1", "30");
    text("novita.sampler");
    text("novita.negative-prompt");
    oneOf("novita.nsfw-detection", "off", "0", "1", "2");
    decimal("novita.nsfw-threshold", "0", "100");
    url("openai.base-url");
    printable("openai.api-key");
    url("stable-diffusion-webui.base-url");
    url("storage.endpoint");
    url("storage.public-base-url");
    text("storage.region");
    matching(
        "storage.bucket",
        "[A-Za-z0-9][A-Za-z0-9._-]{0,99}",
        "a bucket's name of letters, digits, '.', '_' and '-'");
    matching(
        "storage.prefix",
        "[A-Za-z0-9._/-]{1,200}",
        "letters, digits, '.', '_', '-' and '/', at most 200 characters");
    printable("storage.access-key-id");
    printable("storage.secret-access-key");
    whole("storage.max-image-bytes", 10_000, 100_000_000);
    oneOf("storage.fit", "cover", "contain");
    decimal("storage.jpeg-quality", "0.5", "1");
    oneOf("storage.keep-originals", "true", "false");
    duration("storage.remove-replaced-after", Duration.ZERO, Duration.ofDays(365));
    matching(
        "quarkus.datasource.jdbc.url",
        "jdbc:postgresql:[^@?]+(\\?.*)?",
        "jdbc:postgresql://host:5432/database, with its user and password in"
            + " quarkus.datasource.username and quarkus.datasource.password");
    cron("pipeline.schedule");
    zone("pipeline.schedule-zone");
    oneOf("pipeline.run-at-start", "true", "false");
    money("pipeline.max-cost-usd");
    matching(
        "pipeline.instance", "[A-Za-z0-9._:-]{1,100}", "letters, digits, '.', '_', ':' and '-'");
    duration("pipeline.claim-interval", Duration.ofMillis(10), Duration.ofMinutes(1));
    matching(
        "pipeline.queue",
        "ledger|amqp:queue:[A-Za-z0-9._/-]{1,100}",
        "ledger, or amqp:queue:NAME with a name of letters, digits, '.', '_', '-' and '/', at most"
            + " 100 characters");
    matching(
        "broker.url",
        "amqps?://[A-Za-z0-9.\\[\\]:_-]+(\\?[!-~]*)?",
        "amqp://host:port or amqps://host:port, without user and password");
    printable("broker.username");
    printable("broker.password");
    whole("pipeline.submit-concurrency", 1, 200);
    whole("pipeline.collect-concurrency", 1, 200);
    duration("pipeline.lease", Duration.ofSeconds(1), Duration.ofHours(1));
    duration("pipeline.heartbeat", Duration.ofMillis(100), Duration.ofMinutes(20));
    whole("pipeline.plan-chunk", 1, 10_000);
    duration("pipeline.redelivery-delay", Duration.ofMillis(1), Duration.ofMinutes(5));
    duration("pipeline.max-redelivery-delay", Duration.ofMillis(1), Duration.ofMinutes(15));
    duration("pipeline.max-pause", Duration.ofMillis(10), Duration.ofDays(1));
    duration("pipeline.give-up-after", Duration.ofSeconds(1), Duration.ofDays(30));
    whole("pipeline.max-attempts", 1, 100);
    whole("pipeline.max-gateway-errors", 1, 1000);
    whole("pipeline.max-lost-answers", 1, 100_000);
    whole("pipeline.max-unstored-pictures", 1, 100_000);
    whole("pipeline.max-interruptions", 1, 1000);
    durationOrOff("ledger.keep-finished", 1, 3650);
    whole("embedded.novita.images-per-minute", 1, 100_000);
    duration("embedded.novita.submit-delay", Duration.ZERO, Duration.ofMinutes(1));
    duration("embedded.novita.image-delay", Duration.ZERO, Duration.ofHours(1));
    duration("embedded.novita.image-url-ttl", Duration.ofSeconds(1), Duration.ofDays(7));
    List<String> models = Stream.of(SimulatedModel.values()).map(SimulatedModel::entry).toList();
    check(
        "embedded.novita.gone",
        value -> models.containsAll(EmbeddedServices.names(value)),
        "a list of " + String.join(", ", models));
    duration("extensions.keep-for", Duration.ofMinutes(1), Duration.ofDays(30));
    duration("metrics.measure-interval", Duration.ofSeconds(1), Duration.ofMinutes(10));
    duration("metrics.total-interval", Duration.ofSeconds(1), Duration.ofHours(1));
    oneOf("quarkus.otel.sdk.disabled", "true", "false");
    oneOf("quarkus.log.console.json.enabled", "true", "false");
    whole("quarkus.http.port", 0, 65_535);
    whole("http.max-connections", 10, 100_000);
    whole("http.max-connections-of-address", 10, 100_000);
    // the client's own words stand in it; see Proxies
    oneOf("quarkus.http.proxy.allow-forwarded", "false");
    oneOf("quarkus.http.proxy.use-proxy-protocol", "false");
    check(
        "quarkus.http.proxy.trusted-proxies",
        value -> {
          Stream.of(value.split(",")).forEach(Proxies::network);
          return true;
        },
        "addresses and networks, such as 10.0.0.5,192.168.0.0/16");
    matching(
        "operator.username",
        "[!-~&&[^:]]{1,100}",
        "1 to 100 printable ASCII characters without spaces and ':'");
    secret("operator.password", 1);
    secret("supabase.jwt-secret", 32);
    url("supabase.jwks-url");
    oneOf("access.public-reads", "true", "false");
    if (problems.isEmpty()) {
      compare();
    }
    if (!problems.isEmpty()) {
      throw new SettingsException(String.join("\n", problems));
    }
  }

  private void compare() {
    requireBroker();
    Duration lease = durationOf("pipeline.lease");
    Duration heartbeat = durationOf("pipeline.heartbeat");
    if (lease != null && heartbeat != null && heartbeat.multipliedBy(2).compareTo(lease) > 0) {
      wrong(
          "pipeline.heartbeat",
          "at most half of pipeline.lease, which is " + settings.apply("pipeline.lease"));
    }
  }

  /** A queue needs to be somewhere: the broker's address has no default that could be right. */
  private void requireBroker() {
    String queue = settings.apply("pipeline.queue");
    String url = settings.apply("broker.url");
    if (queue != null && queue.startsWith("amqp:") && (url == null || url.isEmpty())) {
      problems.add(
          "Setting pipeline.queue is '"
              + queue
              + "', but broker.url is not set; set it to where the broker is, such as"
              + " amqps://host:5671, or pipeline.queue to ledger.");
    }
  }

  private void whole(String name, long min, long max) {
    check(
        name,
        value -> {
          long number = Long.parseLong(value);
          return number >= min && number <= max;
        },
        "a whole number from " + min + " to " + max);
  }

  private void decimal(String name, String min, String max) {
    check(
        name,
        value -> {
          BigDecimal number = new BigDecimal(value);
          return number.compareTo(new BigDecimal(min)) >= 0
              && number.compareTo(new BigDecimal(max)) <= 0;
        },
        "a number from " + min + " to " + max);
  }

  private void money(String name) {
    check(
        name,
        value -> {
          BigDecimal usd = new BigDecimal(value);
          return usd.signum() > 0
              && usd.scale() <= 4
              && usd.compareTo(BigDecimal.valueOf(1_000_000)) <= 0;
        },
        "an amount in US dollars above 0 with at most four decimals, such as 0.015");
  }

  private void duration(String name, Duration min, Duration max) {
    check(
        name,
        value -> {
          Duration duration = DurationConverter.parseDuration(value);
          return duration.compareTo(min) >= 0 && duration.compareTo(max) <= 0;
        },
        "a duration from " + words(min) + " to " + words(max) + ", such as 500ms, 10s, 5m");
  }

  private void durationOrOff(String name, int minDays, int maxDays) {
    check(
        name,
        value -> {
          if (value.equals("off")) {
            return true;
          }
          Duration duration = DurationConverter.parseDuration(value);
          return duration.compareTo(Duration.ofDays(minDays)) >= 0
              && duration.compareTo(Duration.ofDays(maxDays)) <= 0;
        },
        "off, or a duration from " + minDays + "d to " + maxDays + "d, such as 90d");
  }

  private void url(String name) {
    check(
        name,
        value -> {
          try {
            URI uri = new URI(value);
            return ("https".equals(uri.getScheme()) || "http".equals(uri.getScheme()))
                && uri.getHost() != null
                && uri.getUserInfo() == null
                && uri.getRawQuery() == null
                && uri.getRawFragment() == null
                && !value.endsWith("/");
          } catch (URISyntaxException e) {
            return false;
          }
        },
        "an http:// or https:// URL without user, query, fragment and slash at its end");
  }

  private void oneOf(String name, String... allowed) {
    check(
        name,
        value -> Set.of(allowed).contains(value.toLowerCase(Locale.ROOT)),
        String.join(" or ", allowed));
  }

  private void matching(String name, String pattern, String allowed) {
    check(name, value -> value.matches(pattern), allowed);
  }

  private void text(String name) {
    check(
        name,
        value -> !value.isBlank() && value.length() <= 1024 && isPrintable(value),
        "a text of 1 to 1024 printable characters");
  }

  private void printable(String name) {
    check(
        name,
        value -> isPrintable(value) && value.chars().allMatch(c -> c < 0x7F),
        "printable ASCII characters without spaces around them");
  }

  private void secret(String name, int min) {
    check(
        name,
        value ->
            isPrintable(value)
                && value.chars().allMatch(c -> c < 0x7F)
                && value.length() >= min
                && value.length() <= 1024,
        min + " to 1024 printable ASCII characters without spaces around them");
  }

  private static boolean isPrintable(String value) {
    return value.chars().noneMatch(Character::isISOControl) && value.equals(value.strip());
  }

  private void cron(String name) {
    check(
        name,
        value -> value.equals("off") || CronExpression.isValidExpression(value),
        "off, or a Quartz cron expression (second minute hour day month weekday), such as 0 0 3 * *"
            + " ?");
  }

  private void zone(String name) {
    check(name, value -> ZoneId.of(value) != null, "a time zone, such as Europe/Berlin or UTC");
  }

  private void check(String name, Predicate<String> right, String allowed) {
    String value = settings.apply(name);
    if (value == null || value.isEmpty() && OPTIONAL.contains(name)) {
      return;
    }
    boolean ok;
    try {
      ok = right.test(value);
    } catch (RuntimeException e) {
      ok = false;
    }
    if (!ok) {
      wrong(name, allowed);
    }
  }

  private void wrong(String name, String allowed) {
    String value =
        isSecret(name)
            ? "has a value that cannot be right"
            : "is '" + withoutPasswords(settings.apply(name)).replaceAll("\\p{Cntrl}", "?") + "'";
    problems.add("Setting " + name + " " + value + "; allowed is " + allowed + ".");
  }

  /** URLs may carry passwords: before the host, and in parameters. */
  private static String withoutPasswords(String value) {
    return value.replaceAll("(?s)//.*@", "//***@").replaceAll("([?&][^=&#]*=)[^&#]*", "$1***");
  }

  private Duration durationOf(String name) {
    String value = settings.apply(name);
    return value == null || value.isEmpty() ? null : DurationConverter.parseDuration(value);
  }

  private static String words(Duration duration) {
    if (duration.toMillis() % 1000 != 0) {
      return duration.toMillis() + "ms";
    }
    long seconds = duration.toSeconds();
    if (seconds == 0 || seconds % 60 != 0) {
      return seconds + "s";
    }
    return seconds % 3600 == 0 ? seconds / 3600 + "h" : seconds / 60 + "m";
  }
}
