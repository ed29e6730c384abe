package io.attributeimages.storage;

import io.attributeimages.storage.PictureException.Reason;
import java.awt.Dimension;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * What a file must not have before a decoder works on it, besides the wrong size: more work, or
 * another size, than its header promises.
 */
final class Bombs {

  /** Photographs have about ten; every one makes a decoder go through the whole picture. */
  private static final int MAX_SCANS = 100;

  /** Profiles have a few kilobytes, and very few have megabytes. */
  private static final int MAX_PROFILE_BYTES = 4 << 20;

  /** Without so many, nobody reads a profile. */
  private static final int PROFILE_HEADER = 128;

  private Bombs() {}

  /**
   * Refuses a colour profile that says it is very long: the readers of JPEG and WebP make room for
   * what it says.
   *
   * @throws PictureException if it does
   */
  static void refuseLongProfile(byte[] profile) {
    if (profile.length >= PROFILE_HEADER && ByteBuffer.wrap(profile).getInt() > MAX_PROFILE_BYTES) {
      throw broken("its colour profile has more than " + MAX_PROFILE_BYTES + " bytes");
    }
  }

  /**
   * Refuses a JPEG of very many scans.
   *
   * @throws PictureException if it has
   */
  static void refuseManyScans(byte[] jpeg) {
    int scans = 0;
    // FF DA can stand for nothing else in pixels, where every FF is followed by 00 or by a marker.
    for (int i = 1; i < jpeg.length; i++) {
      if (jpeg[i] == (byte) 0xDA && jpeg[i - 1] == (byte) 0xFF && ++scans > MAX_SCANS) {
        throw broken("it has more than " + MAX_SCANS + " scans");
      }
    }
  }

  /**
   * The size of a WebP's pixels. Its header may name another one: the decoder makes room for what
   * the pixels say, and draws nothing where there are none.
   *
   * @throws PictureException if the file is cut, or has no single picture
   */
  static Dimension pixels(byte[] webp) {
    ByteBuffer in = ByteBuffer.wrap(webp).order(ByteOrder.LITTLE_ENDIAN);
    try {
      in.position("RIFF....WEBP".length());
      while (true) {
        byte[] type = new byte[4];
        in.get(type);
        String name = new String(type, StandardCharsets.ISO_8859_1);
        int length = in.getInt();
        int start = in.position();
        if (length < 0 || length > in.remaining()) {
          throw broken("it ends within its part " + PictureFit.printable(name));
        }
        if (name.equals("VP8 ")) {
          int size = in.getInt(start + 6);
          return new Dimension(size & 0x3FFF, size >> 16 & 0x3FFF);
        }
        if (name.equals("VP8L")) {
          int size = in.getInt(start + 1);
          return new Dimension((size & 0x3FFF) + 1, (size >> 14 & 0x3FFF) + 1);
        }
        in.position(Math.min(start + length + (length & 1), in.limit()));
      }
    } catch (BufferUnderflowException | IndexOutOfBoundsException | IllegalArgumentException e) {
      throw broken("it has no pixels, or is animated");
    }
  }

  static PictureException broken(String what) {
    return new PictureException(Reason.NOT_A_PICTURE, "the download is a broken picture: " + what);
  }
}
