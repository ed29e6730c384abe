package io.attributeimages.embedded;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.RadialGradientPaint;
import java.awt.RenderingHints;
import java.awt.geom.AffineTransform;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Rectangle2D;
import java.awt.geom.RoundRectangle2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/**
 * Draws simulated picture cards: a bust portrait of a clothed adult over a panel that names
 * category, value and style, with a ribbon that says SIMULATED. The same arguments always give the
 * same bytes. Safe for use by several threads.
 *
 * <p>Uses no fonts and no files: a fresh server has no font libraries.
 */
public final class CardArtist {
  private static final float JPEG_QUALITY = 0.9f;

  /** The card is designed on this area; other sizes are scaled, and get more background. */
  private static final double DESIGN_WIDTH = 512;

  private static final double DESIGN_HEIGHT = 768;

  private static final double PANEL_HEIGHT = 172;
  private static final double MARGIN = 24;
  private static final double PORTRAIT_SCALE = 1.14;
  private static final Color PANEL = new Color(0xFCFBF8);

  /** What a picture is encoded as. */
  public enum Format {
    JPEG("jpeg"),
    PNG("png"),
    WEBP("webp");

    private final String type;

    Format(String type) {
      this.type = type;
    }

    /**
     * @param type {@code jpeg}, {@code png} or {@code webp}
     */
    static Format of(String type) {
      return valueOf(type.toUpperCase(Locale.ROOT));
    }

    /** For the Content-Type header. */
    public String mediaType() {
      return "image/" + type;
    }
  }

  /** Makes the JVM headless, as every server is; AWT otherwise looks for a display. */
  public CardArtist() {
    System.setProperty("java.awt.headless", "true");
  }

  /**
   * Draws a picture.
   *
   * @param card what it shows; where it is empty, the panel shows the first words of the prompt
   * @param seed varies the person within what the label says
   * @param width in pixels
   * @param height in pixels
   * @param watermark whether it is stamped as some models do unless they are told not to
   */
  public byte[] draw(
      Optional<CardLabel> card,
      String prompt,
      long seed,
      int width,
      int height,
      Format format,
      boolean watermark) {
    CardLabel label = card.orElseGet(() -> new CardLabel("prompt", prompt, "realistic"));
    String title = card.isEmpty() ? prompt : label.isStyleCover() ? label.style() : label.value();
    String note = card.isEmpty() ? "" : label.isStyleCover() ? "cover" : label.style();
    Panel panel = new Panel(label.category(), note, title);
    return draw(label, seed, width, height, format, panel, watermark);
  }

  private record Panel(String category, String note, String title) {}

  private static byte[] draw(
      CardLabel label,
      long seed,
      int width,
      int height,
      Format format,
      Panel panel,
      boolean watermark) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D g = image.createGraphics();
    try {
      g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
      g.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
      double scale = Math.min(width / DESIGN_WIDTH, height / DESIGN_HEIGHT);
      g.scale(scale, scale);
      paint(g, label, seed, width / scale, height / scale, panel);
      if (watermark) {
        g.setColor(Color.WHITE);
        g.fill(PixelFont.outline("AI generated", width / scale - 130, height / scale - 18, 1.6));
      }
    } finally {
      g.dispose();
    }
    return format == Format.WEBP ? WebP.encode(image) : encode(image, format);
  }

  private static void paint(
      Graphics2D g, CardLabel label, long seed, double width, double height, Panel panel) {
    CardPalette palette = CardPalette.of(label.category());
    CardTraits traits = CardTraits.of(label, seed);
    boolean flat = Portrait.isFlat(label.style());
    double panelTop = height - MARGIN - PANEL_HEIGHT;
    double middle = width / 2;
    double headY = panelTop - 292;

    paintBackground(g, palette, width, height, middle, headY, flat);
    AffineTransform design = g.getTransform();
    g.translate(middle, headY);
    g.scale(PORTRAIT_SCALE, PORTRAIT_SCALE);
    new Portrait(g, traits, flat).paint();
    g.setTransform(design);
    paintPanel(g, palette, panel, width, panelTop);
    paintRibbon(g, palette, width);
  }

  private static void paintBackground(
      Graphics2D g,
      CardPalette palette,
      double width,
      double height,
      double x,
      double y,
      boolean flat) {
    g.setPaint(new GradientPaint(0, 0, palette.light(), 0, (float) height, palette.deep()));
    g.fill(new Rectangle2D.Double(0, 0, width, height));
    paintPattern(g, palette, width, height);
    if (flat) {
      g.setColor(new Color(255, 255, 255, 120));
      g.fill(new Ellipse2D.Double(x - 205, y - 190, 410, 410));
      g.setStroke(new BasicStroke(5));
      g.setColor(new Color(255, 255, 255, 190));
      g.draw(new Ellipse2D.Double(x - 221, y - 206, 442, 442));
    } else {
      g.setPaint(
          new RadialGradientPaint(
              (float) x,
              (float) y,
              300,
              new float[] {0, 1},
              new Color[] {new Color(255, 255, 255, 190), new Color(255, 255, 255, 0)}));
      g.fill(new Rectangle2D.Double(0, 0, width, height));
    }
  }

  private static void paintPattern(Graphics2D g, CardPalette palette, double width, double height) {
    g.setColor(new Color(255, 255, 255, 70));
    int row = 0;
    for (double y = 20; y < height; y += 48, row++) {
      for (double x = row % 2 == 0 ? 20 : 48; x < width; x += 56) {
        g.fill(palette.pictogram(x, y, 7));
      }
    }
  }

  private static void paintPanel(
      Graphics2D g, CardPalette palette, Panel panel, double width, double top) {
    double panelWidth = width - 2 * MARGIN;
    g.setColor(new Color(0, 0, 0, 34));
    g.fill(new RoundRectangle2D.Double(MARGIN, top + 5, panelWidth, PANEL_HEIGHT, 36, 36));
    g.setColor(PANEL);
    g.fill(new RoundRectangle2D.Double(MARGIN, top, panelWidth, PANEL_HEIGHT, 36, 36));

    double left = MARGIN + 24;
    double right = width - MARGIN - 24;
    g.setColor(palette.deep());
    g.fill(palette.pictogram(left + 13, top + 35, 13));
    double noteWidth = panel.note().isEmpty() ? 0 : paintPill(g, palette, panel.note(), right, top);
    g.setColor(palette.ink());
    double categoryLeft = left + 38;
    double room = right - noteWidth - 16 - categoryLeft;
    double cell = Math.min(2.9, room / Math.max(1, PixelFont.width(panel.category())));
    g.fill(
        PixelFont.outline(
            panel.category(), categoryLeft, top + 35 - cell * PixelFont.ROWS / 2, cell));
    paintTitle(g, panel.title(), left, right, top + 64, top + PANEL_HEIGHT - 22);
  }

  /** The rounded label at the right edge; returns its width. */
  private static double paintPill(
      Graphics2D g, CardPalette palette, String text, double right, double top) {
    double cell = Math.min(2.3, 170.0 / Math.max(1, PixelFont.width(text)));
    double textWidth = PixelFont.width(text) * cell;
    double width = textWidth + 28;
    g.setColor(palette.ink());
    g.fill(new RoundRectangle2D.Double(right - width, top + 19, width, 32, 32, 32));
    g.setColor(Color.WHITE);
    g.fill(PixelFont.outline(text, right - width + 14, top + 35 - cell * PixelFont.ROWS / 2, cell));
    return width;
  }

  /** As large as the room allows, on whichever number of lines makes it largest. */
  private static void paintTitle(
      Graphics2D g, String title, double left, double right, double top, double bottom) {
    List<String> best = List.of();
    double bestCell = 0;
    for (int lines = 1; lines <= 4; lines++) {
      for (int letters = 4; letters <= 26; letters++) {
        List<String> wrapped = PixelFont.wrap(title, letters, lines);
        boolean complete = PixelFont.wrap(title, letters, 99).equals(wrapped);
        double cell = titleCell(wrapped, right - left, bottom - top);
        boolean whole = complete && !isCut(title, letters);
        // a text too long to fit is cut on the last try
        boolean lastResort = lines == 4 && letters == 26 && best.isEmpty();
        if (whole && cell > bestCell * 1.05 || lastResort) {
          best = wrapped;
          bestCell = cell;
        }
      }
    }
    double lineHeight = bestCell * (PixelFont.ROWS + 2);
    double textHeight = lineHeight * best.size() - 2 * bestCell;
    double y = top + (bottom - top - textHeight) / 2;
    for (String line : best) {
      g.fill(PixelFont.outline(line, left, y, bestCell));
      y += lineHeight;
    }
  }

  private static boolean isCut(String title, int letters) {
    for (String word : title.strip().split("[\\s_]+")) {
      if (word.length() > letters) {
        return true;
      }
    }
    return false;
  }

  private static double titleCell(List<String> lines, double width, double height) {
    int widest = lines.stream().mapToInt(PixelFont::width).max().orElse(1);
    int rows = lines.size() * (PixelFont.ROWS + 2) - 2;
    return Math.min(Math.min(width / Math.max(1, widest), height / rows), 11);
  }

  private static void paintRibbon(Graphics2D g, CardPalette palette, double width) {
    AffineTransform design = g.getTransform();
    String text = "SIMULATED";
    double cell = 2.4;
    g.translate(width - 84, 84);
    g.rotate(Math.PI / 4);
    Color ink = palette.ink();
    g.setColor(new Color(0, 0, 0, 30));
    g.fill(new Rectangle2D.Double(-180, -15, 360, 40));
    g.setColor(new Color(ink.getRed(), ink.getGreen(), ink.getBlue(), 235));
    g.fill(new Rectangle2D.Double(-180, -20, 360, 40));
    g.setColor(new Color(255, 255, 255, 120));
    g.fill(new Rectangle2D.Double(-180, -16, 360, 1.2));
    g.fill(new Rectangle2D.Double(-180, 14.8, 360, 1.2));
    g.setColor(Color.WHITE);
    double textWidth = PixelFont.width(text) * cell;
    g.fill(PixelFont.outline(text, -textWidth / 2, -cell * PixelFont.ROWS / 2, cell));
    g.setTransform(design);
  }

  private static byte[] encode(BufferedImage image, Format format) {
    ImageWriter writer = ImageIO.getImageWritersByFormatName(format.type).next();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(64 * 1024);
    // in memory: ImageIO's default would put each picture into a temporary file first
    try (var out = new MemoryCacheImageOutputStream(bytes)) {
      writer.setOutput(out);
      ImageWriteParam parameters = writer.getDefaultWriteParam();
      if (format == Format.JPEG) {
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
