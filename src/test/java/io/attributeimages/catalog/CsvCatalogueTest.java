package io.attributeimages.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CsvCatalogueTest {

  private static final String HEADER = "category,value,style,prompt\n";
  private static final String GOOD =
      HEADER
          + "hair,red,oil,an adult with red hair\n"
          + "hair,grey,oil,\"an adult with \"\"grey\"\" hair, in oil\"\n"
          + "hair,red,ink,an inked adult\n"
          + "age,30s,oil,someone of 35\n"
          + "style,cover,oil,an oil painting of two adults\n";

  @TempDir Path directory;
  private Path file;

  @BeforeEach
  void nameFile() {
    file = directory.resolve("catalogue.csv");
  }

  @Test
  void everyRowIsAnImage() throws IOException {
    Catalogue catalogue = read(GOOD);

    try (Stream<Combination> images = catalogue.combinations()) {
      assertThat(images)
          .containsExactly(
              new Combination("hair", "red", "oil", "an adult with red hair"),
              new Combination("hair", "grey", "oil", "an adult with \"grey\" hair, in oil"),
              new Combination("hair", "red", "ink", "an inked adult"),
              new Combination("age", "30s", "oil", "someone of 35"),
              new Combination("style", "cover", "oil", "an oil painting of two adults"));
    }
    assertThat(catalogue.imageCount()).isEqualTo(4);
    assertThat(catalogue.coverCount()).isEqualTo(1);
  }

  @Test
  void theGroupsStandByStyleAndCategoryAsTheyCameFirst() throws IOException {
    assertThat(read(GOOD).groups())
        .containsExactly(
            new Catalogue.Group("hair", "oil", 0, 2),
            new Catalogue.Group("age", "oil", 2, 1),
            new Catalogue.Group("hair", "ink", 3, 1),
            new Catalogue.Group("style", "oil", 4, 1));
  }

  @Test
  void namesAreKnown() throws IOException {
    Catalogue catalogue = read(GOOD);

    assertThat(catalogue.knownCategories().first()).containsExactly("hair", "age", "style");
    assertThat(catalogue.knownStyles().first()).containsExactly("oil", "ink");
    assertThat(catalogue.knownValues(Optional.of("hair")))
        .isEqualTo(Catalogue.Names.of(List.of("red", "grey")));
    assertThat(catalogue.knowsValue(Optional.of("hair"), "grey")).isTrue();
    assertThat(catalogue.knowsValue(Optional.of("age"), "grey")).isFalse();
    assertThat(catalogue.knowsValue(Optional.of("none"), "grey")).isFalse();
    assertThat(catalogue.knowsValue(Optional.empty(), "grey")).isTrue();
    assertThat(catalogue.knowsValue(Optional.empty(), "cover")).isTrue();
    assertThat(catalogue.style("oil")).map(Style::title).hasValue("oil");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\uFEFF", "\uFEFF\n"})
  void aByteOrderMarkIsNoPartOfAName(String mark) throws IOException {
    assertThat(read(mark + GOOD).imageCount()).isEqualTo(4);
    assertThat(read(mark + GOOD.replaceFirst("category", "\"category\"")).imageCount())
        .isEqualTo(4);
  }

  @Test
  void columnsComeInAnyOrderAndLinesEndInAnyWay() throws IOException {
    Catalogue catalogue = read("prompt,style,value,category\r\nan adult,oil,red,hair\r\n\r\n");

    try (Stream<Combination> images = catalogue.combinations()) {
      assertThat(images).containsExactly(new Combination("hair", "red", "oil", "an adult"));
    }
  }

  @Test
  void theDigestTellsCataloguesApart() throws IOException {
    String digest = read(GOOD).digest();

    assertThat(read(GOOD).digest()).isEqualTo(digest);
    assertThat(read(GOOD.replace("grey,oil", "gray,oil")).digest()).isNotEqualTo(digest);
    assertThat(read(GOOD.replace("inked adult", "inked  adult")).digest()).isNotEqualTo(digest);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "hair,,oil,p | line 2: value is empty; a text of 1 to 100 characters is needed",
        "hair,red,oil,' ' | line 2: prompt is empty; a text of 1 to 1024 characters is needed",
        "hair,red,oil | line 2: has 3 fields; needed are category, value, style, prompt",
        "hair,red,oil,p,q | line 2: has 5 fields; needed are category, value, style, prompt",
        "Style,red,oil,p | line 2: category 'Style' is kept for the covers; choose another name",
        "style,red,oil,p | line 2: value 'red' is none of a cover; the category 'style' has only 'cover'",
        "hair,' red',oil,p | line 2: value 'red' has blanks around it or a line break; take them away",
        "' hair',red,oil,p | line 2: category 'hair' has blanks around it or a line break; take them away",
        "hair,red,'oil ',p | line 2: style 'oil' has blanks around it or a line break; take them away",
        "hair,red,a style with a name too long,p | line 2: style has 28 characters; allowed are 1 to 20",
      })
  void aWrongRowIsNamedByItsLine(String row, String problem) {
    assertThat(problem(HEADER + row.replace("'", "\"") + "\nhair,red,ink,fine\n"))
        .isEqualTo(file + ": " + problem);
  }

  @Test
  void aNameStandsOnOneLine() {
    assertThat(problem(HEADER + "hair,\"dark\nred\",oil,p\n"))
        .isEqualTo(
            file
                + ": line 2: value 'dark\\nred' has blanks around it or a line break; take them away");
  }

  @Test
  void allWrongRowsAreToldAtOnce() {
    assertThat(
            problem(
                HEADER
                    + "hair,red,oil\n"
                    + "hair,grey,oil,\"a prompt\nof two lines\"\n"
                    + "hair,red,oil,\n"))
        .isEqualTo(
            file
                + ": line 2: has 3 fields; needed are category, value, style, prompt\n"
                + file
                + ": line 5: prompt is empty; a text of 1 to 1024 characters is needed");
  }

  @Test
  void ofAGreatManyProblemsTheFirstAreTold() {
    assertThat(problem(HEADER + "hair,red,oil,\n".repeat(1000)).lines())
        .hasSize(51)
        .last()
        .isEqualTo(file + ": 950 more problems like these");
  }

  @Test
  void whatIsThereTwiceIsNamedWithBothLines() {
    assertThat(
            problem(
                HEADER
                    + "hair,red,oil,p\nhair,red,ink,p\nhair,Red,oil,p\nhair,grey,oil,p\nhair,grey,oil,q\n"))
        .isEqualTo(file + ": line 6: value 'grey' is there already, in line 5");
  }

  @Test
  void ofAFileThatIsThereTwiceTheFirstLinesAreTold() {
    StringBuilder rows = new StringBuilder(HEADER);
    for (int i = 0; i < 2000; i++) {
      rows.append("hair,v").append(i % 1000).append(",oil,p\n");
    }

    assertThat(problem(rows.toString()).lines())
        .hasSize(51)
        .startsWith(file + ": line 1002: value 'v0' is there already, in line 2")
        .last()
        .isEqualTo(file + ": 950 more problems like these");
  }

  @Test
  void ofAGreatManyCategoriesEachValueIsKnownAndSomeAreNamed() throws IOException {
    StringBuilder rows = new StringBuilder(HEADER);
    for (int category = 0; category < 500; category++) {
      for (int value = 0; value < 100; value++) {
        rows.append("c").append(category).append(",v").append(value).append(",oil,p\n");
      }
    }

    Catalogue catalogue = read(rows.toString());

    assertThat(catalogue.categoryNames())
        .hasSize(500)
        .allSatisfy(
            name -> {
              assertThat(catalogue.valueNames(Optional.of(name)).count()).isEqualTo(100);
              assertThat(catalogue.hasValue(Optional.of(name), "v99")).isTrue();
            });
    assertThat(
            catalogue.categoryNames().stream()
                .mapToInt(name -> catalogue.valueNames(Optional.of(name)).first().size())
                .sum())
        .isEqualTo(10_000);
  }

  /** Keys of objects have the task's id in them. */
  @Test
  void namesOfAnyLettersAreTold() throws IOException {
    Catalogue catalogue =
        read(
            HEADER + "hair,a b,oil,p\nhair,a/b,oil,p\nhair,50,oil,p\nhair,50%,oil,p\n髪,日本語,油絵,p\n");

    assertThat(catalogue.imageCount()).isEqualTo(5);
    assertThat(catalogue.hasValue(Optional.of("髪"), "日本語")).isTrue();
  }

  /** As office programs write it. */
  @ParameterizedTest
  @ValueSource(strings = {",", ";", "\t"})
  void rowsAndColumnsThatAreEmptyAndBrokenLinesAreTaken(String separator) throws IOException {
    Catalogue catalogue =
        read(
            "category,value,style,prompt,\r\nhair,red,oil,\"an adult\r\n with red hair\",\r\n,,,,\r\n,,,\r\n"
                .replace(",", separator));

    try (Stream<Combination> images = catalogue.combinations()) {
      assertThat(images)
          .containsExactly(new Combination("hair", "red", "oil", "an adult with red hair"));
    }
  }

  @Test
  void aWorkbookIsNamedAsSuch() {
    assertThat(problem("PK\u0003\u0004\u0014\u0000 and more"))
        .isEqualTo(
            file
                + ": is a workbook of an office program; save it as CSV UTF-8, and name that file");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "hair,red,oil,p\n", "category,value,style\n", "a;b;c;d\n"})
  void aFileWithoutTheColumnsIsRefused(String text) {
    assertThat(problem(text)).contains("needed are category, value, style, prompt");
  }

  @Test
  void aQuoteThatIsNotClosedIsFoundWithoutReadingAllIntoOneField() {
    assertThat(problem(HEADER + "hair,red,oil,\"open\n" + "hair,grey,oil,p\n".repeat(10_000)))
        .contains("line 2");
  }

  @Test
  void aFileThatIsNoTextOrNotThereIsRefused() throws IOException {
    Files.write(file, new byte[] {'c', 'a', (byte) 0xff, (byte) 0xfe});
    assertThat(problemOfFile())
        .isEqualTo(file + ": line 1: is not UTF-8; save the file as CSV UTF-8");

    Files.write(
        file,
        (HEADER + "hair,red,oil,p\nhair,größer,oil,p\n").getBytes(StandardCharsets.ISO_8859_1));
    assertThat(problemOfFile())
        .isEqualTo(file + ": line 3: is not UTF-8; save the file as CSV UTF-8");

    Files.delete(file);
    assertThat(problemOfFile()).contains("cannot be read; name a .yaml or .csv file");
  }

  @Test
  void aValueOfHundredThousandsIsKnownAndTheFirstOnesAreNamed() throws IOException {
    try (Writer rows = Files.newBufferedWriter(file)) {
      rows.write(HEADER);
      for (int i = 0; i < 200_000; i++) {
        rows.write("look,v%06d,plain,adult number %d%n".formatted(i, i));
      }
    }

    Catalogue catalogue = CatalogueReader.read(file);

    assertThat(catalogue.imageCount()).isEqualTo(200_000);
    assertThat(catalogue.hasValue(Optional.of("look"), "v199999")).isTrue();
    assertThat(catalogue.hasValue(Optional.of("look"), "v200000")).isFalse();
    assertThat(catalogue.knownValues(Optional.of("look")).count()).isEqualTo(200_000);
    assertThat(catalogue.knownValues(Optional.of("look")).first()).hasSize(1000);
    assertThat(catalogue.knownValues(Optional.of("look")).listed())
        .endsWith("v000049 and 199950 more");
  }

  private Catalogue read(String text) throws IOException {
    return CatalogueReader.read(Files.writeString(file, text, StandardCharsets.UTF_8));
  }

  private String problem(String text) {
    try {
      Files.writeString(file, text, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return problemOfFile();
  }

  private String problemOfFile() {
    return catchThrowableOfType(InputFileException.class, () -> CatalogueReader.read(file))
        .getMessage();
  }
}
