package io.attributeimages.embedded;

import static io.attributeimages.embedded.CardTraits.mix;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.Paint;
import java.awt.RadialGradientPaint;
import java.awt.Shape;
import java.awt.geom.AffineTransform;
import java.awt.geom.Area;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.awt.geom.RoundRectangle2D;

/**
 * A bust portrait around the point (0, 0), the centre of the head: about 150 units wide at the face
 * and 380 at the shoulders, and 420 units down to the edge of the picture. Either softly shaded, or
 * flat with outlines as in an animated film.
 */
final class Portrait {
  private static final Color OUTLINE = new Color(0x2A2633);
  private static final Color WHITE = new Color(0xFBFAF6);

  private final Graphics2D g;
  private final CardTraits traits;
  private final boolean flat;
  private final double shoulder;
  private final double face;

  Portrait(Graphics2D g, CardTraits traits, boolean flat) {
    this.g = g;
    this.traits = traits;
    this.flat = flat;
    this.shoulder = 158 * traits.build();
    this.face = 76 * (1 + (traits.build() - 1) * 0.35);
  }

  /** Whether a style is drawn flat; styles other than the two known ones go either way by hash. */
  static boolean isFlat(String style) {
    if (style.equalsIgnoreCase("realistic")) {
      return false;
    }
    return style.equalsIgnoreCase("anime") || Math.floorMod(CardTraits.hash(style), 2) == 0;
  }

  void paint() {
    paintBackHair();
    AffineTransform head = g.getTransform();
    g.translate(0, -13);
    paintNeck();
    paintGarment();
    g.setTransform(head);
    paintHead();
    if (flat) {
      paintLargeEyes();
    } else {
      paintSoftFace();
    }
    if (traits.beard()) {
      paintBeard();
    }
    paintFrontHair();
    if (traits.glasses()) {
      paintGlasses();
    }
  }

  // ---- hair ------------------------------------------------------------------------------------

  private void paintBackHair() {
    Area hair = new Area(ellipse(0, -26, face + 12, 92));
    switch (traits.hairStyle()) {
      case LONG:
        hair.add(
            new Area(
                path()
                    .move(-face - 13, -20)
                    .curve(-face - 34, 90, -face - 38, 150, -face - 26, 212)
                    .curve(-60, 236, 60, 236, face + 26, 212)
                    .curve(face + 38, 150, face + 34, 90, face + 13, -20)
                    .shape()));
        break;
      case BOB:
        hair.add(
            new Area(
                path()
                    .move(-face - 13, -25)
                    .curve(-face - 27, 40, -face - 30, 85, -face - 10, 112)
                    .curve(-40, 122, 40, 122, face + 10, 112)
                    .curve(face + 30, 85, face + 27, 40, face + 13, -25)
                    .shape()));
        break;
      case BUN:
        hair.add(new Area(ellipse(0, -132, 40, 36)));
        break;
      case CURLS:
        for (int i = 0; i <= 12; i++) {
          double angle = Math.PI * (0.88 + i * 1.24 / 12);
          hair.add(
              new Area(ellipse(Math.cos(angle) * (face + 16), -24 + Math.sin(angle) * 92, 30, 30)));
        }
        break;
      default:
        break;
    }
    fill(hair, hairPaint(0.32), 5);
  }

  private void paintFrontHair() {
    Shape front = frontHair();
    fill(front, hairPaint(0), 5);
    Shape clip = g.getClip();
    g.clip(front);
    if (flat) {
      g.setColor(new Color(255, 255, 255, 90));
      g.fill(
          path()
              .move(-face + 4, -62)
              .curve(-40, -92, 40, -92, face - 4, -62)
              .curve(40, -80, -40, -80, -face + 4, -62)
              .shape());
    } else {
      g.setColor(alpha(mix(traits.hair(), Color.WHITE, 0.5), 46));
      g.setStroke(round(2.2));
      for (int i = -5; i <= 5; i++) {
        g.draw(
            path()
                .move(-18 + i * 4, -118)
                .curve(i * 14 - 12, -104, i * 17 - 6, -78, i * 18, -38)
                .open());
      }
    }
    g.setClip(clip);
  }

  private Shape frontHair() {
    double side = face + 10;
    PathBuilder outer = path().move(-side, 4).curve(-side - 6, -78, -58, -119, 0, -119);
    switch (traits.hairStyle()) {
      case CROP:
        if (flat) {
          return spikes(side);
        }
        return outer
            .curve(58, -119, side + 6, -78, side, 4)
            .curve(side - 6, -14, side - 9, -30, side - 14, -44)
            .curve(46, -72, 16, -70, 0, -70)
            .curve(-16, -70, -46, -72, -side + 14, -44)
            .curve(-side + 9, -30, -side + 6, -14, -side, 4)
            .shape();
      case SIDE_PART:
        return outer
            .curve(62, -121, side + 8, -84, side, 6)
            .curve(side - 5, -14, side - 8, -26, side - 16, -36)
            .curve(40, -38, -12, -52, -36, -84)
            .curve(-42, -62, -56, -48, -side + 14, -38)
            .curve(-side + 8, -26, -side + 5, -12, -side, 4)
            .shape();
      case BUN:
        return outer
            .curve(58, -119, side + 6, -78, side, 4)
            .curve(side - 4, -30, 52, -66, 0, -78)
            .curve(-52, -66, -side + 4, -30, -side, 4)
            .shape();
      case CURLS:
        Area curls =
            new Area(
                outer
                    .curve(58, -119, side + 6, -78, side, 4)
                    .curve(side - 6, -30, 50, -58, 0, -62)
                    .curve(-50, -58, -side + 6, -30, -side, 4)
                    .shape());
        for (int i = -3; i <= 3; i++) {
          curls.add(new Area(ellipse(i * 21, -66 + i * i * 2.6, 17, 16)));
        }
        return curls;
      default:
        return fringe(outer, side);
    }
  }

  /** Short hair of an animated hero: tufts above, a jagged fringe below. */
  private static Shape spikes(double side) {
    return path()
        .move(-side, 14)
        .curve(-side - 8, -24, -side - 10, -50, -side + 2, -66)
        .line(-side - 14, -84)
        .curve(-72, -94, -66, -98, -62, -104)
        .line(-62, -128)
        .curve(-46, -124, -36, -122, -28, -120)
        .line(-8, -142)
        .curve(4, -132, 14, -126, 24, -120)
        .line(52, -130)
        .curve(54, -116, 60, -106, 68, -98)
        .line(side + 16, -88)
        .curve(side + 2, -70, side + 10, -40, side, 14)
        .line(side - 12, -30)
        .line(52, -14)
        .line(40, -44)
        .line(22, -12)
        .line(6, -46)
        .line(-16, -10)
        .line(-30, -44)
        .line(-52, -16)
        .line(-side + 12, -34)
        .shape();
  }

  /** Bob and long hair: a fringe when flat, a centre parting when softly shaded. */
  private Shape fringe(PathBuilder outer, double side) {
    outer.curve(58, -119, side + 8, -78, side + 3, 44);
    if (flat) {
      return outer
          .curve(side - 6, 20, side - 12, -4, side - 16, -26)
          .line(46, -34)
          .line(38, -16)
          .line(20, -44)
          .line(6, -18)
          .line(-10, -44)
          .line(-30, -14)
          .line(-40, -40)
          .line(-side + 16, -22)
          .curve(-side + 12, -2, -side + 6, 20, -side - 3, 44)
          .curve(-side - 3, 24, -side, 14, -side, 4)
          .shape();
    }
    return outer
        .curve(side - 8, 10, side - 18, -36, 0, -88)
        .curve(-side + 18, -36, -side + 8, 10, -side - 3, 44)
        .curve(-side - 3, 24, -side, 14, -side, 4)
        .shape();
  }

  private Paint hairPaint(double darker) {
    Color base = mix(traits.hair(), Color.BLACK, flat ? darker * 0.75 : darker);
    if (flat) {
      return base;
    }
    return new GradientPaint(
        -60, -120, mix(base, Color.WHITE, 0.16), 50, 60, mix(base, Color.BLACK, 0.28));
  }

  // ---- body ------------------------------------------------------------------------------------

  private void paintNeck() {
    double width = 33 + (traits.build() - 1) * 26;
    Shape neck =
        path()
            .move(-width, 50)
            .line(-width, 118)
            .curve(-width - 4, 140, -width - 26, 148, -width - 44, 156)
            .line(0, 214)
            .line(width + 44, 156)
            .curve(width + 26, 148, width + 4, 140, width, 118)
            .line(width, 50)
            .shape();
    Color shade = mix(traits.skin(), new Color(0x6A3527), 0.24);
    fill(neck, flat ? traits.skin() : new GradientPaint(0, 84, shade, 0, 170, traits.skin()), 5);
    if (flat) {
      Shape clip = g.getClip();
      g.clip(neck);
      g.setColor(shade);
      g.fill(ellipse(0, 66, 64, 52));
      g.setClip(clip);
    }
  }

  private void paintGarment() {
    Color color = traits.garmentColor();
    Shape torso =
        path()
            .move(-52, 146)
            .curve(-90, 162, -shoulder + 26, 172, -shoulder, 208)
            .curve(-shoulder - 22, 244, -shoulder - 26, 330, -shoulder - 26, 520)
            .line(shoulder + 26, 520)
            .curve(shoulder + 26, 330, shoulder + 22, 244, shoulder, 208)
            .curve(shoulder - 26, 172, 90, 162, 52, 146)
            .curve(36, 186, -36, 186, -52, 146)
            .shape();
    Paint cloth =
        flat
            ? color
            : new GradientPaint(
                -120, 150, mix(color, Color.WHITE, 0.2), 110, 400, mix(color, Color.BLACK, 0.34));
    fill(torso, cloth, 5);
    Shape clip = g.getClip();
    g.clip(torso);
    paintFolds(color);
    g.setClip(clip);
    switch (traits.garment()) {
      case SHIRT:
        paintCollar(mix(color, Color.WHITE, 0.12), color);
        break;
      case BLAZER:
        paintBlazer(color);
        break;
      case TURTLENECK:
        paintTurtleneck(color);
        break;
      default:
        paintNeckband(color);
    }
  }

  private void paintFolds(Color color) {
    if (flat) {
      g.setColor(mix(color, Color.BLACK, 0.22));
      g.fill(
          path()
              .move(shoulder - 36, 236)
              .curve(shoulder - 46, 300, shoulder - 48, 360, shoulder - 44, 520)
              .line(shoulder + 40, 520)
              .line(shoulder + 40, 190)
              .shape());
      g.setColor(OUTLINE);
      g.setStroke(round(4));
      g.draw(
          path()
              .move(-shoulder + 38, 262)
              .curve(-shoulder + 46, 320, -shoulder + 46, 360, -shoulder + 44, 520)
              .open());
      return;
    }
    g.setColor(alpha(Color.BLACK, 26));
    for (int sign = -1; sign <= 1; sign += 2) {
      g.setStroke(round(9));
      double arm = sign * (shoulder - 40);
      g.draw(
          path().move(arm, 258).curve(arm - sign * 8, 320, arm - sign * 8, 370, arm, 520).open());
    }
  }

  private void paintNeckband(Color color) {
    Shape band =
        path()
            .move(-58, 145)
            .curve(-42, 202, 42, 202, 58, 145)
            .line(48, 139)
            .curve(34, 184, -34, 184, -48, 139)
            .shape();
    fill(band, mix(color, Color.BLACK, 0.2), 4);
  }

  private void paintTurtleneck(Color color) {
    double width = 44 + (traits.build() - 1) * 26;
    Shape collar =
        path()
            .move(-width, 106)
            .curve(-20, 122, 20, 122, width, 106)
            .curve(width + 4, 130, width + 8, 146, width + 14, 158)
            .curve(30, 184, -30, 184, -width - 14, 158)
            .curve(-width - 8, 146, -width - 4, 130, -width, 106)
            .shape();
    Paint paint =
        flat
            ? mix(color, Color.WHITE, 0.1)
            : new GradientPaint(
                -50, 100, mix(color, Color.WHITE, 0.22), 50, 180, mix(color, Color.BLACK, 0.25));
    fill(collar, paint, 5);
    g.setColor(alpha(Color.BLACK, 40));
    g.setStroke(round(3));
    g.draw(path().move(-width - 3, 130).curve(-20, 146, 20, 146, width + 3, 130).open());
  }

  private void paintCollar(Color collar, Color shirt) {
    g.setColor(flat ? OUTLINE : alpha(Color.BLACK, 60));
    g.setStroke(round(flat ? 4 : 2.5));
    g.draw(path().move(0, 200).line(0, 520).open());
    g.setColor(mix(shirt, Color.WHITE, 0.65));
    for (int y = 238; y <= 400; y += 52) {
      g.fill(ellipse(0, y, 5, 5));
    }
    for (int sign = -1; sign <= 1; sign += 2) {
      Shape half =
          path()
              .move(sign * 46, 128)
              .line(0, 196)
              .line(sign * 40, 222)
              .line(sign * 74, 152)
              .shape();
      fill(half, collar, 4);
    }
  }

  private void paintBlazer(Color color) {
    Shape shirt = path().move(-52, 140).line(0, 340).line(52, 140).line(0, 196).shape();
    fill(shirt, WHITE, 4);
    for (int sign = -1; sign <= 1; sign += 2) {
      fill(
          path()
              .move(sign * 46, 128)
              .line(0, 196)
              .line(sign * 34, 214)
              .line(sign * 60, 146)
              .shape(),
          WHITE,
          4);
      Shape lapel =
          path()
              .move(sign * 60, 142)
              .line(sign * 96, 168)
              .line(sign * 88, 222)
              .line(sign * 70, 224)
              .line(sign * 2, 342)
              .line(sign * 34, 226)
              .shape();
      fill(lapel, mix(color, flat ? Color.WHITE : Color.BLACK, 0.16), 4);
    }
    g.setColor(flat ? OUTLINE : alpha(Color.BLACK, 90));
    g.setStroke(round(flat ? 4 : 2.5));
    g.draw(path().move(0, 342).line(0, 520).open());
  }

  // ---- face ------------------------------------------------------------------------------------

  private void paintHead() {
    Color skin = traits.skin();
    for (int sign = -1; sign <= 1; sign += 2) {
      fill(ellipse(sign * face, 10, 13, 22), mix(skin, new Color(0x8A4432), 0.14), 5);
    }
    double jaw = flat ? 34 : 44;
    double chin = flat ? 96 : 98;
    Shape head =
        path()
            .move(-face, -14)
            .curve(-face, -78, -46, -98, 0, -98)
            .curve(46, -98, face, -78, face, -14)
            .curve(face, 42, jaw, chin, 0, chin)
            .curve(-jaw, chin, -face, 42, -face, -14)
            .shape();
    Paint paint =
        flat
            ? skin
            : new RadialGradientPaint(
                -18,
                -24,
                150,
                new float[] {0, 0.55f, 1},
                new Color[] {
                  mix(skin, Color.WHITE, 0.2), skin, mix(skin, new Color(0x6A3527), 0.36)
                });
    fill(head, paint, 5);
    Shape clip = g.getClip();
    g.clip(head);
    g.setColor(flat ? mix(skin, new Color(0xA8503C), 0.25) : alpha(new Color(0x3A1C14), 34));
    AffineTransform before = g.getTransform();
    g.translate(0, flat ? 9 : 7);
    g.fill(frontHair());
    g.setTransform(before);
    g.setClip(clip);
  }

  private void paintSoftFace() {
    Color skin = traits.skin();
    Color shade = mix(skin, new Color(0x4A2018), 0.42);
    for (int sign = -1; sign <= 1; sign += 2) {
      glow(sign * 42, 38, 26, alpha(new Color(0xD0644F), 52));
      glow(sign * 31, -2, 26, alpha(shade, 60));
      paintSoftEye(sign);
      g.setColor(alpha(mix(traits.hair(), new Color(0x2A1D18), 0.45), 215));
      g.fill(
          path()
              .move(sign * 14, -23)
              .curve(sign * 26, -33, sign * 40, -32, sign * 50, -22)
              .curve(sign * 38, -27, sign * 26, -26, sign * 14, -19)
              .shape());
    }
    g.setColor(alpha(shade, 110));
    g.setStroke(round(2.6));
    g.draw(path().move(7, -8).curve(10, 10, 14, 22, 13, 29).curve(8, 35, 0, 35, -6, 33).open());
    g.setColor(alpha(Color.WHITE, 50));
    g.draw(path().move(-1, -4).line(-1, 20).open());
    Color lips = mix(skin, new Color(0xB04A4A), 0.42);
    g.setColor(lips);
    g.fill(
        path()
            .move(-27, 54)
            .curve(-14, 51, -6, 51, 0, 54)
            .curve(6, 51, 14, 51, 27, 54)
            .curve(15, 73, -15, 73, -27, 54)
            .shape());
    g.setColor(mix(lips, new Color(0x3A1214), 0.5));
    g.setStroke(round(2.2));
    g.draw(path().move(-29, 52).curve(-13, 62, 13, 62, 29, 52).open());
    paintLines(shade);
  }

  private void paintSoftEye(int sign) {
    double x = sign * 31;
    Shape eye =
        path()
            .move(x - 15, 1)
            .curve(x - 7, -10, x + 7, -10, x + 15, 1)
            .curve(x + 7, 8, x - 7, 8, x - 15, 1)
            .shape();
    g.setColor(WHITE);
    g.fill(eye);
    Shape clip = g.getClip();
    g.clip(eye);
    g.setColor(mix(traits.hair(), new Color(0x4A3A2C), 0.6));
    g.fill(ellipse(x, -1, 7.6, 7.6));
    g.setColor(new Color(0x17110F));
    g.fill(ellipse(x, -1, 3.8, 3.8));
    g.setColor(Color.WHITE);
    g.fill(ellipse(x - 2.6, -3.8, 2, 2));
    g.setClip(clip);
    g.setColor(new Color(0x2A1B17));
    g.setStroke(round(3));
    g.draw(path().move(x - 15, 1).curve(x - 7, -10, x + 7, -10, x + 15, 1).open());
  }

  private void paintLines(Color shade) {
    if (traits.lines() <= 0) {
      return;
    }
    g.setColor(alpha(shade, (int) (120 * traits.lines())));
    g.setStroke(round(2.2));
    for (int sign = -1; sign <= 1; sign += 2) {
      g.draw(path().move(sign * 21, 30).curve(sign * 32, 38, sign * 36, 46, sign * 37, 56).open());
      g.draw(path().move(sign * 19, 13).curve(sign * 27, 18, sign * 36, 18, sign * 43, 13).open());
      g.draw(path().move(sign * 50, 0).line(sign * 59, -5).open());
      g.draw(path().move(sign * 50, 4).line(sign * 59, 5).open());
    }
    g.draw(path().move(-32, -52).curve(-12, -57, 12, -57, 32, -52).open());
    g.draw(path().move(-27, -43).curve(-12, -47, 12, -47, 27, -43).open());
  }

  private void paintLargeEyes() {
    Color iris = mix(traits.garmentColor(), new Color(0x2F7FD0), 0.5);
    for (int sign = -1; sign <= 1; sign += 2) {
      double x = sign * 34;
      Shape eye = ellipse(x, 12, 19, 23);
      g.setColor(WHITE);
      g.fill(eye);
      Shape clip = g.getClip();
      g.clip(eye);
      g.setPaint(
          new GradientPaint(0, -10, mix(iris, Color.BLACK, 0.55), 0, 32, mix(iris, WHITE, 0.3)));
      g.fill(ellipse(x, 14, 14.5, 20));
      g.setColor(OUTLINE);
      g.fill(ellipse(x, 14, 6.5, 9.5));
      g.setColor(Color.WHITE);
      g.fill(ellipse(x - 5.5, 4, 5.6, 6.6));
      g.fill(ellipse(x + 5.5, 24, 3, 3.4));
      g.setClip(clip);
      g.setColor(OUTLINE);
      g.setStroke(round(6));
      g.draw(
          path()
              .move(x - sign * 18, 4)
              .curve(x - sign * 12, -15, x + sign * 12, -15, x + sign * 21, 4)
              .open());
      g.setStroke(round(2.6));
      g.draw(path().move(x - 9, 34.5).curve(x - 4, 37, x + 4, 37, x + 9, 34.5).open());
      g.setColor(mix(traits.hair(), OUTLINE, 0.55));
      g.setStroke(round(4.5));
      g.draw(
          path()
              .move(x - sign * 17, -27)
              .curve(x - sign * 6, -34, x + sign * 8, -34, x + sign * 19, -26)
              .open());
      g.setColor(alpha(new Color(0xF0786E), 90));
      g.fill(ellipse(sign * 47, 44, 13, 7));
    }
    g.setColor(mix(traits.skin(), new Color(0x5A2A20), 0.6));
    g.setStroke(round(3));
    g.draw(path().move(1, 40).line(-3, 47).line(3, 49).open());
    g.setColor(OUTLINE);
    g.setStroke(round(3.6));
    g.draw(path().move(-15, 66).curve(-7, 74, 7, 74, 15, 66).open());
    if (traits.lines() > 0.2) {
      g.setColor(alpha(mix(traits.skin(), new Color(0x5A2A20), 0.6), 190));
      g.setStroke(round(3));
      for (int sign = -1; sign <= 1; sign += 2) {
        g.draw(
            path().move(sign * 22, 50).curve(sign * 28, 56, sign * 29, 62, sign * 28, 68).open());
      }
    }
  }

  private void paintBeard() {
    Shape beard =
        path()
            .move(-face + 3, 16)
            .curve(-face + 8, 62, -44, 104, 0, 106)
            .curve(44, 104, face - 8, 62, face - 3, 16)
            .curve(face - 12, 44, 44, 48, 30, 46)
            .curve(14, 40, 6, 42, 0, 44)
            .curve(-6, 42, -14, 40, -30, 46)
            .curve(-44, 48, -face + 12, 44, -face + 3, 16)
            .shape();
    Area area = new Area(beard);
    area.subtract(new Area(new RoundRectangle2D.Double(-21, 55, 42, 15, 15, 15)));
    fill(area, flat ? traits.hair() : alpha(mix(traits.hair(), Color.BLACK, 0.12), 205), 4);
  }

  private void paintGlasses() {
    g.setColor(flat ? OUTLINE : new Color(0x2D2A2E));
    g.setStroke(round(flat ? 5 : 3.4));
    double y = flat ? 12 : 1;
    double radius = flat ? 27 : 22;
    double x = flat ? 34 : 31;
    for (int sign = -1; sign <= 1; sign += 2) {
      g.draw(
          new RoundRectangle2D.Double(
              sign * x - radius, y - radius * 0.82, radius * 2, radius * 1.64, radius, radius));
      g.draw(path().move(sign * (x + radius), y - 5).line(sign * (face - 1), y - 9).open());
    }
    g.draw(path().move(-x + radius, y - 3).curve(-4, y - 8, 4, y - 8, x - radius, y - 3).open());
  }

  // ---- tools -----------------------------------------------------------------------------------

  /** Fills a shape; a flat portrait gets the outline as well. */
  private void fill(Shape shape, Paint paint, double outline) {
    g.setPaint(paint);
    g.fill(shape);
    if (flat) {
      g.setColor(OUTLINE);
      g.setStroke(round(outline));
      g.draw(shape);
    }
  }

  private void glow(double x, double y, double radius, Color color) {
    g.setPaint(
        new RadialGradientPaint(
            (float) x,
            (float) y,
            (float) radius,
            new float[] {0, 1},
            new Color[] {color, alpha(color, 0)}));
    g.fill(ellipse(x, y, radius, radius));
  }

  private static Color alpha(Color color, int alpha) {
    return new Color(color.getRed(), color.getGreen(), color.getBlue(), alpha);
  }

  private static BasicStroke round(double width) {
    return new BasicStroke((float) width, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND);
  }

  private static Shape ellipse(double x, double y, double radiusX, double radiusY) {
    return new Ellipse2D.Double(x - radiusX, y - radiusY, radiusX * 2, radiusY * 2);
  }

  private static PathBuilder path() {
    return new PathBuilder();
  }

  /** Reads like the drawing it makes. */
  private static final class PathBuilder {
    private final Path2D path = new Path2D.Double();

    PathBuilder move(double x, double y) {
      path.moveTo(x, y);
      return this;
    }

    PathBuilder line(double x, double y) {
      path.lineTo(x, y);
      return this;
    }

    PathBuilder curve(double x1, double y1, double x2, double y2, double x, double y) {
      path.curveTo(x1, y1, x2, y2, x, y);
      return this;
    }

    /** A line. */
    Shape open() {
      return path;
    }

    /** An area. */
    Shape shape() {
      path.closePath();
      return path;
    }
  }
}
