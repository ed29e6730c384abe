package io.attributeimages.storage;

import com.twelvemonkeys.imageio.color.ColorProfiles;
import com.twelvemonkeys.imageio.metadata.jpeg.JPEG;
import com.twelvemonkeys.imageio.metadata.jpeg.JPEGSegment;
import com.twelvemonkeys.imageio.metadata.jpeg.JPEGSegmentUtil;
import com.twelvemonkeys.imageio.stream.ByteArrayImageInputStream;
import java.awt.color.CMMException;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.Stream;
import java.util.zip.InflaterInputStream;

/**
 * What stands beside the pixels and changes how they look. What cannot be understood counts as not
 * there, as in browsers.
 */
final class Metadata {

  private static final int ORIENTATION = 0x112;

  /** Profiles have a few kilobytes; a bomb unpacks to any size. */
  private static final int MAX_PROFILE_BYTES = 1 << 20;

  private Metadata() {}

  /** Which way up the picture is, 1 to 8 as EXIF counts. */
  static int orientation(PictureFormat format, byte[] bytes) throws IOException {
    byte[] exif =
        switch (format) {
          case JPEG -> segments(bytes, JPEG.APP1, "Exif").findFirst().orElse(new byte[0]);
          case PNG -> chunk(format, bytes, "eXIf");
          case WEBP -> chunk(format, bytes, "EXIF");
        };
    // The library's reader keeps all values, and a few kilobytes can name gigabytes of them.
    try {
      int start = exif[0] == 'E' ? "Exif..".length() : 0;
      ByteBuffer tiff = ByteBuffer.wrap(exif, start, exif.length - start).slice();
      tiff.order(tiff.get(0) == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
      int directory = tiff.getInt(4);
      int entries = Short.toUnsignedInt(tiff.getShort(directory));
      for (int entry = directory + 2; entry < directory + 2 + 12 * entries; entry += 12) {
        if (tiff.getShort(entry) == ORIENTATION) {
          int orientation = tiff.getShort(entry + 8);
          return orientation >= 1 && orientation <= 8 ? orientation : 1;
        }
      }
    } catch (IndexOutOfBoundsException e) {
      // cut short, or none at all
    }
    return 1;
  }

  /** What the numbers of a PNG's pixels mean, where it is not sRGB; null where it is. */
  static ICC_Profile profile(byte[] png) throws IOException {
    byte[] named = writtenProfile(PictureFormat.PNG, png);
    int packed = new String(named, StandardCharsets.ISO_8859_1).indexOf('\0') + 2;
    if (packed < 2 || packed > named.length) {
      return null;
    }
    try (InflaterInputStream in =
        new InflaterInputStream(new ByteArrayInputStream(named, packed, named.length))) {
      ICC_Profile profile = ColorProfiles.createProfile(in.readNBytes(MAX_PROFILE_BYTES));
      return profile.getColorSpaceType() != ColorSpace.TYPE_RGB || ColorProfiles.isCS_sRGB(profile)
          ? null
          : profile;
    } catch (IOException | IllegalArgumentException | CMMException e) {
      return null;
    }
  }

  /** The embedded colour profile as it is written, of any length; empty where there is none. */
  static byte[] writtenProfile(PictureFormat format, byte[] bytes) throws IOException {
    return switch (format) {
      case JPEG -> {
        ByteArrayOutputStream profile = new ByteArrayOutputStream();
        int head = "ICC_PROFILE.12".length();
        segments(bytes, JPEG.APP2, "ICC_PROFILE")
            .filter(part -> part.length > head)
            .sorted(Comparator.comparing(part -> part[head - 2] & 0xFF))
            .forEach(part -> profile.write(part, head, part.length - head));
        yield profile.toByteArray();
      }
      case PNG -> chunk(format, bytes, "iCCP");
      case WEBP -> chunk(format, bytes, "ICCP");
    };
  }

  /** Whether a JPEG is of the lossless kind, which hardly any program shows. */
  static boolean isLossless(byte[] jpeg) throws IOException {
    return segments(jpeg).anyMatch(segment -> segment.marker() == JPEG.SOF3);
  }

  private static Stream<byte[]> segments(byte[] jpeg, int marker, String name) throws IOException {
    return segments(jpeg)
        .filter(segment -> segment.marker() == marker && name.equals(segment.identifier()))
        .map(Metadata::content);
  }

  /** The parts of a JPEG before its pixels. */
  private static Stream<JPEGSegment> segments(byte[] jpeg) throws IOException {
    // all of them: to find one by its name, the library reads the others as far as there is no zero
    return JPEGSegmentUtil.readSegments(
        new ByteArrayImageInputStream(jpeg), JPEGSegmentUtil.ALL_SEGMENTS)
        .stream();
  }

  private static byte[] content(JPEGSegment segment) {
    try {
      return segment.segmentData().readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The first part of that name, empty where there is none. */
  private static byte[] chunk(PictureFormat format, byte[] file, String name) {
    boolean webp = format == PictureFormat.WEBP;
    ByteBuffer in = ByteBuffer.wrap(file).position(webp ? "RIFF....WEBP".length() : 8);
    in.order(webp ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    int head = 8;
    while (in.remaining() >= head) {
      int start = in.position() + head;
      int length = in.getInt(in.position() + (webp ? 4 : 0));
      if (length < 0 || length > file.length - start) {
        break;
      }
      if (new String(file, start - (webp ? 8 : 4), 4, StandardCharsets.ISO_8859_1).equals(name)) {
        return Arrays.copyOfRange(file, start, start + length);
      }
      // a WebP's parts begin at even places; a PNG's end with a checksum
      in.position(Math.min(start + length + (webp ? length & 1 : 4), in.limit()));
    }
    return new byte[0];
  }
}
