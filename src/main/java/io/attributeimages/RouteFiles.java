package io.attributeimages;

import io.attributeimages.pipeline.OutageLog;
import io.attributeimages.provider.ForeignText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.FailedToCreateRouteException;
import org.apache.camel.FailedToStartRouteException;
import org.apache.camel.Route;
import org.apache.camel.RoutesBuilder;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.builder.RouteBuilderLifecycleStrategy;
import org.apache.camel.model.ModelCamelContext;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.model.errorhandler.DefaultErrorHandlerDefinition;
import org.apache.camel.spi.Resource;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;
import org.apache.camel.support.RoutePolicySupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Routes of one's own: the files {@code *.camel.yaml} of a folder, loaded at start. */
final class RouteFiles {

  private static final Logger LOG = LoggerFactory.getLogger(RouteFiles.class);

  /** Where Camel says each of them; application.properties turns it off. */
  private static final Logger EVERY_FAILURE = LoggerFactory.getLogger("own-route-failures");

  /** Need not exist, unlike a folder that somebody named. */
  private static final Path DEFAULT_FOLDER = Path.of("routes");

  private final Path folder;
  private final CamelContext camel;
  private final OutageLog outages;
  private final Map<RouteDefinition, Path> routes = new LinkedHashMap<>();

  /** The files in that folder, for a context that has not started. */
  RouteFiles(Path folder, CamelContext camel, OutageLog outages) {
    this.folder = folder;
    this.camel = camel;
    this.outages = outages;
  }

  /**
   * Adds the routes of all files.
   *
   * @throws SettingsException that names the file that cannot be used
   */
  void load() {
    for (Path file : files(folder)) {
      List<RouteDefinition> known = definitions();
      try {
        Resource resource = ResourceHelper.resolveResource(camel, "file:" + file);
        for (RoutesBuilder builder :
            PluginHelper.getRoutesLoader(camel).findRoutesBuilders(resource)) {
          if (builder instanceof RouteBuilder routeBuilder) {
            routeBuilder.addLifecycleInterceptor(new SayOnce());
          }
          camel.addRoutes(builder);
        }
      } catch (Exception e) {
        throw refusal(file, ForeignText.cause(e));
      }
      List<RouteDefinition> added = new ArrayList<>(definitions());
      added.removeAll(known);
      checkIds(file);
      added.forEach(route -> routes.put(route, file));
      LOG.info(
          "Routes of {}: {}",
          file,
          added.stream().map(RouteDefinition::getRouteId).collect(Collectors.joining(", ")));
    }
  }

  /**
   * Camel lets a route take the place of another one of the same id, without a word.
   *
   * @throws SettingsException if that happened to one of these
   */
  void check() {
    checkIds(null);
  }

  private void checkIds(Path by) {
    List<RouteDefinition> present = definitions();
    routes.forEach(
        (route, file) -> {
          if (!present.contains(route)) {
            throw refusal(
                by == null ? file : by,
                "There is another route of the id "
                    + route.getRouteId()
                    + (by == null ? "" : ", in " + file)
                    + "; give it an id of its own.");
          }
        });
  }

  /**
   * Why the context does not start, if a route of one of the files is the reason.
   *
   * @throws SettingsException that names the file
   */
  void explain(RuntimeException failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      String id =
          t instanceof FailedToCreateRouteException create
              ? create.getRouteId()
              : t instanceof FailedToStartRouteException start ? start.getRouteId() : null;
      for (Map.Entry<RouteDefinition, Path> route : routes.entrySet()) {
        if (route.getKey().getRouteId().equals(id)) {
          throw refusal(route.getValue(), ForeignText.cause(t));
        }
      }
    }
  }

  private static List<Path> files(Path folder) {
    if (!Files.isDirectory(folder)) {
      if (folder.equals(DEFAULT_FOLDER)) {
        return List.of();
      }
      throw new SettingsException(
          "Setting extensions.routes is '" + folder + "'; allowed is a folder that exists.");
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".camel.yaml")).sorted().toList();
    } catch (IOException e) {
      throw new SettingsException(
          "The folder " + folder + " of setting extensions.routes cannot be read: " + e);
    }
  }

  private static SettingsException refusal(Path file, String why) {
    return new SettingsException(
        "The route file "
            + file
            + " cannot be used: "
            + why
            + "\nMend it, or take it out of the folder of setting extensions.routes.");
  }

  private List<RouteDefinition> definitions() {
    return List.copyOf(((ModelCamelContext) camel).getRouteDefinitions());
  }

  /**
   * The error handling of routes that bring none: what fails is said once, and so is that it works
   * again, and the failure goes back to whoever called the route.
   */
  private final class SayOnce implements RouteBuilderLifecycleStrategy {
    @Override
    public void afterConfigure(RouteBuilder builder) {
      for (RouteDefinition route : builder.getRouteCollection().getRoutes()) {
        if (route.getRouteConfigurationId() == null && !route.isErrorHandlerFactorySet()) {
          route.setErrorHandlerFactory(
              new DefaultErrorHandlerDefinition()
                  .logExhausted(false)
                  .logExhaustedMessageHistory(false)
                  .logStackTrace(false)
                  .log(EVERY_FAILURE)
                  .onExceptionOccurred(this::failed));
          route.routePolicy(new Completed());
        }
      }
    }

    private void failed(Exchange exchange) {
      Exception failure = exchange.getException();
      outages.failed(
          exchange,
          failure != null
              ? failure
              : exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Exception.class));
    }
  }

  private final class Completed extends RoutePolicySupport {
    @Override
    public void onExchangeDone(Route route, Exchange exchange) {
      // a part of it that is a route itself may have come to its end before it fails
      boolean whole = route.getRouteId().equals(exchange.getFromRouteId());
      if (whole && !exchange.isFailed()) {
        outages.completed(exchange);
      }
    }
  }
}
