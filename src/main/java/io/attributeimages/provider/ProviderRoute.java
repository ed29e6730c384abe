package io.attributeimages.provider;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.attributeimages.provider.Provider.StyleRecipe;
import jakarta.enterprise.context.ApplicationScoped;
import java.math.BigDecimal;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.model.dataformat.JsonLibrary;
import org.apache.camel.spi.Registry;
import org.apache.camel.support.LifecycleStrategySupport;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.SystemDefaultDnsResolver;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * The one door to whoever paints. What fails raises a {@link ProviderFailure}, which says what that means. Each host has
 * HTTP clients of its own.
 */
@ApplicationScoped
public class ProviderRoute extends RouteBuilder {

  private static final long MAX_JSON_BYTES = 1024 * 1024;
  private static final Duration QUICK = Duration.ofSeconds(5);

  /** How long an answer may take beyond what may pass before it begins. */
  private static final Duration MAX_READING = Duration.ofSeconds(60);

  /** When the program stops: what is not answered by then has five seconds to be written down. */
  private static final Duration MAX_STOPPING = Duration.ofSeconds(20);

  private static final String REQUEST = "request";

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Provider provider;
  private final NovitaSettings novita;
  private final long maxImageBytes;
  private final OpenCalls calls = new OpenCalls();

  /** Calls those models. */
  public ProviderRoute(
      Provider provider,
      NovitaSettings novita,
      @ConfigProperty(name = "storage.max-image-bytes") long maxImageBytes) {
    this.provider = provider;
    this.novita = novita;
    this.maxImageBytes = maxImageBytes;
  }

  @Override
  public void configure() {
    bindClients();

    // In: an ImageRequest. Out: what was Accepted, and is paid for. A client for each model: each has its own patience.
    from("direct:provider-submit")
        .routeId("provider-submit")
        .errorHandler(noErrorHandler())
        .setProperty(REQUEST, body())
        .doTry()
            .process(this::writeSubmit).id("write-submit")
            .toD("http://submit-${exchangeProperty.request.model.name}"
                + "?httpMethod=POST"
                + "&skipResponseHeaders=true"
                + "&httpClientConfigurer=#submit-${exchangeProperty.request.model.name}")
            .convertBodyTo(String.class)
            .process(ProviderRoute::readSubmit).id("read-submit")
        .doCatch(Exception.class)
            .process(this::raiseSubmit).id("classify-submit")
        .end();

    // In: a ResultRequest. Out: the TaskResult of that task; an answer about another one is none.
    from("direct:provider-result")
        .routeId("provider-result")
        .errorHandler(noErrorHandler())
        .setProperty(REQUEST, body())
        .doTry()
            .process(this::writeResult).id("write-result")
            .toD("http://result-${exchangeProperty.request.host.name}"
                + "?httpMethod=GET"
                + "&skipResponseHeaders=true"
                + "&httpClientConfigurer=#result-${exchangeProperty.request.host.name}")
            .unmarshal().json(JsonLibrary.Jackson, TaskResult.class)
            .process(ProviderRoute::requireTask).id("require-task")
        .doCatch(Exception.class)
            .process(ProviderRoute::raiseResult).id("classify-result")
        .end();

    // Out: the balance of the account at Novita, in US dollars.
    from("direct:provider-balance")
        .routeId("provider-balance")
        .errorHandler(noErrorHandler())
        .doTry()
            .process(this::writeBalance).id("write-balance")
            .to("{{novita.base-url}}/openapi/v1/billing/balance/detail"
                + "?httpMethod=GET"
                + "&skipResponseHeaders=true"
                + "&httpClientConfigurer=#quick")
            .unmarshal().json(JsonLibrary.Jackson, Balance.class)
            .process(ProviderRoute::readBalance).id("read-balance")
        .doCatch(Exception.class)
            .process(ProviderRoute::raiseBalance).id("classify-balance")
        .end();

    // In: a StyleRecipe. Out: its model is served, and has its checkpoint. A request that is refused for what is in it
    // starts nothing.
    from("direct:provider-probe")
        .routeId("provider-probe")
        .errorHandler(noErrorHandler())
        .setProperty(REQUEST, body())
        .doTry()
            .process(this::writeProbe).id("write-probe")
            .to("http://probe?httpMethod=POST&skipResponseHeaders=true&httpClientConfigurer=#quick")
        .doCatch(Exception.class)
            .process(this::judgeProbe).id("judge-probe")
        .end()
        .filter(simple("${exchangeProperty.request.model.checkpoints}"))
            .to("direct:provider-checkpoint")
        .end();

    // In: property request, the StyleRecipe of a checkpoint. Out: Novita lists it.
    from("direct:provider-checkpoint")
        .routeId("provider-checkpoint")
        .errorHandler(noErrorHandler())
        .process(this::writeCheckpoint).id("write-checkpoint")
        .to("http://probe?httpMethod=GET&skipResponseHeaders=true&httpClientConfigurer=#quick")
        .convertBodyTo(String.class)
        .process(ProviderRoute::requireCheckpoint).id("require-checkpoint");
  }

  private void bindClients() {
    Registry registry = getContext().getRegistry();
    for (Model model : provider.entries()) {
      Duration patience = model.timeout().orElse(novita.responseTimeout());
      // a picture may be in the answer, as base64
      long maxBytes = MAX_JSON_BYTES + (model.answersPictures() ? maxImageBytes * 4 / 3 : 0);
      // Every submit has a connection of its own, so that none meets one that is just closing.
      registry.bind("submit-" + model.name(), client(patience, maxBytes, false, false, SystemDefaultDnsResolver.INSTANCE));
      registry.bind("picture-" + model.name(), client(novita.responseTimeout(), maxImageBytes, true, true, new PublicAddresses(model.host().address())));
    }
    for (Host host : provider.hosts()) {
      registry.bind("result-" + host.name(), client(novita.responseTimeout(), MAX_JSON_BYTES, true, false, SystemDefaultDnsResolver.INSTANCE));
    }
    // nobody waits long for a balance, or to hear whether a model is served
    registry.bind("quick", new GuardedHttpClient(QUICK, QUICK, QUICK, MAX_JSON_BYTES, false));
    getContext()
        .addLifecycleStrategy(
            new LifecycleStrategySupport() {
              @Override
              public void onContextStopping(CamelContext context) {
                CompletableFuture.delayedExecutor(MAX_STOPPING.toSeconds(), TimeUnit.SECONDS)
                    .execute(calls::cutOff);
              }
            });
  }

  private GuardedHttpClient client(
      Duration patience, long maxBytes, boolean reuseConnections, boolean followRedirects, DnsResolver names) {
    return new GuardedHttpClient(
        novita.connectTimeout(), patience, novita.connectTimeout().plus(patience).plus(MAX_READING), maxBytes, reuseConnections, followRedirects, names, calls);
  }

  private void writeSubmit(Exchange exchange) throws JsonProcessingException {
    ImageRequest request = exchange.getMessage().getBody(ImageRequest.class);
    Map<String, Object> headers = provider.headers(request.model().host());
    headers.put(Exchange.HTTP_URI, request.model().url());
    headers.put(Exchange.CONTENT_TYPE, "application/json");
    headers.put(GuardedHttpClient.NOT_AFTER, request.notAfter());
    exchange.getMessage().setHeaders(headers);
    exchange.getMessage().setBody(JSON.writeValueAsBytes(provider.request(request.model(), request.recipe(), request.webhook())));
  }

  private static void readSubmit(Exchange exchange) throws NothingAcceptedException {
    Model model = exchange.getProperty(REQUEST, ImageRequest.class).model();
    Accepted accepted = Accepted.read(model, exchange.getMessage().getBody(String.class));
    withoutHeaders(exchange);
    exchange.getMessage().setBody(accepted);
  }

  /** The key has no business anywhere else. */
  private static void withoutHeaders(Exchange exchange) {
    exchange.getMessage().setHeaders(new HashMap<>());
  }

  private void raiseSubmit(Exchange exchange) throws ProviderFailure {
    ImageRequest request = exchange.getProperty(REQUEST, ImageRequest.class);
    withoutHeaders(exchange);
    throw ErrorClassifier.ofSubmit(caught(exchange), request.model(), request.free(), provider.instead(request.model()));
  }

  private void writeResult(Exchange exchange) {
    ResultRequest request = exchange.getMessage().getBody(ResultRequest.class);
    Map<String, Object> headers = provider.headers(request.host());
    headers.put(Exchange.HTTP_URI, request.host().baseUrl() + request.host().results().replace("{task}", request.task()));
    exchange.getMessage().setHeaders(headers);
    exchange.getMessage().setBody(null);
  }

  private static void requireTask(Exchange exchange) throws OtherTaskException {
    withoutHeaders(exchange);
    TaskResult.requireTask(
        exchange.getProperty(REQUEST, ResultRequest.class).task(), exchange.getMessage().getBody(TaskResult.class));
  }

  private void writeBalance(Exchange exchange) {
    exchange.getMessage().setHeaders(provider.novita().map(provider::headers).orElseGet(HashMap::new));
    exchange.getMessage().setBody(null);
  }

  private static void raiseResult(Exchange exchange) throws ProviderFailure {
    withoutHeaders(exchange);
    throw ErrorClassifier.ofResult(caught(exchange), exchange.getProperty(REQUEST, ResultRequest.class).host().title());
  }

  private static void readBalance(Exchange exchange) {
    BigDecimal usd = exchange.getMessage().getBody(Balance.class).usd();
    withoutHeaders(exchange);
    exchange.getMessage().setBody(usd);
  }

  private static void raiseBalance(Exchange exchange) throws ProviderFailure {
    withoutHeaders(exchange);
    throw ErrorClassifier.ofResult(caught(exchange), "Novita");
  }

  private void writeProbe(Exchange exchange) {
    Model model = exchange.getMessage().getBody(StyleRecipe.class).model();
    Map<String, Object> headers = provider.headers(model.host());
    headers.put(Exchange.HTTP_URI, model.url());
    headers.put(Exchange.CONTENT_TYPE, "application/json");
    exchange.getMessage().setHeaders(headers);
    exchange.getMessage().setBody(model.probe().toString());
  }

  private void judgeProbe(Exchange exchange) throws ProviderFailure {
    Model model = exchange.getProperty(REQUEST, StyleRecipe.class).model();
    ProviderFailure failure = ErrorClassifier.ofSubmit(caught(exchange), model, true, provider.instead(model));
    if (!(failure instanceof ProviderFailure.Reject)) {
      throw failure;
    }
  }

  private void writeCheckpoint(Exchange exchange) {
    StyleRecipe style = exchange.getProperty(REQUEST, StyleRecipe.class);
    Map<String, Object> headers = provider.headers(style.model().host());
    String name = URLEncoder.encode(style.modelName(), StandardCharsets.UTF_8);
    headers.put(Exchange.HTTP_URI, style.model().host().baseUrl() + "/v3/model?filter.query=" + name);
    exchange.getMessage().setHeaders(headers);
    exchange.getMessage().setBody(null);
  }

  /** A checkpoint is there where it is listed, and its status is 1. */
  private static void requireCheckpoint(Exchange exchange) throws ProviderFailure, JsonProcessingException {
    String name = exchange.getProperty(REQUEST, StyleRecipe.class).modelName();
    for (JsonNode model : JSON.readTree(exchange.getMessage().getBody(String.class)).path("models")) {
      if (model.valueStream().anyMatch(value -> value.asText().equals(name)) && model.path("status").asInt() == 1) {
        return;
      }
    }
    throw new ProviderFailure.Halt("CHECKPOINT_GONE", null, "Novita does not list the checkpoint " + name + " as available");
  }

  private static Throwable caught(Exchange exchange) {
    return exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Throwable.class);
  }
}
