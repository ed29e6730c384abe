package io.attributeimages.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.attributeimages.storage.PictureException.Reason;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
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

    assertThat(PictureCheck.jpeg(jpeg, WIDTH, HEIGHT)).isEqualTo(jpeg);
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

  @Test
  void aJpegOfFourChannelsIsKept() throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    try (ImageOutputStream out = ImageIO.createImageOutputStream(bytes)) {
      writer.setOutput(out);
      Raster raster = Raster.createInterleavedRaster(DataBuffer.TYPE_BYTE, WIDTH, HEIGHT, 4, null);
      writer.write(null, new IIOImage(raster, null, null), null);
    } finally {
      writer.dispose();
    }
    byte[] plain = bytes.toByteArray();
    byte[] adobe = {
      (byte) 0xFF, (byte) 0xEE, 0, 14, 'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, 2
    };
    byte[] ycck = concatenation(Arrays.copyOf(plain, 2), adobe, tail(plain, 2));

    assertThat(PictureCheck.jpeg(plain, WIDTH, HEIGHT)).isEqualTo(plain);
    assertThat(PictureCheck.jpeg(ycck, WIDTH, HEIGHT)).isEqualTo(ycck);
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
      byte[] trapped =
          concatenation(Arrays.copyOf(png, PNG_HEADER), chunk(type, bomb), tail(png, PNG_HEADER));

      assertThat(PictureCheck.jpeg(trapped, WIDTH, HEIGHT)).startsWith(0xFF, 0xD8, 0xFF);
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

    assertThat(PictureCheck.jpeg(trapped, WIDTH, HEIGHT)).startsWith(0xFF, 0xD8, 0xFF);
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
  void aPngOfSixteenBitsIsConverted() throws Exception {
    ColorModel model =
        new ComponentColorModel(
            ColorSpace.getInstance(ColorSpace.CS_sRGB), false, false, 1, DataBuffer.TYPE_USHORT);
    byte[] png =
        png(
            new BufferedImage(
                model, model.createCompatibleWritableRaster(WIDTH, HEIGHT), false, null));

    assertThat(PictureCheck.jpeg(png, WIDTH, HEIGHT)).startsWith(0xFF, 0xD8, 0xFF);
  }

  @Test
  void whatIsHiddenBehindAPngIsNotStored() throws Exception {
    byte[] png = png(new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB));

    byte[] stored =
        PictureCheck.jpeg(
            concatenation(png, latin("PK\3\4<script>alert(1)</script>")), WIDTH, HEIGHT);

    assertThat(new String(stored, StandardCharsets.ISO_8859_1)).doesNotContain("script", "PK\3\4");
  }

  // ------------------------------------------------------------------------------- WebP

  @Test
  void aWebpInAnExtendedFileIsConverted() throws Exception {
    byte[] webp = webp(canvas(0), part("VP8L", losslessPixels()), part("EXIF", new byte[7]));

    assertThat(PictureCheck.jpeg(webp, WIDTH, HEIGHT)).startsWith(0xFF, 0xD8, 0xFF);
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
    assertThat(refusal(webp(canvas(what.contains("profile") ? 0x20 : 0), parts)))
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

  private static PictureException refusal(byte[] bytes) {
    return refusal(bytes, WIDTH, HEIGHT);
  }

  private static PictureException refusal(byte[] bytes, int width, int height) {
    PictureException refusal =
        catchThrowableOfType(PictureException.class, () -> PictureCheck.jpeg(bytes, width, height));
    assertThat(refusal).as("the refusal of %d bytes", bytes.length).isNotNull();
    assertThat(refusal.getMessage()).matches("[ -~×]{1,300}");
    return refusal;
  }

  private static byte[] progressive() throws IOException {
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ImageOutputStream out = ImageIO.createImageOutputStream(bytes)) {
      ImageWriteParam parameters = writer.getDefaultWriteParam();
      parameters.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
      writer.setOutput(out);
      BufferedImage image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
      writer.write(null, new IIOImage(image, null, null), parameters);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
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

  private static byte[] png(BufferedImage image) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageIO.write(image, "png", bytes);
    return bytes.toByteArray();
  }

  private static byte[] chunk(String type, byte[] data) {
    ByteBuffer chunk = ByteBuffer.allocate(data.length + 12);
    chunk.putInt(data.length).put(latin(type)).put(data);
    CRC32 crc = new CRC32();
    crc.update(chunk.array(), 4, data.length + 4);
    return chunk.putInt((int) crc.getValue()).array();
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

  private static byte[] webp(byte[]... parts) {
    byte[] all = concatenation(parts);
    return ByteBuffer.allocate(all.length + 12)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(latin("RIFF"))
        .putInt(all.length + 4)
        .put(latin("WEBP"))
        .put(all)
        .array();
  }

  /** The part that names the size of the whole. */
  private static byte[] canvas(int flags) {
    return part("VP8X", new byte[] {(byte) flags, 0, 0, 0, WIDTH - 1, 0, 0, HEIGHT - 1, 0, 0});
  }

  private static byte[] part(String type, byte[] data) {
    return ByteBuffer.allocate(8 + data.length + data.length % 2)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(latin(type))
        .putInt(data.length)
        .put(data)
        .array();
  }

  private static byte[] endless(String type) {
    byte[] part = part(type, losslessPixels());
    ByteBuffer.wrap(part).order(ByteOrder.LITTLE_ENDIAN).putInt(4, Integer.MAX_VALUE);
    return part;
  }

  private static byte[] latin(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
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
