package io.attributeimages.embedded;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Writes lossless WebP, which the JDK cannot, in the plainest way the format allows: no transform,
 * and eight bits for each of green, red and blue (WebP Lossless Bitstream Specification).
 */
final class WebP {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private int pending;
  private int pendingBits;

  private WebP() {}

  static byte[] encode(BufferedImage image) {
    WebP out = new WebP();
    int width = image.getWidth();
    int height = image.getHeight();
    out.add(0x2f, 8);
    out.add(width - 1, 14);
    out.add(height - 1, 14);
    out.add(0, 1 + 3); // no alpha, version 0
    out.add(0, 3); // no transform, no colour cache, no meta prefix codes
    for (int channel = 0; channel < 3; channel++) {
      out.addEightBitCode();
    }
    out.addSingleSymbol(255); // alpha
    out.addSingleSymbol(0); // distance, which is never used
    int[] row = new int[width];
    for (int y = 0; y < height; y++) {
      image.getRGB(0, y, width, 1, row, 0, width);
      for (int pixel : row) {
        out.addSymbol(pixel >> 8);
        out.addSymbol(pixel >> 16);
        out.addSymbol(pixel);
      }
    }
    return out.container();
  }

  /** The symbols 0 to 255 with codes of eight bits. */
  private void addEightBitCode() {
    add(0, 1); // not a simple code
    add(12 - 4, 4); // so many lengths of the code for lengths: of 17 18 0 1 2 3 4 5 16 6 7 8
    for (int symbol : new int[] {0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1}) {
      add(symbol, 3);
    }
    add(1, 1); // not all of the alphabet
    add(3, 3); // the next number has 2 + 2 * 3 bits
    add(256 - 2, 8);
    for (int symbol = 0; symbol < 256; symbol++) {
      add(1, 1); // the second of the two lengths: 8
    }
  }

  private void addSingleSymbol(int symbol) {
    add(0b101, 3); // a simple code, of one symbol, in eight bits
    add(symbol, 8);
  }

  /** Codes stand with their most significant bit first. */
  private void addSymbol(int symbol) {
    add(Integer.reverse(symbol << 24), 8);
  }

  private void add(int value, int width) {
    pending |= value << pendingBits;
    for (pendingBits += width; pendingBits >= 8; pendingBits -= 8) {
      bytes.write(pending);
      pending >>>= 8;
    }
  }

  private byte[] container() {
    bytes.write(pending);
    byte[] data = bytes.toByteArray();
    int length = data.length + 1 & ~1;
    return ByteBuffer.allocate(20 + length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put("RIFF".getBytes())
        .putInt(12 + length)
        .put("WEBPVP8L".getBytes())
        .putInt(length)
        .put(data)
        .array();
  }
}
