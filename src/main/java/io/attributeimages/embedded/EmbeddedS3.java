package io.attributeimages.embedded;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.gaul.s3proxy.AuthenticationType;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobApiMetadata;
import org.jclouds.ContextBuilder;
import org.jclouds.blobstore.BlobStore;
import org.jclouds.blobstore.BlobStoreContext;

/**
 * An S3 server on the file system, for a machine that has no account: objects under {@code
 * <dataDir>/s3}, a random port on the loopback interface, requests signed with a random key pair
 * that is made at first start and kept in {@code <dataDir>/s3-credentials.properties}.
 *
 * <p>Unsigned reads are refused with 403 and there are no ACLs: public URLs have to be served by
 * somebody who reads the object with these credentials. Clients need path-style access, and
 * checksums and chunked encoding off.
 */
public final class EmbeddedS3 implements AutoCloseable {
  /** Held on to, since the JDK forgets the level of a logger that nobody refers to. */
  private static final Logger LIBRARY_LOGGER = Logger.getLogger("org.gaul");

  private static final String ACCESS_KEY_ID = "access-key-id";
  private static final String SECRET_ACCESS_KEY = "secret-access-key";

  private final S3Proxy server;
  private final BlobStoreContext context;
  private final Properties credentials;

  private EmbeddedS3(S3Proxy server, BlobStoreContext context, Properties credentials) {
    this.server = server;
    this.context = context;
    this.credentials = credentials;
  }

  /**
   * Starts the server and creates the bucket if it is missing.
   *
   * @param dataDir the path of a {@link DataDirectory} that this program has locked
   * @throws EmbeddedServiceException when the directory is not writable or no port is free
   */
  public static EmbeddedS3 start(Path dataDir, String bucket) {
    LIBRARY_LOGGER.setLevel(Level.SEVERE); // its callers say what it refused
    Path objects = dataDir.toAbsolutePath().normalize().resolve("s3");
    BlobStoreContext context = null;
    try {
      Files.createDirectories(objects);
      Properties credentials =
          SecretsFile.readOrCreate(
              objects.resolveSibling("s3-credentials.properties"),
              ACCESS_KEY_ID,
              SECRET_ACCESS_KEY);
      context = openStore(objects);
      BlobStore store = context.getBlobStore();
      store.createContainerInLocation(null, bucket);
      S3Proxy server =
          S3Proxy.builder()
              .blobStore(store)
              .awsAuthentication(
                  AuthenticationType.AWS_V2_OR_V4,
                  credentials.getProperty(ACCESS_KEY_ID),
                  credentials.getProperty(SECRET_ACCESS_KEY))
              .endpoint(URI.create("http://127.0.0.1:0"))
              .build();
      server.start();
      return new EmbeddedS3(server, context, credentials);
    } catch (Exception e) { // S3Proxy.start declares no narrower type
      if (context != null) {
        context.close();
      }
      throw new EmbeddedServiceException(
          "The embedded S3 server in " + objects + " does not start: " + e.getMessage(), e);
    }
  }

  private static BlobStoreContext openStore(Path objects) throws IOException {
    Properties overrides = new Properties();
    overrides.setProperty("jclouds.filesystem.basedir", objects.toString());
    return ContextBuilder.newBuilder(new FilesystemNio2BlobApiMetadata())
        .credentials("identity", "credential")
        .overrides(overrides)
        .build(BlobStoreContext.class);
  }

  /** {@code http://127.0.0.1:<port>}; the port changes at every start. */
  public URI endpoint() {
    return URI.create("http://127.0.0.1:" + server.getPort());
  }

  public String accessKeyId() {
    return credentials.getProperty(ACCESS_KEY_ID);
  }

  public String secretAccessKey() {
    return credentials.getProperty(SECRET_ACCESS_KEY);
  }

  /** Stops the server. The objects stay. */
  @Override
  public void close() {
    try (context) {
      server.stop();
    } catch (Exception e) { // S3Proxy.stop declares no narrower type
      throw new EmbeddedServiceException("The embedded S3 server did not stop cleanly", e);
    }
  }
}
