package io.attributeimages.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.AbstractList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CatalogueReaderTest {

  private static final String GOOD =
      """
      size: {width: 256, height: 384}
      categories:
        - name: hair
          values:
            - name: red
              description: person with red hair
            - name: grey
              description: person with grey hair
      styles:
        - name: oil
          title: Oil
          description: On canvas
          prompt: An oil painting of one adult, a {value}
          cover-prompt: An oil painting of two adults
          negative-prompt: child
          model: some.safetensors
          sampler: Euler a
          steps: 20
          guidance-scale: 6.5
        - name: ink
          prompt: An ink drawing of one adult, a {value}
          cover-prompt: An ink drawing of two adults
      """;

  // ------------------------------------------------------------------------------------- right

  @Test
  void allFieldsAreRead() {
    Catalogue catalogue = CatalogueReader.parse("c.yaml", GOOD);

    assertThat(catalogue)
        .isEqualTo(
            new YamlCatalogue(
                "c.yaml",
                256,
                384,
                List.of(
                    new Category(
                        "hair",
                        List.of(
                            new Category.Value("red", "person with red hair"),
                            new Category.Value("grey", "person with grey hair")))),
                List.of(
                    new Style(
                        "oil",
                        "Oil",
                        "On canvas",
                        "An oil painting of one adult, a {value}",
                        "An oil painting of two adults",
                        Optional.of("child"),
                        Optional.of("some.safetensors"),
                        Optional.of("Euler a"),
                        Optional.of(20),
                        Optional.of(new BigDecimal("6.5"))),
                    new Style(
                        "ink",
                        "ink",
                        "",
                        "An ink drawing of one adult, a {value}",
                        "An ink drawing of two adults",
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty()))));
  }

  @Test
  void theSizeMayBeLeftOut() {
    Catalogue catalogue = CatalogueReader.parse("c.yaml", GOOD.replaceFirst("size: .*\n", ""));

    assertThat(catalogue.width()).isEqualTo(512);
    assertThat(catalogue.height()).isEqualTo(768);
  }

  @Test
  void theDescriptionTakesThePlaceOfEveryValueInThePrompt() {
    String yaml = GOOD.replace("adult, a {value}", "adult, a {value}, really a {value}");

    assertThat(CatalogueReader.parse("c.yaml", yaml).combinations().findFirst())
        .map(Combination::prompt)
        .hasValue(
            "An oil painting of one adult, a person with red hair, really a person with red hair");
  }

  @ParameterizedTest
  @ValueSource(ints = {128, 2048})
  void theSmallestAndTheLargestSizeAreAllowed(int pixels) {
    Catalogue catalogue =
        CatalogueReader.parse("c.yaml", GOOD.replace("width: 256", "width: " + pixels));

    assertThat(catalogue.width()).isEqualTo(pixels);
  }

  @Test
  void namesAndPromptsMayBeAsLongAsTheirColumns() {
    String yaml =
        GOOD.replace("name: hair", "name: " + "h".repeat(50))
            .replace("name: red", "name: " + "r".repeat(100))
            .replace("name: ink", "name: " + "i".repeat(20))
            .replace("title: Oil", "title: " + "t".repeat(100))
            .replace("An ink drawing of two adults", "x".repeat(1024));

    assertThat(CatalogueReader.parse("c.yaml", yaml).combinations()).hasSize(6);
  }

  @Test
  void aNumberIsAName() {
    assertThat(CatalogueReader.parse("c.yaml", GOOD.replace("name: red", "name: 30")))
        .extracting(c -> c.valueNames(Optional.of("hair")).first().get(0))
        .isEqualTo("30");
  }

  @Test
  void aFileIsRead(@TempDir Path directory) throws Exception {
    Path file = Files.writeString(directory.resolve("mine.yaml"), GOOD);

    Catalogue catalogue = CatalogueReader.read(file);

    assertThat(catalogue.combinations()).hasSize(6);
    assertThat(catalogue.source()).isEqualTo(file.toString());
  }

  @Test
  void aLargeFileIsRead() {
    StringBuilder yaml = new StringBuilder("categories:\n  - name: hair\n    values:\n");
    for (int i = 0; i < 60_000; i++) {
      yaml.append("      - name: v").append(i).append("\n        description: person number ");
      yaml.append(i).append(" with some hair or other\n");
    }
    yaml.append(GOOD.substring(GOOD.indexOf("styles:")));

    assertThat(CatalogueReader.parse("large.yaml", yaml.toString()).combinations())
        .hasSize(120_002);
  }

  // ------------------------------------------------------------------------------------- wrong

  @ParameterizedTest
  @CsvSource({
    "'a: [1, 2}\n', 1, '}'",
    "'size: {width: 256]\n', 1, ']'",
    "'size:\n\twidth: 1\n', 2, TAB",
    "'a: \"b\nc: d\n', 3, unexpected end",
  })
  void aSyntaxErrorIsNamedWithItsLineAndWhatIsWrong(String yaml, int line, String wrong) {
    assertThat(problem(yaml.replace("\\n", "\n").replace("\\t", "\t")))
        .startsWith("c.yaml, line " + line + ": ")
        .contains(wrong)
        .hasLineCount(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          size: {         | size: {depth: 3, | size.depth              | depth
          name: hair      | colour: hair     | categories[0].colour    | colour
          description: On | descr: On        | styles[0].descr         | descr
          cover-prompt: An oil | coverPrompt: An oil | styles[0].coverPrompt | coverPrompt
          categories:     | kategories:      | kategories              | kategories
          """)
  void anUnknownFieldIsNamedWithItsPath(String right, String wrong, String path, String field) {
    assertThat(problem(GOOD.replace(right, wrong)))
        .startsWith("c.yaml: " + path + ": ")
        .containsIgnoringCase("unrecognized field \"" + field + "\"")
        .doesNotContain("io.attributeimages", "CatalogueReader")
        .hasLineCount(1);
  }

  @Test
  void theLineIsTheOneOfTheMistake() {
    assertThat(problem(GOOD.replace("steps: 20", "steps: many"))).startsWith("c.yaml, line 18: ");
  }

  @Test
  void aKeyThatIsThereTwiceIsNamed() {
    assertThat(problem(GOOD.replace("title: Oil", "name: water")))
        .startsWith("c.yaml, line 11: ")
        .contains("Duplicate field 'name'");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          width: 256           | width: wide            | size.width
          width: 256           | width: [1, 2]          | size.width
          width: 256           | width: 256.5           | size.width
          width: 256           | width: null            | size
          steps: 20            | steps: many            | styles[0].steps
          steps: 20            | steps: 20.9            | styles[0].steps
          steps: 20            | steps: true            | styles[0].steps
          guidance-scale: 6.5  | guidance-scale: much   | styles[0].guidance-scale
          title: Oil           | title: [Oil]           | styles[0].title
          title: Oil           | title: {a: b}          | styles[0].title
          name: red            | name: [red, blue]      | categories[0].values[0].name
          size: {width: 256, height: 384} | size: 512   | size
          size: {width: 256, height: 384} | size: {}    | size
          """)
  void aWrongTypeIsNamedWithLineAndPath(String right, String wrong, String path) {
    assertThat(problem(GOOD.replace(right, wrong)))
        .matches("c\\.yaml, line \\d+: (?s).*")
        .contains(path)
        .doesNotContain("java.", "io.attributeimages", "CatalogueReader", "START_", "Feature")
        .hasLineCount(1);
  }

  @Test
  void aTextInThePlaceOfAListIsNamedWithLineAndPath() {
    assertThat(problem("categories: hair\n"))
        .startsWith("c.yaml, line 1: categories: ")
        .doesNotContain("java.", "CatalogueReader");
    assertThat(problem("categories:\n  - name: hair\n    values: red\n"))
        .startsWith("c.yaml, line 3: categories[0].values: ")
        .doesNotContain("java.", "CatalogueReader");
  }

  @ParameterizedTest
  @ValueSource(strings = {"hello", "[1, 2]", "42", "- a: b"})
  void aFileThatIsNoMappingIsRefused(String yaml) {
    assertThat(problem(yaml)).startsWith("c.yaml, line 1: ").hasLineCount(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n\n", "# only a comment\n", "~", "---\n"})
  void anEmptyFileIsNamedAsSuch(String yaml) {
    assertThat(problem(yaml))
        .startsWith("c.yaml")
        .endsWith(": is empty; a catalogue has categories and styles")
        .hasLineCount(1);
  }

  @Test
  void aSecondDocumentIsNotSilentlyIgnored() {
    assertThat(problem(GOOD + "---\n" + GOOD))
        .startsWith("c.yaml, line ")
        .endsWith(": a second document starts; a catalogue is only one");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          name: grey | name: red | categories[0].values[1].name 'red' is there twice
          name: ink | name: oil | styles[1].name 'oil' is there twice
          name: hair | name: style | categories[0].name 'style' is kept for the covers; choose another name
          name: hair | name: Style | categories[0].name 'Style' is kept for the covers; choose another name
          name: hair | name: ' ' | categories[0].name is empty; a text of 1 to 50 characters is needed
          description: person with red hair | description: '' | categories[0].values[0].description is empty; a text of 1 to 1024 characters is needed
          prompt: An ink drawing of one adult, a {value} | prompt: ' ' | styles[1].prompt is empty; a text of 1 to 1024 characters is needed
          prompt: An ink drawing of one adult, a {value} | prompt: An ink drawing | styles[1].prompt has no {value}, so all its images would look the same
          cover-prompt: An ink drawing of two adults | cover-prompt: | styles[1].cover-prompt is empty; a text of 1 to 1024 characters is needed
          negative-prompt: child | negative-prompt: '' | styles[0].negative-prompt is empty; a text of 1 to 1024 characters is needed
          width: 256 | width: 127 | size.width is 127; allowed are 128 to 2048 pixels
          height: 384 | height: 2049 | size.height is 2049; allowed are 128 to 2048 pixels
          width: 256 | width: -1 | size.width is -1; allowed are 128 to 2048 pixels
          steps: 20 | steps: 0 | styles[0].steps is 0; allowed are 1 to 100
          steps: 20 | steps: 101 | styles[0].steps is 101; allowed are 1 to 100
          guidance-scale: 6.5 | guidance-scale: 0.9 | styles[0].guidance-scale is 0.9; allowed are 1 to 30
          guidance-scale: 6.5 | guidance-scale: 30.1 | styles[0].guidance-scale is 30.1; allowed are 1 to 30
          title: Oil | title: "a\\tb" | styles[0].title has control characters; only printable text is allowed
          description: On canvas | description: "a\\0b" | styles[0].description has control characters; only printable text is allowed
          """)
  void aMistakeIsNamedWithItsPathAndWhatIsRight(String right, String wrong, String message) {
    assertThat(problem(GOOD.replace(right, wrong))).isEqualTo("c.yaml: " + message);
  }

  @ParameterizedTest
  @CsvSource({
    "name: hair, 51, categories[0].name, 50",
    "name: red, 101, categories[0].values[0].name, 100",
    "name: ink, 21, styles[1].name, 20",
    "title: Oil, 101, styles[0].title, 100",
    "cover-prompt: An ink drawing of two adults, 1025, styles[1].cover-prompt, 1024",
    "negative-prompt: child, 1025, styles[0].negative-prompt, 1024",
  })
  void aTextThatIsTooLongIsNamedWithItsLengthAndTheLimit(
      String right, int length, String path, int limit) {
    String wrong = right.substring(0, right.indexOf(' ') + 1) + "x".repeat(length);

    assertThat(problem(GOOD.replace(right, wrong)))
        .isEqualTo(
            "c.yaml: %s has %d characters; allowed are 1 to %d".formatted(path, length, limit));
  }

  @Test
  void aPromptThatIsTooLongOnlyWithItsValueIsNamedByItsImage() {
    String template = "An ink drawing of one adult, a {value}";
    String padded = template + "x".repeat(1024 - "person with red hair".length() - 31);
    int length = padded.length() - "{value}".length() + "person with grey hair".length();

    assertThat(length).isEqualTo(1025);
    assertThat(problem(GOOD.replace(template, padded)))
        .isEqualTo("c.yaml: hair/grey/ink the prompt has 1025 characters; allowed are 1 to 1024");
  }

  @Test
  void missingPartsAreNamed() {
    assertThat(problem("size: {width: 256, height: 384}\n"))
        .isEqualTo(
            "c.yaml: categories is empty; at least one category is needed\n"
                + "c.yaml: styles is empty; at least one style is needed");
    assertThat(problem(GOOD.replaceAll("(?m)^    (    )?.*(red|grey).*\n", "")))
        .isEqualTo("c.yaml: categories[0].values is empty; at least one value is needed");
  }

  @Test
  void emptyEntriesAreNamed() {
    String yaml =
        """
        categories:
          -
          - name: hair
            values:
              -
              - name: red
                description: red
        styles:
          -
        """;

    assertThat(problem(yaml).lines())
        .containsExactly(
            "c.yaml: categories[0] is empty; a category has a name and values",
            "c.yaml: categories[1].values[0] is empty; a value has a name and a description",
            "c.yaml: styles[0] is empty; a style has a name, a prompt and a cover-prompt");
  }

  @Test
  void severalMistakesAreNamedTogether() {
    String yaml =
        GOOD.replace("width: 256", "width: 1")
            .replace("name: grey", "name: red")
            .replace("steps: 20", "steps: 999")
            .replace("name: ink", "name: oil");

    assertThat(problem(yaml).lines())
        .containsExactly(
            "c.yaml: size.width is 1; allowed are 128 to 2048 pixels",
            "c.yaml: categories[0].values[1].name 'red' is there twice",
            "c.yaml: styles[0].steps is 999; allowed are 1 to 100",
            "c.yaml: styles[1].name 'oil' is there twice");
  }

  @Test
  void sameNamesInDifferentCategoriesAreAllowed() {
    String yaml =
        GOOD.replace(
            "styles:\n",
            """
              - name: beard
                values:
                  - name: red
                    description: man with a red beard
            styles:
            """);

    assertThat(CatalogueReader.parse("c.yaml", yaml).knownValues(Optional.empty()).first())
        .containsExactly("red", "grey", "cover");
  }

  // ------------------------------------------------------------------------------------- files

  @Test
  void aMissingFileIsNamedWithItsSetting(@TempDir Path directory) {
    Path file = directory.resolve("absent.yaml");

    assertThat(problem(file))
        .startsWith("catalog.location: " + file + " cannot be read")
        .hasLineCount(1);
  }

  @Test
  void aDirectoryIsNoCatalogue(@TempDir Path directory) {
    assertThat(problem(directory))
        .startsWith("catalog.location: " + directory + " cannot be read")
        .hasLineCount(1);
  }

  @Test
  void aFileThatIsNotUtf8IsNamedAsSuch(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("latin.yaml");
    Files.write(file, GOOD.replace("grey", "grau-weiß").getBytes(StandardCharsets.ISO_8859_1));

    assertThat(problem(file)).isEqualTo("catalog.location: " + file + " is not UTF-8 text");
  }

  @Test
  void aMistakeInAFileIsNamedWithTheFile(@TempDir Path directory) throws Exception {
    Path file = Files.writeString(directory.resolve("mine.yaml"), GOOD.replace("20", "200"));

    assertThat(problem(file)).isEqualTo(file + ": styles[0].steps is 200; allowed are 1 to 100");
  }

  // ------------------------------------------------------------------------------------- laziness

  @Test
  void combinationsAreMadeOneAtATimeAlsoThroughAnIterator() {
    List<Style> styles = CatalogueReader.parse("c.yaml", GOOD).styles();
    List<Category> categories =
        List.of(new Category("n", new Values(3)), new Category("m", new Values(2_000_000_000)));

    Iterator<Combination> images =
        new YamlCatalogue("huge", 512, 768, categories, styles)
            .combinations()
            .filter(image -> !image.value().equals("v0"))
            .iterator();
    List<String> first = Stream.generate(images::next).limit(1000).map(Combination::value).toList();

    assertThat(first).startsWith("v1", "v2", "v1", "v2", "v3").endsWith("v998");
    assertThat(images.hasNext()).isTrue();
  }

  @Test
  void allValuesOfAStyleComeBeforeTheNextStyle() {
    assertThat(CatalogueReader.parse("c.yaml", GOOD).combinations())
        .extracting(image -> image.category() + "/" + image.value() + "/" + image.style())
        .containsExactly(
            "hair/red/oil",
            "hair/grey/oil",
            "hair/red/ink",
            "hair/grey/ink",
            "style/cover/oil",
            "style/cover/ink");
  }

  /** Values that exist only when they are read, of which no more than a few may be read. */
  private static final class Values extends AbstractList<Category.Value> {
    private final int size;
    private int read;

    private Values(int size) {
      this.size = size;
    }

    @Override
    public Category.Value get(int index) {
      if (++read > 5_000) {
        throw new AssertionError("more values are read than are asked for");
      }
      return new Category.Value("v" + index, "person number " + index);
    }

    @Override
    public int size() {
      return size;
    }
  }

  private static String problem(String yaml) {
    return catchThrowableOfType(
            InputFileException.class, () -> CatalogueReader.parse("c.yaml", yaml))
        .getMessage();
  }

  private static String problem(Path file) {
    return catchThrowableOfType(InputFileException.class, () -> CatalogueReader.read(file))
        .getMessage();
  }
}
