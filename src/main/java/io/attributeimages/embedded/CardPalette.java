package io.attributeimages.embedded;

import static io.attributeimages.embedded.CardTraits.mix;

import java.awt.Color;
import java.awt.Shape;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.awt.geom.RoundRectangle2D;
import java.util.Locale;

/**
 * The colours and the pictogram of a category.
 *
 * @param light top of the background
 * @param deep bottom of the background
 * @param ink letters on the light panel
 */
record CardPalette(Color light, Color deep, Color ink, Pictogram pictogram) {

  enum Pictogram {
    CIRCLE,
    ROUNDED_SQUARE,
    DIAMOND,
    TRIANGLE,
    STAR
  }

  static CardPalette of(String category) {
    String name = category.toLowerCase(Locale.ROOT);
    if (name.equals("age")) {
      return ofHue(0.075f, Pictogram.CIRCLE);
    }
    if (name.startsWith("body")) {
      return ofHue(0.47f, Pictogram.ROUNDED_SQUARE);
    }
    if (name.equals("ethnicity")) {
      return ofHue(0.70f, Pictogram.DIAMOND);
    }
    if (name.equals("style")) {
      return ofHue(0.60f, Pictogram.STAR);
    }
    long hash = CardTraits.hash(name);
    Pictogram[] all = Pictogram.values();
    return ofHue(Math.floorMod(hash, 360) / 360f, all[Math.floorMod(hash >>> 9, all.length)]);
  }

  private static CardPalette ofHue(float hue, Pictogram pictogram) {
    return new CardPalette(
        Color.getHSBColor(hue, 0.13f, 0.97f),
        Color.getHSBColor(hue, 0.38f, 0.72f),
        mix(Color.getHSBColor(hue, 0.62f, 0.34f), new Color(0x22252E), 0.25),
        pictogram);
  }

  /** The pictogram around a centre; {@code radius} is that of the circle it lies in. */
  Shape pictogram(double x, double y, double radius) {
    switch (pictogram) {
      case CIRCLE:
        return new Ellipse2D.Double(x - radius * 0.9, y - radius * 0.9, radius * 1.8, radius * 1.8);
      case ROUNDED_SQUARE:
        double side = radius * 1.6;
        return new RoundRectangle2D.Double(
            x - side / 2, y - side / 2, side, side, side * 0.4, side * 0.4);
      case DIAMOND:
        return regular(x, y, radius, radius, 4);
      case TRIANGLE:
        return regular(x, y + radius * 0.15, radius, radius, 3);
      default:
        return regular(x, y, radius, radius * 0.45, 10);
    }
  }

  private static Shape regular(double x, double y, double outer, double inner, int corners) {
    Path2D path = new Path2D.Double();
    for (int i = 0; i < corners; i++) {
      double angle = 2 * Math.PI * i / corners - Math.PI / 2;
      double radius = i % 2 == 0 ? outer : inner;
      double cornerX = x + Math.cos(angle) * radius;
      double cornerY = y + Math.sin(angle) * radius;
      if (i == 0) {
        path.moveTo(cornerX, cornerY);
      } else {
        path.lineTo(cornerX, cornerY);
      }
    }
    path.closePath();
    return path;
  }
}
