package io.attributeimages.storage;

import com.twelvemonkeys.image.ResampleOp;
import java.awt.Color;
import java.awt.Dimension;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.geom.AffineTransform;
import java.awt.image.BufferedImage;
import java.awt.image.ColorConvertOp;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.WritableRaster;

/** What is done with a picture's pixels. All that comes out is opaque, with 8 bits a colour. */
final class Pixels {

  /** The filter is exact and slow: more than so many times what it makes is halved before. */
  private static final int HALVED_FROM = 3;

  /** How many lines are worked on at once: Java makes a copy of them that takes more memory. */
  private static final int STRIP = 256;

  /** Behind a picture that does not fill its place, so many pixels become one. */
  private static final int BLUR = 64;

  private static final ColorSpace SRGB = ColorSpace.getInstance(ColorSpace.CS_sRGB);

  /** How far a picture's axes are turned and mirrored, by its EXIF orientation. */
  private static final int[][] AXES = {
    {1, 0, 0, 1}, {-1, 0, 0, 1}, {-1, 0, 0, -1}, {1, 0, 0, -1},
    {0, 1, 1, 0}, {0, 1, -1, 0}, {0, -1, -1, 0}, {0, -1, 1, 0}
  };

  private Pixels() {}

  /** The picture in that size; white where it is transparent. */
  static BufferedImage scaled(BufferedImage picture, Dimension size) {
    // one name for all of them, so that what has been read is free as soon as it has been halved
    picture = withoutLinearGrey(picture);
    boolean large;
    do {
      large =
          picture.getWidth() >= HALVED_FROM * size.width
              && picture.getHeight() >= HALVED_FROM * size.height;
      picture = opaque(picture, large ? 2 : 1);
    } while (large);
    if (picture.getWidth() == size.width && picture.getHeight() == size.height) {
      return picture;
    }
    // to make it larger, the one whose weights always add up to one
    int filter =
        size.width > picture.getWidth() ? ResampleOp.FILTER_MITCHELL : ResampleOp.FILTER_LANCZOS;
    return new ResampleOp(size.width, size.height, filter).filter(picture, null);
  }

  /** The picture in the middle of a place of that size, on a blurred copy of itself. */
  static BufferedImage centred(BufferedImage picture, Dimension size) {
    BufferedImage place = new BufferedImage(size.width, size.height, BufferedImage.TYPE_3BYTE_BGR);
    Dimension few = new Dimension(1 + size.width / BLUR, 1 + size.height / BLUR);
    Graphics2D graphics = place.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
    graphics.drawImage(scaled(picture, few), 0, 0, size.width, size.height, null);
    graphics.drawImage(
        picture,
        (size.width - picture.getWidth()) / 2,
        (size.height - picture.getHeight()) / 2,
        null);
    graphics.dispose();
    return place;
  }

  /** The picture of that EXIF orientation, upright. */
  static BufferedImage upright(BufferedImage picture, int orientation) {
    int[] axes = AXES[orientation - 1];
    int width = picture.getWidth();
    int height = picture.getHeight();
    AffineTransform turn =
        new AffineTransform(
            axes[0],
            axes[1],
            axes[2],
            axes[3],
            axes[0] < 0 ? width : axes[2] < 0 ? height : 0,
            axes[1] < 0 ? width : axes[3] < 0 ? height : 0);
    boolean lying = axes[0] == 0;
    BufferedImage upright =
        new BufferedImage(
            lying ? height : width, lying ? width : height, BufferedImage.TYPE_3BYTE_BGR);
    Graphics2D graphics = upright.createGraphics();
    graphics.drawImage(picture, turn, null);
    graphics.dispose();
    return upright;
  }

  /** Changes the picture's numbers, which mean what the profile says, to those of sRGB. */
  static void convert(BufferedImage picture, ICC_Profile profile) {
    ICC_Profile srgb = ICC_Profile.getInstance(ColorSpace.CS_sRGB);
    WritableRaster raster = picture.getRaster();
    new ColorConvertOp(new ICC_Profile[] {profile, srgb}, null).filter(raster, raster);
  }

  /** Whether the colours look the same where a program takes them for sRGB. */
  static boolean isSrgb(ColorSpace colours) {
    if (colours.isCS_sRGB()) {
      return true;
    }
    // there are many profiles of it, a little different; within the range of all screens
    for (float[] colour :
        new float[][] {{.7f, .3f, .3f}, {.3f, .7f, .3f}, {.3f, .3f, .7f}, {.2f, .2f, .2f}}) {
      float[] seen = colours.toRGB(colour);
      for (int i = 0; i < colour.length; i++) {
        if (Math.abs(seen[i] - colour[i]) > 0.02) {
          return false;
        }
      }
    }
    return true;
  }

  /** Java takes grey for linear and would make it lighter: red, green and blue share its values. */
  private static BufferedImage withoutLinearGrey(BufferedImage picture) {
    ColorModel colours = picture.getColorModel();
    if (colours instanceof IndexColorModel
        || colours.getColorSpace().getType() != ColorSpace.TYPE_GRAY) {
      return picture;
    }
    boolean alpha = colours.hasAlpha();
    WritableRaster raster =
        picture
            .getRaster()
            .createWritableChild(
                0,
                0,
                picture.getWidth(),
                picture.getHeight(),
                0,
                0,
                alpha ? new int[] {0, 0, 0, 1} : new int[] {0, 0, 0});
    ColorModel rgb =
        new ComponentColorModel(
            SRGB, alpha, false, colours.getTransparency(), raster.getTransferType());
    return new BufferedImage(rgb, raster, false, null);
  }

  /** An exact mean of so many lines and columns, without what is left at the edges. */
  private static BufferedImage opaque(BufferedImage picture, int by) {
    BufferedImage opaque =
        new BufferedImage(
            picture.getWidth() / by, picture.getHeight() / by, BufferedImage.TYPE_3BYTE_BGR);
    Graphics2D graphics = opaque.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
    for (int y = 0; y < opaque.getHeight(); y += STRIP) {
      int lines = Math.min(STRIP, opaque.getHeight() - y);
      BufferedImage strip = picture.getSubimage(0, y * by, opaque.getWidth() * by, lines * by);
      graphics.drawImage(strip, 0, y, opaque.getWidth(), lines, Color.WHITE, null);
    }
    graphics.dispose();
    return opaque;
  }
}
