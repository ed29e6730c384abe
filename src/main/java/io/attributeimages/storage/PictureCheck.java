package io.attributeimages.storage;

import com.twelvemonkeys.imageio.stream.ByteArrayImageInputStream;
import io.attributeimages.storage.PictureException.Reason;
import java.awt.Color;
import java.awt.Dimension;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Iterator;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.ImageOutputStream;

/**
 * Checks that downloaded bytes are the picture that was asked for, and makes a JPEG of it where it
 * is none.
 */
public final class PictureCheck {

  private static final Pattern TRUNCATION =
      Pattern.compile("truncated|missing EOI|premature end", Pattern.CASE_INSENSITIVE);
  private static final float JPEG_QUALITY = 0.92f;
  private static final int MAX_MESSAGE = 200;

  /** Of the pixels of a JPEG, and of its lines, one in so many is kept. */
  private static final int ONE_IN = 16;

  private PictureCheck() {}

  /**
   * The picture as JPEG: the very bytes where they are one, converted where they are PNG or WebP.
   *
   * @param width expected, in pixels
   * @param height expected, in pixels
   * @throws PictureException if the bytes are no whole picture of that size
   */
  public static byte[] jpeg(byte[] bytes, int width, int height) {
    // The size is read from the header first, so a small file cannot unpack into a huge picture.
    try (ImageInputStream in = new ByteArrayImageInputStream(bytes)) {
      Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
      if (!readers.hasNext()) {
        throw notAPicture("the download is neither JPEG nor PNG nor WebP");
      }
      ImageReader reader = readers.next();
      try {
        return jpeg(reader, in, bytes, width, height);
      } finally {
        reader.dispose();
      }
    } catch (PictureException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw notAPicture("the download is a broken picture: " + printable(e.getMessage()));
    } catch (OutOfMemoryError | StackOverflowError e) {
      // A decoder at its limits; what it took is free again.
      throw notAPicture("the download needs more memory than a picture of its size does");
    }
  }

  /** What decoders say of a file may quote it. */
  static String printable(String text) {
    String line = String.valueOf(text).replaceAll("[^ -~]", "?");
    return line.substring(0, Math.min(line.length(), MAX_MESSAGE));
  }

  private static byte[] jpeg(
      ImageReader reader, ImageInputStream in, byte[] bytes, int width, int height)
      throws IOException {
    String format = reader.getFormatName().toLowerCase(Locale.ROOT);
    if (!format.equals("jpeg") && !format.equals("png") && !format.equals("webp")) {
      throw notAPicture(
          "the download is a " + format + " picture; JPEG, PNG and WebP are accepted");
    }
    Dimension pixels = format.equals("webp") ? Bombs.pixels(bytes) : new Dimension(width, height);
    reader.setInput(in, true, true);
    if (reader.getWidth(0) != width || reader.getHeight(0) != height) {
      throw new PictureException(
          Reason.WRONG_SIZE,
          "the picture has %d×%d pixels; asked for were %d×%d"
              .formatted(reader.getWidth(0), reader.getHeight(0), width, height));
    }
    if (pixels.width != width || pixels.height != height) {
      throw Bombs.broken("it has %d×%d pixels".formatted(pixels.width, pixels.height));
    }
    if (format.equals("jpeg")) {
      Bombs.refuseManyScans(bytes);
    }
    // The JDK's JPEG reader fills what is missing of a truncated file with grey and only warns.
    AtomicReference<String> truncation = new AtomicReference<>();
    reader.addIIOReadWarningListener(
        (source, warning) -> {
          if (TRUNCATION.matcher(warning).find()) {
            truncation.set(warning);
          }
        });
    if (!format.equals("jpeg")) {
      return encode(reader.read(0));
    }
    reader.read(0, thinnedOut(reader));
    if (truncation.get() != null) {
      throw notAPicture(
          "the download ends before the picture does: " + printable(truncation.get()));
    }
    return bytes;
  }

  /** Everything is decoded, but few of the pixels are kept: nobody looks at them. */
  private static ImageReadParam thinnedOut(ImageReader reader) {
    ImageReadParam param = reader.getDefaultReadParam();
    param.setSourceSubsampling(ONE_IN, ONE_IN, 0, 0);
    return param;
  }

  private static byte[] encode(BufferedImage image) throws IOException {
    BufferedImage opaque =
        new BufferedImage(image.getWidth(), image.getHeight(), BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = opaque.createGraphics();
    graphics.drawImage(image, 0, 0, Color.WHITE, null);
    graphics.dispose();
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ImageOutputStream out = ImageIO.createImageOutputStream(bytes)) {
      ImageWriteParam quality = writer.getDefaultWriteParam();
      quality.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
      quality.setCompressionQuality(JPEG_QUALITY);
      writer.setOutput(out);
      writer.write(null, new IIOImage(opaque, null, null), quality);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }

  private static PictureException notAPicture(String message) {
    return new PictureException(Reason.NOT_A_PICTURE, message);
  }
}
