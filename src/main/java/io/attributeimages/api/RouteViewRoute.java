package io.attributeimages.api;

import jakarta.enterprise.context.ApplicationScoped;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.model.rest.RestParamType;

/** The calls that show the routes at work: {@code /routes.html} lives on them. */
@ApplicationScoped
public class RouteViewRoute extends RouteBuilder {

  private static final String JSON = "application/json";

  private final RouteAnswers answers;

  /** Answers with those. */
  public RouteViewRoute(RouteAnswers answers) {
    this.answers = answers;
  }

  @Override
  public void configure() {
    rest("/api/routes").id("rest-routes").description("The routes of this instance at work")
        .get().id("getRoutes").produces(JSON)
            .description("All routes with their counts since the program started")
            .responseMessage().code(200).message("The routes").endResponseMessage()
            .to("direct:get-routes")
        .get("/{id}").id("getRoute").produces(JSON)
            .description("One route with its steps and their counts")
            .param().name("id").type(RestParamType.path).description("The route's id").endParam()
            .responseMessage().code(200).message("The route").endResponseMessage()
            .responseMessage().code(404).message("There is no such route").endResponseMessage()
            .to("direct:get-route");

    from("direct:get-routes").routeId("get-routes").routeConfigurationId("api-errors")
        .process(answers::routes);

    from("direct:get-route").routeId("get-route").routeConfigurationId("api-errors")
        .process(answers::route);
  }
}
