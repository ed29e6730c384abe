package io.attributeimages.storage;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.Optional;

/** Where the pictures go. */
@ConfigMapping(prefix = "storage")
public interface StorageSettings {

  /** The S3 endpoint; always addressed path style. */
  Optional<String> endpoint();

  /** The store's region. */
  @WithDefault("us-east-1")
  String region();

  /** The access key. */
  Optional<String> accessKeyId();

  /** Its secret. Never logged. */
  Optional<String> secretAccessKey();

  /** The bucket, which must exist and be public. */
  @WithDefault("assets")
  String bucket();

  /** The first part of every object key. */
  @WithDefault("attribute-images")
  String prefix();

  /**
   * What a public URL starts with, before the bucket; derived from the endpoint where it is not
   * set.
   */
  Optional<String> publicBaseUrl();

  /** The largest picture that is accepted, in bytes. */
  @WithDefault("10485760")
  long maxImageBytes();

  /** What is done with a picture of other proportions than the catalogue's. */
  @WithDefault("cover")
  Fit fit();

  /** The quality of the JPEGs that are made, from 0.5 to 1. */
  @WithDefault("0.88")
  float jpegQuality();

  /** Whether what a published picture was made of stays in the bucket beside it. */
  @WithDefault("true")
  boolean keepOriginals();

  /** How long a replaced picture stays in the bucket, as caches may still refer to it. */
  @WithDefault("1h")
  Duration removeReplacedAfter();

  /** How a picture gets other proportions. */
  enum Fit {
    /** It fills its place, and what is beyond it on two sides is cut off. */
    COVER,
    /** All of it is seen, on a blurred copy of itself. */
    CONTAIN
  }
}
