package io.attributeimages.api;

import io.attributeimages.catalog.Catalogue;
import io.attributeimages.ledger.ImageFilter;
import io.attributeimages.ledger.TaskState;
import io.attributeimages.provider.ForeignText;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.apache.camel.Exchange;

/** Turns the query parameters of the reading calls into parameters of SQL statements. */
@ApplicationScoped
public class Queries {

  private static final int DEFAULT_LIMIT = 100;
  private static final int MAX_LIMIT = 500;
  private static final int MAX_IMAGES = 1000;

  /** Of images in a state. */
  private static final int LOOKED_AT_AT_ONCE = 1000;

  /** The exchange property of the way through the catalogue that {@link #images} begins. */
  static final String WALK = "walk";

  private static final List<String> IMAGE_STATES =
      List.of(
          "STORED",
          "PLANNED",
          "SUBMITTING",
          "SUBMITTED",
          "STORING",
          "UNCONFIRMED",
          "FAILED",
          "MISSING");
  private static final List<String> TASK_STATES =
      Arrays.stream(TaskState.values()).map(Enum::name).toList();

  private final Catalogue catalogue;

  /** Checks against that catalogue. */
  public Queries(Catalogue catalogue) {
    this.catalogue = catalogue;
  }

  /** Parameters of {@code sql/read/select-runs.sql} for all runs. */
  public void runs(Exchange exchange) {
    QueryString query = QueryString.of(exchange, "limit");
    Map<String, Object> parameters = new HashMap<>();
    parameters.put("run", null);
    parameters.put("limit", limit(query));
    exchange.getMessage().setBody(parameters);
  }

  /** Parameters of {@code sql/read/select-runs.sql} for the run in the path. */
  public void run(Exchange exchange) {
    Map<String, Object> parameters = new HashMap<>();
    parameters.put("run", requireId(exchange.getMessage().getHeader("id", String.class), "run"));
    parameters.put("limit", 1);
    exchange.getMessage().setBody(parameters);
  }

  /** Parameters of {@code sql/read/select-tasks.sql}. */
  public void tasks(Exchange exchange) {
    QueryString query =
        QueryString.of(exchange, "run", "state", "category", "value", "style", "before", "limit");
    String state = query.get("state").map(name -> state(name, TASK_STATES)).orElse(null);
    exchange.getMessage().setBody(tasks(query, state));
  }

  /** Parameters of {@code sql/read/select-tasks.sql} for the dead letters. */
  public void deadLetters(Exchange exchange) {
    QueryString query =
        QueryString.of(exchange, "run", "category", "value", "style", "before", "limit");
    exchange.getMessage().setBody(tasks(query, TaskState.FAILED.name()));
  }

  private Map<String, Object> tasks(QueryString query, String state) {
    Map<String, Object> parameters = images(query);
    parameters.put("run", query.get("run").map(Queries::runId).orElse(null));
    parameters.put("state", state);
    parameters.put(
        "before",
        query.get("before").map(b -> number("before", b, 0, Long.MAX_VALUE)).orElse(null));
    parameters.put("limit", limit(query));
    return parameters;
  }

  /**
   * Parameters of {@code sql/read/select-attribute-images.sql}; the exchange property {@code
   * oneImage} says whether they name a single image.
   */
  public void attributeImages(Exchange exchange) {
    QueryString query = QueryString.of(exchange, "category", "value", "style", "after", "limit");
    Map<String, Object> parameters = images(query);
    boolean oneImage = parameters.get("value") != null;
    if (oneImage && (parameters.get("category") == null || parameters.get("style") == null)) {
      throw Problem.badRequest(
          "Parameter value names one image only together with category and style");
    }
    List<String> after = query.get("after").map(Cursor::read).orElse(Cursor.START);
    parameters.put("afterCategory", after.get(0));
    parameters.put("afterValue", after.get(1));
    parameters.put("afterStyle", after.get(2));
    parameters.put("limit", limit(query, MAX_IMAGES, MAX_IMAGES));
    exchange.setProperty("oneImage", oneImage);
    exchange.setProperty("limit", parameters.get("limit"));
    exchange.getMessage().setBody(parameters);
  }

  /** Begins a walk through the required images, as the exchange property {@link #WALK}. */
  public void images(Exchange exchange) {
    QueryString query =
        QueryString.of(exchange, "category", "value", "style", "state", "after", "limit");
    images(query);
    long first =
        query.get("after").map(text -> number("after", text, 0, Long.MAX_VALUE - 1) + 1).orElse(0L);
    exchange.setProperty(
        WALK,
        new ImageWalk(
            catalogue.ranges(query.get("category"), query.get("style")),
            query.get("value"),
            query.get("state").map(name -> state(name, IMAGE_STATES)),
            first,
            limit(query),
            LOOKED_AT_AT_ONCE));
  }

  /** Parameters of {@code sql/read/select-task.sql} for the task in the path. */
  public void task(Exchange exchange) {
    exchange
        .getMessage()
        .setBody(
            Map.of("id", requireId(exchange.getMessage().getHeader("id", String.class), "task")));
  }

  private Map<String, Object> images(QueryString query) {
    Optional<String> category = query.get("category");
    Optional<String> value = query.get("value");
    Optional<String> style = query.get("style");
    check(new ImageFilter(category, value.stream().toList(), style));
    Map<String, Object> parameters = new HashMap<>();
    parameters.put("category", category.orElse(null));
    parameters.put("value", value.orElse(null));
    parameters.put("style", style.orElse(null));
    return parameters;
  }

  /**
   * Checks that the catalogue knows the choice.
   *
   * @throws Problem that names what it knows
   */
  public void check(ImageFilter filter) {
    Catalogue.Names categories = catalogue.knownCategories();
    filter
        .category()
        .filter(name -> !categories.first().contains(name))
        .ifPresent(name -> unknown("category", name, categories));
    filter.values().stream()
        .filter(name -> !catalogue.knowsValue(filter.category(), name))
        .forEach(name -> unknown("value", name, catalogue.knownValues(filter.category())));
    Catalogue.Names styles = catalogue.knownStyles();
    filter
        .style()
        .filter(name -> !styles.first().contains(name))
        .ifPresent(name -> unknown("style", name, styles));
  }

  private static void unknown(String what, String name, Catalogue.Names known) {
    throw Problem.badRequest(
        "Unknown " + what + " '" + printable(name) + "'; known are " + known.listed());
  }

  /** The dead letter in the path. */
  public String deadLetter(Exchange exchange) {
    return requireId(exchange.getMessage().getHeader("id", String.class), "dead letter");
  }

  /**
   * A parameter or field that names a run.
   *
   * @throws Problem if it is no id
   */
  static String runId(String id) {
    return id("run", id, "run");
  }

  private static String id(String parameter, String id, String what) {
    return uuid(id)
        .map(UUID::toString)
        .orElseThrow(
            () ->
                Problem.badRequest(
                    "Parameter %s is '%s'; allowed is the id of a %s"
                        .formatted(parameter, printable(id), what)));
  }

  private static String state(String name, List<String> known) {
    String state = name.toUpperCase(Locale.ROOT);
    if (!known.contains(state)) {
      throw Problem.badRequest(
          "Unknown state '" + printable(name) + "'; known are " + String.join(", ", known));
    }
    return state;
  }

  private static int limit(QueryString query) {
    return limit(query, DEFAULT_LIMIT, MAX_LIMIT);
  }

  private static int limit(QueryString query, int usual, int max) {
    return query.get("limit").map(text -> (int) number("limit", text, 1, max)).orElse(usual);
  }

  private static long number(String name, String text, long min, long max) {
    try {
      long number = Long.parseLong(text);
      if (number >= min && number <= max) {
        return number;
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw Problem.badRequest(
        "Parameter "
            + name
            + " is '"
            + printable(text)
            + "'; allowed is a whole number from "
            + min
            + (max == Long.MAX_VALUE ? "" : " to " + max));
  }

  /**
   * An id in a path.
   *
   * @throws Problem if it is none, so there cannot be what it names
   */
  static String requireId(String text, String what) {
    return uuid(text)
        .map(UUID::toString)
        .orElseThrow(() -> Problem.notFound("There is no " + what + " '" + printable(text) + "'"));
  }

  /** An id as it is usually written; empty where the text is none. */
  static Optional<UUID> uuid(String text) {
    boolean uuid =
        text != null && text.matches("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");
    return uuid ? Optional.of(UUID.fromString(text)) : Optional.empty();
  }

  /** A foreign text, fit for a message. */
  static String printable(String text) {
    return ForeignText.quote(text);
  }
}
