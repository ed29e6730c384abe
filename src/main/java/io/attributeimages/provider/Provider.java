package io.attributeimages.provider;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.attributeimages.catalog.Catalogue;
import io.attributeimages.catalog.InputFileException;
import io.attributeimages.catalog.Recipe;
import io.attributeimages.catalog.Style;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * The models that the catalogue uses, what its images are made from, and how they are asked for.
 */
public final class Provider {

  /** A minute, and a little for clocks. */
  private static final double SECONDS_OF_A_PERMIT = 60.1;

  /** Permits of a host that counts neither images nor calls. */
  private static final int UNCOUNTED = 200;

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Models models;
  private final NovitaSettings novita;
  private final Function<String, String> settings;
  private final Map<String, StyleRecipe> styles = new LinkedHashMap<>();
  private final Map<Sizes, Map<Size, Size>> sizes = new ConcurrentHashMap<>();

  /**
   * The models of a catalogue's styles.
   *
   * @param settings by name, null where one is not set
   * @throws InputFileException if a style's model is none, or cannot paint what the catalogue asks
   *     for
   */
  public Provider(
      Models models,
      Catalogue catalogue,
      NovitaSettings novita,
      Function<String, String> settings) {
    this.models = models;
    this.novita = novita;
    this.settings = settings;
    Map<String, Model> used = models.of(catalogue, novita.model());
    for (Style style : catalogue.styles()) {
      Size size = new Size(catalogue.width(), catalogue.height());
      styles.put(style.name(), recipe(style, used.get(style.name()), size));
    }
  }

  /**
   * What the images of a style are made from, but for their prompts and seeds.
   *
   * @param recipe as the ledger has it
   * @param priceUsd of one image
   */
  public record StyleRecipe(String style, Model model, Recipe recipe, BigDecimal priceUsd) {

    /** The name of the entry, or of the checkpoint. */
    public String modelName() {
      return recipe.field("model").asText();
    }
  }

  private StyleRecipe recipe(Style style, Model model, Size wanted) {
    ObjectNode fields = JsonNodeFactory.instance.objectNode();
    fields.put("model", style.model().orElse(novita.model()));
    fields.put("width", wanted.width());
    fields.put("height", wanted.height());
    Model.Defaults defaults = model.defaults();
    put(
        fields,
        model,
        "negative_prompt",
        style.negativePrompt(),
        Optional.of(novita.negativePrompt()),
        null);
    put(fields, model, "steps", style.steps(), novita.steps(), defaults.steps());
    put(fields, model, "sampler", style.sampler(), novita.sampler(), defaults.sampler());
    put(
        fields,
        model,
        "guidance_scale",
        style.guidanceScale(),
        novita.guidanceScale(),
        defaults.guidanceScale());
    Recipe recipe = new Recipe(fields);
    return new StyleRecipe(style.name(), model, recipe, price(model, recipe));
  }

  /**
   * What the style says, or else the setting, or else the model's entry; where the model takes it.
   */
  private static <T> void put(
      ObjectNode fields,
      Model model,
      String field,
      Optional<T> style,
      Optional<T> setting,
      T entry) {
    Object value = style.or(() -> setting).orElse(entry);
    if (model.takes(field) && value != null) {
      fields.set(field, JSON.valueToTree(value));
    }
  }

  /** What an image of that recipe costs now, in US dollars. */
  public BigDecimal price(Model model, Recipe recipe) {
    Price price = model.price();
    return novita
        .priceUsd()
        .filter(override -> price.usd().signum() > 0)
        .orElseGet(() -> price.of(priced(model, recipe), novita.nsfwLevel().isPresent()));
  }

  private Map<String, BigDecimal> priced(Model model, Recipe recipe) {
    Size asked = asked(model, recipe);
    Size size = asked.isRatio() ? new Size(recipe.width(), recipe.height()) : asked;
    Map<String, BigDecimal> fields = new HashMap<>();
    fields.put("width", BigDecimal.valueOf(size.width()));
    fields.put("height", BigDecimal.valueOf(size.height()));
    fields.put("steps", BigDecimal.valueOf(recipe.fields().path("steps").asInt(1)));
    return fields;
  }

  /** Found once: a model may allow thousands of sizes, and each submit asks. */
  private Size asked(Model model, Recipe recipe) {
    Size wanted = new Size(recipe.width(), recipe.height());
    return sizes
        .computeIfAbsent(model.sizes(), any -> new ConcurrentHashMap<>())
        .computeIfAbsent(wanted, size -> model.sizes().atLeast(size).orElse(size));
  }

  /**
   * The body of the request for one picture.
   *
   * @param recipe the fields of the ledger
   * @param webhook the URL to call when it is finished; null for none
   */
  JsonNode request(Model model, Recipe recipe, String webhook) {
    Size asked = asked(model, recipe);
    Size proportions = asked.proportions();
    Map<String, Object> values = new HashMap<>();
    recipe.fields().properties().forEach(field -> values.put(field.getKey(), field.getValue()));
    values.put("width", asked.width());
    values.put("height", asked.height());
    values.put("aspect_ratio", proportions.width() + ":" + proportions.height());
    values.put("webhook", webhook);
    values.put("nsfw_detection", novita.nsfwLevel().map(level -> true).orElse(null));
    values.put("nsfw_level", novita.nsfwLevel().orElse(null));
    return model.request().with(values);
  }

  /** The recipes of the styles, by name. */
  public Map<String, StyleRecipe> styles() {
    return styles;
  }

  /** The models that the styles use. */
  public Set<Model> inUse() {
    Set<Model> used = new LinkedHashSet<>();
    styles.values().forEach(style -> used.add(style.model()));
    return used;
  }

  /** All models there are. */
  List<Model> entries() {
    return models.all();
  }

  /** All hosts there are. */
  Set<Host> hosts() {
    Set<Host> hosts = new LinkedHashSet<>();
    models.all().forEach(model -> hosts.add(model.host()));
    return hosts;
  }

  /** Novita, where a style uses one of its models. */
  public Optional<Host> novita() {
    return inUse().stream().map(Model::host).filter(Host::isNovita).findFirst();
  }

  /** The entry of that name, for what was planned when another one was in use. */
  public Optional<Model> entry(String name) {
    return models.all().stream().filter(model -> model.name().equals(name)).findFirst();
  }

  /** The entries that could take the model's place: on hosts that can be used, and not ended. */
  List<String> instead(Model gone) {
    return models.all().stream()
        .filter(model -> !model.name().equals(gone.name()))
        .filter(model -> model.ends().map(day -> !day.isBefore(LocalDate.now())).orElse(true))
        .filter(model -> model.host().keySetting().map(this::isSet).orElse(false))
        .map(Model::name)
        .toList();
  }

  /** How the account is named to the host: headers of each call. */
  public Map<String, Object> headers(Host host) {
    Map<String, Object> headers = new HashMap<>();
    host.keySetting()
        .map(settings)
        .filter(key -> !key.isBlank())
        .ifPresent(
            key -> {
              String[] header = host.header().split(": ", 2);
              headers.put(header[0], header[1].replace("{key}", key));
            });
    return headers;
  }

  private boolean isSet(String setting) {
    String value = settings.apply(setting);
    return value != null && !value.isBlank();
  }

  /** How many images a minute an account may submit; empty where the host does not count them. */
  public Optional<Integer> imagesPerMinute(Model model) {
    return model.imagesPerMinute().map(own -> novita.imagesPerMinute().orElse(own));
  }

  /** How many images a minute may be submitted in all, of the models in use that count them. */
  public int imagesPerMinute() {
    return inUse().stream().mapToInt(model -> imagesPerMinute(model).orElse(0)).sum();
  }

  /** The permits of each model, as JSON for the statements that hand them out. */
  public String paces() {
    ArrayNode paces = JsonNodeFactory.instance.arrayNode();
    for (Model model : models.all()) {
      Optional<Integer> perMinute = imagesPerMinute(model);
      paces
          .addObject()
          .put("model", model.name())
          .put("slots", perMinute.orElse(model.concurrency().orElse(UNCOUNTED)))
          .put("cooldown_seconds", perMinute.isPresent() ? SECONDS_OF_A_PERMIT : 0)
          .put("webhooks", model.webhooks())
          .put("poll_seconds", pollInterval(model.webhooks()).toMillis() / 1000.0)
          .put("counted", perMinute.isPresent() && inUse().contains(model));
    }
    return paces.toString();
  }

  /**
   * The pause between two questions for one task; webhooks make most questions needless.
   *
   * @param webhooks whether its model calls them
   */
  public Duration pollInterval(boolean webhooks) {
    Duration often = novita.pollInterval();
    Duration seldom = novita.webhookPollInterval();
    boolean told = webhooks && novita.webhookUrl().isPresent();
    return told && seldom.compareTo(often) > 0 ? seldom : often;
  }

  /** What the start says of the models in use, one sentence each. */
  public List<String> notices() {
    List<String> notices = new ArrayList<>();
    for (StyleRecipe style : styles.values()) {
      Model model = style.model();
      notices.add("Style %s is painted by %s".formatted(style.style(), describe(style)));
      if (!model.takes("negative_prompt")) {
        notices.add(
            "%s takes no negative prompt: the one of the style %s is not sent"
                .formatted(model.name(), style.style()));
      }
      model
          .ends()
          .ifPresent(
              day ->
                  notices.add(
                      "%s is known to be served until %s only; its place can be taken by %s"
                          .formatted(model.name(), day, String.join(", ", instead(model)))));
    }
    return notices;
  }

  /** Where a style's images are made, of which size, at which price and pace, in words. */
  public String describe(StyleRecipe style) {
    Model model = style.model();
    Size size = asked(model, style.recipe());
    return "%s at %s (%s): %s for %s USD%s, %s"
        .formatted(
            style.modelName(),
            model.host().title(),
            model.host().baseUrl(),
            size,
            style.priceUsd().toPlainString(),
            model.price().assumed() && novita.priceUsd().isEmpty() ? " (assumed)" : "",
            imagesPerMinute(model)
                .map(images -> images + " images a minute")
                .orElse("as many as it can make"));
  }
}
