package io.attributeimages.support;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Random;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Real pictures, the same bytes for the same arguments: coloured blocks, for WebP one colour. */
final class NovitaPictures {

  private static final int BLOCK = 16;

  private NovitaPictures() {}

  /** A picture as jpeg, png or webp. */
  static byte[] picture(String type, int width, int height, long seed) {
    if (type.equals("webp")) {
      return webp(width, height, new Random(seed).nextInt());
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      if (!ImageIO.write(blocks(width, height, seed), type, out)) {
        throw new IllegalArgumentException("no such picture type: " + type);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static BufferedImage blocks(int width, int height, long seed) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Random colours = new Random(seed);
    for (int y = 0; y < height; y += BLOCK) {
      for (int x = 0; x < width; x += BLOCK) {
        int colour = colours.nextInt(0x1000000);
        for (int dy = y; dy < Math.min(y + BLOCK, height); dy++) {
          for (int dx = x; dx < Math.min(x + BLOCK, width); dx++) {
            image.setRGB(dx, dy, colour);
          }
        }
      }
    }
    return image;
  }

  /**
   * A lossless WebP of one colour. Each of the five prefix codes has a single symbol, so a pixel
   * takes no bits at all (WebP Lossless Bitstream Specification, 3.7.2.1.1).
   */
  private static byte[] webp(int width, int height, int colour) {
    Bits bits = new Bits();
    bits.add(0x2f, 8).add(width - 1, 14).add(height - 1, 14);
    bits.add(0, 1).add(0, 3); // no alpha, version
    bits.add(0, 1).add(0, 1).add(0, 1); // no transform, no colour cache, no meta prefix codes
    for (int symbol : new int[] {colour >> 8, colour >> 16, colour, 255, 0}) {
      bits.add(1, 1).add(0, 1).add(1, 1).add(symbol & 255, 8); // green, red, blue, alpha, distance
    }
    byte[] data = Arrays.copyOf(bits.bytes(), 64); // decoders look ahead
    return ByteBuffer.allocate(20 + data.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put("RIFF".getBytes())
        .putInt(12 + data.length)
        .put("WEBPVP8L".getBytes())
        .putInt(data.length)
        .put(data)
        .array();
  }

  /** Bits, least significant first. */
  private static final class Bits {
    private final BitSet bits = new BitSet();
    private int size;

    Bits add(int value, int width) {
      for (int i = 0; i < width; i++) {
        bits.set(size++, (value >> i & 1) == 1);
      }
      return this;
    }

    byte[] bytes() {
      return Arrays.copyOf(bits.toByteArray(), (size + 7) / 8);
    }
  }
}
