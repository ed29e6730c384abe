package io.attributeimages.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;

/** Pictures whose quarters have four colours, named by their letters: top left, top right, … */
final class Painted {

  /** The colours by their letters, as in {@code RGBY}. */
  static final String UPRIGHT = "RGBY";

  private Painted() {}

  static Color colour(char letter) {
    return switch (letter) {
      case 'R' -> new Color(220, 30, 30);
      case 'G' -> new Color(30, 160, 40);
      case 'B' -> new Color(40, 60, 200);
      case 'Y' -> new Color(230, 200, 40);
      case 'W' -> Color.WHITE;
      case 'M' -> Color.MAGENTA;
      default -> throw new IllegalArgumentException("no colour " + letter);
    };
  }

  private static Color[] colours(String letters) {
    return letters.chars().mapToObj(letter -> colour((char) letter)).toArray(Color[]::new);
  }

  /** The quarters, in a picture of that type. */
  static BufferedImage quarters(int type, int width, int height) {
    return quarters(new BufferedImage(width, height, type), UPRIGHT);
  }

  static BufferedImage quarters(String letters, int width, int height) {
    return quarters(new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR), letters);
  }

  static BufferedImage quarters(BufferedImage picture, String letters) {
    paint(picture, colours(letters));
    return picture;
  }

  /** The quarters in the middle of a picture, with magenta around them. */
  static BufferedImage framed(int width, int height, int innerWidth, int innerHeight) {
    BufferedImage picture = quarters("MMMM", width, height);
    Graphics2D graphics = picture.createGraphics();
    graphics.drawImage(
        quarters(UPRIGHT, innerWidth, innerHeight),
        (width - innerWidth) / 2,
        (height - innerHeight) / 2,
        null);
    graphics.dispose();
    return picture;
  }

  static void paint(BufferedImage picture, Color... colours) {
    int width = picture.getWidth();
    int height = picture.getHeight();
    Graphics2D graphics = picture.createGraphics();
    for (int i = 0; i < 4; i++) {
      graphics.setColor(colours[i]);
      graphics.fillRect(
          i % 2 * (width / 2), i / 2 * (height / 2), (width + 1) / 2, (height + 1) / 2);
    }
    graphics.dispose();
  }

  /** A picture of 16 bits, in grey or in colours, with or without alpha. */
  static BufferedImage sixteenBits(int colourSpace, boolean alpha, int width, int height) {
    ColorModel model =
        new ComponentColorModel(
            ColorSpace.getInstance(colourSpace),
            alpha,
            false,
            alpha ? ColorModel.TRANSLUCENT : ColorModel.OPAQUE,
            DataBuffer.TYPE_USHORT);
    return new BufferedImage(
        model, model.createCompatibleWritableRaster(width, height), false, null);
  }

  // ------------------------------------------------------------------------------- files

  static byte[] png(BufferedImage picture) {
    return written(picture, "png");
  }

  static byte[] jpeg(BufferedImage picture) {
    return written(picture, "jpeg");
  }

  static byte[] written(BufferedImage picture, String format) {
    try {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      ImageIO.write(picture, format, bytes);
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static byte[] progressive(BufferedImage picture) {
    return jpeg(new IIOImage(picture, null, null), true);
  }

  private static byte[] jpeg(IIOImage image, boolean progressive) {
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ImageOutputStream out = ImageIO.createImageOutputStream(bytes)) {
      ImageWriteParam param = writer.getDefaultWriteParam();
      if (progressive) {
        param.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
      }
      writer.setOutput(out);
      writer.write(null, image, param);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }

  /**
   * A JPEG of four numbers a pixel, the same for each quarter, as Adobe's programs write them.
   *
   * @param transform 0 for CMYK, 2 for YCCK
   */
  static byte[] fourChannels(int width, int height, int transform, int[]... quarters) {
    WritableRaster raster =
        Raster.createInterleavedRaster(DataBuffer.TYPE_BYTE, width, height, 4, null);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        raster.setPixel(x, y, quarters[x * 2 / width + y * 2 / height * 2]);
      }
    }
    byte[] adobe = {'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, (byte) transform};
    return withSegment(jpeg(new IIOImage(raster, null, null), false), 0xEE, adobe);
  }

  /** The JPEG with another part before its others. */
  static byte[] withSegment(byte[] jpeg, int marker, byte[] data) {
    return concatenation(
        Arrays.copyOf(jpeg, 2),
        ByteBuffer.allocate(4)
            .put((byte) 0xFF)
            .put((byte) marker)
            .putShort((short) (data.length + 2))
            .array(),
        data,
        tail(jpeg, 2));
  }

  /** The PNG with another part behind its header. */
  static byte[] withChunk(byte[] png, String type, byte[] data) {
    int header = 33;
    return concatenation(Arrays.copyOf(png, header), chunk(type, data), tail(png, header));
  }

  static byte[] chunk(String type, byte[] data) {
    ByteBuffer chunk = ByteBuffer.allocate(data.length + 12);
    chunk.putInt(data.length).put(latin(type)).put(data);
    CRC32 crc = new CRC32();
    crc.update(chunk.array(), 4, data.length + 4);
    return chunk.putInt((int) crc.getValue()).array();
  }

  /** A WebP in an extended file of that size, with those flags of what is in it. */
  static byte[] webp(int width, int height, int flags, byte[]... parts) {
    byte[] canvas =
        ByteBuffer.allocate(10)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putInt(flags)
            .put((byte) (width - 1))
            .putShort((short) (width - 1 >> 8))
            .put((byte) (height - 1))
            .putShort((short) (height - 1 >> 8))
            .array();
    byte[] all = concatenation(part("VP8X", canvas), concatenation(parts));
    return ByteBuffer.allocate(all.length + 12)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(latin("RIFF"))
        .putInt(all.length + 4)
        .put(latin("WEBP"))
        .put(all)
        .array();
  }

  static byte[] part(String type, byte[] data) {
    return ByteBuffer.allocate(8 + data.length + data.length % 2)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(latin(type))
        .putInt(data.length)
        .put(data)
        .array();
  }

  /** EXIF that holds only an orientation. */
  static byte[] exif(int orientation, ByteOrder order) {
    return ByteBuffer.allocate(26)
        .order(order)
        .put(latin(order == ByteOrder.BIG_ENDIAN ? "MM" : "II"))
        .putShort((short) 42)
        .putInt(8)
        .putShort((short) 1)
        .putShort((short) 0x112)
        .putShort((short) 3)
        .putInt(1)
        .putShort((short) orientation)
        .array();
  }

  // ------------------------------------------------------------------------------- profiles

  /** Display P3, but for its curve, which is a plain power here. */
  static byte[] displayP3() {
    return profile(
        2.2,
        new double[] {0.51512, 0.24120, -0.00105},
        new double[] {0.29198, 0.69225, 0.04189},
        new double[] {0.15710, 0.06657, 0.78407});
  }

  static byte[] adobeRgb() {
    return profile(
        2.19921875,
        new double[] {0.60974, 0.31111, 0.01947},
        new double[] {0.20528, 0.62567, 0.06087},
        new double[] {0.14919, 0.06322, 0.74457});
  }

  /** An ICC profile of a screen, of version 2: the colours of its lights and its curve. */
  private static byte[] profile(double gamma, double[]... lights) {
    ByteBuffer tags = ByteBuffer.allocate(1024);
    ByteBuffer data = ByteBuffer.allocate(1024);
    int count = 9;
    int start = 128 + 4 + 12 * count;
    tags.putInt(count);
    for (int i = 0; i < 3; i++) {
      add(tags, data, start, "rgb".charAt(i) + "XYZ", xyz(lights[i]));
      byte[] curve =
          ByteBuffer.allocate(16)
              .put(latin("curv"))
              .putInt(0)
              .putInt(1)
              .putShort((short) Math.round(gamma * 256))
              .array();
      add(tags, data, start, "rgb".charAt(i) + "TRC", curve);
    }
    add(tags, data, start, "wtpt", xyz(new double[] {0.9642, 1, 0.8249}));
    add(
        tags,
        data,
        start,
        "cprt",
        ByteBuffer.allocate(12).put(latin("text")).putInt(0).put(latin("none")).array());
    byte[] name = latin("a screen\0");
    add(
        tags,
        data,
        start,
        "desc",
        ByteBuffer.allocate(104)
            .put(latin("desc"))
            .putInt(0)
            .putInt(name.length)
            .put(name)
            .array());
    ByteBuffer profile = ByteBuffer.allocate(start + data.position());
    profile.putInt(profile.capacity()).putInt(0).putInt(0x02400000).put(latin("mntrRGB XYZ "));
    profile.position(36).put(latin("acsp"));
    profile.position(68).putInt(s15(0.9642)).putInt(s15(1)).putInt(s15(0.8249));
    profile
        .position(128)
        .put(tags.array(), 0, tags.position())
        .put(data.array(), 0, data.position());
    return profile.array();
  }

  private static void add(ByteBuffer tags, ByteBuffer all, int start, String tag, byte[] data) {
    tags.put(latin(tag)).putInt(start + all.position()).putInt(data.length);
    all.put(data);
  }

  private static byte[] xyz(double[] colour) {
    ByteBuffer xyz = ByteBuffer.allocate(20).put(latin("XYZ ")).putInt(0);
    for (double part : colour) {
      xyz.putInt(s15(part));
    }
    return xyz.array();
  }

  private static int s15(double number) {
    return (int) Math.round(number * 65536);
  }

  /** The part of a JPEG that holds the profile. */
  static byte[] withProfile(byte[] jpeg, byte[] profile) {
    return withSegment(jpeg, 0xE2, concatenation(latin("ICC_PROFILE\0\1\1"), profile));
  }

  /** The part of a PNG that holds the profile. */
  static byte[] packed(byte[] profile) {
    Deflater deflater = new Deflater();
    deflater.setInput(profile);
    deflater.finish();
    byte[] packed = new byte[profile.length + 100];
    int length = deflater.deflate(packed);
    deflater.end();
    return concatenation(latin("screen\0\0"), Arrays.copyOf(packed, length));
  }

  // ------------------------------------------------------------------------------- looking

  /** The picture in the JPEG's bytes. */
  static BufferedImage seen(byte[] jpeg) {
    assertThat(jpeg).startsWith(0xFF, 0xD8, 0xFF);
    try {
      return ImageIO.read(new ByteArrayInputStream(jpeg));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The mean colour of the whole of each quarter is the expected one. */
  static void assertQuarters(BufferedImage picture, int tolerance, Color... expected) {
    int width = picture.getWidth() / 2;
    int height = picture.getHeight() / 2;
    for (int i = 0; i < 4; i++) {
      assertMean(
          picture.getSubimage(i % 2 * width, i / 2 * height, width, height),
          tolerance,
          expected[i],
          "quarter " + i);
    }
  }

  static void assertQuarters(BufferedImage picture, int tolerance, String letters) {
    assertQuarters(picture, tolerance, colours(letters));
  }

  static void assertMean(BufferedImage picture, int tolerance, Color expected, String what) {
    long[] sums = new long[3];
    for (int y = 0; y < picture.getHeight(); y++) {
      for (int x = 0; x < picture.getWidth(); x++) {
        Color colour = new Color(picture.getRGB(x, y));
        sums[0] += colour.getRed();
        sums[1] += colour.getGreen();
        sums[2] += colour.getBlue();
      }
    }
    long pixels = (long) picture.getWidth() * picture.getHeight();
    int[] mean = Arrays.stream(sums).mapToInt(sum -> (int) (sum / pixels)).toArray();
    int[] wanted = {expected.getRed(), expected.getGreen(), expected.getBlue()};
    for (int i = 0; i < 3; i++) {
      assertThat(Math.abs(mean[i] - wanted[i]))
          .as("%s is %s, not %s", what, Arrays.toString(mean), Arrays.toString(wanted))
          .isLessThanOrEqualTo(tolerance);
    }
  }

  static byte[] latin(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  static byte[] tail(byte[] bytes, int from) {
    return Arrays.copyOfRange(bytes, from, bytes.length);
  }

  static byte[] concatenation(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }
}
