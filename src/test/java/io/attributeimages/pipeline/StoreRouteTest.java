package io.attributeimages.pipeline;

import static org.apache.camel.component.aws2.s3.AWS2S3Constants.CONTENT_MD5;
import static org.apache.camel.component.aws2.s3.AWS2S3Constants.CONTENT_TYPE;
import static org.apache.camel.component.aws2.s3.AWS2S3Constants.E_TAG;
import static org.assertj.core.api.Assertions.assertThat;

import io.attributeimages.ledger.Task;
import io.attributeimages.provider.TaskResult;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.component.mock.MockEndpoint;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.dao.DataIntegrityViolationException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.S3Exception;

class StoreRouteTest extends RouteTest {

  private static final String URL = "https://pictures.test/1?signature=a%2Fb";
  private static final String KEY_OF_IMAGE = "attribute-images/age/realistic/30s-task-1.jpg";
  private static final String KEY_OF_ORIGINAL =
      "attribute-images/age/realistic/30s-task-1-original.png";
  private static final byte[] JPEG = picture("jpeg", 128, 192);

  @Test
  void thePictureIsInPlaceBeforeItsRowIs() throws Exception {
    start();
    answers(download(), body(JPEG));
    answers(s3(), stored());

    store(paid());

    assertThat(effects()).containsExactly("picture", "s3-put", "store-image");
  }

  @Test
  void thePictureIsFetchedWhileTheClaimIsRenewed() throws Exception {
    start();
    answers(download(), body(JPEG));
    answers(s3(), stored());

    store(paid());

    assertThat(effectsAndRenewals())
        .containsExactly("begin-storing", "picture", "s3-put", "store-image");
  }

  @Test
  void theLedgerKnowsTheKeyBeforeTheObjectIsThere() throws Exception {
    start();
    answers(download(), body(JPEG));
    answers(s3(), stored());

    store(paid());

    assertThat(seenBy("begin-storing").getProperty("objectKey")).isEqualTo(KEY_OF_IMAGE);
  }

  @Test
  void aPictureWhoseClaimIsLostIsLeftAlone() throws Exception {
    start();
    answers(
        sql("begin-storing"),
        exchange -> exchange.getMessage().setHeader("CamelSqlUpdateCount", 0));

    Exchange done = store(paid());

    assertThat(effectsAndRenewals()).containsExactly("begin-storing");
    assertThat(done.getException()).isNull();
  }

  @Test
  void thePictureIsFetchedFromThePresignedUrlWithoutOurKey() throws Exception {
    start();
    answers(download(), body(JPEG));
    answers(s3(), stored());

    store(paid());

    assertThat(download().getReceivedExchanges().get(0).getMessage().getHeaders())
        .containsOnly(Map.entry(Exchange.HTTP_URI, URL), Map.entry(Exchange.HTTP_PATH, ""));
  }

  @Test
  void theObjectGoesUnderItsKeyWithTypeAndCaching() throws Exception {
    start();
    answers(download(), body(JPEG));
    answers(s3(), stored());

    store(paid());

    Exchange put = s3().getReceivedExchanges().get(0);
    assertThat(put.getMessage().getHeaders())
        .containsOnly(
            Map.entry(CONTENT_TYPE, "image/jpeg"),
            Map.entry(CONTENT_MD5, Base64.getEncoder().encodeToString(md5(JPEG))),
            Map.entry("CamelAwsS3ContentControl", "public, max-age=31536000, immutable"));
    assertThat(keyOf(null, put)).isEqualTo(KEY_OF_IMAGE);
    assertThat(put.getMessage().getBody(byte[].class)).isEqualTo(JPEG);
  }

  @Test
  void theLedgerLearnsKeyUrlAndSeed() throws Exception {
    start();
    answers(download(), body(JPEG));
    answers(s3(), stored());

    store(paid());

    assertThat(seenBy("store-image").getAllProperties())
        .containsEntry("objectKey", KEY_OF_IMAGE)
        .containsEntry("imageUrl", "https://cdn.test/public/assets/" + KEY_OF_IMAGE)
        .containsEntry("seed", 5_000_000_000L);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "many"})
  void aSeedThatIsNoNumberIsNoReasonToDropThePicture(String seed) throws Exception {
    start();
    answers(download(), body(JPEG));
    answers(s3(), stored());

    store(paid(), result(seed, URL));

    assertThat(effects()).containsExactly("picture", "s3-put", "store-image");
    assertThat(seenBy("store-image").getProperty("seed")).isNull();
  }

  @Test
  void aCoverIsStoredWithTitleAndDescription() throws Exception {
    start();
    answers(download(), body(JPEG));
    answers(s3(), stored());

    store(paidCover());

    assertThat(effects()).containsExactly("picture", "s3-put", "store-cover");
    assertThat(seenBy("store-cover").getAllProperties())
        .containsEntry("coverTitle", "Realistic")
        .containsEntry("coverDescription", "Like a photo");
  }

  @Test
  void aCoverOfAStyleThatIsNoLongerInTheCatalogueKeepsTitleAndDescription() throws Exception {
    start();
    answers(download(), body(JPEG));
    answers(s3(), stored());

    store(ofStyle(paidCover(), "oil"));

    assertThat(effects()).containsExactly("picture", "s3-put", "store-cover");
    assertThat(seenBy("store-cover").getProperty("coverTitle")).isNull();
    assertThat(seenBy("store-cover").getProperty("coverDescription")).isNull();
  }

  @Test
  void whatAPictureWasMadeOfIsInPlaceBeforeIt() throws Exception {
    byte[] png = picture("png", 256, 384);
    start();
    answers(download(), body(png));
    answers(s3(), stored());

    store(paid());

    assertThat(effectsAndRenewals())
        .containsExactly(
            "begin-storing", "picture", "begin-original", "s3-put", "s3-put", "store-image");
    List<Exchange> puts = s3().getReceivedExchanges();
    assertThat(puts)
        .extracting(put -> put.getMessage().getHeader(CONTENT_TYPE))
        .containsExactly("image/png", "image/jpeg");
    assertThat(puts)
        .extracting(put -> put.getMessage().getHeader("CamelAwsS3ContentControl"))
        .containsOnly("public, max-age=31536000, immutable");
    assertThat(puts.get(0).getMessage().getBody(byte[].class)).isEqualTo(png);
    assertThat(puts.get(1).getMessage().getBody(byte[].class)).startsWith(0xff, 0xd8, 0xff);
    assertThat(seenBy("begin-original").getProperty("originalKey")).isEqualTo(KEY_OF_ORIGINAL);
    assertThat(seenBy("store-image").getAllProperties())
        .containsEntry("originalKey", KEY_OF_ORIGINAL)
        .containsEntry("objectKey", KEY_OF_IMAGE);
  }

  @Test
  void noOriginalIsKeptOfAPictureThatIsPublishedAsItCame() throws Exception {
    start();
    answers(download(), body(JPEG));
    answers(s3(), stored());

    store(paid());

    assertThat(effectsAndRenewals())
        .containsExactly("begin-storing", "picture", "s3-put", "store-image");
    assertThat(seenBy("store-image").getProperty("originalKey")).isNull();
  }

  @Test
  void noOriginalIsKeptWhereNoneIsWished() throws Exception {
    start("storage.keep-originals=false");
    answers(download(), body(picture("png", 256, 384)));
    answers(s3(), stored());

    store(paid());

    assertThat(effectsAndRenewals())
        .containsExactly("begin-storing", "picture", "s3-put", "store-image");
    assertThat(seenBy("store-image").getProperty("originalKey")).isNull();
  }

  @Test
  void anOriginalIsNotUploadedWithoutTheClaim() throws Exception {
    start();
    answers(download(), body(picture("png", 256, 384)));
    answers(sql("begin-original"), updated(0));

    Exchange done = store(paid());

    assertThat(effectsAndRenewals()).containsExactly("begin-storing", "picture", "begin-original");
    assertThat(done.getException()).isNull();
  }

  @Test
  void aStoreThatRefusesTheOriginalDoesNotCostThePicture() throws Exception {
    start();
    answers(download(), body(picture("png", 256, 384)));
    answers(s3(), failure(SdkClientException.create("reset")), stored());

    store(paid());

    assertThat(effects()).containsExactly("picture", "s3-put", "s3-put", "s3-put", "store-image");
    assertThat(s3().getReceivedExchanges())
        .extracting(put -> put.getMessage().getHeader(CONTENT_TYPE))
        .containsExactly("image/png", "image/png", "image/jpeg");
  }

  @Test
  void aPictureThatTheModelAnsweredIsReadFromTheBucket() throws Exception {
    start();
    answers(s3(), body(picture("png", 256, 384)), stored());

    storeFromBucket(KEY_OF_ORIGINAL);

    assertThat(effectsAndRenewals())
        .containsExactly("begin-storing", "s3-get", "s3-put", "store-image");
    assertThat(s3().getReceivedExchanges().get(1).getMessage().getHeader(CONTENT_TYPE))
        .isEqualTo("image/jpeg");
    assertThat(seenBy("store-image").getProperty("originalKey")).isEqualTo(KEY_OF_ORIGINAL);
  }

  @ParameterizedTest
  @CsvSource({"png, storage.keep-originals=false", "jpeg, storage.keep-originals=true"})
  void whatTheBucketNeedNotKeepIsNoOriginalAnyMore(String format, String setting) throws Exception {
    start(setting);
    answers(s3(), body(picture(format, 128, 192)), stored());

    storeFromBucket(KEY_OF_ORIGINAL);

    assertThat(effects()).containsExactly("s3-get", "s3-put", "store-image");
    assertThat(seenBy("store-image").getProperty("originalKey")).isNull();
  }

  @Test
  void anOriginalThatCannotBeReadNowIsReadLater() throws Exception {
    start();
    answers(s3(), failure(SdkClientException.create("reset")));

    storeFromBucket(KEY_OF_ORIGINAL);

    assertThat(effects()).containsExactly("s3-get", "s3-get", "s3-get", "s3-get", "collect-later");
    assertThat(failureSeenBy("collect-later").reason()).isEqualTo("STORAGE_FAILED");
  }

  @Test
  void anUploadThatArrivedDifferentlyLeavesNoRow() throws Exception {
    start();
    answers(download(), body(JPEG));
    answers(s3(), eTag("\"0123\""), body(new byte[] {1}));

    store(paid());

    assertThat(effects()).containsExactly("picture", "s3-put", "s3-get", "collect-later");
    assertThat(failureSeenBy("collect-later").reason()).isEqualTo("STORED_DIFFERENTLY");
  }

  /** Of objects that are encrypted, or came in parts, or behind a proxy, or of a file system. */
  @ParameterizedTest
  @NullSource
  @ValueSource(
      strings = {
        "\"0cc175b9c0f1b6a831c399e269772661\"",
        "\"0cc175b9c0f1b6a831c399e269772661-1\"",
        "W/\"0cc175b9c0f1b6a831c399e269772661\"",
        "\"1764500000\""
      })
  void whereTheETagIsNoMd5TheObjectIsReadBackOnce(String eTag) throws Exception {
    start();
    answers(download(), body(JPEG));
    answers(s3(), eTag(eTag), body(JPEG));

    store(paid());

    assertThat(effects()).containsExactly("picture", "s3-put", "s3-get", "store-image");
  }

  @ParameterizedTest
  @CsvSource({
    "413, EntityTooLarge, raise the size limit of the bucket 'assets'",
    "415, InvalidMimeType, let the bucket 'assets' take image/jpeg",
    "400, InvalidKey, check storage.prefix",
    "404, NoSuchBucket, create the bucket 'assets' as a public one",
    "403, AccessDenied, check storage.region"
  })
  void whatTheStoreRefusesForGoodIsSentOnceAndCounted(int status, String code, String cure)
      throws Exception {
    start();
    answers(download(), body(JPEG));
    answers(s3(), failure(refusal(status, code)));

    store(paid());

    assertThat(effects()).containsExactly("picture", "s3-put", "collect-later", "brake");
    assertThat(failureSeenBy("collect-later").reason()).isEqualTo("STORAGE_REFUSED");
    assertThat(failureSeenBy("collect-later").status()).isEqualTo(status);
    assertThat(failureSeenBy("collect-later").message()).contains("(" + code + ")", cure);
    assertThat(seenBy("brake").getProperty("brake")).isEqualTo("STORE");
  }

  /** As a store that does not read a body that is too large to its end. */
  @Test
  void aStoreThatHangsUpOnAPictureIsAskedAgainAndThenCounted() throws Exception {
    start();
    answers(download(), body(JPEG));
    answers(s3(), failure(SdkClientException.create("no", new SocketException("Broken pipe"))));

    store(paid());

    assertThat(effects())
        .containsExactly(
            "picture", "s3-put", "s3-put", "s3-put", "s3-put", "collect-later", "brake");
    assertThat(failureSeenBy("collect-later").message()).contains("raise the size limit");
    assertThat(seenBy("brake").getProperty("brake")).isEqualTo("STORE");
  }

  /** Another matter the next time. */
  @ParameterizedTest
  @CsvSource({"500, InternalError", "503, SlowDown", "429, TooManyRequests", "408, RequestTimeout"})
  void whatTheStoreMayTakeLaterIsSentAgain(int status, String code) throws Exception {
    start();
    answers(download(), body(JPEG));
    answers(s3(), failure(refusal(status, code)));

    store(paid());

    assertThat(effects())
        .containsExactly("picture", "s3-put", "s3-put", "s3-put", "s3-put", "collect-later");
    assertThat(failureSeenBy("collect-later").reason()).isEqualTo("STORAGE_FAILED");
  }

  private static Processor eTag(String eTag) {
    return exchange -> exchange.getMessage().setHeader(E_TAG, eTag);
  }

  @ParameterizedTest
  @MethodSource("noPictures")
  void whatIsNoWholePictureIsFetchedAgainLater(byte[] bytes) throws Exception {
    start();
    answers(download(), body(bytes));

    store(paid());

    assertThat(effects()).containsExactly("picture", "collect-later");
    assertThat(failureSeenBy("collect-later").reason()).isEqualTo("NOT_A_PICTURE");
  }

  static List<byte[]> noPictures() {
    return List.of(
        new byte[0],
        HTML.getBytes(StandardCharsets.UTF_8),
        Arrays.copyOf(JPEG, JPEG.length / 2),
        picture("gif", 128, 192));
  }

  @Test
  void aPictureOfAnotherSizeIsADeadLetterThatCanBeReplayed() throws Exception {
    start();
    answers(download(), body(picture("jpeg", 192, 128)));

    store(paid());

    assertThat(effects()).containsExactly("picture", "dead-letter", "brake");
    assertThat(seenBy("brake").getProperty("brake")).isEqualTo("PICTURE");
    assertThat(failureSeenBy("dead-letter").reason()).isEqualTo("WRONG_SIZE");
    assertThat(failureSeenBy("dead-letter").lost()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 403, 404, 410})
  void aDeadUrlIsNotTriedTwice(int status) throws Exception {
    start();
    answers(download(), error(status, "<Error/>", Map.of()));

    store(paid());

    assertThat(effects()).containsExactly("picture", "collect-later");
    assertThat(failureSeenBy("collect-later").status()).isEqualTo(status);
    assertThat(failureSeenBy("collect-later").reason()).isEqualTo("DOWNLOAD_FAILED");
  }

  @Test
  void aDownloadThatBreaksIsRepeated() throws Exception {
    start();
    Processor reset = failure(new SocketException("Connection reset"));
    answers(download(), reset, error(503, HTML, Map.of()), body(JPEG));
    answers(s3(), stored());

    store(paid());

    assertThat(effects()).containsExactly("picture", "picture", "picture", "s3-put", "store-image");
  }

  @Test
  void aDownloadThatKeepsBreakingIsFetchedAgainLater() throws Exception {
    start();
    answers(download(), failure(new SocketException("Connection reset")));

    store(paid());

    assertThat(effects())
        .containsExactly("picture", "picture", "picture", "picture", "collect-later");
    assertThat(failureSeenBy("collect-later").reason()).isEqualTo("DOWNLOAD_FAILED");
  }

  @ParameterizedTest
  @MethodSource("storeFailures")
  void aStoreThatFailsDoesNotCostThePicture(Exception failure) throws Exception {
    start();
    answers(download(), body(JPEG));
    answers(s3(), failure(failure));

    store(paid());

    assertThat(effects())
        .containsExactly("picture", "s3-put", "s3-put", "s3-put", "s3-put", "collect-later");
    assertThat(failureSeenBy("collect-later").reason()).isEqualTo("STORAGE_FAILED");
    assertThat(failureSeenBy("collect-later").lost()).isFalse();
  }

  static List<Exception> storeFailures() {
    return List.of(
        (Exception) S3Exception.builder().statusCode(502).message("Bad Gateway").build(),
        SdkClientException.create("Unable to execute HTTP request"));
  }

  @Test
  void aStoreThatComesBackGetsTheSameBytes() throws Exception {
    start();
    answers(download(), body(JPEG));
    answers(s3(), failure(SdkClientException.create("reset")), stored());

    store(paid());

    assertThat(effects()).containsExactly("picture", "s3-put", "s3-put", "store-image");
    assertThat(s3().getReceivedExchanges().get(1).getMessage().getBody(byte[].class))
        .isEqualTo(JPEG);
  }

  @Test
  void aPictureThatCannotBeStoredForADayIsADeadLetterThatCanBeReplayed() throws Exception {
    start("pipeline.give-up-after=24h");
    answers(download(), error(403, "", Map.of()));

    store(setBack(paid(), 700, Duration.ofHours(25)));

    assertThat(effects()).containsExactly("picture", "dead-letter", "brake");
    assertThat(failureSeenBy("dead-letter").lost()).isFalse();
  }

  @Test
  void aResultWithoutAPictureIsAskedForAgainLater() throws Exception {
    start();

    store(paid(), result("1", null));

    assertThat(effects()).containsExactly("collect-later");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"23514", "22001", "42P01", "P0001", "55000", "0A000", "54000", "XX000", "57014"})
  void aRowThatTheDatabaseRefusesIsTriedLater(String state) throws Exception {
    start();
    answers(download(), body(JPEG));
    answers(s3(), stored());
    answers(sql("store-image"), databaseFailure(state));

    store(setBack(paid(), 1, Duration.ofHours(1)));

    assertThat(effects())
        .containsExactly("picture", "s3-put", "store-image", "collect-later", "brake");
    assertThat(failureSeenBy("collect-later"))
        .isEqualTo(Failure.of("LEDGER_REFUSED", "The database refuses the row: it was so"));
    assertThat(seenBy("brake").getProperty("brake")).isEqualTo("PICTURE");
  }

  @Test
  void aRowThatBreaksARuleOfTheDatabaseIsTriedLater() throws Exception {
    start();
    answers(download(), body(JPEG));
    answers(s3(), stored());
    answers(
        sql("store-image"),
        failure(new DataIntegrityViolationException("no", new SQLException("violates", "23514"))));

    store(paid());

    assertThat(effects()).containsExactly("picture", "s3-put", "store-image", "collect-later");
    assertThat(failureSeenBy("collect-later").reason()).isEqualTo("LEDGER_REFUSED");
  }

  @ParameterizedTest
  @ValueSource(strings = {"23514", "P0001", "55000", "0A000", "54000", "XX000", "57014"})
  void aRowThatTheDatabaseRefusesForADayIsADeadLetterThatCanBeReplayed(String state)
      throws Exception {
    start("pipeline.give-up-after=24h");
    answers(download(), body(JPEG));
    answers(s3(), stored());
    answers(sql("store-image"), databaseFailure(state));

    store(setBack(paid(), 700, Duration.ofHours(25)));

    assertThat(effects())
        .containsExactly("picture", "s3-put", "store-image", "dead-letter", "brake");
    assertThat(failureSeenBy("dead-letter").reason()).isEqualTo("LEDGER_REFUSED");
    assertThat(failureSeenBy("dead-letter").lost()).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      value = {
        "08001", "08006", "53300", "57P01", "57P03", "58030", "40001", "40P01", "55P03", "-"
      },
      nullValues = "-")
  void whileTheDatabaseIsNotWellAPictureWaitsForHoweverLong(String state) throws Exception {
    start("pipeline.give-up-after=24h");
    answers(download(), body(JPEG));
    answers(s3(), stored());
    answers(sql("store-image"), databaseFailure(state));

    store(setBack(paid(), 700, Duration.ofHours(25)));

    assertThat(effects())
        .containsExactly("picture", "s3-put", "store-image", "collect-later", "brake");
    assertThat(failureSeenBy("collect-later"))
        .isEqualTo(Failure.of("LEDGER_FAILED", "The database did not take the row: it was so"));
    assertThat(outages.outages()).extracting(OutageLog.Outage::route).containsExactly("store");
  }

  @Test
  void aClaimThatCannotBeRenewedNowFetchesNoPicture() throws Exception {
    start();
    answers(sql("begin-storing"), databaseAway());

    store(paid());

    assertThat(effects()).containsExactly("collect-later");
    assertThat(failureSeenBy("collect-later").reason()).isEqualTo("LEDGER_FAILED");
  }

  @Test
  void aDatabaseThatIsAwayLeavesTheTaskToItsLease() throws Exception {
    start();
    answers(download(), body(JPEG));
    answers(s3(), stored());
    answers(sql("store-image"), databaseAway());
    answers(sql("collect-later"), databaseAway());

    Exchange done = store(paid());

    assertThat(effects()).containsExactly("picture", "s3-put", "store-image", "collect-later");
    assertThat(done.getException()).isNull();
  }

  @Test
  void aRowThatCannotBeWrittenNowIsWrittenLater() throws Exception {
    start();
    answers(download(), body(JPEG));
    answers(s3(), stored());
    answers(sql("store-image"), databaseAway());

    store(paid());

    assertThat(failureSeenBy("collect-later").reason()).isEqualTo("LEDGER_FAILED");
  }

  private Exchange store(Task task) {
    return store(task, result("5000000000", URL));
  }

  private Exchange store(Task task, TaskResult result) {
    return template.send(
        "direct:store",
        exchange -> {
          exchange.setProperty("task", task);
          exchange.getMessage().setBody(result);
          exchange.getMessage().setHeader("Authorization", "Bearer secret");
        });
  }

  /** A picture that the answer had in it: where it may still be on its way, it is waited for. */
  @ParameterizedTest
  @CsvSource({"PT1M, collect-later", "PT10M, resubmit-failed"})
  void aPictureThatIsNotInTheBucketIsLostOnlyAfterAWhile(Duration age, String effect)
      throws Exception {
    start("pipeline.lease=30s");
    answers(s3(), failure(NoSuchKeyException.builder().message("no such key").build()));
    Map<String, Object> row = row(inBucket(KEY_OF_ORIGINAL));
    row.put("submitted_at", Timestamp.from(Instant.now().minus(age)));

    store(Task.fromRow(row));

    assertThat(effects()).contains(effect).doesNotContain("store-image");
  }

  /** The model answered the picture itself, which is under that key. */
  private void storeFromBucket(String key) {
    template.send(
        "direct:store",
        exchange -> {
          exchange.setProperty("task", inBucket(key));
          exchange
              .getMessage()
              .setBody(new TaskResult(new TaskResult.Extra("7", null), null, List.of()));
        });
  }

  private static Task ofStyle(Task task, String style) {
    Map<String, Object> row = row(task);
    row.put("style", style);
    return Task.fromRow(row);
  }

  private static TaskResult result(String seed, String url) {
    return new TaskResult(
        new TaskResult.Extra(seed, null),
        new TaskResult.Task("task-1", "TASK_STATUS_SUCCEED", ""),
        List.of(new TaskResult.Image(url, null)));
  }

  private MockEndpoint download() {
    return getMockEndpoint("mock:http:picture-txt2img");
  }

  private static byte[] picture(String format, int width, int height) {
    try {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      ImageIO.write(new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB), format, bytes);
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
