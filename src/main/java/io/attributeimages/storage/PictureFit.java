package io.attributeimages.storage;

import com.twelvemonkeys.imageio.stream.ByteArrayImageInputStream;
import io.attributeimages.storage.PictureException.Reason;
import jakarta.enterprise.context.ApplicationScoped;
import java.awt.Dimension;
import java.awt.color.ICC_Profile;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.DataBuffer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/**
 * Checks that bytes are a whole picture, and makes of it the one that the app needs: a JPEG of that
 * size, upright, in sRGB and without metadata.
 */
@ApplicationScoped
public class PictureFit {

  private static final Pattern TRUNCATION =
      Pattern.compile("truncated file|missing EOI|premature end", Pattern.CASE_INSENSITIVE);
  private static final int MAX_MESSAGE = 200;

  /** Of the pixels of a JPEG that stays as it is, and of its lines, one in so many is kept. */
  private static final int ONE_IN = 16;

  private final StorageSettings settings;

  /** One for each pixel that is decoded, so that memory is bounded however many come at once. */
  private final Semaphore room = new Semaphore(Layout.MAX_PIXELS, true);

  /** Fits pictures as the settings say. */
  public PictureFit(StorageSettings settings) {
    this.settings = settings;
  }

  /**
   * The picture in the size that is needed: the very bytes where they are a JPEG that has it and
   * looks the same everywhere.
   *
   * @param width needed, in pixels
   * @param height needed, in pixels
   * @throws PictureException if the bytes are no whole picture, or none that can be made to fit
   */
  public FittedPicture fit(byte[] bytes, int width, int height) {
    PictureFormat format = PictureFormat.of(bytes);
    ImageReader reader = ImageIO.getImageReadersByFormatName(format.name()).next();
    int taken = 0;
    try (ImageInputStream in = new ByteArrayImageInputStream(bytes)) {
      reader.setInput(in, true, true);
      // Headers come first: a small file may unpack into a huge picture.
      Layout layout = layout(reader, format, bytes, new Dimension(width, height));
      int pixels = layout.stored().width * layout.stored().height;
      room.acquireUninterruptibly(pixels);
      taken = pixels;
      return fit(reader, format, bytes, layout);
    } catch (PictureException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw Bombs.broken(printable(e.getMessage()));
    } catch (OutOfMemoryError | StackOverflowError e) {
      // A decoder at its limits; what it took is free again.
      throw new PictureException(
          PictureException.Reason.NO_MEMORY, "the download needs more memory than there is");
    } finally {
      reader.dispose(); // it holds on to the picture that it has read
      room.release(taken);
    }
  }

  /** What decoders say of a file may quote it. */
  static String printable(String text) {
    String line = String.valueOf(text).replaceAll("[^ -~]", "?");
    return line.substring(0, Math.min(line.length(), MAX_MESSAGE));
  }

  private Layout layout(ImageReader reader, PictureFormat format, byte[] bytes, Dimension needed)
      throws IOException {
    if (format != PictureFormat.PNG) {
      Bombs.refuseLongProfile(Metadata.writtenProfile(format, bytes));
    }
    Dimension pixels = format == PictureFormat.WEBP ? Bombs.pixels(bytes) : null;
    Dimension stored = new Dimension(reader.getWidth(0), reader.getHeight(0));
    Layout layout = Layout.of(stored, Metadata.orientation(format, bytes), needed, settings.fit());
    if (pixels != null && !pixels.equals(stored)) {
      throw Bombs.broken("it has %d×%d pixels".formatted(pixels.width, pixels.height));
    }
    if (format == PictureFormat.JPEG) {
      Bombs.refuseManyScans(bytes);
      // its decoder needs four times the memory
      if (Metadata.isLossless(bytes)) {
        throw notAPicture("the download is a lossless JPEG, which hardly any program shows");
      }
    }
    return layout;
  }

  private FittedPicture fit(ImageReader reader, PictureFormat format, byte[] bytes, Layout layout)
      throws IOException {
    if (format == PictureFormat.JPEG
        && layout.orientation() == 1
        && layout.stored().equals(layout.place())
        && looksTheSameEverywhere(reader)) {
      read(reader, ONE_IN);
      return new FittedPicture(bytes, null);
    }
    BufferedImage picture = layout.place(read(reader, 1));
    ICC_Profile profile = format == PictureFormat.PNG ? Metadata.profile(bytes) : null;
    if (profile != null) {
      Pixels.convert(picture, profile);
    }
    return new FittedPicture(jpeg(picture), settings.keepOriginals() ? format : null);
  }

  /**
   * Upright pixels are not all: a picture of CMYK, or in the colours of some screen, is another.
   */
  private static boolean looksTheSameEverywhere(ImageReader reader) throws IOException {
    ColorModel colours = reader.getRawImageType(0).getColorModel();
    return colours.getNumComponents() == 1
        || colours.getNumComponents() == 3 && Pixels.isSrgb(colours.getColorSpace());
  }

  /** Everything is decoded; of the pixels, and of the lines, one in so many is kept. */
  private static BufferedImage read(ImageReader reader, int oneIn) throws IOException {
    // The JDK's JPEG reader fills what is missing of a truncated file with grey and only warns.
    AtomicReference<String> truncation = new AtomicReference<>();
    reader.addIIOReadWarningListener(
        (source, warning) -> {
          if (TRUNCATION.matcher(warning).find()) {
            truncation.set(warning);
          }
        });
    ImageReadParam param = reader.getDefaultReadParam();
    param.setSourceSubsampling(oneIn, oneIn, 0, 0);
    ImageTypeSpecifier kind = reader.getImageTypes(0).next();
    if (kind.getSampleModel().getDataType() == DataBuffer.TYPE_USHORT) {
      param.setDestination(
          ofBytes(kind).createBufferedImage(reader.getWidth(0), reader.getHeight(0)));
    }
    BufferedImage picture = reader.read(0, param);
    if (truncation.get() != null) {
      throw notAPicture(
          "the download ends before the picture does: " + printable(truncation.get()));
    }
    return picture;
  }

  /** The same with 8 bits a colour, which is half of the memory: the PNG reader adjusts. */
  private static ImageTypeSpecifier ofBytes(ImageTypeSpecifier kind) {
    ColorModel colours = kind.getColorModel();
    int bands = kind.getNumBands();
    int[] backwards = IntStream.rangeClosed(1, bands).map(i -> bands - i).toArray();
    return ImageTypeSpecifier.createInterleaved(
        colours.getColorSpace(), backwards, DataBuffer.TYPE_BYTE, colours.hasAlpha(), false);
  }

  private byte[] jpeg(BufferedImage picture) throws IOException {
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      ImageWriteParam param = writer.getDefaultWriteParam();
      param.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
      param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
      param.setCompressionQuality(settings.jpegQuality());
      writer.setOutput(out);
      writer.write(null, new IIOImage(picture, null, null), param);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }

  private static PictureException notAPicture(String message) {
    return new PictureException(Reason.NOT_A_PICTURE, message);
  }
}
