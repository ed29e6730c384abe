package io.attributeimages.storage;

import static io.attributeimages.storage.Painted.chunk;
import static io.attributeimages.storage.Painted.concatenation;
import static io.attributeimages.storage.Painted.latin;
import static io.attributeimages.storage.Painted.part;
import static io.attributeimages.storage.Painted.png;
import static io.attributeimages.storage.Painted.tail;
import static io.attributeimages.storage.Painted.webp;
import static io.attributeimages.storage.Painted.withChunk;
import static io.attributeimages.storage.Painted.withSegment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.attributeimages.storage.PictureException.Reason;
import io.attributeimages.support.TestSettings;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that are made to cost memory, time or a wrong picture. The bombs are made here. */
@Timeout(30)
class BombsTest {

  private static final int WIDTH = 64;
  private static final int HEIGHT = 96;
  private static final int PNG_HEADER = 33;

  /** What a small part unpacks to, in bytes. */
  private static final long UNPACKED = 1L << 30;

  /** A lossless WebP of 64×96 pixels. */
  private static final byte[] LOSSLESS =
      Base64.getDecoder()
          .decode(
              "UklGRkwAAABXRUJQVlA4TEAAAAAvP8AXAChEwQvS/wIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
                  + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");

  /** A lossy WebP of one pixel. */
  private static final byte[] LOSSY =
      Base64.getDecoder().decode("UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASoBAAEAAwA0JaQAA3AA/vuUAAA=");

  // ------------------------------------------------------------------------------- JPEG

  @Test
  void aProgressiveJpegOfManyScansIsKept() throws Exception {
    byte[] jpeg = withMoreScans(progressive(), 80);

    assertThat(fit(jpeg, WIDTH, HEIGHT)).isEqualTo(jpeg);
  }

  @ParameterizedTest
  @ValueSource(ints = {101, 200_000})
  void aProgressiveJpegOfVeryManyScansIsNotDecoded(int scans) throws Exception {
    assertThat(refusal(withMoreScans(progressive(), scans)))
        .hasMessage("the download is a broken picture: it has more than 100 scans")
        .extracting(PictureException::reason)
        .isEqualTo(Reason.NOT_A_PICTURE);
  }

  @Test
  void aJpegThatDeclaresAHugePictureIsOfTheWrongSize() throws Exception {
    byte[] jpeg = progressive();
    int frame = indexOf(jpeg, 0xC2);
    ByteBuffer.wrap(jpeg).putShort(frame + 5, (short) 65_500).putShort(frame + 7, (short) 65_500);

    assertThat(refusal(jpeg).reason()).isEqualTo(Reason.WRONG_SIZE);
  }

  /** A part of a JPEG's file that has no zero in it could be read to its end once for each part. */
  @Test
  void aJpegOfVeryManyPartsIsReadInNoTime() {
    byte[] parts = new byte[8 << 20];
    Arrays.fill(parts, (byte) 1);
    for (int i = 0; i + 1 < parts.length; i += 259) {
      parts[i] = (byte) 0xFF;
      parts[i + 1] = (byte) 0xE3;
    }
    byte[] jpeg = progressive();

    byte[] trapped =
        concatenation(
            Arrays.copyOf(jpeg, 2), Arrays.copyOf(parts, parts.length / 259 * 259), tail(jpeg, 2));

    assertThat(fit(trapped, WIDTH, HEIGHT)).isEqualTo(trapped);
  }

  /** A program that is told to end when its memory is used up would end. */
  @Test
  void aProfileThatSaysItIsHugeIsRefused() {
    byte[] profile = Painted.displayP3();
    ByteBuffer.wrap(profile).putInt(0, Integer.MAX_VALUE);
    byte[] half = Arrays.copyOf(profile, 2);
    byte[] second = concatenation(latin("ICC_PROFILE\0\2\2"), tail(profile, 2));
    byte[] first = concatenation(latin("ICC_PROFILE\0\1\2"), half);

    for (byte[] bytes :
        List.of(
            Painted.withProfile(progressive(), profile),
            withSegment(withSegment(progressive(), 0xE2, first), 0xE2, second),
            webp(WIDTH, HEIGHT, 0x20, part("ICCP", profile), part("VP8L", losslessPixels())))) {
      assertThat(refusal(bytes))
          .hasMessage(
              "the download is a broken picture: its colour profile has more than 4194304 bytes");
    }
  }

  @Test
  void aLosslessJpegIsNotDecoded() {
    byte[] jpeg = progressive();
    jpeg[indexOf(jpeg, 0xC2) + 1] = (byte) 0xC3;

    assertThat(refusal(jpeg))
        .hasMessage("the download is a lossless JPEG, which hardly any program shows")
        .extracting(PictureException::reason)
        .isEqualTo(Reason.NOT_A_PICTURE);
  }

  /** A few kilobytes of EXIF can name gigabytes: the same values again and again. */
  @Test
  void whatExifNamesIsNotUnpacked() {
    byte[] exif = new byte[60_000];
    ByteBuffer tiff = ByteBuffer.wrap(exif).put(latin("MM")).putShort((short) 42).putInt(8);
    tiff.putShort((short) 4_900);
    for (int i = 0; i < 4_900; i++) {
      tiff.putShort((short) 0x9286).putShort((short) 7).putInt(59_000).putInt(0);
    }

    byte[] jpeg = withSegment(progressive(), 0xE1, concatenation(latin("Exif\0\0"), exif));

    assertThat(fit(jpeg, WIDTH, HEIGHT)).isEqualTo(jpeg);
  }

  // ------------------------------------------------------------------------------- PNG

  static List<Arguments> pngBombs() throws IOException {
    byte[] bomb = packedZeros(UNPACKED);
    return List.of(
        Arguments.of("zTXt", concatenation(latin("k\0\0"), bomb)),
        Arguments.of("iTXt", concatenation(latin("k\0\1\0\0\0"), bomb)),
        Arguments.of("iCCP", concatenation(latin("k\0\0"), bomb)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("pngBombs")
  void textsAndProfilesOfAPngAreNotUnpacked(String type, byte[] bomb) throws Exception {
    for (int kind : List.of(BufferedImage.TYPE_INT_RGB, BufferedImage.TYPE_BYTE_INDEXED)) {
      byte[] png = png(new BufferedImage(WIDTH, HEIGHT, kind));
      byte[] trapped = withChunk(png, type, bomb);

      assertThat(fit(trapped, WIDTH, HEIGHT)).startsWith(0xFF, 0xD8, 0xFF);
    }
  }

  @Test
  void morePixelsThanAPngHasAreNotUnpacked() throws Exception {
    byte[] png = png(new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB));
    byte[] trapped =
        concatenation(
            Arrays.copyOf(png, PNG_HEADER),
            chunk("IDAT", packedZeros(UNPACKED)),
            chunk("IEND", new byte[0]));

    assertThat(fit(trapped, WIDTH, HEIGHT)).startsWith(0xFF, 0xD8, 0xFF);
  }

  @ParameterizedTest
  @ValueSource(ints = {Integer.MAX_VALUE, -1, Integer.MIN_VALUE, 1_000_000})
  void aPartOfAPngThatIsLongerThanTheFileIsRefused(int length) throws Exception {
    byte[] png = png(new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB));
    byte[] part = ByteBuffer.allocate(8).putInt(length).put(latin("tEXt")).array();

    assertThat(
            refusal(concatenation(Arrays.copyOf(png, PNG_HEADER), part, tail(png, PNG_HEADER)))
                .reason())
        .isEqualTo(Reason.NOT_A_PICTURE);
  }

  @Test
  void whatIsHiddenBehindAPngIsNotStored() throws Exception {
    byte[] png = png(new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB));

    byte[] stored =
        fit(concatenation(png, latin("PK\3\4<script>alert(1)</script>")), WIDTH, HEIGHT);

    assertThat(new String(stored, StandardCharsets.ISO_8859_1)).doesNotContain("script", "PK\3\4");
  }

  // ------------------------------------------------------------------------------- WebP

  @Test
  void aWebpInAnExtendedFileIsConverted() throws Exception {
    byte[] webp = webp(WIDTH, HEIGHT, 0, part("VP8L", losslessPixels()), part("EXIF", new byte[7]));

    assertThat(fit(webp, WIDTH, HEIGHT)).startsWith(0xFF, 0xD8, 0xFF);
  }

  static List<Arguments> liars() {
    byte[] huge = lossyPixels();
    ByteBuffer.wrap(huge).putShort(6, (short) 0xFF3F).putShort(8, (short) 0xFF3F);
    byte[] hugeLossless = losslessPixels();
    Arrays.fill(hugeLossless, 1, 4, (byte) 0xFF);
    return List.of(
        Arguments.of("a huge one", part("VP8 ", huge), "it has 16383×16383 pixels"),
        Arguments.of("a tiny one", part("VP8 ", lossyPixels()), "it has 1×1 pixels"),
        Arguments.of("a huge lossless one", part("VP8L", hugeLossless), "×"),
        Arguments.of("nothing", new byte[0], "it has no pixels, or is animated"),
        Arguments.of("another part", part("\0\n\1X", new byte[4]), "it has no pixels"),
        Arguments.of(
            "an animation",
            concatenation(
                part("ANIM", new byte[6]),
                part("ANMF", concatenation(new byte[16], part("VP8L", losslessPixels())))),
            "it has no pixels, or is animated"),
        Arguments.of("a part without end", endless("VP8L"), "it ends within its part VP8L"),
        Arguments.of("a nameless endless part", endless("\0\n\1X"), "it ends within its part ???X"),
        Arguments.of("an endless profile", endless("ICCP"), "it ends within its part ICCP"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("liars")
  void aWebpThatHoldsAnotherPictureThanItSaysIsNotDecoded(String what, byte[] parts, String why) {
    assertThat(refusal(webp(WIDTH, HEIGHT, what.contains("profile") ? 0x20 : 0, parts)))
        .hasMessageContaining(why)
        .extracting(PictureException::reason)
        .isEqualTo(Reason.NOT_A_PICTURE);
  }

  @Test
  void aLossyWebpThatIsCutAnywhereIsRefused() {
    for (int kept = 0; kept < LOSSY.length - 1; kept++) {
      byte[] cut = Arrays.copyOf(LOSSY, kept);
      assertThat(refusal(cut, 1, 1).reason())
          .as("%d of %d bytes", kept, LOSSY.length)
          .isEqualTo(Reason.NOT_A_PICTURE);
    }
  }

  // ------------------------------------------------------------------------------- making them

  private static byte[] fit(byte[] bytes, int width, int height) {
    return new PictureFit(TestSettings.of(StorageSettings.class)).fit(bytes, width, height).jpeg();
  }

  private static byte[] progressive() {
    return Painted.progressive(new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB));
  }

  private static PictureException refusal(byte[] bytes) {
    return refusal(bytes, WIDTH, HEIGHT);
  }

  private static PictureException refusal(byte[] bytes, int width, int height) {
    PictureException refusal =
        catchThrowableOfType(PictureException.class, () -> fit(bytes, width, height));
    assertThat(refusal).as("the refusal of %d bytes", bytes.length).isNotNull();
    assertThat(refusal.getMessage()).matches("[ -~×]{1,300}");
    return refusal;
  }

  /** The last scan, which refines the one before, again and again. */
  private static byte[] withMoreScans(byte[] jpeg, int scans) {
    int last = 0;
    for (int i = indexOf(jpeg, 0xDA); i > 0; i = indexOf(jpeg, 0xDA, i + 1)) {
      last = i;
    }
    byte[] end = tail(jpeg, jpeg.length - 2);
    byte[] scan = Arrays.copyOfRange(jpeg, last, jpeg.length - 2);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.write(jpeg, 0, jpeg.length - 2);
    for (int i = 0; i < scans; i++) {
      bytes.writeBytes(scan);
    }
    bytes.writeBytes(end);
    return bytes.toByteArray();
  }

  private static int indexOf(byte[] jpeg, int marker) {
    return indexOf(jpeg, marker, 0);
  }

  private static int indexOf(byte[] jpeg, int marker, int from) {
    for (int i = from; i < jpeg.length - 1; i++) {
      if (jpeg[i] == (byte) 0xFF && jpeg[i + 1] == (byte) marker) {
        return i;
      }
    }
    return -1;
  }

  private static byte[] packedZeros(long count) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    byte[] zeros = new byte[1 << 20];
    Deflater fast = new Deflater(Deflater.BEST_SPEED);
    try (DeflaterOutputStream out = new DeflaterOutputStream(packed, fast)) {
      for (long i = 0; i < count; i += zeros.length) {
        out.write(zeros);
      }
    } finally {
      fast.end();
    }
    return packed.toByteArray();
  }

  private static byte[] losslessPixels() {
    return tail(LOSSLESS, 20);
  }

  private static byte[] lossyPixels() {
    return tail(LOSSY, 20);
  }

  private static byte[] endless(String type) {
    byte[] part = part(type, losslessPixels());
    ByteBuffer.wrap(part).order(ByteOrder.LITTLE_ENDIAN).putInt(4, Integer.MAX_VALUE);
    return part;
  }
}
