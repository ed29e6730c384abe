package io.attributeimages.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.attributeimages.embedded.EmbeddedS3;
import io.attributeimages.provider.TaskResult;
import io.attributeimages.storage.S3Clients;
import io.attributeimages.storage.StorageSettings;
import io.attributeimages.support.TestSettings;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.apache.camel.Exchange;
import org.apache.camel.test.junit5.CamelContextConfiguration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.ResponseBytes;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Object;

/** What the step leaves in a real store. */
class StoreOriginalsTest extends RouteTest {

  private static final String BUCKET = "assets";
  private static final String KEY = "attribute-images/age/realistic/30s-task-1.jpg";
  private static final String KEY_OF_ORIGINAL =
      "attribute-images/age/realistic/30s-task-1-original.png";
  private static final byte[] PNG = png();

  @TempDir Path data;
  private EmbeddedS3 embedded;
  private S3Client s3;

  @BeforeEach
  void startStore() {
    embedded = EmbeddedS3.start(data, BUCKET);
    s3 =
        new S3Clients()
            .client(
                TestSettings.of(
                    StorageSettings.class,
                    "storage.endpoint=" + embedded.endpoint(),
                    "storage.access-key-id=" + embedded.accessKeyId(),
                    "storage.secret-access-key=" + embedded.secretAccessKey()));
  }

  @AfterEach
  void stopStore() {
    s3.close();
    embedded.close();
  }

  @Override
  public void configureContext(CamelContextConfiguration configuration) {
    super.configureContext(configuration);
    configuration.withMockEndpointsAndSkip("(sql|https?|seda):.*");
  }

  @Override
  S3Client s3Client() {
    return s3;
  }

  @Test
  void whatAPictureWasMadeOfIsKeptBesideIt() throws Exception {
    start();
    answers(getMockEndpoint("mock:http:picture-txt2img"), body(PNG));

    store("https://pictures.test/1", null);

    assertThat(keys()).containsExactly(KEY_OF_ORIGINAL, KEY);
    ResponseBytes<GetObjectResponse> original = object(KEY_OF_ORIGINAL);
    assertThat(original.asByteArray()).isEqualTo(PNG);
    assertThat(original.response().contentType()).isEqualTo("image/png");
    assertThat(original.response().cacheControl())
        .isEqualTo(object(KEY).response().cacheControl())
        .isEqualTo("public, max-age=31536000, immutable");
    assertThat(object(KEY).response().contentType()).isEqualTo("image/jpeg");
    assertThat(object(KEY).asByteArray()).startsWith(0xff, 0xd8, 0xff);
  }

  @Test
  void storingTwiceLeavesTheSameObjects() throws Exception {
    start();
    answers(getMockEndpoint("mock:http:picture-txt2img"), body(PNG));

    store("https://pictures.test/1", null);
    byte[] first = object(KEY).asByteArray();
    store("https://pictures.test/1", null);

    assertThat(keys()).containsExactly(KEY_OF_ORIGINAL, KEY);
    assertThat(object(KEY).asByteArray()).isEqualTo(first);
  }

  @Test
  void aPictureThatTheModelAnsweredIsMadeOfItsOriginal() throws Exception {
    start();
    s3.putObject(
        put -> put.bucket(BUCKET).key(KEY_OF_ORIGINAL).contentType("image/png"),
        RequestBody.fromBytes(PNG));

    Exchange done = store(null, KEY_OF_ORIGINAL);

    assertThat(keys()).containsExactly(KEY_OF_ORIGINAL, KEY);
    assertThat(object(KEY).asByteArray()).startsWith(0xff, 0xd8, 0xff);
    assertThat(done.getProperty("originalKey")).isEqualTo(KEY_OF_ORIGINAL);
    assertThat(effects()).endsWith("store-image");
  }

  private Exchange store(String address, String originalKey) {
    return template.send(
        "direct:store",
        exchange -> {
          exchange.setProperty("task", originalKey == null ? paid() : inBucket(originalKey));
          exchange
              .getMessage()
              .setBody(
                  new TaskResult(
                      new TaskResult.Extra("7", null),
                      null,
                      address == null ? List.of() : List.of(new TaskResult.Image(address, null))));
        });
  }

  private List<String> keys() {
    return s3.listObjectsV2(list -> list.bucket(BUCKET)).contents().stream()
        .map(S3Object::key)
        .sorted()
        .toList();
  }

  private ResponseBytes<GetObjectResponse> object(String key) {
    return s3.getObjectAsBytes(get -> get.bucket(BUCKET).key(key));
  }

  private static byte[] png() {
    try {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      ImageIO.write(new BufferedImage(256, 384, BufferedImage.TYPE_INT_RGB), "png", bytes);
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
