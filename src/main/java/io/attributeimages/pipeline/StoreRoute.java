package io.attributeimages.pipeline;

import static org.apache.camel.component.aws2.s3.AWS2S3Constants.CONTENT_TYPE;
import static org.apache.camel.component.aws2.s3.AWS2S3Constants.E_TAG;

import io.attributeimages.catalog.Catalogue;
import io.attributeimages.catalog.Combination;
import io.attributeimages.catalog.Style;
import io.attributeimages.ledger.Task;
import io.attributeimages.novita.TaskResult;
import io.attributeimages.storage.ObjectKeys;
import io.attributeimages.storage.PictureException;
import io.attributeimages.storage.PictureFit;
import jakarta.enterprise.context.ApplicationScoped;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;

/** Downloads a finished picture, fits it to its place, uploads it, and only then changes what applications read. */
@ApplicationScoped
public class StoreRoute extends RouteBuilder {

  private final ObjectKeys keys;
  private final PictureFit pictures;
  private final Catalogue catalogue;

  /** Stores under those keys. */
  public StoreRoute(ObjectKeys keys, PictureFit pictures, Catalogue catalogue) {
    this.keys = keys;
    this.pictures = pictures;
    this.catalogue = catalogue;
  }

  @Override
  public void configure() {
    // In: a TaskResult that succeeded. Out: the object, and row and ledger in one statement. Errors: store-errors.
    // Running twice, wholly or in part, ends in the same object and the same row.
    from("direct:store")
        .routeId("store")
        .routeConfigurationId("store-errors")
        .setProperty("seed", simple("${body.seed}"))
        .setProperty("imageLink", simple("${body.imageUrl}"))
        .process(this::chooseKey).id("choose-key")
        .to("sql:classpath:sql/store/begin-storing.sql?noop=true")
        .process(StoreRoute::checkClaim).id("check-claim")

        .removeHeaders("*")
        .setHeader(Exchange.HTTP_URI, exchangeProperty("imageLink"))
        .setBody(constant((Object) null))
        .to("http://picture"
            + "?httpMethod=GET"
            + "&httpClientConfigurer=#imageClient")
        .convertBodyTo(byte[].class)
        .setBody(this::fittedPicture).id("fit-picture")

        .removeHeaders("*")
        .process(StoreRoute::setMd5).id("set-md5")
        .setHeader(CONTENT_TYPE, constant("image/jpeg"))
        // the header's name in this version of camel-aws2-s3 for what becomes Cache-Control
        .setHeader("CamelAwsS3ContentControl", constant("public, max-age=31536000, immutable"))
        // with a file name, which only consumers use, the endpoint does not ask for the bucket before the program can start
        .to("aws2-s3://{{storage.bucket}}?keyName=${exchangeProperty.objectKey}&lazyStartProducer=true&fileName=unused")
        .process(StoreRoute::compareWithUpload).id("compare-with-upload")

        .choice()
            .when(StoreRoute::isCover)
                .process(this::setCover).id("set-cover")
                .to("sql:classpath:sql/store/store-cover.sql?outputType=SelectOne")
            .otherwise()
                .to("sql:classpath:sql/store/store-image.sql?outputType=SelectOne")
        .end()
        .log("${exchangeProperty.task.image}: ${body} ${exchangeProperty.imageUrl}");
  }

  private static void checkClaim(Exchange exchange) throws LeaseLostException {
    if (exchange.getMessage().getHeader("CamelSqlUpdateCount", 1, Integer.class) == 0) {
      throw new LeaseLostException("another instance may be storing the picture");
    }
  }

  private void chooseKey(Exchange exchange) {
    Task task = TaskExchange.task(exchange);
    String key = keys.key(task.category(), task.value(), task.style(), task.providerTaskId());
    exchange.setProperty("objectKey", key);
    exchange.setProperty("imageUrl", keys.publicUrl(key));
  }

  private byte[] fittedPicture(Exchange exchange) {
    Task task = TaskExchange.task(exchange);
    return pictures.fit(exchange.getMessage().getBody(byte[].class), task.width(), task.height()).jpeg();
  }

  private static void setMd5(Exchange exchange) {
    try {
      MessageDigest md5 = MessageDigest.getInstance("MD5");
      byte[] digest = md5.digest(exchange.getMessage().getBody(byte[].class));
      exchange.setProperty("md5", HexFormat.of().formatHex(digest));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The store does not verify an upload by itself: its ETag tells what it holds. */
  private static void compareWithUpload(Exchange exchange) {
    String etag = exchange.getMessage().getHeader(E_TAG, "", String.class).replace("\"", "");
    String md5 = exchange.getProperty("md5", String.class);
    if (!etag.equalsIgnoreCase(md5)) {
      throw new PictureException(
          PictureException.Reason.STORED_DIFFERENTLY,
          "the store answered with ETag '" + etag + "' to an upload with MD5 " + md5);
    }
  }

  private void setCover(Exchange exchange) {
    String style = TaskExchange.task(exchange).style();
    exchange.setProperty("coverTitle", catalogue.style(style).map(Style::title).orElse(null));
    exchange.setProperty("coverDescription", catalogue.style(style).map(Style::description).orElse(null));
  }

  private static boolean isCover(Exchange exchange) {
    return Combination.COVER_CATEGORY.equals(TaskExchange.task(exchange).category());
  }
}
