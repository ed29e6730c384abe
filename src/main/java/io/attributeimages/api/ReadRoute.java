package io.attributeimages.api;

import io.attributeimages.ledger.Coverage;
import jakarta.enterprise.context.ApplicationScoped;
import org.apache.camel.builder.RouteBuilder;

/** What the reading calls do: parameters to SQL, rows to JSON. */
@ApplicationScoped
public class ReadRoute extends RouteBuilder {

  private final Queries queries;
  private final Answers answers;
  private final StatusAnswers status;
  private final ImageAnswers images;

  /** Reads with those queries. */
  public ReadRoute(
      Queries queries, Answers answers, StatusAnswers status, ImageAnswers images) {
    this.queries = queries;
    this.answers = answers;
    this.status = status;
    this.images = images;
  }

  @Override
  public void configure() {
    from("direct:get-status").routeId("get-status").routeConfigurationId("api-errors")
        .setHeader("limit", constant(Coverage.NAMED))
        .to("sql:classpath:sql/read/select-groups.sql?dataSource=#reads")
        .setProperty("groups", body())
        .to("sql:classpath:sql/read/select-status.sql?dataSource=#reads&outputType=SelectOne")
        .setProperty("ledger", body())
        .to("sql:classpath:sql/read/select-alerts.sql?dataSource=#reads")
        .process(status::status);

    // One statement for each chunk of the catalogue, and a bounded number of them.
    from("direct:get-images").routeId("get-images").routeConfigurationId("api-errors")
        .process(queries::images)
        .loopDoWhile(images::goesOn)
            .process(images::nextChunk)
            .to("sql:classpath:sql/read/select-images.sql?dataSource=#reads")
            .process(images::found)
        .end()
        .process(images::images);

    from("direct:get-catalog").routeId("get-catalog").routeConfigurationId("api-errors")
        .process(images::catalog);

    from("direct:get-runs").routeId("get-runs").routeConfigurationId("api-errors")
        .process(queries::runs)
        .to("sql:classpath:sql/read/select-runs.sql?dataSource=#reads")
        .process(answers::runs);

    from("direct:get-run").routeId("get-run").routeConfigurationId("api-errors")
        .process(queries::run)
        .to("sql:classpath:sql/read/select-runs.sql?dataSource=#reads")
        .process(answers::run);

    from("direct:get-tasks").routeId("get-tasks").routeConfigurationId("api-errors")
        .process(queries::tasks)
        .setProperty("limit", simple("${body[limit]}"))
        .to("sql:classpath:sql/read/select-tasks.sql?dataSource=#reads")
        .process(answers::tasks);

    from("direct:get-task").routeId("get-task").routeConfigurationId("api-errors")
        .process(queries::task)
        .to("sql:classpath:sql/read/select-task.sql?dataSource=#reads")
        .process(answers::task);

    from("direct:get-dead-letters").routeId("get-dead-letters").routeConfigurationId("api-errors")
        .process(queries::deadLetters)
        .setProperty("limit", simple("${body[limit]}"))
        .to("sql:classpath:sql/read/select-tasks.sql?dataSource=#reads")
        .process(answers::deadLetters);

    from("direct:get-attribute-images").routeId("get-attribute-images").routeConfigurationId("api-errors")
        .process(queries::attributeImages)
        .to("sql:classpath:sql/read/select-attribute-images.sql?dataSource=#reads")
        .process(answers::attributeImages);

    from("direct:get-style-images").routeId("get-style-images").routeConfigurationId("api-errors")
        .to("sql:classpath:sql/read/select-style-images.sql?dataSource=#reads")
        .process(answers::styleImages);
  }
}
