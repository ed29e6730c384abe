package io.attributeimages.pipeline;

import static org.apache.camel.component.aws2.s3.AWS2S3Constants.CONTENT_MD5;
import static org.apache.camel.component.aws2.s3.AWS2S3Constants.CONTENT_TYPE;
import static org.apache.camel.component.aws2.s3.AWS2S3Constants.E_TAG;

import io.attributeimages.catalog.Catalogue;
import io.attributeimages.catalog.Combination;
import io.attributeimages.catalog.Style;
import io.attributeimages.ledger.Task;
import io.attributeimages.provider.TaskResult;
import io.attributeimages.storage.FittedPicture;
import io.attributeimages.storage.ObjectKeys;
import io.attributeimages.storage.PictureException;
import io.attributeimages.storage.PictureFit;
import io.attributeimages.storage.PictureFormat;
import jakarta.enterprise.context.ApplicationScoped;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;

/** Downloads a finished picture, fits it to its place, uploads it, and only then changes what applications read. */
@ApplicationScoped
public class StoreRoute extends RouteBuilder {

  static final String PICTURE_ADDRESS = "imageLink";
  private static final String PICTURE = "picture";
  private static final String MD5 = "md5";

  /** The exchange property of the key under which something is, or was, uploaded. */
  static final String UPLOAD_KEY = "uploadKey";
  private static final String ORIGINAL = "original";

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
    // In: a TaskResult that succeeded; where the model answered the picture itself, it is in the bucket. Out: the object, beside it what it was made of (property originalKey, or null), and row and ledger
    // in one statement. Errors: store-errors. Running twice, wholly or in part, ends in the same objects and the same row.
    from("direct:store")
        .routeId("store")
        .routeConfigurationId("store-errors")
        .setProperty("seed", simple("${body.seed}"))
        .process(this::chooseKey).id("choose-key")
        .to("sql:classpath:sql/store/begin-storing.sql?noop=true")
        .process(StoreRoute::checkClaim).id("check-claim")

        .removeHeaders("*")
        .setBody(constant((Object) null))
        .choice()
            .when(exchangeProperty(PICTURE_ADDRESS).isNull())
                .to("aws2-s3://{{storage.bucket}}?operation=getObject&keyName=${exchangeProperty.originalKey}&lazyStartProducer=true&fileName=unused")
            .otherwise()
                .setHeader(Exchange.HTTP_URI, exchangeProperty(PICTURE_ADDRESS))
                // only where the model's own host is may be a private address
                .toD("http://picture-${exchangeProperty.task.model}"
                    + "?httpMethod=GET"
                    + "&skipResponseHeaders=true"
                    + "&httpClientConfigurer=#picture-${exchangeProperty.task.model}")
        .end()
        .convertBodyTo(byte[].class)
        .setBody(this::fittedPicture).id("fit-picture")

        // what was paid for goes first; the ledger knows its key before, as it knows the other since begin-storing
        .choice()
            .when(exchangeProperty(ORIGINAL).isNotNull())
                .setProperty(PICTURE, body())
                .to("sql:classpath:sql/store/begin-original.sql?noop=true")
                .process(StoreRoute::checkClaim).id("check-claim-of-original")
                .setBody(exchangeProperty(ORIGINAL))
                .setProperty(UPLOAD_KEY, exchangeProperty("originalKey"))
                .setProperty("uploadType", exchangeProperty("originalType"))
                .to("direct:upload")
                .setBody(exchangeProperty(PICTURE))
        .end()
        .setProperty(UPLOAD_KEY, exchangeProperty("objectKey"))
        .setProperty("uploadType", constant("image/jpeg"))
        .to("direct:upload")

        .choice()
            .when(StoreRoute::isCover)
                .process(this::setCover).id("set-cover")
                .to("sql:classpath:sql/store/store-cover.sql?outputType=SelectOne")
            .otherwise()
                .to("sql:classpath:sql/store/store-image.sql?outputType=SelectOne")
        .end()
        .log("${exchangeProperty.task.image}: ${body} ${exchangeProperty.imageUrl}");

    // In: bytes, and properties uploadKey and uploadType. Out: the bucket has them as they were sent.
    from("direct:upload")
        .routeId("upload")
        .errorHandler(noErrorHandler())
        .removeHeaders("*")
        .process(StoreRoute::setMd5).id("set-md5")
        .setHeader(CONTENT_TYPE, exchangeProperty("uploadType"))
        .setHeader(CONTENT_MD5, exchangeProperty(MD5))
        // the header's name in this version of camel-aws2-s3 for what becomes Cache-Control
        .setHeader("CamelAwsS3ContentControl", constant("public, max-age=31536000, immutable"))
        // with a file name, which only consumers use, the endpoint does not ask for the bucket before the program can start
        .to("aws2-s3://{{storage.bucket}}?keyName=${exchangeProperty.uploadKey}&lazyStartProducer=true&fileName=unused")
        // an ETag that is the MD5 says what the store holds; any other, as of encrypted objects, says nothing
        .filter(exchange -> !isMd5(exchange))
            .removeHeaders("*")
            .to("aws2-s3://{{storage.bucket}}?operation=getObject&keyName=${exchangeProperty.uploadKey}&lazyStartProducer=true&fileName=unused")
            .convertBodyTo(byte[].class)
            .process(StoreRoute::compareWithUpload).id("compare-with-upload")
        .end();
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
    TaskResult result = exchange.getMessage().getBody(TaskResult.class);
    exchange.setProperty("originalKey", task.isInBucket() ? task.originalKey() : null);
    exchange.setProperty(PICTURE_ADDRESS, task.isInBucket() ? null : result.imageUrl());
  }

  /** Sets as well what is to be kept of the bytes it is made of. */
  private byte[] fittedPicture(Exchange exchange) {
    Task task = TaskExchange.task(exchange);
    byte[] bytes = exchange.getMessage().getBody(byte[].class);
    FittedPicture fitted = pictures.fit(bytes, task.width(), task.height());
    PictureFormat original = fitted.original();
    if (original == null) {
      exchange.setProperty("originalKey", null);
    } else if (exchange.getProperty(PICTURE_ADDRESS) != null) {
      exchange.setProperty("originalKey",
          keys.originalKey(task.category(), task.value(), task.style(), task.providerTaskId(), original));
      exchange.setProperty("originalType", original.contentType());
      exchange.setProperty(ORIGINAL, bytes);
    }
    return fitted.jpeg();
  }

  private static void setMd5(Exchange exchange) {
    byte[] md5 = md5(exchange.getMessage().getBody(byte[].class));
    exchange.setProperty(MD5, Base64.getEncoder().encodeToString(md5));
  }

  private static byte[] md5(byte[] bytes) {
    try {
      return MessageDigest.getInstance("MD5").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static boolean isMd5(Exchange exchange) {
    byte[] md5 = Base64.getDecoder().decode(exchange.getProperty(MD5, String.class));
    String etag = exchange.getMessage().getHeader(E_TAG, "", String.class);
    return etag.replace("\"", "").equalsIgnoreCase(HexFormat.of().formatHex(md5));
  }

  private static void compareWithUpload(Exchange exchange) {
    byte[] bytes = exchange.getMessage().getBody(byte[].class);
    if (!Base64.getEncoder().encodeToString(md5(bytes)).equals(exchange.getProperty(MD5))) {
      throw new PictureException(
          PictureException.Reason.STORED_DIFFERENTLY,
          "what the store holds, %d bytes, is not what it was sent".formatted(bytes.length));
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
