package io.attributeimages.provider;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The sizes a model paints.
 *
 * @param choices the only ones there are; empty where any size within the bounds will do
 * @param minSide the smallest width and height
 * @param maxSide the largest
 * @param minPixels the fewest pixels in all
 * @param maxPixels the most
 * @param maxRatio how many times as long as the other one side may be
 * @param multipleOf what width and height are multiples of
 */
record Sizes(
    List<Size> choices,
    int minSide,
    int maxSide,
    long minPixels,
    long maxPixels,
    double maxRatio,
    int multipleOf) {

  /** Beyond this, a size is no better for keeping the proportions to the pixel. */
  private static final double EXACT = 1e-9;

  /**
   * The smallest size that is painted with those proportions and has at least as many pixels each
   * way; where there is none, the one that comes closest. Empty where none has even nearly those
   * proportions.
   */
  Optional<Size> atLeast(Size wanted) {
    return sizes(wanted)
        .min(
            Comparator.comparing((Size size) -> bucket(size, wanted))
                .thenComparing(size -> !size.covers(wanted))
                .thenComparingLong(size -> size.covers(wanted) ? size.pixels() : -size.pixels()));
  }

  /** Exact proportions first; within a hundredth, less is better than more. */
  private double bucket(Size size, Size wanted) {
    double strangeness = size.strangeness(wanted);
    if (!choices.isEmpty()) {
      return Math.round(strangeness * 100);
    }
    return strangeness < EXACT ? 0 : 1;
  }

  private Stream<Size> sizes(Size wanted) {
    if (!choices.isEmpty()) {
      return choices.stream();
    }
    Size proportions = wanted.proportions();
    Stream<Size> exact =
        IntStream.rangeClosed(1, maxSide / Math.max(proportions.width(), proportions.height()))
            .mapToObj(n -> new Size(n * proportions.width(), n * proportions.height()));
    Stream<Size> close =
        IntStream.rangeClosed(1, maxSide / multipleOf)
            .map(n -> n * multipleOf)
            .mapToObj(
                width ->
                    new Size(width, rounded((double) width * wanted.height() / wanted.width())));
    return Stream.concat(exact, close).filter(this::allows);
  }

  private int rounded(double side) {
    return Math.max(1, (int) Math.round(side / multipleOf)) * multipleOf;
  }

  private boolean allows(Size size) {
    int shorter = Math.min(size.width(), size.height());
    int longer = Math.max(size.width(), size.height());
    return shorter >= minSide
        && longer <= maxSide
        && size.pixels() >= minPixels
        && size.pixels() <= maxPixels
        && longer <= maxRatio * shorter
        && size.width() % multipleOf == 0
        && size.height() % multipleOf == 0;
  }
}
