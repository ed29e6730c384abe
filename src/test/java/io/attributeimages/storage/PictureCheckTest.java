package io.attributeimages.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import io.attributeimages.storage.PictureException.Reason;
import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PictureCheckTest {

  private static final int WIDTH = 64;
  private static final int HEIGHT = 96;

  /** A lossless WebP of one colour, 64×96 pixels, opaque red. */
  private static final byte[] WEBP =
      Base64.getDecoder()
          .decode(
              "UklGRkwAAABXRUJQVlA4TEAAAAAvP8AXAChEwQvS/wIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
                  + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");

  // ------------------------------------------------------------------------------- JPEG

  @Test
  void aJpegIsKeptByteForByte() throws Exception {
    byte[] jpeg = jpeg(colours(), false);

    assertThat(PictureCheck.jpeg(jpeg, WIDTH, HEIGHT)).isEqualTo(jpeg);
  }

  @Test
  void aProgressiveJpegIsKeptByteForByte() throws Exception {
    byte[] jpeg = jpeg(colours(), true);

    assertThat(PictureCheck.jpeg(jpeg, WIDTH, HEIGHT)).isEqualTo(jpeg);
  }

  @Test
  void aGreyJpegIsKeptByteForByte() throws Exception {
    byte[] jpeg = jpeg(painted(BufferedImage.TYPE_BYTE_GRAY), false);

    assertThat(PictureCheck.jpeg(jpeg, WIDTH, HEIGHT)).isEqualTo(jpeg);
  }

  @Test
  void aJpegWithAColourProfileAndACommentIsKeptByteForByte() throws Exception {
    byte[] jpeg = jpeg(colours(), false);
    byte[] comment = {(byte) 0xFF, (byte) 0xFE, 0, 6, 'n', 'o', 't', 'e'};
    byte[] commented = concatenation(Arrays.copyOf(jpeg, 2), comment, tail(jpeg, 2));

    assertThat(PictureCheck.jpeg(commented, WIDTH, HEIGHT)).isEqualTo(commented);
  }

  static List<Integer> percents() {
    return IntStream.concat(IntStream.of(1, 2, 5), IntStream.rangeClosed(10, 99)).boxed().toList();
  }

  @ParameterizedTest
  @MethodSource("percents")
  void aTruncatedJpegIsRefused(int percent) throws Exception {
    for (boolean progressive : new boolean[] {false, true}) {
      byte[] jpeg = jpeg(colours(), progressive);

      assertThat(refusal(Arrays.copyOf(jpeg, jpeg.length * percent / 100)).reason())
          .isEqualTo(Reason.NOT_A_PICTURE);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 10})
  void aJpegThatLacksOnlyItsLastBytesIsRefused(int missing) throws Exception {
    byte[] jpeg = jpeg(colours(), false);

    assertThat(refusal(Arrays.copyOf(jpeg, jpeg.length - missing)))
        .hasMessageContaining("the download ends before the picture does")
        .extracting(PictureException::reason)
        .isEqualTo(Reason.NOT_A_PICTURE);
  }

  @Test
  void aJpegOfTheRealSizeTruncatedAnywhereIsRefused() throws Exception {
    byte[] jpeg = jpeg(painted(BufferedImage.TYPE_INT_RGB, 512, 768), false);

    for (int kept = jpeg.length - 1; kept > 0; kept -= jpeg.length / 23) {
      assertThat(refusal(Arrays.copyOf(jpeg, kept), 512, 768).reason())
          .as("kept %d of %d bytes", kept, jpeg.length)
          .isEqualTo(Reason.NOT_A_PICTURE);
    }
  }

  @Test
  void aJpegWithAHoleIsRefused() throws Exception {
    byte[] jpeg = jpeg(painted(BufferedImage.TYPE_INT_RGB, 512, 768), false);
    byte[] hole = concatenation(Arrays.copyOf(jpeg, jpeg.length / 2), tail(jpeg, jpeg.length - 2));

    assertThat(refusal(hole, 512, 768).reason()).isEqualTo(Reason.NOT_A_PICTURE);
  }

  // ------------------------------------------------------------------------------- PNG and WebP

  @Test
  void aPngBecomesAJpegThatLooksTheSame() throws Exception {
    BufferedImage picture = colours();

    BufferedImage converted = converted(png(picture));

    assertThat(converted.getWidth()).isEqualTo(WIDTH);
    assertThat(converted.getHeight()).isEqualTo(HEIGHT);
    assertSimilar(converted.getRGB(5, 5), picture.getRGB(5, 5));
    assertSimilar(converted.getRGB(60, 90), picture.getRGB(60, 90));
  }

  @Test
  void whatIsTransparentBecomesWhite() throws Exception {
    BufferedImage picture = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_ARGB);
    Graphics2D graphics = picture.createGraphics();
    graphics.setColor(Color.BLUE);
    graphics.fillRect(0, 0, WIDTH, HEIGHT / 2);
    graphics.dispose();

    BufferedImage converted = converted(png(picture));

    assertSimilar(converted.getRGB(32, 16), Color.BLUE.getRGB());
    assertSimilar(converted.getRGB(32, 80), Color.WHITE.getRGB());
  }

  @ParameterizedTest
  @ValueSource(
      ints = {
        BufferedImage.TYPE_BYTE_GRAY,
        BufferedImage.TYPE_BYTE_INDEXED,
        BufferedImage.TYPE_BYTE_BINARY,
        BufferedImage.TYPE_USHORT_GRAY,
        BufferedImage.TYPE_4BYTE_ABGR
      })
  void everyKindOfPngIsConverted(int type) throws Exception {
    assertThat(converted(png(painted(type))).getHeight()).isEqualTo(HEIGHT);
  }

  @Test
  void aWebpBecomesAJpegThatLooksTheSame() throws Exception {
    BufferedImage converted = converted(WEBP);

    assertThat(converted.getWidth()).isEqualTo(WIDTH);
    assertThat(converted.getHeight()).isEqualTo(HEIGHT);
    assertSimilar(converted.getRGB(32, 48), 0xE01020);
  }

  @Test
  void aLossyWebpIsConverted() throws Exception {
    byte[] webp =
        Base64.getDecoder().decode("UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASoBAAEAAwA0JaQAA3AA/vuUAAA=");

    byte[] jpeg = PictureCheck.jpeg(webp, 1, 1);

    assertThat(jpeg).startsWith(0xFF, 0xD8, 0xFF);
  }

  @Test
  void aPngThatLacksPixelsIsRefused() throws Exception {
    byte[] png = png(colours());
    int checksumsAndEnd = 24; // without them, all pixels are still there

    for (int missing = checksumsAndEnd; missing < png.length; missing += 7) {
      assertThat(refusal(Arrays.copyOf(png, png.length - missing)).reason())
          .as("%d of %d bytes are missing", missing, png.length)
          .isEqualTo(Reason.NOT_A_PICTURE);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {5, 20, 28})
  void aTruncatedWebpIsRefused(int kept) {
    assertThat(refusal(Arrays.copyOf(WEBP, kept)).reason()).isEqualTo(Reason.NOT_A_PICTURE);
  }

  @Test
  void aPngWithFlippedBitsIsRefused() throws Exception {
    byte[] png = png(colours());
    for (int i = png.length / 2; i < png.length / 2 + 200; i++) {
      png[i] ^= 0x55;
    }

    assertThat(refusal(png).reason()).isEqualTo(Reason.NOT_A_PICTURE);
  }

  // ------------------------------------------------------------------------------- anything else

  @Test
  void aGifIsRefusedByName() throws Exception {
    ByteArrayOutputStream gif = new ByteArrayOutputStream();
    ImageIO.write(painted(BufferedImage.TYPE_BYTE_INDEXED), "gif", gif);

    assertThat(refusal(gif.toByteArray()))
        .hasMessage("the download is a gif picture; JPEG, PNG and WebP are accepted")
        .extracting(PictureException::reason)
        .isEqualTo(Reason.NOT_A_PICTURE);
  }

  static List<byte[]> noPictures() {
    byte[] random = new byte[50_000];
    new Random(1).nextBytes(random);
    byte[] pretender = random.clone();
    pretender[0] = (byte) 0xFF;
    pretender[1] = (byte) 0xD8;
    pretender[2] = (byte) 0xFF;
    return List.of(
        new byte[0],
        new byte[1],
        new byte[50_000],
        random,
        pretender,
        "<html><body>expired</body></html>".getBytes(StandardCharsets.UTF_8),
        "{\"code\":404}".getBytes(StandardCharsets.UTF_8),
        new byte[] {(byte) 0xFF, (byte) 0xD8},
        new byte[] {(byte) 0xFF, (byte) 0xD8, (byte) 0xFF, (byte) 0xD9},
        new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'},
        "RIFF\0\0\0\0WEBP".getBytes(StandardCharsets.ISO_8859_1));
  }

  @ParameterizedTest
  @MethodSource("noPictures")
  void whatIsNoPictureIsRefused(byte[] bytes) {
    assertThat(refusal(bytes).reason()).isEqualTo(Reason.NOT_A_PICTURE);
  }

  @ParameterizedTest
  @CsvSource({"63, 96", "64, 97", "96, 64", "512, 768"})
  void aWholePictureOfAnotherSizeIsOfTheWrongSize(int width, int height) throws Exception {
    for (byte[] bytes : List.of(jpeg(colours(), false), png(colours()), WEBP)) {
      assertThat(refusal(bytes, width, height))
          .hasMessage("the picture has 64×96 pixels; asked for were %d×%d".formatted(width, height))
          .extracting(PictureException::reason)
          .isEqualTo(Reason.WRONG_SIZE);
    }
  }

  @Test
  void aSmallFileThatDeclaresAHugePictureIsNotUnpacked() throws Exception {
    byte[] bomb = png(colours());
    ByteBuffer.wrap(bomb).putInt(16, 1_000_000).putInt(20, 1_000_000);
    CRC32 crc = new CRC32();
    crc.update(bomb, 12, 17);
    ByteBuffer.wrap(bomb).putInt(29, (int) crc.getValue());

    assertThat(refusal(bomb))
        .hasMessage("the picture has 1000000×1000000 pixels; asked for were 64×96")
        .extracting(PictureException::reason)
        .isEqualTo(Reason.WRONG_SIZE);
  }

  // ------------------------------------------------------------------------------- pictures

  private static PictureException refusal(byte[] bytes) {
    return refusal(bytes, WIDTH, HEIGHT);
  }

  private static PictureException refusal(byte[] bytes, int width, int height) {
    PictureException refusal =
        catchThrowableOfType(PictureException.class, () -> PictureCheck.jpeg(bytes, width, height));
    assertThat(refusal).as("the refusal of %d bytes", bytes.length).isNotNull();
    return refusal;
  }

  private static BufferedImage converted(byte[] bytes) throws IOException {
    byte[] jpeg = PictureCheck.jpeg(bytes, WIDTH, HEIGHT);
    assertThat(jpeg).startsWith(0xFF, 0xD8, 0xFF);
    assertThat(PictureCheck.jpeg(jpeg, WIDTH, HEIGHT)).isEqualTo(jpeg);
    return ImageIO.read(new ByteArrayInputStream(jpeg));
  }

  private static void assertSimilar(int actual, int expected) {
    for (int shift = 0; shift < 24; shift += 8) {
      assertThat(actual >> shift & 255).isCloseTo(expected >> shift & 255, within(16));
    }
  }

  private static BufferedImage colours() {
    return painted(BufferedImage.TYPE_INT_RGB);
  }

  private static BufferedImage painted(int type) {
    return painted(type, WIDTH, HEIGHT);
  }

  private static BufferedImage painted(int type, int width, int height) {
    BufferedImage image = new BufferedImage(width, height, type);
    Graphics2D graphics = image.createGraphics();
    graphics.setPaint(new GradientPaint(0, 0, Color.RED, width, height, Color.BLUE));
    graphics.fillRect(0, 0, width, height);
    graphics.setColor(Color.GREEN);
    graphics.fillOval(width / 4, height / 4, width / 2, height / 2);
    graphics.dispose();
    return image;
  }

  private static byte[] png(BufferedImage image) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageIO.write(image, "png", bytes);
    return bytes.toByteArray();
  }

  private static byte[] jpeg(BufferedImage image, boolean progressive) throws IOException {
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ImageOutputStream out = ImageIO.createImageOutputStream(bytes)) {
      ImageWriteParam parameters = writer.getDefaultWriteParam();
      if (progressive) {
        parameters.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
      }
      writer.setOutput(out);
      writer.write(null, new IIOImage(image, null, null), parameters);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }

  private static byte[] tail(byte[] bytes, int from) {
    return Arrays.copyOfRange(bytes, from, bytes.length);
  }

  private static byte[] concatenation(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }
}
