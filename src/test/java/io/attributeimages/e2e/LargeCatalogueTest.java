package io.attributeimages.e2e;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.path.json.JsonPath;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A catalogue of 25,000 images, which is read a page at a time. */
@QuarkusTest
@TestProfile(LargeCatalogueTest.Large.class)
class LargeCatalogueTest extends EndToEndTest {

  private static final int VALUES = 25_000;

  /** The program with that catalogue. */
  public static final class Large implements QuarkusTestProfile {

    @Override
    public Map<String, String> getConfigOverrides() {
      StringBuilder yaml = new StringBuilder("size: {width: 512, height: 768}\ncategories:\n");
      yaml.append("  - name: look\n    values:\n");
      for (int i = 0; i < VALUES; i++) {
        yaml.append("      - {name: v%05d, description: adult number %d}\n".formatted(i, i));
      }
      yaml.append(
          "styles:\n  - {name: plain, title: Plain, description: Plain, prompt: \"photo of {value}\","
              + " cover-prompt: a photo}\n");
      try {
        Path file = Files.createTempFile("catalogue", ".yaml");
        file.toFile().deleteOnExit();
        return Map.of("catalog.location", Files.writeString(file, yaml).toString());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Test
  void itIsPagedThroughToItsLastImage() {
    List<Integer> positions = new ArrayList<>();
    Object next = "";
    do {
      JsonPath page = images("limit=500&after=" + next);
      assertThat(page.getInt("total")).isEqualTo(VALUES + 1);
      positions.addAll(page.getList("images.position", Integer.class));
      next = page.get("next");
    } while (next != null);

    assertThat(positions).hasSize(VALUES + 1).isSorted().doesNotHaveDuplicates();
  }

  @Test
  void aRareStateIsLookedForInBoundedStepsAndFound() {
    sql.update(
        """
        INSERT INTO attribute_images (category, value, style, image_url)
        VALUES ('look', 'v24999', 'plain', 'https://pictures.test/1')""");

    JsonPath first = images("state=STORED");
    assertThat(first.getList("images")).isEmpty();
    assertThat(first.getInt("next")).isEqualTo(19_999);

    JsonPath second = images("state=STORED&after=" + first.getInt("next"));
    assertThat(second.getList("images.value")).containsExactly("v24999");
    assertThat(second.<Object>get("next")).isNull();
  }

  @Test
  void anyImageIsFound() {
    JsonPath one = images("category=look&value=v12345&style=plain");

    assertThat(one.getList("images.position")).containsExactly(12_345);
    assertThat(one.getInt("total")).isEqualTo(1);
  }

  private static JsonPath images(String query) {
    return given().get("/api/images?" + query).then().statusCode(200).extract().jsonPath();
  }
}
