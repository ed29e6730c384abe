package io.attributeimages.embedded;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.AffineTransform;
import java.awt.geom.Path2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/**
 * Paints simulated pictures: a dressed adult in flat colours, as the prompt's words say and the
 * rest by chance, or two where it asks for two, and dots that stand for prompt and seed. The same
 * arguments always give the same bytes.
 *
 * <p>Uses no fonts and no files: a fresh server has no font libraries.
 */
final class Painter {
  private static final float JPEG_QUALITY = 0.9f;

  /** Values for the prompts that have one of the words. */
  private record Trait(String words, double... values) {}

  /** From the one whose number is 4 on. */
  private static final List<String> DECADES =
      List.of("forties", "fifties", "sixties", "seventies", "eighties");

  /** How wide shoulders, face and neck are. */
  private static final List<Trait> BUILDS =
      List.of(
          new Trait("muscular", 1.26, 1, 1.45),
          new Trait("athletic", 1.12, 0.98, 1.2),
          new Trait("slim|slender|petite", 0.82, 0.88, 0.8),
          new Trait("chubby|heavy", 1.18, 1.22, 1.3),
          new Trait("stocky", 1.22, 1.1, 1.4),
          new Trait("curvy", 1.06, 1.06, 0.95),
          new Trait("", 1, 1, 1));

  /** The lightest skin, and how many tones of skin and of hair there are. */
  private static final List<Trait> DESCENTS =
      List.of(
          new Trait("african", 4, 2, 2),
          new Trait("indian|south asian", 3, 2, 2),
          new Trait("asian", 1, 1, 2),
          new Trait("arab|middle eastern", 2, 2, 2),
          new Trait("latina?|latino|hispanic", 2, 2, 3),
          new Trait("european|caucasian", 0, 2, 6),
          new Trait("mixed", 2, 3, 3),
          new Trait("", 0, 6, 3));

  private static final int[] SKIN = {0xf7dcc8, 0xefc8a8, 0xd9a77d, 0xb98058, 0x8f5c3d, 0x65402b};
  private static final int[] HAIR = {0x221c1b, 0x3a2820, 0x5f3e28, 0x96602f, 0xc89a55, 0xb5532f};
  private static final int[] ANIME_HAIR = {0x3e4a8c, 0x7b4fa8, 0xc9577f, 0x2f8c93, 0xd07a35};

  /** Short, parted, curls, a bob, long, a bun: what is behind the head. */
  private static final List<String> BACK_HAIR =
      List.of(
          "0 0",
          "0 0",
          "0 -120 -30 -142 -54 -108 -96 -104 -92 -64 -128 -36 -98 -4 -104 36 -62 26 0 0 0 0",
          "0 -108 -98 -108 -92 20 -92 94 -70 98 0 98 0 98",
          "0 -108 -98 -108 -92 20 -92 100 -98 196 -50 204 0 204",
          "0 -144 -38 -144 -36 -112 -34 -90 0 -90");

  /** What is before it; a bun as long hair. */
  private static final List<String> FRONT_HAIR =
      List.of(
          "0 -101 -72 -102 -72 -14 -66 -42 -54 -50 -20 -62 0 -58",
          "0 -104 -76 -106 -73 -10 -68 -44 -46 -50 -16 -58 0 -78",
          "0 -98 -70 -96 -76 -12 -58 -6 -58 -28 -36 -24 -34 -46 -16 -38 0 -52",
          "0 -101 -74 -102 -74 10 -70 -40 -54 -40 -20 -48 0 -44",
          "0 -101 -74 -102 -74 6 -62 -52 0 -76");

  static {
    System.setProperty("java.awt.headless", "true"); // AWT otherwise looks for a display
  }

  private final Graphics2D g;
  private final String prompt;
  private final SplittableRandom random;

  private Painter(Graphics2D g, String prompt, long seed) {
    this.g = g;
    this.prompt = prompt.toLowerCase(Locale.ROOT);
    random = new SplittableRandom(seed ^ (long) prompt.hashCode() << 32);
  }

  /**
   * Paints a picture.
   *
   * @param type {@code jpeg}, {@code png} or {@code webp}
   * @param watermark whether it is stamped as some models do unless they are told not to
   */
  static byte[] paint(
      String prompt, long seed, int width, int height, String type, boolean watermark) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D g = image.createGraphics();
    g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    g.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
    double scale = Math.min(width / 512.0, height / 768.0);
    double right = width / scale / 2;
    g.scale(scale, scale);
    g.translate(right, height / scale); // shapes are given from the middle of the lower edge
    new Painter(g, prompt, seed).paint((int) right, (int) (height / scale));
    if (watermark) {
      g.setColor(Color.WHITE);
      g.fillRoundRect((int) right - 100, -18, 84, 8, 8, 8);
    }
    g.dispose();
    return type.equals("webp") ? WebP.encode(image) : encode(image, type);
  }

  private void paint(int right, int height) {
    long dots = random.nextLong();
    float hue = (float) random.nextDouble();
    g.setColor(Color.getHSBColor(hue, 0.25f, 0.9f));
    g.fillRect(-right - 2, -height - 2, 2 * right + 4, height + 4);
    g.setColor(Color.getHSBColor(hue, 0.12f, 0.96f));
    g.fillOval(-210, -665, 420, 420);
    for (int i = 0; i < 64; i++) {
      g.setColor(Color.getHSBColor(hue, (dots >>> i & 1) == 1 ? 0.05f : 0.4f, 0.85f));
      g.fillOval(right - 92 + i % 8 * 9, 20 - height + i / 8 * 9, 7, 7);
    }
    if (says("two adults")) {
      paintPerson(108, -450, 1.08, hue);
      paintPerson(-108, -400, 1.08, hue);
    } else {
      paintPerson(0, -440, 1.3, hue);
    }
  }

  private boolean says(String words) {
    return Pattern.compile("\\b(" + words + ")\\b").matcher(prompt).find();
  }

  private double[] find(List<Trait> traits) {
    int last = traits.size() - 1; // for a prompt that says nothing
    Stream<Trait> said = traits.subList(0, last).stream().filter(trait -> says(trait.words));
    return said.findFirst().orElse(traits.get(last)).values;
  }

  /** Around the middle of the head. */
  private void paintPerson(int x, int y, double scale, float backgroundHue) {
    int decade = 8;
    while (decade > 3 && !says(DECADES.get(decade - 4))) {
      decade--;
    }
    boolean anime = says("anime");
    double[] build = find(BUILDS);
    double[] descent = find(DESCENTS);
    int tone = (int) descent[0] + random.nextInt((int) descent[1]);
    int natural = HAIR[random.nextInt(tone > 3 ? 2 : (int) descent[2])];
    int young = anime ? ANIME_HAIR[random.nextInt(ANIME_HAIR.length)] : natural;
    Color skin = new Color(SKIN[tone]);
    Color hair = mix(new Color(young), 0xe9e8e5, (decade - 3) * 0.19);
    boolean man = says("man|beard") || !says("woman") && random.nextBoolean();
    int hairStyle = random.nextInt(3) + (man ? 0 : 2 + random.nextInt(2));
    boolean beard = says("beard") || man && random.nextInt(5) < 2;
    float hue = backgroundHue + 0.25f + random.nextInt(7) / 12f;
    Color cloth = Color.getHSBColor(hue, anime ? 0.55f : 0.42f, 0.35f + random.nextInt(4) * 0.1f);

    AffineTransform before = g.getTransform();
    g.translate(x, y);
    g.scale(scale * build[1], scale);
    AffineTransform head = g.getTransform();
    fill(mix(hair, 0, 0.2), BACK_HAIR.get(hairStyle));
    g.scale(build[0] / build[1], 1);
    paintClothes(cloth, mix(skin, 0x7a2e1e, 0.25), build[2] / build[0]);
    g.setTransform(head);
    paintFace(skin, hair, beard, decade, anime);
    fill(hair, FRONT_HAIR.get(Math.min(4, hairStyle)));
    g.setTransform(before);
  }

  private void paintClothes(Color cloth, Color neck, double neckWidth) {
    Color dark = mix(cloth, 0, 0.2);
    Color light = mix(cloth, 0xffffff, 0.8);
    fill(
        cloth,
        "0 118 -34 118 -34 118 -38 146 -88 156 -150 170 -150 260 -150 400 -158 500 0 500 0 500");
    line(dark, 3, "-104 262 -101 340 -111 500");
    int garment = random.nextInt(4);
    if (garment == 0) { // a jacket over a shirt
      fill(light, "0 118 -36 118 -36 118 -34 250 0 340");
      fill(dark, "-32 116 -70 150 -64 214 -34 300 0 340 -34 250 -32 120");
    } else if (garment == 1) { // a shirt
      line(dark, 3, "0 150 0 300 0 500");
    }
    g.scale(neckWidth, 1);
    fill(neck, "0 30 -30 30 -30 30 -30 80 -30 122 -22 142 0 142");
    if (garment == 2) { // a turtleneck
      fill(mix(cloth, 0, 0.1), "0 94 -34 90 -34 96 -34 120 -38 152 -20 158 0 158");
    } else if (garment == 3) { // a crew neck
      line(dark, 10, "-34 116 -24 144 0 145");
    } else {
      Color collar = garment == 0 ? Color.WHITE : mix(cloth, 0xffffff, 0.25);
      fill(collar, "-33 104 -44 140 -30 170 -8 152 0 145 -29 128 -33 104");
    }
  }

  private void paintFace(Color skin, Color hair, boolean beard, int decade, boolean anime) {
    oval(mix(skin, 0x7a2e1e, 0.25), 68, 2, 11, 17);
    fill(skin, "0 -88 -68 -88 -68 -8 -68 50 -34 78 -17 92 0 92");
    Color wrinkle = mix(skin, 0x52201a, (decade - 3) * 0.09);
    line(wrinkle, 2, "-22 24 -31 34 -32 46");
    line(wrinkle, 2, "-17 13 -29 21 -42 12");
    for (int i = 6; i <= decade; i++) {
      line(wrinkle, 2, "0 %1$d -14 %1$d -28 %2$d".formatted(14 - i * 9, 18 - i * 9));
    }
    if (beard) {
      fill(hair, "-69 -2 -68 62 -34 90 -17 104 0 104 0 60 0 32 -18 30 -32 40 -56 36 -69 -2");
    }
    line(mix(skin, 0x52201a, 0.45), 3, "0 26 -7 26 -8 20");
    line(mix(skin, 0xb03a3a, 0.55), 5, "0 57 -12 57 -20 50");
    oval(Color.WHITE, 29, 0, anime ? 13 : 10, anime ? 11 : 6);
    oval(anime ? mix(hair, 0, 0.5) : new Color(0x33211a), 29, 0, anime ? 7 : 5, anime ? 10 : 6);
    oval(Color.WHITE, 31, -3, anime ? 2 : 1, anime ? 3 : 1);
    line(mix(hair, 0x2a1d18, 0.4), 4, "-14 -20 -29 -28 -43 -20");
    if (random.nextInt(4) == 0) { // glasses
      line(
          Color.DARK_GRAY,
          3,
          "0 -6 -5 -6 -9 -2 -9 -17 -29 -17 -50 -17 -50 0 -50 17 -29 17 -9 17 -9 -2");
    }
  }

  /** Curves: a point to start from, then for each the point it bends to and its end. */
  private static Path2D mirrored(String curves) {
    double[] at = Stream.of(curves.split(" ")).mapToDouble(Double::parseDouble).toArray();
    Path2D path = new Path2D.Double();
    path.moveTo(at[0], at[1]);
    for (int i = 2; i < at.length; i += 4) {
      path.quadTo(at[i], at[i + 1], at[i + 2], at[i + 3]);
    }
    path.append(path.createTransformedShape(AffineTransform.getScaleInstance(-1, 1)), false);
    return path;
  }

  private void fill(Color colour, String curves) {
    g.setColor(colour);
    g.fill(mirrored(curves));
  }

  private void line(Color colour, int width, String curves) {
    g.setColor(colour);
    g.setStroke(new BasicStroke(width, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
    g.draw(mirrored(curves));
  }

  private void oval(Color colour, int x, int y, int radiusX, int radiusY) {
    g.setColor(colour);
    g.fillOval(x - radiusX, y - radiusY, 2 * radiusX, 2 * radiusY);
    g.fillOval(-x - radiusX, y - radiusY, 2 * radiusX, 2 * radiusY);
  }

  private static Color mix(Color from, int to, double share) {
    float[] a = from.getRGBColorComponents(null);
    float[] b = new Color(to).getRGBColorComponents(null);
    for (int i = 0; i < 3; i++) {
      a[i] += (b[i] - a[i]) * (float) share;
    }
    return new Color(a[0], a[1], a[2]);
  }

  private static byte[] encode(BufferedImage image, String type) {
    ImageWriter writer = ImageIO.getImageWritersByFormatName(type).next();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(64 * 1024);
    // in memory: ImageIO's default would put each picture into a temporary file first
    try (var out = new MemoryCacheImageOutputStream(bytes)) {
      writer.setOutput(out);
      ImageWriteParam parameters = writer.getDefaultWriteParam();
      if (type.equals("jpeg")) {
        parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
        parameters.setCompressionQuality(JPEG_QUALITY);
      }
      writer.write(null, new IIOImage(image, null, null), parameters);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }
}
