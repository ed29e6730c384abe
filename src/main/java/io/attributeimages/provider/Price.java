package io.attributeimages.provider;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Map;

/**
 * What an image costs: a figure, or one that grows with fields of its recipe, as {@code usd: 0.003}
 * for {@code width: 1024, height: 1024, steps: 4} does.
 *
 * @param usd in US dollars
 * @param per for which values of the recipe's fields; empty where it is the same for every image
 * @param assumed whether the host does not publish it
 * @param nsfwDetectionUsd what the detection of nudity adds
 */
public record Price(
    BigDecimal usd, Map<String, BigDecimal> per, boolean assumed, BigDecimal nsfwDetectionUsd) {

  /** As precise as the ledger's columns. */
  private static final int DIGITS = 6;

  /** The price of an image with those values in its recipe, rounded up to a millionth. */
  public BigDecimal of(Map<String, BigDecimal> recipe, boolean nsfwDetection) {
    BigDecimal price = usd;
    for (Map.Entry<String, BigDecimal> unit : per.entrySet()) {
      price =
          price.multiply(recipe.get(unit.getKey()).divide(unit.getValue(), MathContext.DECIMAL64));
    }
    return price
        .add(nsfwDetection ? nsfwDetectionUsd : BigDecimal.ZERO)
        .setScale(DIGITS, RoundingMode.UP)
        .stripTrailingZeros();
  }
}
