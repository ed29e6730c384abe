package io.attributeimages.pipeline;

import jakarta.enterprise.context.ApplicationScoped;
import org.apache.camel.builder.RouteBuilder;

/** Keeps what the database knows of the catalogue small: its counts, and catalogues that no program has any more. */
@ApplicationScoped
public class CatalogueRoute extends RouteBuilder {

  @Override
  public void configure() {
    from("timer:add-up-catalogue?period=5000")
        .routeId("add-up-catalogue")
        .routeConfigurationId("ledger-errors")
        .to("sql:classpath:sql/add-up-catalogue.sql?noop=true");

    from("timer:forget-catalogues?period=3600000")
        .routeId("forget-catalogues")
        .routeConfigurationId("ledger-errors")
        .to("sql:classpath:sql/forget-catalogues.sql?noop=true");
  }
}
