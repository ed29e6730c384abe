package io.attributeimages.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.ResponseBytes;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.apache.ApacheHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.S3Exception;

class EmbeddedS3Test {
  private static final String BUCKET = "assets";
  private static final String KEY = "attribute-images/age/30s-realistic.jpeg";
  private static final byte[] CONTENT = {1, 2, 3, (byte) 0xFF};

  @TempDir Path dataDir;
  private EmbeddedS3 s3;

  @BeforeEach
  void start() {
    s3 = EmbeddedS3.start(dataDir, BUCKET);
  }

  @AfterEach
  void stop() {
    s3.close();
  }

  @Test
  void anObjectIsReadAsItWasWritten() {
    try (S3Client client = client(s3, s3.secretAccessKey())) {
      put(client);

      ResponseBytes<GetObjectResponse> read = get(client, KEY);

      assertThat(read.asByteArray()).isEqualTo(CONTENT);
      assertThat(read.response().contentType()).isEqualTo("image/jpeg");
    }
  }

  @Test
  void objectsAndCredentialsSurviveARestart() {
    try (S3Client client = client(s3, s3.secretAccessKey())) {
      put(client);
    }
    String accessKeyId = s3.accessKeyId();
    String secretAccessKey = s3.secretAccessKey();
    s3.close();

    s3 = EmbeddedS3.start(dataDir, BUCKET);

    assertThat(s3.accessKeyId()).isEqualTo(accessKeyId);
    try (S3Client client = client(s3, secretAccessKey)) {
      assertThat(get(client, KEY).asByteArray()).isEqualTo(CONTENT);
    }
  }

  @Test
  void aDeletedObjectIsGone() {
    try (S3Client client = client(s3, s3.secretAccessKey())) {
      put(client);

      client.deleteObject(request -> request.bucket(BUCKET).key(KEY));

      assertThatThrownBy(() -> get(client, KEY)).isInstanceOf(NoSuchKeyException.class);
    }
  }

  @Test
  void aWrongSecretIsRefused() {
    try (S3Client client = client(s3, "guessed")) {
      assertThatThrownBy(() -> put(client))
          .isInstanceOfSatisfying(
              S3Exception.class, refusal -> assertThat(refusal.statusCode()).isEqualTo(403));
    }
  }

  @Test
  void anUnsignedReadIsRefused() throws Exception {
    try (S3Client client = client(s3, s3.secretAccessKey())) {
      put(client);
    }
    URI object = s3.endpoint().resolve("/" + BUCKET + "/" + KEY);

    HttpResponse<Void> answer =
        HttpClient.newHttpClient()
            .send(HttpRequest.newBuilder(object).build(), HttpResponse.BodyHandlers.discarding());

    assertThat(answer.statusCode()).isEqualTo(403);
  }

  @Test
  void onlyTheOwnerReadsTheCredentials() throws Exception {
    Path file = dataDir.resolve("s3-credentials.properties");

    assertThat(file).exists();
    if (Files.getFileStore(file).supportsFileAttributeView("posix")) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
          .isEqualTo("rw-------");
    }
  }

  private static void put(S3Client client) {
    client.putObject(
        request -> request.bucket(BUCKET).key(KEY).contentType("image/jpeg"),
        RequestBody.fromBytes(CONTENT));
  }

  private static ResponseBytes<GetObjectResponse> get(S3Client client, String key) {
    return client.getObjectAsBytes(request -> request.bucket(BUCKET).key(key));
  }

  private static S3Client client(EmbeddedS3 s3, String secretAccessKey) {
    return S3Client.builder()
        .endpointOverride(s3.endpoint())
        .region(Region.US_EAST_1)
        .credentialsProvider(
            StaticCredentialsProvider.create(
                AwsBasicCredentials.create(s3.accessKeyId(), secretAccessKey)))
        .forcePathStyle(true)
        .serviceConfiguration(configuration -> configuration.chunkedEncodingEnabled(false))
        .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
        .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
        .httpClientBuilder(ApacheHttpClient.builder())
        .build();
  }
}
