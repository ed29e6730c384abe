package io.attributeimages.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.attributeimages.catalog.CatalogueReader;
import io.attributeimages.ledger.ImageFilter;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Isolated("changes system properties")
class ArgumentsTest {

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private Properties before;

  @BeforeEach
  void rememberProperties() {
    before = (Properties) System.getProperties().clone();
  }

  @AfterEach
  void restoreProperties() {
    System.setProperties(before);
  }

  private Arguments read(String... arguments) {
    return Arguments.read(
        arguments,
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8));
  }

  private Arguments readLine(String line) {
    return read(line.isEmpty() ? new String[0] : line.split(" "));
  }

  /** The command as the program finds it that was started for it. */
  private static <T extends ProgramCommand> T pending(Class<T> type) {
    return type.cast(Arguments.pending().orElseThrow());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "serve"})
  void withoutACommandItIsTheService(String line) {
    Arguments arguments = readLine(line);

    assertThat(arguments.isAnswered()).isFalse();
    assertThat(arguments.isCommand()).isFalse();
    assertThat(Arguments.pending()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "--help, Commands:",
    "-h, Commands:",
    "generate --help, --max-cost=USD",
    "dead-letters replay --help, --all",
    "serve --help, Be the service",
    "--version, attribute-images ",
    "completion, complete",
  })
  void whatNeedsNoProgramIsAnsweredAtOnce(String line, String part) {
    Arguments arguments = readLine(line);

    assertThat(arguments.isAnswered()).isTrue();
    assertThat(arguments.exitCode()).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8)).contains(part);
    assertThat(err.toString(StandardCharsets.UTF_8)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "generat | Unknown command 'generat'; known are serve, generate, check, migrate, probe, dead-letters, completion.",
        "generate --all | Unknown option '--all' of attribute-images generate; known are --category, --dry-run,",
        "generate age | Unknown argument 'age'; attribute-images generate takes options only.",
        "generate --max-cost -1 | Option --max-cost is '-1'; allowed is an amount in US dollars from 0 to 1000000",
        "generate --max-cost 1e3 | Option --max-cost is '1e3'; allowed is an amount",
        "generate --max-cost 0.00001 | Option --max-cost is '0.00001'; allowed is an amount",
        "generate --max-cost 1000001 | Option --max-cost is '1000001'; allowed is an amount",
        "generate --category | Option --category needs a value: NAME.",
        "generate --style a --style b | Option --style is there several times; allowed is one.",
        "check --json=yes | Option --json takes no value.",
        "dead-letters forget | Unknown command 'forget'; known are list, replay, discard.",
        "dead-letters list --run 7 | Option --run is '7'; allowed is the id of a run.",
        "dead-letters list --reason x | Option --reason is 'x'; allowed is the reason of a dead letter",
        "dead-letters replay | Say what dead-letters replay is about: ids, a filter such as --category, or --all.",
        "dead-letters replay x --all | dead-letters replay takes ids, or a filter, or --all; allowed is one of them.",
        "dead-letters replay x --style anime | dead-letters replay takes ids, or a filter, or --all",
        "dead-letters discard | attribute-images dead-letters discard needs at least one ID.",
        "dead-letters --json list | Option --json stands before list; write it behind.",
      })
  void badUsageIsOneSentence(String line, String sentence) {
    Arguments arguments = readLine(line);

    assertThat(arguments.isAnswered()).isTrue();
    assertThat(arguments.exitCode()).isEqualTo(2);
    assertThat(out.toString(StandardCharsets.UTF_8)).isEmpty();
    assertThat(err.toString(StandardCharsets.UTF_8).lines())
        .singleElement()
        .asString()
        .startsWith(sentence);
  }

  @Test
  void aHostileArgumentIsQuotedAsOneLine() {
    read("generate", "--max-cost", "1\n\u001b[31mred" + "x".repeat(500));

    assertThat(err.toString(StandardCharsets.UTF_8).lines())
        .singleElement()
        .asString()
        .contains("'1??[31mred")
        .hasSizeLessThan(200);
  }

  @Test
  void theProgramFindsTheCommandAsItWasWritten() {
    read("generate", "--value", "a b&c", "--value", "${x}", "--max-cost", "0.5", "--regenerate")
        .prepare();

    GenerateCommand command = pending(GenerateCommand.class);
    assertThat(command.choice().filter())
        .isEqualTo(new ImageFilter(Optional.empty(), List.of("a b&c", "${x}"), Optional.empty()));
    assertThat(command.maxCost().orElseThrow()).isEqualByComparingTo("0.5");
    assertThat(command.mode().label()).isEqualTo("regenerate");
    assertThat(command.makesImages()).isTrue();
  }

  @Test
  void noCommandOpensAPortOrStartsARunByItself() {
    read("generate").prepare();

    assertThat(System.getProperty("quarkus.http.host-enabled")).isEqualTo("false");
    assertThat(System.getProperty("pipeline.run-at-start")).isEqualTo("false");
    assertThat(System.getProperty("pipeline.schedule")).isEqualTo("off");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "check",
        "probe",
        "migrate",
        "dead-letters",
        "dead-letters list",
        "generate --dry-run"
      })
  void whatOnlyLooksClaimsNothing(String line) {
    readLine(line).prepare();

    assertThat(System.getProperty("camel.main.route-filter-include-pattern")).isEqualTo("direct:*");
  }

  @ParameterizedTest
  @CsvSource({
    "probe, false",
    "migrate, false",
    "check, true",
    "dead-letters, true",
    "generate, true"
  })
  void theDatabaseIsTouchedAtStartOnlyByWhatNeedsTheTables(String line, boolean migrates) {
    readLine(line).prepare();

    assertThat(System.getProperty("quarkus.flyway.migrate-at-start"))
        .isEqualTo(migrates ? null : "false");
  }

  @Test
  void aSettingOfTheOperatorIsLeftAsItIs() {
    System.setProperty("quarkus.log.console.level", "DEBUG");

    read("check").prepare();

    assertThat(System.getProperty("quarkus.log.console.level")).isEqualTo("DEBUG");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "generate --category agee | Option --category is 'agee'; known are age, body, ethnicity, style.",
        "generate --category age --value Slim | Option --value is 'Slim'; known are 20s, 30s, 40s, 50s, 60s, 70s, 80s.",
        "dead-letters replay --style oil | Option --style is 'oil'; known are realistic, anime.",
        "dead-letters --style oil | Option --style is 'oil'; known are realistic, anime.",
      })
  void whatTheCatalogueDoesNotHaveIsNamedWithWhatItHas(String line, String sentence) {
    readLine(line).prepare();

    ImageChoice choice = Arguments.pending().orElseThrow().choice();

    assertThatThrownBy(() -> choice.check(CatalogueReader.builtIn()))
        .isInstanceOf(UsageException.class)
        .hasMessage(sentence);
  }

  @Test
  void coversAreChosenByTheirOwnNames() {
    readLine("generate --category style --value cover --style anime").prepare();

    Arguments.pending().orElseThrow().choice().check(CatalogueReader.builtIn());
  }
}
