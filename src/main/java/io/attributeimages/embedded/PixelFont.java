package io.attributeimages.embedded;

import java.awt.Shape;
import java.awt.geom.Path2D;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Letters as shapes, from a table of 5×7 cells. Java's own fonts need native font libraries, which
 * a fresh server does not have.
 */
final class PixelFont {
  static final int ROWS = 7;
  private static final int COLUMNS = 5;
  private static final int ADVANCE = COLUMNS + 1;

  /** Each glyph is seven rows from the top, five bits each, the left column in the highest bit. */
  private static final Map<Character, int[]> GLYPHS =
      Map.ofEntries(
          glyph('A', 0x0E, 0x11, 0x11, 0x1F, 0x11, 0x11, 0x11),
          glyph('B', 0x1E, 0x11, 0x11, 0x1E, 0x11, 0x11, 0x1E),
          glyph('C', 0x0E, 0x11, 0x10, 0x10, 0x10, 0x11, 0x0E),
          glyph('D', 0x1E, 0x11, 0x11, 0x11, 0x11, 0x11, 0x1E),
          glyph('E', 0x1F, 0x10, 0x10, 0x1E, 0x10, 0x10, 0x1F),
          glyph('F', 0x1F, 0x10, 0x10, 0x1E, 0x10, 0x10, 0x10),
          glyph('G', 0x0E, 0x11, 0x10, 0x17, 0x11, 0x11, 0x0F),
          glyph('H', 0x11, 0x11, 0x11, 0x1F, 0x11, 0x11, 0x11),
          glyph('I', 0x0E, 0x04, 0x04, 0x04, 0x04, 0x04, 0x0E),
          glyph('J', 0x07, 0x02, 0x02, 0x02, 0x02, 0x12, 0x0C),
          glyph('K', 0x11, 0x12, 0x14, 0x18, 0x14, 0x12, 0x11),
          glyph('L', 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x1F),
          glyph('M', 0x11, 0x1B, 0x15, 0x15, 0x11, 0x11, 0x11),
          glyph('N', 0x11, 0x11, 0x19, 0x15, 0x13, 0x11, 0x11),
          glyph('O', 0x0E, 0x11, 0x11, 0x11, 0x11, 0x11, 0x0E),
          glyph('P', 0x1E, 0x11, 0x11, 0x1E, 0x10, 0x10, 0x10),
          glyph('Q', 0x0E, 0x11, 0x11, 0x11, 0x15, 0x12, 0x0D),
          glyph('R', 0x1E, 0x11, 0x11, 0x1E, 0x14, 0x12, 0x11),
          glyph('S', 0x0F, 0x10, 0x10, 0x0E, 0x01, 0x01, 0x1E),
          glyph('T', 0x1F, 0x04, 0x04, 0x04, 0x04, 0x04, 0x04),
          glyph('U', 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x0E),
          glyph('V', 0x11, 0x11, 0x11, 0x11, 0x11, 0x0A, 0x04),
          glyph('W', 0x11, 0x11, 0x11, 0x15, 0x15, 0x15, 0x0A),
          glyph('X', 0x11, 0x11, 0x0A, 0x04, 0x0A, 0x11, 0x11),
          glyph('Y', 0x11, 0x11, 0x0A, 0x04, 0x04, 0x04, 0x04),
          glyph('Z', 0x1F, 0x01, 0x02, 0x04, 0x08, 0x10, 0x1F),
          glyph('0', 0x0E, 0x11, 0x11, 0x11, 0x11, 0x11, 0x0E),
          glyph('1', 0x04, 0x0C, 0x04, 0x04, 0x04, 0x04, 0x0E),
          glyph('2', 0x0E, 0x11, 0x01, 0x02, 0x04, 0x08, 0x1F),
          glyph('3', 0x0E, 0x11, 0x01, 0x06, 0x01, 0x11, 0x0E),
          glyph('4', 0x02, 0x06, 0x0A, 0x12, 0x1F, 0x02, 0x02),
          glyph('5', 0x1F, 0x10, 0x1E, 0x01, 0x01, 0x11, 0x0E),
          glyph('6', 0x06, 0x08, 0x10, 0x1E, 0x11, 0x11, 0x0E),
          glyph('7', 0x1F, 0x01, 0x02, 0x04, 0x04, 0x04, 0x04),
          glyph('8', 0x0E, 0x11, 0x11, 0x0E, 0x11, 0x11, 0x0E),
          glyph('9', 0x0E, 0x11, 0x11, 0x0F, 0x01, 0x02, 0x0C),
          glyph('-', 0x00, 0x00, 0x00, 0x0E, 0x00, 0x00, 0x00),
          glyph('+', 0x00, 0x04, 0x04, 0x1F, 0x04, 0x04, 0x00),
          glyph('.', 0x00, 0x00, 0x00, 0x00, 0x00, 0x0C, 0x0C),
          glyph(',', 0x00, 0x00, 0x00, 0x00, 0x0C, 0x04, 0x08),
          glyph('/', 0x00, 0x01, 0x02, 0x04, 0x08, 0x10, 0x00),
          glyph('&', 0x0C, 0x12, 0x14, 0x08, 0x15, 0x12, 0x0D),
          glyph('\'', 0x0C, 0x04, 0x08, 0x00, 0x00, 0x00, 0x00),
          glyph(' ', 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00));

  private static final int[] REPLACEMENT = {0x1F, 0x11, 0x11, 0x11, 0x11, 0x11, 0x1F};

  private PixelFont() {}

  private static Map.Entry<Character, int[]> glyph(char letter, int... rows) {
    return Map.entry(letter, rows);
  }

  /** Width in cells, without the gap after the last letter. */
  static int width(String text) {
    return Math.max(0, plain(text).length() * ADVANCE - 1);
  }

  /**
   * The outline of one line of text.
   *
   * @param x left edge
   * @param y top edge
   * @param cell side of one cell; a letter is 5 cells wide and 7 high
   */
  static Shape outline(String text, double x, double y, double cell) {
    Path2D path = new Path2D.Double(Path2D.WIND_NON_ZERO);
    String letters = plain(text);
    for (int i = 0; i < letters.length(); i++) {
      int[] rows = GLYPHS.getOrDefault(letters.charAt(i), REPLACEMENT);
      addGlyph(path, rows, x + i * ADVANCE * cell, y, cell);
    }
    return path;
  }

  private static void addGlyph(Path2D path, int[] rows, double x, double y, double cell) {
    for (int row = 0; row < ROWS; row++) {
      for (int column = 0; column < COLUMNS; column++) {
        double left = x + column * cell;
        double top = y + row * cell;
        if (isSet(rows, row, column)) {
          polygon(path, left, top, left + cell, top, left + cell, top + cell, left, top + cell);
        } else {
          smoothCorners(path, rows, row, column, left, top, cell);
        }
      }
    }
  }

  /** Fills the notch between two cells that touch only at a corner, so that diagonals are lines. */
  private static void smoothCorners(
      Path2D path, int[] rows, int row, int column, double left, double top, double cell) {
    for (int down = -1; down <= 1; down += 2) {
      for (int right = -1; right <= 1; right += 2) {
        boolean notch =
            isSet(rows, row + down, column)
                && isSet(rows, row, column + right)
                && !isSet(rows, row + down, column + right);
        if (notch) {
          double cornerX = right > 0 ? left + cell : left;
          double cornerY = down > 0 ? top + cell : top;
          double alongX = cornerX - right * cell * 0.6;
          double alongY = cornerY - down * cell * 0.6;
          if (right == down) { // keeps every outline clockwise, so that overlaps add up
            polygon(path, cornerX, cornerY, alongX, cornerY, cornerX, alongY);
          } else {
            polygon(path, cornerX, cornerY, cornerX, alongY, alongX, cornerY);
          }
        }
      }
    }
  }

  private static boolean isSet(int[] rows, int row, int column) {
    return row >= 0
        && row < ROWS
        && column >= 0
        && column < COLUMNS
        && (rows[row] >> (COLUMNS - 1 - column) & 1) == 1;
  }

  private static void polygon(Path2D path, double... points) {
    path.moveTo(points[0], points[1]);
    for (int i = 2; i < points.length; i += 2) {
      path.lineTo(points[i], points[i + 1]);
    }
    path.closePath();
  }

  /** Breaks the text into at most so many lines of at most so many letters; the rest is dropped. */
  static List<String> wrap(String text, int lettersPerLine, int lines) {
    List<String> wrapped = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (String word : plain(text).strip().split("\\s+")) {
      String cut = word.length() > lettersPerLine ? word.substring(0, lettersPerLine) : word;
      if (line.length() > 0 && line.length() + 1 + cut.length() > lettersPerLine) {
        wrapped.add(line.toString());
        line.setLength(0);
        if (wrapped.size() == lines) {
          return wrapped;
        }
      }
      line.append(line.length() == 0 ? "" : " ").append(cut);
    }
    wrapped.add(line.toString());
    return wrapped;
  }

  /** Upper case, without accents; a character is one letter, also where Java needs two chars. */
  private static String plain(String text) {
    return Normalizer.normalize(text, Normalizer.Form.NFD)
        .replaceAll("\\p{M}", "")
        .replace('_', ' ')
        .replace('\u2019', '\'')
        .replaceAll("[\u2010-\u2015]", "-")
        .replaceAll("[\\x{10000}-\\x{10FFFF}]", "\uFFFD")
        .toUpperCase(Locale.ROOT);
  }
}
