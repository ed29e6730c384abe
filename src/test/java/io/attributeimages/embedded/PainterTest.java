package io.attributeimages.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import io.attributeimages.catalog.CatalogueReader;
import io.attributeimages.catalog.Combination;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PainterTest {
  private static final String PROMPT = "Portrait of one adult, a person in their thirties";

  @ParameterizedTest
  @CsvSource({"512,768", "128,128", "1024,512", "300,2048"})
  void aPictureHasTheTypeAndSizeAskedFor(int width, int height) throws IOException {
    for (String type : List.of("jpeg", "png", "webp")) {
      byte[] picture = Painter.paint(PROMPT, 1, width, height, type, false);

      try (var in = ImageIO.createImageInputStream(new ByteArrayInputStream(picture))) {
        assertThat(ImageIO.getImageReaders(in).next().getFormatName()).isEqualToIgnoringCase(type);
      }
      assertThat(read(picture).getWidth()).isEqualTo(width);
      assertThat(read(picture).getHeight()).isEqualTo(height);
    }
  }

  @Test
  void theSameArgumentsGiveTheSameBytes() {
    assertThat(jpeg(PROMPT, 4_294_967_299L)).isEqualTo(jpeg(PROMPT, 4_294_967_299L));
  }

  @Test
  void everyImageOfTheBuiltInCatalogueHasItsOwnPictures() {
    List<Combination> images = CatalogueReader.builtIn().combinations().toList();
    Set<Integer> pictures = new HashSet<>();
    for (Combination image : images) {
      for (long seed = 0; seed < 3; seed++) {
        pictures.add(Arrays.hashCode(jpeg(image.prompt(), seed)));
      }
    }

    assertThat(pictures).hasSize(3 * images.size()).hasSize(3 * 44);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a", "soft light, 85mm — « élégant » 日本語 🙂", "日本語", "two adults"})
  void anyPromptCanBePainted(String prompt) throws IOException {
    for (long seed = -20; seed < 20; seed++) {
      assertThat(read(Painter.paint(prompt, seed, 64, 96, "png", false)).getWidth()).isEqualTo(64);
    }
  }

  @Test
  void aWebPLosesNothing() throws IOException {
    BufferedImage webp = read(Painter.paint(PROMPT, 1, 301, 200, "webp", false));
    BufferedImage png = read(Painter.paint(PROMPT, 1, 301, 200, "png", false));

    assertThat(differences(webp, png, 0, 200)).isZero();
  }

  @Test
  void aWatermarkStandsAtTheBottom() throws IOException {
    BufferedImage plain = read(Painter.paint(PROMPT, 1, 512, 768, "png", false));
    BufferedImage stamped = read(Painter.paint(PROMPT, 1, 512, 768, "png", true));

    assertThat(differences(plain, stamped, 0, 744)).isZero();
    assertThat(differences(plain, stamped, 744, 24)).isGreaterThan(100);
  }

  private static long differences(BufferedImage one, BufferedImage other, int y, int height) {
    int width = one.getWidth();
    int[] first = one.getRGB(0, y, width, height, null, 0, width);
    int[] second = other.getRGB(0, y, width, height, null, 0, width);
    return IntStream.range(0, first.length).filter(i -> first[i] != second[i]).count();
  }

  private static byte[] jpeg(String prompt, long seed) {
    return Painter.paint(prompt, seed, 256, 384, "jpeg", false);
  }

  private static BufferedImage read(byte[] picture) throws IOException {
    return ImageIO.read(new ByteArrayInputStream(picture));
  }
}
