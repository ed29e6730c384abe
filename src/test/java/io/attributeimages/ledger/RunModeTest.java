package io.attributeimages.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

@Isolated("changes the default locale")
class RunModeTest {

  @ParameterizedTest
  @EnumSource
  void aModeIsFoundByItsLabel(RunMode mode) {
    assertThat(RunMode.of(mode.label())).isSameAs(mode);
  }

  @Test
  void labelsAreThoseOfTheLedgerInAnyLanguage() {
    Locale before = Locale.getDefault();
    try {
      Locale.setDefault(Locale.forLanguageTag("tr"));

      assertThat(RunMode.MISSING.label()).isEqualTo("missing");
      assertThat(RunMode.REGENERATE.label()).isEqualTo("regenerate");
    } finally {
      Locale.setDefault(before);
    }
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(strings = {"", "MISSING", "Missing", "missing ", "all"})
  void anyOtherNameIsRefused(String label) {
    assertThatThrownBy(() -> RunMode.of(label))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("no run mode " + label);
  }
}
