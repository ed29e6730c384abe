package io.attributeimages.storage;

import io.quarkus.arc.Unremovable;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import java.net.ProxySelector;
import java.net.URI;
import java.time.Duration;
import org.apache.http.impl.conn.SystemDefaultRoutePlanner;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.http.apache.ApacheHttpClient;
import software.amazon.awssdk.http.apache.ProxyConfiguration;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * Makes the S3 client that camel-aws2-s3 uses. Path style, plain bodies and checksums only where
 * required are what Supabase and other S3 compatible stores understand; the Apache client reports
 * wrong credentials as such.
 */
@ApplicationScoped
public class S3Clients {

  /**
   * With its repetitions. The routes have ten seconds more to stop, to give back what waits behind
   * it.
   */
  private static final Duration MAX_CALL = Duration.ofSeconds(15);

  /** The client for the store of the settings. */
  @Produces
  @ApplicationScoped
  @Unremovable
  public S3Client client(StorageSettings settings) {
    return S3Client.builder()
        .endpointOverride(URI.create(settings.endpoint().orElseThrow()))
        .region(Region.of(settings.region()))
        .credentialsProvider(
            StaticCredentialsProvider.create(
                AwsBasicCredentials.create(
                    settings.accessKeyId().orElseThrow(),
                    settings.secretAccessKey().orElseThrow())))
        .forcePathStyle(true)
        .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
        .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
        .serviceConfiguration(s3 -> s3.chunkedEncodingEnabled(false))
        .httpClientBuilder(
            ApacheHttpClient.builder()
                // by the rule of all clients: its own takes http.proxyHost for https, too
                .proxyConfiguration(
                    ProxyConfiguration.builder()
                        .useSystemPropertyValues(false)
                        .useEnvironmentVariableValues(false)
                        .build())
                .httpRoutePlanner(new SystemDefaultRoutePlanner(ProxySelector.getDefault()))
                .connectionTimeout(Duration.ofSeconds(5))
                .socketTimeout(Duration.ofSeconds(10)))
        .overrideConfiguration(c -> c.apiCallTimeout(MAX_CALL))
        .build();
  }

  void close(@Disposes S3Client client) {
    client.close();
  }
}
