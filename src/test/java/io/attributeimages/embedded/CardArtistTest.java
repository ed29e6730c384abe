package io.attributeimages.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CardArtistTest {
  private static final CardLabel LABEL = new CardLabel("age", "30s", "realistic");

  private final CardArtist artist = new CardArtist();

  @ParameterizedTest
  @CsvSource({"512,768", "128,128", "1024,512", "300,2048"})
  void thePictureHasTheSizeAskedFor(int width, int height) throws IOException {
    for (CardArtist.Format format : CardArtist.Format.values()) {
      BufferedImage picture = read(artist.drawCard(LABEL, 1, width, height, format));

      assertThat(picture.getWidth()).isEqualTo(width);
      assertThat(picture.getHeight()).isEqualTo(height);
    }
  }

  @Test
  void theSameArgumentsGiveTheSameBytes() {
    assertThat(jpeg(LABEL, 4_294_967_299L))
        .isEqualTo(
            new CardArtist().drawCard(LABEL, 4_294_967_299L, 512, 768, CardArtist.Format.JPEG));
  }

  @Test
  void everyLabelGivesItsOwnPicture() {
    Set<Integer> pictures = new HashSet<>();
    int labels = 0;
    for (String category : List.of("age", "body", "ethnicity", "hair")) {
      for (String value : List.of("20s", "30s", "70s", "slim", "muscular", "Latina")) {
        for (String style : List.of("realistic", "anime", "watercolour")) {
          pictures.add(Arrays.hashCode(jpeg(new CardLabel(category, value, style), 1)));
          labels++;
        }
      }
    }
    assertThat(pictures).hasSize(labels);
  }

  @Test
  void anotherSeedGivesAnotherPerson() {
    assertThat(jpeg(LABEL, 1)).isNotEqualTo(jpeg(LABEL, 2));
  }

  @Test
  void aJpegIsComplete() {
    byte[] jpeg = jpeg(LABEL, 1);

    assertThat(Arrays.copyOf(jpeg, 3)).containsExactly(0xFF, 0xD8, 0xFF);
    assertThat(Arrays.copyOfRange(jpeg, jpeg.length - 2, jpeg.length)).containsExactly(0xFF, 0xD9);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a",
        "Portrait of an adult, soft light, 85mm — « élégant » 日本語 🙂",
        "AWordWithoutAnySpaceThatIsMuchLongerThanTheWidthOfTheWholePanelOfTheCard",
      })
  void anyPromptCanBeDrawn(String prompt) throws IOException {
    byte[] picture = artist.drawPrompt(prompt, 1, 512, 768, CardArtist.Format.PNG);

    assertThat(read(picture).getWidth()).isEqualTo(512);
  }

  @Test
  void theCoverOfAStyleShowsTheStyle() {
    assertThat(jpeg(new CardLabel("style", "cover", "anime"), 1))
        .isNotEqualTo(jpeg(new CardLabel("style", "cover", "realistic"), 1));
  }

  private byte[] jpeg(CardLabel label, long seed) {
    return artist.drawCard(label, seed, 512, 768, CardArtist.Format.JPEG);
  }

  private static BufferedImage read(byte[] picture) throws IOException {
    return ImageIO.read(new ByteArrayInputStream(picture));
  }
}
