package io.attributeimages.storage;

import io.attributeimages.storage.PictureException.Reason;
import io.attributeimages.storage.StorageSettings.Fit;
import java.awt.Dimension;
import java.awt.image.BufferedImage;

/**
 * Which part of a picture fills which part of the place it is for.
 *
 * @param stored the size of the picture's pixels, as they are stored
 * @param orientation of those, as EXIF counts
 * @param kept the size of its middle, when it is upright, that is left when its edges are cut off
 * @param scaled the size that this gets
 * @param place the size that is needed
 */
record Layout(
    Dimension stored, int orientation, Dimension kept, Dimension scaled, Dimension place) {

  /** 4096×4096, the most that any model paints. */
  static final int MAX_PIXELS = 4096 * 4096;

  private static final int MAX_ENLARGEMENT = 2;

  /**
   * How a picture comes to the size that is needed.
   *
   * @param stored the size of its pixels, as they are stored
   * @throws PictureException if it does not, as {@code WRONG_SIZE}
   */
  static Layout of(Dimension stored, int orientation, Dimension needed, Fit fit) {
    Dimension size = turned(stored, orientation);
    int width = size.width;
    int height = size.height;
    if ((long) width * height > MAX_PIXELS) {
      throw wrong(size, needed, "more than " + MAX_PIXELS + " in all are not decoded");
    }
    // of that height in the other's proportions, and of that width
    int widthFor = proportional(height, needed.width, needed.height);
    int heightFor = proportional(width, needed.height, needed.width);
    Dimension kept = size;
    Dimension scaled = needed;
    if (fit == Fit.COVER) {
      kept = new Dimension(Math.min(width, widthFor), Math.min(height, heightFor));
    } else {
      scaled =
          new Dimension(
              Math.min(needed.width, proportional(needed.height, width, height)),
              Math.min(needed.height, proportional(needed.width, height, width)));
    }
    if (2L * kept.width * kept.height < (long) width * height) {
      throw wrong(size, needed, "more than half of it would be cut off");
    }
    if (scaled.width > MAX_ENLARGEMENT * kept.width
        || scaled.height > MAX_ENLARGEMENT * kept.height) {
      throw wrong(size, needed, "it would be enlarged more than " + MAX_ENLARGEMENT + " times");
    }
    return new Layout(stored, orientation, kept, scaled, needed);
  }

  /** The decoded picture as it is needed. */
  BufferedImage place(BufferedImage picture) {
    Dimension part = turned(kept, orientation);
    BufferedImage fitted =
        Pixels.upright(
            Pixels.scaled(
                picture.getSubimage(
                    (picture.getWidth() - part.width) / 2,
                    (picture.getHeight() - part.height) / 2,
                    part.width,
                    part.height),
                turned(scaled, orientation)),
            orientation);
    return scaled.equals(place) ? fitted : Pixels.centred(fitted, place);
  }

  /** From how it is stored to upright, or back. */
  private static Dimension turned(Dimension size, int orientation) {
    return orientation > 4 ? new Dimension(size.height, size.width) : size;
  }

  private static int proportional(int length, int part, int whole) {
    return (int)
        Math.max(1, Math.min(Integer.MAX_VALUE, Math.round((double) length * part / whole)));
  }

  private static PictureException wrong(Dimension size, Dimension needed, String why) {
    return new PictureException(
        Reason.WRONG_SIZE,
        "the picture has %d×%d pixels; needed are %d×%d, and %s"
            .formatted(size.width, size.height, needed.width, needed.height, why));
  }
}
