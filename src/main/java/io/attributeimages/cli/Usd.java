package io.attributeimages.cli;

import java.math.BigDecimal;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads an amount in US dollars. */
final class Usd implements ITypeConverter<BigDecimal> {

  private static final BigDecimal MAX = BigDecimal.valueOf(1_000_000);

  @Override
  public BigDecimal convert(String text) {
    if (text.matches("\\d{1,7}(\\.\\d{1,4})?") && new BigDecimal(text).compareTo(MAX) <= 0) {
      return new BigDecimal(text);
    }
    throw new TypeConversionException(
        "an amount in US dollars from 0 to " + MAX + " with at most four decimals");
  }
}
