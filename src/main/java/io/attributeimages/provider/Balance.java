package io.attributeimages.provider;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.math.BigDecimal;

/**
 * The answer of {@code GET /openapi/v1/billing/balance/detail}, as far as it is used.
 *
 * @param availableBalance in units of 1/10000 US dollar, as text
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Balance(String availableBalance) {

  private static final int UNITS_PER_USD_DIGITS = 4;

  /**
   * What the account has left, in US dollars.
   *
   * @throws IllegalArgumentException if the answer does not say
   */
  public BigDecimal usd() {
    if (availableBalance == null || !availableBalance.matches("-?\\d{1,18}")) {
      throw new IllegalArgumentException("Novita's answer names no balance");
    }
    return new BigDecimal(availableBalance).movePointLeft(UNITS_PER_USD_DIGITS);
  }
}
