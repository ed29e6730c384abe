package io.attributeimages.storage;

import io.attributeimages.catalog.Slug;
import jakarta.enterprise.context.ApplicationScoped;

/**
 * Object keys and public URLs. A key derives from the Novita task id, so storing a picture twice
 * overwrites the same object, and a picture that replaces another never has its URL.
 */
@ApplicationScoped
public class ObjectKeys {

  private static final String SUPABASE_S3 = "/storage/v1/s3";

  private final String prefix;
  private final String publicBase;

  /** Keys and URLs in the bucket of the settings. */
  public ObjectKeys(StorageSettings settings) {
    this.prefix = settings.prefix().replaceAll("^/+|/+$", "");
    this.publicBase =
        withoutSlash(
                settings
                    .publicBaseUrl()
                    .orElseGet(() -> derivedBase(settings.endpoint().orElse(""))))
            + "/"
            + settings.bucket()
            + "/";
  }

  /**
   * The key of an image's picture, such as {@code attribute-images/age/realistic/30s-<task>.jpg}.
   */
  public String key(String category, String value, String style, String taskId) {
    return path(category, value, style, taskId) + ".jpg";
  }

  /**
   * The key of what that picture was made of, such as {@code
   * attribute-images/age/realistic/30s-<task>-original.png}.
   */
  public String originalKey(
      String category, String value, String style, String taskId, PictureFormat format) {
    return path(category, value, style, taskId) + "-original." + format.extension();
  }

  private String path(String category, String value, String style, String taskId) {
    // the id alone makes it unique: names may have nothing that a key is made of
    String path = part(category) + "/" + part(style) + "/" + part(value) + "-" + taskId;
    return prefix.isEmpty() ? path : prefix + "/" + path;
  }

  private static String part(String name) {
    String slug = Slug.of(name);
    return slug.isEmpty() ? "x" : slug;
  }

  /** What every key starts with. */
  public String prefix() {
    return prefix;
  }

  /** Where anyone can see the object. */
  public String publicUrl(String key) {
    return publicBase + key;
  }

  /** Supabase serves public objects beside its S3 endpoint; other stores at the endpoint itself. */
  static String derivedBase(String endpoint) {
    String base = withoutSlash(endpoint);
    return base.endsWith(SUPABASE_S3)
        ? base.substring(0, base.length() - SUPABASE_S3.length())
                .replace(".storage.supabase.co", ".supabase.co")
            + "/storage/v1/object/public"
        : base;
  }

  private static String withoutSlash(String url) {
    return url.replaceAll("/+$", "");
  }
}
