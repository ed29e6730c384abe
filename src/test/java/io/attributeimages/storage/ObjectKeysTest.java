package io.attributeimages.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.attributeimages.support.TestSettings;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ObjectKeysTest {

  @Test
  void aKeyDerivesFromTheImageAndItsNovitaTask() {
    assertThat(keys().key("age", "30s", "realistic", "task-1"))
        .isEqualTo("attribute-images/age/realistic/30s-task-1.jpg");
    assertThat(keys().key("style", "cover", "anime", "task-2"))
        .isEqualTo("attribute-images/style/anime/cover-task-2.jpg");
  }

  @ParameterizedTest
  @CsvSource({"JPEG, jpg", "PNG, png", "WEBP, webp"})
  void whatAPictureWasMadeOfStandsBesideIt(PictureFormat format, String extension) {
    assertThat(keys().originalKey("age", "30s", "realistic", "task-1", format))
        .isEqualTo("attribute-images/age/realistic/30s-task-1-original." + extension);
  }

  @Test
  void storingTwiceOverwritesAndRegeneratingDoesNot() {
    ObjectKeys keys = keys();
    Set<String> distinct = new HashSet<>();
    distinct.add(keys.key("age", "30s", "realistic", "task-1"));
    distinct.add(keys.key("age", "30s", "realistic", "task-1"));
    distinct.add(keys.key("age", "30s", "realistic", "task-2"));
    distinct.add(keys.key("age", "40s", "realistic", "task-1"));
    distinct.add(keys.key("age", "30s", "anime", "task-1"));
    distinct.add(keys.key("body", "30s", "realistic", "task-1"));

    assertThat(distinct).hasSize(5);
  }

  @Test
  void namesAreMadeFitForUrls() {
    assertThat(keys().key("Hair colour", "Süß & neu", "../Öl?", "AbC_1-2"))
        .isEqualTo("attribute-images/hair-colour/ol/su-neu-AbC_1-2.jpg");
  }

  @ParameterizedTest
  @CsvSource({
    "cards, cards/age/oil/30s-t.jpg",
    "/cards/, cards/age/oil/30s-t.jpg",
    "//cards/2024//, cards/2024/age/oil/30s-t.jpg",
    "/, age/oil/30s-t.jpg",
  })
  void thePrefixNeedsNoSlashes(String prefix, String key) {
    assertThat(keys("storage.prefix=" + prefix).key("age", "30s", "oil", "t")).isEqualTo(key);
  }

  @ParameterizedTest
  @CsvSource({
    "https://abc.storage.supabase.co/storage/v1/s3,"
        + "https://abc.supabase.co/storage/v1/object/public",
    "https://abc.storage.supabase.co/storage/v1/s3/,"
        + "https://abc.supabase.co/storage/v1/object/public",
    "https://abc.supabase.co/storage/v1/s3, https://abc.supabase.co/storage/v1/object/public",
    "http://supabase.example.org:8000/storage/v1/s3,"
        + "http://supabase.example.org:8000/storage/v1/object/public",
    "https://s3.example.org, https://s3.example.org",
    "https://s3.example.org/, https://s3.example.org",
    "http://127.0.0.1:9000, http://127.0.0.1:9000",
  })
  void thePublicUrlIsDerivedFromTheEndpoint(String endpoint, String base) {
    assertThat(keys("storage.endpoint=" + endpoint).publicUrl("a/b.jpg"))
        .isEqualTo(base + "/assets/a/b.jpg");
  }

  @ParameterizedTest
  @ValueSource(strings = {"https://cdn.example.org/public", "https://cdn.example.org/public//"})
  void aPublicUrlThatIsSetWins(String base) {
    assertThat(
            keys(
                    "storage.public-base-url=" + base,
                    "storage.bucket=cards",
                    "storage.endpoint=https://abc.storage.supabase.co/storage/v1/s3")
                .publicUrl("a/b.jpg"))
        .isEqualTo("https://cdn.example.org/public/cards/a/b.jpg");
  }

  private static ObjectKeys keys(String... settings) {
    return new ObjectKeys(TestSettings.of(StorageSettings.class, settings));
  }
}
