package io.attributeimages.storage;

import static io.attributeimages.storage.Painted.jpeg;
import static io.attributeimages.storage.Painted.png;
import static io.attributeimages.storage.Painted.progressive;
import static io.attributeimages.storage.Painted.quarters;
import static io.attributeimages.storage.Painted.sixteenBits;
import static org.assertj.core.api.Assertions.assertThat;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LargePicturesTest {

  private static final int SIDE = 4096;

  @TempDir Path folder;

  /** Of 256 MB, the rest of the program has a quarter. */
  @Test
  void tenOfTheLargestPicturesAtOnceNeedNoMoreMemoryThanOne() throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx192m",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                LargePictures.class.getName()));
    command.addAll(files());

    Process program = new ProcessBuilder(command).redirectErrorStream(true).start();

    assertThat(new String(program.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
        .contains("10 fitted");
  }

  private List<String> files() throws Exception {
    BufferedImage picture = quarters(BufferedImage.TYPE_3BYTE_BGR, SIDE, SIDE);
    BufferedImage deep = sixteenBits(ColorSpace.CS_sRGB, true, SIDE, SIDE);
    try (InputStream webp = getClass().getResourceAsStream("/pictures/quarters-4096.webp.gz")) {
      String jpeg = file("baseline.jpg", jpeg(picture));
      String png = file("picture.png", png(picture));
      return List.of(
          file("sixteen-bits-with-alpha.png", png(quarters(deep, Painted.UPRIGHT))),
          jpeg,
          png,
          file("lossy.webp", new GZIPInputStream(webp).readAllBytes()),
          jpeg,
          png,
          file("progressive.jpg", progressive(picture)),
          jpeg,
          png,
          jpeg);
    }
  }

  private String file(String name, byte[] bytes) throws Exception {
    return Files.write(folder.resolve(name), bytes).toString();
  }
}
