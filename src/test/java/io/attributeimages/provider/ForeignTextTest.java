package io.attributeimages.provider;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ForeignTextTest {

  @Test
  void anOrdinaryTextStaysAsItIs() {
    assertThat(ForeignText.line("Größe 512×768, 你好 😀")).isEqualTo("Größe 512×768, 你好 😀");
    assertThat(ForeignText.quote("Größe 😀")).isEqualTo("Größe 😀");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\u0000", "\n", "\r\n", "\t", "\u007F", "\u0085", "\u00AD", "\u200B", "\u202E", "\u2028",
        "\u2029", "\u2066", "\uFEFF", "\uD800", "\uDFFF"
      })
  void whatCannotBeSeenIsABlank(String unprintable) {
    assertThat(ForeignText.line("a" + unprintable + "b")).isEqualTo("a b");
    assertThat(ForeignText.line(unprintable)).isEmpty();
    assertThat(ForeignText.quote("a" + unprintable + "b")).matches("a\\?{1,2}b");
  }

  @Test
  void aLongTextIsCutBetweenCharacters() {
    assertThat(ForeignText.line("x".repeat(500))).hasSize(500);
    assertThat(ForeignText.line("x".repeat(501))).isEqualTo("x".repeat(500) + "…");
    assertThat(ForeignText.line("x".repeat(499) + "😀")).isEqualTo("x".repeat(499) + "…");
    assertThat(ForeignText.quote("x".repeat(61))).isEqualTo("x".repeat(60) + "…");
  }

  @Test
  void noTextIsAnEmptyLine() {
    assertThat(ForeignText.line(null)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          Connect to https://hooks.chat.test/services/T0/secret failed | Connect to https://hooks.chat.test/… failed
          invoking http://user:secret@host:8080?key=secret with        | invoking http://host:8080/… with
          jdbc:postgresql://db.test:5432/postgres?password=secret      | jdbc:postgresql://db.test:5432/…
          Connect to http://127.0.0.1:80 failed                        | Connect to http://127.0.0.1:80 failed
          no address at all                                            | no address at all
          """)
  void urlsEndAtTheirHost(String text, String shown) {
    assertThat(ForeignText.withoutPaths(text)).isEqualTo(shown);
  }
}
