package io.attributeimages.storage;

import static io.attributeimages.storage.Painted.UPRIGHT;
import static io.attributeimages.storage.Painted.adobeRgb;
import static io.attributeimages.storage.Painted.assertMean;
import static io.attributeimages.storage.Painted.assertQuarters;
import static io.attributeimages.storage.Painted.concatenation;
import static io.attributeimages.storage.Painted.displayP3;
import static io.attributeimages.storage.Painted.exif;
import static io.attributeimages.storage.Painted.fourChannels;
import static io.attributeimages.storage.Painted.framed;
import static io.attributeimages.storage.Painted.jpeg;
import static io.attributeimages.storage.Painted.latin;
import static io.attributeimages.storage.Painted.packed;
import static io.attributeimages.storage.Painted.part;
import static io.attributeimages.storage.Painted.png;
import static io.attributeimages.storage.Painted.progressive;
import static io.attributeimages.storage.Painted.quarters;
import static io.attributeimages.storage.Painted.seen;
import static io.attributeimages.storage.Painted.sixteenBits;
import static io.attributeimages.storage.Painted.tail;
import static io.attributeimages.storage.Painted.webp;
import static io.attributeimages.storage.Painted.withChunk;
import static io.attributeimages.storage.Painted.withProfile;
import static io.attributeimages.storage.Painted.withSegment;
import static io.attributeimages.storage.Painted.written;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.attributeimages.storage.PictureException.Reason;
import io.attributeimages.support.TestSettings;
import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.BufferedImage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PictureFitTest {

  private static final int WIDTH = 64;
  private static final int HEIGHT = 96;

  /** Encoding, and a filter at the borders of the quarters, change their means a little. */
  private static final int CLOSE = 8;

  /** A lossless WebP of one colour, 64×96 pixels, opaque red. */
  private static final byte[] WEBP =
      decoded(
          "UklGRkwAAABXRUJQVlA4TEAAAAAvP8AXAChEwQvS/wIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
              + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");

  /** The quarters as a lossy WebP, 64×96 pixels. */
  private static final byte[] LOSSY =
      decoded(
          "UklGRu4AAABXRUJQVlA4IOIAAACwBwCdASpAAGAAPrVWpEwnJSOiKV25aOAWiUAY+tK/xN4YntLCgOeM00Dd/wIQ"
              + "oJa9y7A/iZbMBwHbTfxfhCQ4MKqGzmbgAP7qZf+vOCHIh//ziW7FwMO19dkw90wtX+Ea+fjqr12xXF59PqxJ"
              + "b5tzAM/yn7m3MAz5TTofC+GIEAOelpVrkEy8XjUjVICRhRxSWONka7JZPty6AW6AlTt1nVcqdrlUlP73SkS2"
              + "vm5wipK8OSXb/9hf8MWcoxLz5OMLj2xqP4+t0Fet96EY1EGyCCaCkzcyFDIHweHwXhpWdcAA");

  /** The same, 96×64 pixels. */
  private static final byte[] WIDE_LOSSY =
      decoded(
          "UklGRvAAAABXRUJQVlA4IOQAAADwBwCdASpgAEAAPrVUpEwnJSOiKrv5AOAWiUAZL1Jfxr4X3uBCgOeM00Dd/wIV"
              + "UdHnunPrZW2XcxcthR6ssCO1qBJI4WDGSCAA/upl/8P/kwHf/84lx1nVhun2vrsJjBK2nl95dq7FcjIUk7ZE"
              + "VNbgJ8j8NhTAMnNFq9S/EglL02y/jr4vF8wsdSpO2/tqnVGAAuJnuw6PHsi59udpwLVA4+fh9euHYcy8wg/K"
              + "7Lx1b/tMXXSVR95kqBOcAxUf4D9TTPIUb5OL+edgvmoedd63k3hS/C2VoQUgUSMAHV/5JMIIAAA=");

  /** A lossy WebP of 64×96 pixels: blue above, transparent below. */
  private static final byte[] TRANSPARENT =
      decoded(
          "UklGRo4AAABXRUJQVlA4WAoAAAAQAAAAPwAAXwAAQUxQSA4AAAABEMgm+Utn8UVEzv/4D1ZQOCBaAAAAkAQAnQEq"
              + "QABgAD61VqVNpySjoiaoAOAWiWUA1FAS4UAHPBHa9y+iGWGZwLdAAP7tzt//xvH+S7+3fbz/LM4V67kh/8FV"
              + "woM9byG4nLi94pCCgEN6TQZAAAAA");

  /** Colours that all screens have. */
  private static final Color[] SOFT = {
    new Color(170, 90, 90), new Color(90, 170, 90), new Color(90, 90, 170), new Color(170, 170, 90)
  };

  /** What they are in sRGB where they are meant in Display P3, computed from the primaries. */
  private static final Color[] SOFT_IN_P3 = {
    new Color(184, 84, 87), new Color(50, 174, 78), new Color(90, 90, 177), new Color(171, 172, 75)
  };

  private static final Color[] SOFT_IN_ADOBE_RGB = {
    new Color(193, 90, 90), new Color(0, 172, 84), new Color(90, 90, 174), new Color(171, 172, 84)
  };

  private static final int[] GREYS = {20, 90, 128, 230};

  // ------------------------------------------------------------------------------- kept as it is

  static List<byte[]> jpegsOfTheRightSize() {
    BufferedImage picture = quarters(UPRIGHT, WIDTH, HEIGHT);
    byte[] jpeg = jpeg(picture);
    return List.of(
        jpeg,
        progressive(picture),
        jpeg(quarters(BufferedImage.TYPE_BYTE_GRAY, WIDTH, HEIGHT)),
        withSegment(jpeg, 0xFE, latin("a note")),
        withExif(jpeg, exif(1, ByteOrder.BIG_ENDIAN)),
        withProfile(jpeg, ICC_Profile.getInstance(ColorSpace.CS_sRGB).getData()));
  }

  @ParameterizedTest
  @MethodSource("jpegsOfTheRightSize")
  void aJpegOfTheRightSizeIsKeptByteForByte(byte[] jpeg) {
    FittedPicture fitted = fit(jpeg);

    assertThat(fitted.jpeg()).isEqualTo(jpeg);
    assertThat(fitted.original()).as("it is its own original").isNull();
  }

  static List<Integer> percents() {
    return IntStream.concat(IntStream.of(1, 2, 5), IntStream.rangeClosed(10, 99)).boxed().toList();
  }

  @ParameterizedTest
  @MethodSource("percents")
  void aTruncatedJpegIsRefused(int percent) {
    BufferedImage picture = gradient(WIDTH, HEIGHT);
    for (byte[] jpeg : List.of(jpeg(picture), progressive(picture))) {
      assertThat(refusal(Arrays.copyOf(jpeg, jpeg.length * percent / 100)).reason())
          .isEqualTo(Reason.NOT_A_PICTURE);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 10})
  void aJpegThatLacksOnlyItsLastBytesIsRefused(int missing) {
    byte[] jpeg = jpeg(gradient(WIDTH, HEIGHT));

    assertThat(refusal(Arrays.copyOf(jpeg, jpeg.length - missing)))
        .hasMessageContaining("the download ends before the picture does")
        .extracting(PictureException::reason)
        .isEqualTo(Reason.NOT_A_PICTURE);
  }

  @ParameterizedTest
  @CsvSource({"512, 768", "256, 384"})
  void aLargeJpegTruncatedAnywhereIsRefusedWhateverSizeIsNeeded(int width, int height) {
    byte[] jpeg = jpeg(gradient(512, 768));

    for (int kept = jpeg.length - 1; kept > 0; kept -= jpeg.length / 23) {
      assertThat(refusal(Arrays.copyOf(jpeg, kept), width, height).reason())
          .as("kept %d of %d bytes", kept, jpeg.length)
          .isEqualTo(Reason.NOT_A_PICTURE);
    }
  }

  @Test
  void aJpegWithAHoleIsRefused() {
    byte[] jpeg = jpeg(gradient(512, 768));
    byte[] hole = concatenation(Arrays.copyOf(jpeg, jpeg.length / 2), tail(jpeg, jpeg.length - 2));

    assertThat(refusal(hole, 512, 768).reason()).isEqualTo(Reason.NOT_A_PICTURE);
  }

  // ------------------------------------------------------------------------------- sizes

  @ParameterizedTest
  @CsvSource({
    "1568, 2352, 512, 768",
    "1024, 1536, 512, 768",
    "2047, 3071, 512, 768",
    "64, 96, 64, 96",
    "63, 95, 64, 96",
    "33, 49, 64, 96",
    "32, 48, 64, 96",
    "513, 769, 512, 768"
  })
  void anySizeBecomesTheOneThatIsNeeded(int width, int height, int needed, int neededHeight) {
    byte[] png = png(quarters(UPRIGHT, width, height));

    FittedPicture fitted = fit(png, needed, neededHeight);

    BufferedImage picture = seen(fitted.jpeg());
    assertThat(picture.getWidth()).isEqualTo(needed);
    assertThat(picture.getHeight()).isEqualTo(neededHeight);
    assertQuarters(picture, 2 * CLOSE, UPRIGHT);
    assertThat(fitted.original()).isEqualTo(PictureFormat.PNG);
    assertThat(fit(fitted.jpeg(), needed, neededHeight).jpeg())
        .as("it has the right size now")
        .isEqualTo(fitted.jpeg());
  }

  @ParameterizedTest
  @CsvSource({"100, 100, 66, 100", "128, 128, 86, 128", "160, 128, 86, 128", "64, 150, 64, 96"})
  void whatIsTooMuchIsCutOffOnBothSides(int width, int height, int inner, int innerHeight) {
    byte[] jpeg = jpeg(framed(width, height, inner, innerHeight));

    assertQuarters(seen(fit(jpeg).jpeg()), 2 * CLOSE, UPRIGHT);
  }

  @Test
  void allOfItIsSeenOnABlurredCopyWhereThatIsWished() {
    byte[] png = png(quarters(UPRIGHT, 128, 128));

    BufferedImage picture = seen(fit(png, WIDTH, HEIGHT, "storage.fit=contain").jpeg());

    assertThat(picture.getHeight()).isEqualTo(HEIGHT);
    assertQuarters(picture.getSubimage(0, 16, WIDTH, 64), CLOSE, UPRIGHT);
    Color all = new Color(130, 112, 78);
    assertMean(picture.getSubimage(0, 0, WIDTH, 12), 60, all, "above it");
    assertMean(picture.getSubimage(0, HEIGHT - 12, WIDTH, 12), 60, all, "below it");
  }

  @Test
  void aWideStripIsCutNowhereWhereAllOfItIsWished() {
    byte[] png = png(quarters(UPRIGHT, 320, 40));

    BufferedImage picture = seen(fit(png, WIDTH, HEIGHT, "storage.fit=contain").jpeg());

    assertThat(picture.getWidth()).isEqualTo(WIDTH);
    assertQuarters(picture.getSubimage(0, 44, WIDTH, 8), 40, UPRIGHT);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "31   | 48   | it would be enlarged more than 2 times",
        "32   | 47   | it would be enlarged more than 2 times",
        "10   | 15   | it would be enlarged more than 2 times",
        "96   | 64   | more than half of it would be cut off",
        "1024 | 64   | more than half of it would be cut off",
        "64   | 1024 | more than half of it would be cut off",
      })
  void aPictureThatCannotBeMadeToFitIsOfTheWrongSize(int width, int height, String why) {
    BufferedImage picture = quarters(UPRIGHT, width, height);
    for (byte[] bytes : List.of(jpeg(picture), png(picture))) {
      assertThat(refusal(bytes))
          .hasMessage(
              "the picture has %d×%d pixels; needed are 64×96, and %s"
                  .formatted(width, height, why))
          .extracting(PictureException::reason)
          .isEqualTo(Reason.WRONG_SIZE);
    }
  }

  @Test
  void aPictureThatLiesOnItsSideIsNamedAsItLooks() {
    byte[] jpeg = withExif(jpeg(quarters(UPRIGHT, 48, 20)), exif(6, ByteOrder.BIG_ENDIAN));

    assertThat(refusal(jpeg))
        .hasMessageStartingWith("the picture has 20×48 pixels; needed are 64×96");
  }

  @ParameterizedTest
  @CsvSource({"1000000, 1000000", "4097, 4096", "16777217, 1", "2147483647, 2147483647"})
  void aSmallFileThatDeclaresAHugePictureIsNotUnpacked(int width, int height) {
    byte[] png = png(gradient(WIDTH, HEIGHT));
    ByteBuffer.wrap(png).putInt(16, width).putInt(20, height);
    CRC32 crc = new CRC32();
    crc.update(png, 12, 17);
    ByteBuffer.wrap(png).putInt(29, (int) crc.getValue());

    assertThat(refusal(png))
        .hasMessage(
            "the picture has %d×%d pixels; needed are 64×96, and more than 16777216 in all are not"
                + " decoded",
            width, height)
        .extracting(PictureException::reason)
        .isEqualTo(Reason.WRONG_SIZE);
  }

  // ------------------------------------------------------------------------------- which way up

  static Stream<Arguments> orientations() {
    // how the quarters are stored that are upright when they are seen
    String[] stored = {"RGBY", "GRYB", "YBGR", "BYRG", "RBGY", "GYRB", "YGBR", "BRYG"};
    return IntStream.rangeClosed(1, 8).mapToObj(i -> Arguments.of(i, stored[i - 1]));
  }

  @ParameterizedTest
  @MethodSource("orientations")
  void everyOrientationIsTurnedUpright(int orientation, String stored) {
    for (int scale : new int[] {1, 2, 5}) {
      BufferedImage picture =
          quarters(
              stored,
              scale * (orientation > 4 ? HEIGHT : WIDTH),
              scale * (orientation > 4 ? WIDTH : HEIGHT));
      for (ByteOrder order : List.of(ByteOrder.BIG_ENDIAN, ByteOrder.LITTLE_ENDIAN)) {
        byte[] exif = exif(orientation, order);

        assertQuarters(seen(fit(withExif(jpeg(picture), exif)).jpeg()), CLOSE, UPRIGHT);
        assertQuarters(seen(fit(withChunk(png(picture), "eXIf", exif)).jpeg()), CLOSE, UPRIGHT);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("orientations")
  void whatIsCutOffIsWhatIsTooMuchWhenItIsUpright(int orientation, String stored) {
    boolean lying = orientation > 4;
    BufferedImage picture = quarters("MMMM", lying ? HEIGHT : 120, lying ? 120 : HEIGHT);
    Graphics2D graphics = picture.createGraphics();
    graphics.drawImage(
        quarters(stored, lying ? HEIGHT : WIDTH, lying ? WIDTH : HEIGHT),
        lying ? 0 : 28,
        lying ? 28 : 0,
        null);
    graphics.dispose();

    byte[] jpeg = withExif(jpeg(picture), exif(orientation, ByteOrder.BIG_ENDIAN));

    assertQuarters(seen(fit(jpeg).jpeg()), 2 * CLOSE, UPRIGHT);
  }

  @ParameterizedTest
  @CsvSource({"3, YBGR", "4, BYRG", "6, BRYG", "8, GYRB"})
  void aWebpIsTurnedUprightToo(int orientation, String seen) {
    boolean lying = orientation > 4;
    byte[] pixels = tail(lying ? WIDE_LOSSY : LOSSY, 12);
    byte[] exif = exif(orientation, ByteOrder.LITTLE_ENDIAN);
    for (byte[] data : List.of(exif, concatenation(latin("Exif\0\0"), exif))) {
      byte[] webp =
          webp(lying ? HEIGHT : WIDTH, lying ? WIDTH : HEIGHT, 8, pixels, part("EXIF", data));

      assertQuarters(seen(fit(webp).jpeg()), 2 * CLOSE, seen);
    }
  }

  static List<byte[]> exifWithoutOrientation() {
    byte[] exif = exif(6, ByteOrder.BIG_ENDIAN);
    List<byte[]> broken = new ArrayList<>();
    for (int orientation : new int[] {0, 9, -1, 0x7FFF}) {
      broken.add(exif(orientation, ByteOrder.BIG_ENDIAN));
    }
    for (int kept = 0; kept < 20; kept++) {
      broken.add(Arrays.copyOf(exif, kept));
    }
    for (int offset : new int[] {Integer.MAX_VALUE, Integer.MIN_VALUE, -1, 26}) {
      byte[] elsewhere = exif.clone();
      ByteBuffer.wrap(elsewhere).putInt(4, offset);
      broken.add(elsewhere);
    }
    byte[] many = exif.clone();
    ByteBuffer.wrap(many).putShort(8, (short) -1).putShort(10, (short) 0);
    broken.add(many);
    return broken;
  }

  @ParameterizedTest
  @MethodSource("exifWithoutOrientation")
  void exifThatNamesNoOrientationIsPassedOver(byte[] exif) {
    byte[] jpeg = withExif(jpeg(quarters(UPRIGHT, WIDTH, HEIGHT)), exif);

    assertThat(fit(jpeg).jpeg()).isEqualTo(jpeg);
  }

  // ------------------------------------------------------------------------------- colours

  @ParameterizedTest
  @CsvSource({
    BufferedImage.TYPE_INT_RGB + ", 8",
    BufferedImage.TYPE_INT_ARGB + ", 8",
    BufferedImage.TYPE_4BYTE_ABGR + ", 8",
    BufferedImage.TYPE_BYTE_INDEXED + ", 24"
  })
  void everyKindOfPngLooksTheSame(int type, int tolerance) {
    for (int scale : new int[] {1, 3, 9}) {
      byte[] png = png(quarters(type, scale * WIDTH, scale * HEIGHT));

      assertQuarters(seen(fit(png).jpeg()), tolerance, UPRIGHT);
    }
  }

  @ParameterizedTest
  @CsvSource({"false, 1", "true, 1", "false, 5", "true, 5"})
  void aPngOfSixteenBitsLooksTheSame(boolean alpha, int scale) {
    BufferedImage picture = sixteenBits(ColorSpace.CS_sRGB, alpha, scale * WIDTH, scale * HEIGHT);

    byte[] png = png(quarters(picture, UPRIGHT));

    assertQuarters(seen(fit(png).jpeg()), CLOSE, UPRIGHT);
  }

  static List<Arguments> greys() {
    return List.of(
        Arguments.of("8 bits", new BufferedImage(128, 192, BufferedImage.TYPE_BYTE_GRAY)),
        Arguments.of("16 bits", new BufferedImage(128, 192, BufferedImage.TYPE_USHORT_GRAY)),
        Arguments.of("16 bits with alpha", sixteenBits(ColorSpace.CS_GRAY, true, 128, 192)));
  }

  /** Java takes grey for linear, and draws some kinds of it lighter than they are. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("greys")
  void greyIsAsDarkAsItWas(String kind, BufferedImage picture) {
    int white = (1 << picture.getColorModel().getComponentSize(0)) - 1;
    for (int y = 0; y < 192; y++) {
      for (int x = 0; x < 128; x++) {
        int grey = GREYS[x / 64 + y / 96 * 2] * (white / 255);
        int[] pixel = {grey, white};
        picture.getRaster().setPixel(x, y, Arrays.copyOf(pixel, picture.getRaster().getNumBands()));
      }
    }
    Color[] expected = IntStream.of(GREYS).mapToObj(g -> new Color(g, g, g)).toArray(Color[]::new);

    assertQuarters(seen(fit(png(picture)).jpeg()), CLOSE, expected);
    assertQuarters(seen(fit(png(picture), 128, 192).jpeg()), CLOSE, expected);
    if (kind.equals("8 bits")) {
      assertQuarters(seen(fit(jpeg(picture)).jpeg()), CLOSE, expected);
    }
    if (picture.getRaster().getNumBands() == 1) {
      byte[] withTransparentShade = withChunk(png(picture), "tRNS", new byte[] {0, 1});
      assertQuarters(seen(fit(withTransparentShade).jpeg()), CLOSE, expected);
      assertQuarters(seen(fit(withTransparentShade, 128, 192).jpeg()), CLOSE, expected);
    }
  }

  /** The PNG with one chunk more behind its header. */
  private static byte[] withChunk(byte[] png, String name, byte[] content) {
    byte[] chunk =
        ByteBuffer.allocate(4 + content.length)
            .put(name.getBytes(StandardCharsets.US_ASCII))
            .put(content)
            .array();
    CRC32 crc = new CRC32();
    crc.update(chunk);
    int header = 33;
    return ByteBuffer.allocate(png.length + 12 + content.length)
        .put(png, 0, header)
        .putInt(content.length)
        .put(chunk)
        .putInt((int) crc.getValue())
        .put(png, header, png.length - header)
        .array();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 6})
  void whatIsTransparentBecomesWhiteWithoutAFringe(int scale) {
    BufferedImage picture =
        new BufferedImage(scale * WIDTH, scale * HEIGHT, BufferedImage.TYPE_INT_ARGB);
    Graphics2D graphics = picture.createGraphics();
    graphics.setColor(Painted.colour('B'));
    graphics.fillRect(0, 0, scale * WIDTH, scale * HEIGHT / 2);
    graphics.dispose();

    BufferedImage seen = seen(fit(png(picture)).jpeg());

    assertQuarters(seen, CLOSE, "BBWW");
    for (int y = 0; y < HEIGHT; y++) {
      assertThat(seen.getRGB(32, y) & 0xFF).as("blue at line %d", y).isGreaterThan(150);
    }
  }

  @Test
  void whatIsTransparentInAWebpBecomesWhite() {
    assertQuarters(seen(fit(TRANSPARENT).jpeg()), 2 * CLOSE, "BBWW");
  }

  static List<Arguments> profiles() {
    return List.of(
        Arguments.of("Display P3", displayP3(), SOFT_IN_P3),
        Arguments.of("Adobe RGB", adobeRgb(), SOFT_IN_ADOBE_RGB));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("profiles")
  void anotherProfileBecomesSrgb(String name, byte[] profile, Color[] expected) {
    for (int scale : new int[] {1, 3}) {
      BufferedImage picture =
          new BufferedImage(scale * WIDTH, scale * HEIGHT, BufferedImage.TYPE_3BYTE_BGR);
      Painted.paint(picture, SOFT);
      byte[] jpeg = withProfile(jpeg(picture), profile);
      byte[] png = withChunk(png(picture), "iCCP", packed(profile));

      assertQuarters(seen(fit(jpeg).jpeg()), CLOSE, expected);
      assertQuarters(seen(fit(png).jpeg()), CLOSE, expected);
    }
  }

  @Test
  void anotherProfileOfAWebpBecomesSrgb() {
    byte[] pixels = part("VP8L", tail(WEBP, 20));
    byte[] webp = webp(WIDTH, HEIGHT, 0x20, part("ICCP", adobeRgb()), pixels);

    assertMean(seen(fit(webp).jpeg()), CLOSE, new Color(255, 8, 27), "red of Adobe RGB");
  }

  @ParameterizedTest
  @ValueSource(strings = {"no profile at all", ""})
  void aProfileThatCannotBeReadIsPassedOver(String profile) {
    BufferedImage picture = quarters(UPRIGHT, WIDTH, HEIGHT);
    byte[] png = png(picture);
    byte[] grey = ICC_Profile.getInstance(ColorSpace.CS_GRAY).getData();
    for (byte[] bytes :
        List.of(
            withProfile(jpeg(picture), latin(profile)),
            withChunk(png, "iCCP", packed(latin(profile))),
            withChunk(png, "iCCP", packed(grey)),
            withChunk(png, "iCCP", latin("cut")),
            withChunk(png, "iCCP", latin("cut\0")))) {
      assertQuarters(seen(fit(bytes).jpeg()), CLOSE, UPRIGHT);
    }
  }

  /** As Adobe's programs write them: 255 is no ink. */
  @Test
  void aJpegOfInksBecomesOneOfColours() {
    int[][] cmyk = {{255, 0, 0, 255}, {0, 255, 0, 255}, {255, 255, 255, 255}, {255, 255, 255, 0}};
    int[][] ycck = {{179, 171, 0, 255}, {105, 212, 234, 255}, {0, 128, 128, 255}, {0, 128, 128, 0}};
    for (int scale : new int[] {1, 3}) {
      for (byte[] bytes :
          List.of(
              fourChannels(scale * WIDTH, scale * HEIGHT, 0, cmyk),
              fourChannels(scale * WIDTH, scale * HEIGHT, 2, ycck))) {
        byte[] fitted = fit(bytes).jpeg();

        assertThat(fitted).isNotEqualTo(bytes);
        assertQuarters(seen(fitted), 40, Color.RED, Color.GREEN, Color.WHITE, Color.BLACK);
      }
    }
  }

  // ------------------------------------------------------------------------------- what is made

  @Test
  void whatIsMadeIsAProgressiveJpegWithoutMetadata() {
    byte[] jpeg = withProfile(jpeg(gradient(128, 192)), displayP3());

    byte[] made = fit(withExif(jpeg, exif(3, ByteOrder.BIG_ENDIAN))).jpeg();

    List<Integer> parts = new ArrayList<>();
    ByteBuffer in = ByteBuffer.wrap(made).position(2);
    while (!parts.contains(0xDA)) {
      parts.add(in.getShort() & 0xFF);
      in.position(in.position() + in.getShort(in.position()));
    }
    assertThat(parts).contains(0xC2).isSubsetOf(0xE0, 0xDB, 0xC2, 0xC4, 0xDA);
  }

  @Test
  void theQualityIsThatOfTheSettings() {
    byte[] png = png(gradient(WIDTH, HEIGHT));

    assertThat(fit(png, WIDTH, HEIGHT, "storage.jpeg-quality=1").jpeg())
        .hasSizeGreaterThan(2 * fit(png, WIDTH, HEIGHT, "storage.jpeg-quality=0.5").jpeg().length);
  }

  @Test
  void theSameBytesBecomeTheSamePicture() {
    byte[] png = png(gradient(128, 192));

    assertThat(fit(png).jpeg()).isEqualTo(fit(png).jpeg());
  }

  @Test
  void noOriginalIsKeptWhereNoneIsWished() {
    byte[] png = png(gradient(128, 192));

    assertThat(fit(png, WIDTH, HEIGHT, "storage.keep-originals=false").original()).isNull();
  }

  // ------------------------------------------------------------------------------- PNG and WebP

  @Test
  void aLossyWebpLooksTheSame() {
    FittedPicture fitted = fit(LOSSY);

    assertQuarters(seen(fitted.jpeg()), 2 * CLOSE, UPRIGHT);
    assertThat(fitted.original()).isEqualTo(PictureFormat.WEBP);
  }

  @Test
  void aLosslessWebpLooksTheSame() {
    assertMean(seen(fit(WEBP).jpeg()), CLOSE, new Color(0xE01020), "the picture");
  }

  @Test
  void aPngThatLacksPixelsIsRefused() {
    byte[] png = png(gradient(WIDTH, HEIGHT));
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
  void aPngWithFlippedBitsIsRefused() {
    byte[] png = png(gradient(WIDTH, HEIGHT));
    for (int i = png.length / 2; i < png.length / 2 + 200; i++) {
      png[i] ^= 0x55;
    }

    assertThat(refusal(png).reason()).isEqualTo(Reason.NOT_A_PICTURE);
  }

  // ------------------------------------------------------------------------------- anything else

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
        written(quarters(BufferedImage.TYPE_BYTE_INDEXED, WIDTH, HEIGHT), "gif"),
        latin("<html><body>expired</body></html>"),
        latin("{\"code\":404}"),
        new byte[] {(byte) 0xFF, (byte) 0xD8},
        new byte[] {(byte) 0xFF, (byte) 0xD8, (byte) 0xFF, (byte) 0xD9},
        new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'},
        latin("RIFF\0\0\0\0WEBP"));
  }

  @ParameterizedTest
  @MethodSource("noPictures")
  void whatIsNoPictureIsRefused(byte[] bytes) {
    assertThat(refusal(bytes).reason()).isEqualTo(Reason.NOT_A_PICTURE);
  }

  @Test
  void whatIsNoneOfTheThreeIsToldSo() {
    assertThat(refusal(latin("GIF89a")))
        .hasMessage("the download is neither JPEG nor PNG nor WebP");
  }

  // ------------------------------------------------------------------------------- pictures

  private static FittedPicture fit(byte[] bytes) {
    return fit(bytes, WIDTH, HEIGHT);
  }

  private static FittedPicture fit(byte[] bytes, int width, int height, String... settings) {
    return new PictureFit(TestSettings.of(StorageSettings.class, settings))
        .fit(bytes, width, height);
  }

  private static PictureException refusal(byte[] bytes) {
    return refusal(bytes, WIDTH, HEIGHT);
  }

  private static PictureException refusal(byte[] bytes, int width, int height) {
    PictureException refusal =
        catchThrowableOfType(PictureException.class, () -> fit(bytes, width, height));
    assertThat(refusal).as("the refusal of %d bytes", bytes.length).isNotNull();
    return refusal;
  }

  private static byte[] withExif(byte[] jpeg, byte[] exif) {
    return withSegment(jpeg, 0xE1, concatenation(latin("Exif\0\0"), exif));
  }

  /** A picture with something everywhere. */
  private static BufferedImage gradient(int width, int height) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = image.createGraphics();
    graphics.setPaint(new GradientPaint(0, 0, Color.RED, width, height, Color.BLUE));
    graphics.fillRect(0, 0, width, height);
    graphics.setColor(Color.GREEN);
    graphics.fillOval(width / 4, height / 4, width / 2, height / 2);
    graphics.dispose();
    return image;
  }

  private static byte[] decoded(String base64) {
    return Base64.getDecoder().decode(base64);
  }
}
