package io.attributeimages.provider;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Width and height in pixels, or the proportions of a model that is asked for no more. */
record Size(int width, int height) {

  private static final Pattern WRITTEN = Pattern.compile("([1-9]\\d{0,4})[x*:]([1-9]\\d{0,4})");

  /** What {@code 1024x1536}, or {@code 2:3}, says. */
  static Optional<Size> parse(String text) {
    Matcher written = WRITTEN.matcher(String.valueOf(text));
    return written.matches()
        ? Optional.of(
            new Size(Integer.parseInt(written.group(1)), Integer.parseInt(written.group(2))))
        : Optional.empty();
  }

  /** Whether it says no more than the proportions: no model paints a picture as small as that. */
  boolean isRatio() {
    return Math.max(width, height) < 64;
  }

  @Override
  public String toString() {
    return isRatio() ? width + ":" + height : "%d×%d pixels".formatted(width, height);
  }

  long pixels() {
    return (long) width * height;
  }

  /** Width by height in the smallest whole numbers. */
  Size proportions() {
    int divisor = gcd(width, height);
    return new Size(width / divisor, height / divisor);
  }

  /** How far the proportions are off: 0 where they are the same, and the same either way. */
  double strangeness(Size other) {
    return Math.abs(
        Math.log((double) width / height) - Math.log((double) other.width / other.height));
  }

  boolean covers(Size other) {
    return width >= other.width && height >= other.height;
  }

  private static int gcd(int a, int b) {
    return b == 0 ? a : gcd(b, a % b);
  }
}
