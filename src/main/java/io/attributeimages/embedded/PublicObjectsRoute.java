package io.attributeimages.embedded;

import static org.apache.camel.component.aws2.s3.AWS2S3Constants.CONTENT_TYPE;

import jakarta.enterprise.context.ApplicationScoped;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** Serves the objects of the embedded store in public, as Supabase does for a public bucket. */
@ApplicationScoped
public class PublicObjectsRoute extends RouteBuilder {

  static final String PATH = "/storage/v1/object/public";

  private final boolean active;

  PublicObjectsRoute(@ConfigProperty(name = "embedded.storage", defaultValue = "false") boolean active) {
    this.active = active;
  }

  @Override
  public void configure() {
    if (!active) {
      return;
    }
    // anybody may ask for anything: that a key is none is no news
    onException(Exception.class)
        .handled(true)
        .removeHeaders("*")
        .setHeader(Exchange.HTTP_RESPONSE_CODE, constant(404))
        .setBody(constant("There is no such object"));

    from("platform-http:" + PATH + "/{{storage.bucket}}?matchOnUriPrefix=true&httpMethodRestrict=GET")
        .routeId("public-objects")
        // anybody may write it: in a header, it would be evaluated as Simple
        .setProperty("objectKey", header(Exchange.HTTP_PATH).regexReplaceAll("^(" + PATH + "/[^/]+)?/", ""))
        .to("aws2-s3://{{storage.bucket}}?operation=getObject&keyName=${exchangeProperty.objectKey}&lazyStartProducer=true&fileName=unused")
        .setHeader(Exchange.CONTENT_TYPE, header(CONTENT_TYPE));
  }
}
