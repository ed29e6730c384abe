package io.attributeimages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The file .env as people and editors write it. */
class DotEnvTest {

  private static Map<String, String> read(String text) {
    return DotEnv.read(".env", text.getBytes(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "KEY=value | value",
        "  KEY = value   | value",
        "export KEY=value | value",
        "KEY='a b # c' # comment | a b # c",
        "KEY=\"a b # c\" # comment | a b # c",
        "KEY=value # comment | value",
        "KEY=a#b | a#b",
        "KEY=pa$$w${x}ord\\n | pa$$w${x}ord\\n",
        "KEY='pa$$w${x}\\n' | pa$$w${x}\\n",
        "KEY=\"pa$$w\\\"${x}\\\\\" | pa$$w\"${x}\\",
        "KEY=eyJ=.a=b== | eyJ=.a=b==",
        "KEY=# nothing | ``",
        "KEY= | ``",
        "KEY='' | ``",
        "KEY=\"C:\\\\new\" | C:\\new",
      })
  void aValueIsWhatIsWritten(String line, String value) {
    assertThat(read(line)).isEqualTo(Map.of("KEY", value));
  }

  @Test
  void aQuotedValueMayHaveSeveralLines() {
    assertThat(read("A=1\nKEY=\"-----BEGIN\nabc\n-----END\" # key\nB='x\ny'\nC=3"))
        .isEqualTo(Map.of("A", "1", "KEY", "-----BEGIN\nabc\n-----END", "B", "x\ny", "C", "3"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"UTF-8", "UTF-16LE", "UTF-16BE"})
  void theMarkOfAnEditorIsNoPartOfTheFirstName(String charset) {
    byte[] bytes = "\uFEFFKEY=wörd\r\n\r\n# more\r\nOTHER=2\r\n".getBytes(Charset.forName(charset));

    assertThat(DotEnv.read(".env", bytes)).isEqualTo(Map.of("KEY", "wörd", "OTHER", "2"));
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {
        "KEY: value,The file .env, is not NAME=value.",
        "KEY,The file .env, is not NAME=value.",
        "2KEY=1,The file .env, is not NAME=value.",
        "KEY='value,The file .env, put a value with quotes or # into quotes",
        "KEY=\"value,The file .env, put a value with quotes or # into quotes",
        "KEY='a' b,The file .env, put a value with quotes or # into quotes",
        "KEY=#abc,The file .env, put a value with quotes or # into quotes",
      })
  void whatIsNoSuchLineIsRefusedWithItsNumber(String line, String begin, String end) {
    assertThatThrownBy(() -> read("A=1\n\n" + line))
        .isInstanceOf(SettingsException.class)
        .hasMessageStartingWith(begin + ", line 3,")
        .hasMessageContaining(end);
  }

  @Test
  void anotherEncodingIsRefused() {
    assertThatThrownBy(() -> DotEnv.read(".env", "KEY=wörd".getBytes(StandardCharsets.ISO_8859_1)))
        .hasMessage("The file .env is not UTF-8; save it as such.");
  }
}
