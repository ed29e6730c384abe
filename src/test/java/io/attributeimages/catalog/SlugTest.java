package io.attributeimages.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Isolated("changes the default locale")
class SlugTest {

  @ParameterizedTest
  @CsvSource({
    "age, age",
    "30s, 30s",
    "Muscular, muscular",
    "'Hair colour', hair-colour",
    "'  Sci-Fi / Space  ', sci-fi-space",
    "'a__b--c..d', a-b-c-d",
    "'../../etc/passwd', etc-passwd",
    "'a?b#c%2f', a-b-c-2f",
    "Café, cafe",
    "Ångström, angstrom",
    "ﬁve, ve",
    "'日本 2', 2",
  })
  void aNameBecomesLowerCaseLettersDigitsAndSingleHyphens(String name, String slug) {
    assertThat(Slug.of(name)).isEqualTo(slug);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "---", "日本", "🙂", "\u0000\n"})
  void aNameWithoutAsciiLetterOrDigitHasNoSlug(String name) {
    assertThat(Slug.of(name)).isEmpty();
  }

  @Test
  void aSlugIsItsOwnSlug() {
    String slug = Slug.of("Ünïcode & Others, 2nd");

    assertThat(slug).isEqualTo("unicode-others-2nd");
    assertThat(Slug.of(slug)).isEqualTo(slug);
  }

  @Test
  void theLanguageOfTheMachineMakesNoDifference() {
    Locale before = Locale.getDefault();
    try {
      Locale.setDefault(Locale.forLanguageTag("tr"));

      assertThat(Slug.of("INDIAN")).isEqualTo("indian");
    } finally {
      Locale.setDefault(before);
    }
  }
}
