package io.attributeimages.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
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
      BufferedImage picture = read(draw(LABEL, 1, width, height, format));

      assertThat(picture.getWidth()).isEqualTo(width);
      assertThat(picture.getHeight()).isEqualTo(height);
    }
  }

  @Test
  void theSameArgumentsGiveTheSameBytes() {
    assertThat(jpeg(LABEL, 4_294_967_299L))
        .isEqualTo(
            new CardArtist()
                .draw(
                    Optional.of(LABEL),
                    "",
                    4_294_967_299L,
                    512,
                    768,
                    CardArtist.Format.JPEG,
                    false));
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
    byte[] picture =
        artist.draw(Optional.empty(), prompt, 1, 512, 768, CardArtist.Format.PNG, false);

    assertThat(read(picture).getWidth()).isEqualTo(512);
  }

  @Test
  void theCoverOfAStyleShowsTheStyle() {
    assertThat(jpeg(new CardLabel("style", "cover", "anime"), 1))
        .isNotEqualTo(jpeg(new CardLabel("style", "cover", "realistic"), 1));
  }

  @Test
  void aWebPLosesNothing() throws IOException {
    BufferedImage webp = read(draw(LABEL, 1, 301, 200, CardArtist.Format.WEBP));
    BufferedImage png = read(draw(LABEL, 1, 301, 200, CardArtist.Format.PNG));

    for (int y = 0; y < 200; y++) {
      assertThat(webp.getRGB(0, y, 301, 1, null, 0, 301))
          .isEqualTo(png.getRGB(0, y, 301, 1, null, 0, 301));
    }
  }

  @Test
  void aWatermarkStandsAtTheBottomRight() throws IOException {
    BufferedImage plain = read(draw(LABEL, 1, 512, 768, CardArtist.Format.PNG));
    BufferedImage stamped =
        read(artist.draw(Optional.of(LABEL), "", 1, 512, 768, CardArtist.Format.PNG, true));

    assertThat(differences(plain, stamped, 0, 0, 512, 744)).isZero();
    assertThat(differences(plain, stamped, 256, 744, 256, 24)).isGreaterThan(100);
  }

  private static int differences(
      BufferedImage one, BufferedImage other, int x, int y, int width, int height) {
    int[] first = one.getRGB(x, y, width, height, null, 0, width);
    int[] second = other.getRGB(x, y, width, height, null, 0, width);
    return (int) IntStream.range(0, first.length).filter(i -> first[i] != second[i]).count();
  }

  private byte[] draw(CardLabel label, long seed, int width, int height, CardArtist.Format format) {
    return artist.draw(Optional.of(label), "", seed, width, height, format, false);
  }

  private byte[] jpeg(CardLabel label, long seed) {
    return draw(label, seed, 512, 768, CardArtist.Format.JPEG);
  }

  private static BufferedImage read(byte[] picture) throws IOException {
    return ImageIO.read(new ByteArrayInputStream(picture));
  }
}
