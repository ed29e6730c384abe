package io.attributeimages.provider;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.attributeimages.catalog.InputFileException;
import io.attributeimages.catalog.Problems;
import io.attributeimages.catalog.YamlFile;
import io.quarkus.runtime.configuration.DurationConverter;
import java.math.BigDecimal;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Reads the models' file and checks it: what is wrong is told all at once, each with its place. */
public final class ModelsReader {

  /** The resource with the built-in models. */
  public static final String BUILT_IN = "models.yaml";

  private static final YamlFile<File> YAML =
      new YamlFile<>(File.class, "novita.models", "models' file", "it has hosts and models");

  private static final Set<String> FIELDS =
      Set.of(
          "model",
          "prompt",
          "negative_prompt",
          "width",
          "height",
          "aspect_ratio",
          "steps",
          "sampler",
          "guidance_scale",
          "seed",
          "webhook",
          "nsfw_detection",
          "nsfw_level");

  private static final Set<String> PRICED = Set.of("width", "height", "steps");
  private static final int MAX_SIDE = 16_384;

  /** A call and its three repetitions end before a permit of an hour does. */
  private static final Duration MAX_TIMEOUT = Duration.ofMinutes(12);

  private final Problems problems;
  private final String source;
  private final Function<String, String> settings;

  private ModelsReader(String source, Function<String, String> settings) {
    this.source = source;
    this.problems = new Problems(source);
    this.settings = settings;
  }

  /**
   * The models in a file.
   *
   * @param settings by name, null where one is not set: the hosts' addresses may stand there
   * @throws InputFileException if it cannot be read, or is wrong
   */
  public static Models read(Path file, Function<String, String> settings) {
    return parse(file.toString(), YAML.text(file), settings);
  }

  /**
   * The models in the file that the setting {@code novita.models} names, or else those that come
   * with the program.
   *
   * @param settings by name, null where one is not set
   * @throws InputFileException if it cannot be read, or is wrong
   */
  public static Models configured(Function<String, String> settings) {
    String file = settings.apply("novita.models");
    return file == null || file.isBlank() ? builtIn(settings) : read(Path.of(file), settings);
  }

  /** The models that come with the program. */
  public static Models builtIn(Function<String, String> settings) {
    return parse(BUILT_IN, YAML.resource(BUILT_IN), settings);
  }

  /** The models in a YAML text, which messages call {@code source}. */
  static Models parse(String source, String yaml, Function<String, String> settings) {
    return new ModelsReader(source, settings).models(YAML.parse(source, yaml));
  }

  private Models models(File file) {
    Map<String, Host> hosts = new HashMap<>();
    forEach(
        "hosts",
        file.hosts(),
        (path, entry) -> {
          if (hosts.put(String.valueOf(entry.name()), host(path, entry)) != null) {
            problems.add(path + ".name", "'" + entry.name() + "' is there twice");
          }
          return entry;
        });
    Set<String> names = new HashSet<>();
    List<Model> models =
        forEach("models", file.models(), (path, entry) -> model(path, entry, hosts, names));
    if (models.stream().filter(Objects::nonNull).filter(Model::checkpoints).count() > 1) {
      problems.add("models", "has several entries with checkpoints; only one can have them");
    }
    problems.throwIfAny();
    return new Models(source, models);
  }

  private <E, T> List<T> forEach(String name, List<E> entries, Reading<E, T> reading) {
    if (entries == null || entries.isEmpty()) {
      problems.add(name, "is empty; at least one is needed");
      return List.of();
    }
    return Stream.iterate(0, i -> i < entries.size(), i -> i + 1)
        .map(i -> entry(name + "[" + i + "]", entries.get(i), reading))
        .filter(Objects::nonNull)
        .toList();
  }

  private <E, T> T entry(String path, E entry, Reading<E, T> reading) {
    if (entry == null) {
      problems.add(path, "is empty; leave it out");
      return null;
    }
    return reading.read(path, entry);
  }

  private interface Reading<E, T> {
    T read(String path, E entry);
  }

  private Host host(String path, HostEntry entry) {
    matching(
        path + ".name",
        entry.name(),
        "[a-z0-9][a-z0-9-]{0,49}",
        "lower case letters, digits and '-', at most 50");
    if (!isWeb(entry.url())) {
      problems.add(
          path + ".url",
          "is '"
              + withoutUser(entry.url())
              + "'; allowed is an http:// or https:// URL without user, query and"
              + " slash at its end");
    }
    if (entry.header() == null != (entry.key() == null)) {
      problems.add(path, "has one of key and header; a host needs both, or none");
    }
    if (entry.key() != null) {
      // no entry can send a key elsewhere
      String own = entry.name() + ".api-key";
      matching(path + ".key", entry.key(), Pattern.quote(own), "the setting '" + own + "'");
    }
    if (entry.header() != null) {
      matching(
          path + ".header",
          entry.header(),
          "[A-Za-z0-9-]{1,50}: [ -~]*\\{key}[ -~]*",
          "a header's name and value with {key} in it, such as 'Authorization: Bearer {key}'");
    }
    if (entry.results() != null) {
      matching(
          path + ".results",
          entry.results(),
          "/[!-~]*\\{task}[!-~]*",
          "a path with {task} in the place of the task's id");
    }
    Host host =
        new Host(
            entry.name(),
            entry.title() == null ? entry.name() : entry.title(),
            entry.url(),
            Optional.ofNullable(entry.key()),
            entry.header(),
            entry.results());
    String url = settings.apply(host.urlSetting());
    if (url != null && !url.isBlank() && !isWeb(url)) {
      problems.add(
          "setting " + host.urlSetting(),
          "is '"
              + withoutUser(url)
              + "'; allowed is an http:// or https:// URL without user, query and slash"
              + " at its end");
    }
    return url == null || url.isBlank() ? host : host.at(url);
  }

  private static boolean isWeb(String url) {
    try {
      URI uri = new URI(String.valueOf(url));
      return List.of("http", "https").contains(String.valueOf(uri.getScheme()))
          && uri.getHost() != null
          && uri.getUserInfo() == null
          && uri.getRawQuery() == null
          && uri.getRawFragment() == null
          && !url.endsWith("/");
    } catch (URISyntaxException e) {
      return false;
    }
  }

  private static String withoutUser(String url) {
    return String.valueOf(url).replaceAll("(?s)//.*@", "//***@");
  }

  private Model model(String path, ModelEntry entry, Map<String, Host> hosts, Set<String> names) {
    if (matching(
            path + ".name",
            entry.name(),
            "[A-Za-z0-9][A-Za-z0-9._-]{0,99}",
            "letters, digits, '.', '_' and '-', at most 100")
        && !names.add(entry.name())) {
      problems.add(path + ".name", "'" + entry.name() + "' is there twice");
    }
    Host host = hosts.get(entry.host());
    if (host == null) {
      problems.add(
          path + ".host",
          "is '"
              + entry.host()
              + "'; allowed are "
              + String.join(", ", new TreeSet<>(hosts.keySet())));
    }
    matching(path + ".path", entry.path(), "/[!-~&&[^?#%{}]]{1,200}", "the path of a URL");
    Template request = request(path, entry);
    Model.Places answer = answer(path + ".answer", entry.answer());
    if (!answer.task().isEmpty() && host != null && host.results() == null) {
      problems.add(
          path + ".answer.task",
          "is there, but the host '"
              + host.name()
              + "' has no 'results' where a task is asked for");
    }
    return new Model(
        entry.name(),
        host,
        entry.path(),
        Boolean.TRUE.equals(entry.checkpoints()),
        Boolean.TRUE.equals(entry.webhooks()),
        request,
        entry.probe() == null ? JsonNodeFactory.instance.objectNode() : entry.probe(),
        sizes(path + ".size", entry.size()),
        Optional.ofNullable(entry.maxSeed()),
        new Model.Defaults(entry.steps(), entry.sampler(), entry.guidanceScale()),
        answer,
        price(path + ".price", entry.price()),
        whole(path + ".images-per-minute", entry.imagesPerMinute(), 100_000),
        whole(path + ".concurrency", entry.concurrency(), 200),
        timeout(path + ".timeout", entry.timeout()),
        day(path + ".ends", entry.ends()));
  }

  private Template request(String path, ModelEntry entry) {
    if (entry.request() == null || !entry.request().isObject()) {
      problems.add(path + ".request", "is missing; it is the body of the call");
      return new Template(null);
    }
    Template request = new Template(entry.request());
    Set<String> fields = request.fields();
    fields.stream()
        .filter(field -> !FIELDS.contains(field))
        .forEach(
            field ->
                problems.add(
                    path + ".request",
                    "has {"
                        + field
                        + "}; allowed are "
                        + String.join(", ", new TreeSet<>(FIELDS))));
    if (!fields.contains("prompt")) {
      problems.add(path + ".request", "has no {prompt}, so all its images would look the same");
    }
    if (fields.contains("seed") != (entry.maxSeed() != null)) {
      problems.add(path, "has one of max-seed and {seed} in its request; it needs both, or none");
    }
    if (entry.maxSeed() != null && (entry.maxSeed() < 1 || entry.maxSeed() >= 1L << 53)) {
      problems.add(path + ".max-seed", "is " + entry.maxSeed() + "; allowed are 1 to 2^53 - 1");
    }
    if (fields.contains("steps")
        && (entry.steps() == null || entry.steps() < 1 || entry.steps() > 100)) {
      problems.add(path + ".steps", "is " + entry.steps() + "; allowed are 1 to 100");
    }
    if (fields.contains("sampler") && entry.sampler() == null) {
      problems.add(path + ".sampler", "is missing; its request has {sampler}");
    }
    if (fields.contains("guidance_scale")
        && (entry.guidanceScale() == null || !within(entry.guidanceScale(), 1, 30))) {
      problems.add(
          path + ".guidance-scale", "is " + entry.guidanceScale() + "; allowed are 1 to 30");
    }
    return request;
  }

  private Model.Places answer(String path, AnswerEntry entry) {
    AnswerEntry places = entry == null ? new AnswerEntry(null, null, null, null, null) : entry;
    Model.Places answer =
        new Model.Places(
            pointers(path + ".task", places.task()),
            pointers(path + ".picture", places.picture()),
            pointers(path + ".seconds-to-live", places.secondsToLive()),
            pointers(path + ".seed", places.seed()),
            pointers(path + ".confidence", places.confidence()));
    if (answer.task().isEmpty() == answer.picture().isEmpty()) {
      problems.add(path, "needs either task or picture: what the call answers");
    }
    return answer;
  }

  private List<JsonPointer> pointers(String path, List<String> texts) {
    return (texts == null ? List.<String>of() : texts)
        .stream().map(text -> pointer(path, text)).filter(Objects::nonNull).toList();
  }

  private JsonPointer pointer(String path, String text) {
    try {
      return JsonPointer.compile(String.valueOf(text));
    } catch (IllegalArgumentException e) {
      problems.add(path, "has '" + text + "'; allowed is a JSON pointer, such as /images/0");
      return null;
    }
  }

  private Sizes sizes(String path, SizeEntry entry) {
    SizeEntry size = entry == null ? new SizeEntry(null, null, null, null, null) : entry;
    if (entry == null) {
      problems.add(path, "is missing; name side, pixels or choices");
    }
    List<Long> side = range(path + ".side", size.side(), 1, MAX_SIDE);
    List<Long> pixels = range(path + ".pixels", size.pixels(), 1, (long) MAX_SIDE * MAX_SIDE);
    if (size.maxRatio() != null && (size.maxRatio() < 1 || size.maxRatio() > 1000)) {
      problems.add(path + ".max-ratio", "is " + size.maxRatio() + "; allowed are 1 to 1000");
    }
    List<Size> choices =
        (size.choices() == null ? List.<String>of() : size.choices())
            .stream().map(text -> choice(path, text)).filter(Objects::nonNull).toList();
    return new Sizes(
        choices,
        side.get(0).intValue(),
        side.get(1).intValue(),
        pixels.get(0),
        pixels.get(1),
        size.maxRatio() == null ? 1000 : size.maxRatio(),
        whole(path + ".multiple-of", size.multipleOf(), 1024).orElse(1));
  }

  private Size choice(String path, String text) {
    Optional<Size> size = Size.parse(text);
    if (size.isEmpty()) {
      problems.add(
          path + ".choices", "has '" + text + "'; allowed are sizes such as 1024x1536, or 2:3");
    }
    return size.orElse(null);
  }

  private List<Long> range(String path, List<Long> range, long least, long most) {
    if (range == null) {
      return List.of(least, most);
    }
    if (range.size() != 2
        || range.contains(null)
        || range.get(0) < least
        || range.get(1) > most
        || range.get(0) > range.get(1)) {
      problems.add(
          path, "is " + range + "; allowed is [least, most] within " + least + " to " + most);
      return List.of(least, most);
    }
    return range;
  }

  private Price price(String path, PriceEntry entry) {
    if (entry == null || entry.usd() == null || !within(entry.usd(), 0, 1000)) {
      problems.add(
          path + ".usd", "is " + (entry == null ? null : entry.usd()) + "; allowed are 0 to 1000");
      return null;
    }
    Map<String, BigDecimal> per = entry.per() == null ? Map.of() : entry.per();
    per.forEach(
        (field, unit) -> {
          if (!PRICED.contains(field) || unit == null || unit.signum() <= 0) {
            problems.add(
                path + ".per",
                "has "
                    + field
                    + ": "
                    + unit
                    + "; allowed are figures above 0 for width, height and"
                    + " steps");
          }
        });
    return new Price(
        entry.usd(),
        per,
        Boolean.TRUE.equals(entry.assumed()),
        entry.nsfwDetectionUsd() == null ? BigDecimal.ZERO : entry.nsfwDetectionUsd());
  }

  private Optional<Integer> whole(String path, Integer number, int most) {
    if (number != null && (number < 1 || number > most)) {
      problems.add(path, "is " + number + "; allowed are 1 to " + most);
    }
    return Optional.ofNullable(number);
  }

  private Optional<Duration> timeout(String path, String text) {
    if (text == null) {
      return Optional.empty();
    }
    try {
      Duration timeout = DurationConverter.parseDuration(text);
      if (timeout.compareTo(Duration.ofSeconds(1)) >= 0 && timeout.compareTo(MAX_TIMEOUT) <= 0) {
        return Optional.of(timeout);
      }
    } catch (RuntimeException e) {
      // said below
    }
    problems.add(path, "is '" + text + "'; allowed are 1s to 12m");
    return Optional.empty();
  }

  private Optional<LocalDate> day(String path, String text) {
    try {
      return Optional.ofNullable(text).map(LocalDate::parse);
    } catch (DateTimeParseException e) {
      problems.add(path, "is '" + text + "'; allowed is a day, such as 2026-09-30");
      return Optional.empty();
    }
  }

  private boolean matching(String path, String text, String pattern, String allowed) {
    boolean ok = text != null && text.matches(pattern);
    if (!ok) {
      problems.add(path, "is '" + text + "'; allowed is " + allowed);
    }
    return ok;
  }

  private static boolean within(BigDecimal number, int least, int most) {
    return number.compareTo(BigDecimal.valueOf(least)) >= 0
        && number.compareTo(BigDecimal.valueOf(most)) <= 0;
  }

  private record File(List<HostEntry> hosts, List<ModelEntry> models) {}

  private record HostEntry(
      String name, String title, String url, String key, String header, String results) {}

  private record ModelEntry(
      String name,
      String host,
      String path,
      Boolean checkpoints,
      Boolean webhooks,
      JsonNode request,
      JsonNode probe,
      AnswerEntry answer,
      SizeEntry size,
      Long maxSeed,
      Integer steps,
      String sampler,
      BigDecimal guidanceScale,
      PriceEntry price,
      Integer imagesPerMinute,
      Integer concurrency,
      String timeout,
      String ends) {}

  private record AnswerEntry(
      List<String> task,
      List<String> picture,
      List<String> secondsToLive,
      List<String> seed,
      List<String> confidence) {}

  private record SizeEntry(
      List<Long> side,
      List<Long> pixels,
      Double maxRatio,
      Integer multipleOf,
      List<String> choices) {}

  private record PriceEntry(
      BigDecimal usd, Map<String, BigDecimal> per, Boolean assumed, BigDecimal nsfwDetectionUsd) {}
}
