package io.attributeimages.catalog;

import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class BuiltInCatalogueTest {

  private final YamlCatalogue catalogue = CatalogueReader.builtIn();

  static List<Style> styles() {
    return CatalogueReader.builtIn().styles();
  }

  @Test
  void itHasTheThreeCategoriesWithTheirSevenValuesInTheOrderPeopleSee() {
    assertThat(catalogue.categories())
        .extracting(Category::name)
        .containsExactly("age", "body", "ethnicity");
    assertThat(values("age")).containsExactly("20s", "30s", "40s", "50s", "60s", "70s", "80s");
    assertThat(values("body"))
        .containsExactly("Muscular", "Athletic", "Slim", "Chubby", "Cub", "Average", "Curvy");
    assertThat(values("ethnicity"))
        .containsExactly("Caucasian", "Asian", "Arab", "Indian", "Latina", "African", "Mixed");
    assertThat(catalogue.knownStyles().first()).containsExactly("realistic", "anime");
  }

  @Test
  void itRequires42ImagesAndTwoCoversLast() {
    List<Combination> images = catalogue.combinations().toList();

    assertThat(images).hasSize(44);
    assertThat(images.subList(0, 42)).noneMatch(Combination::isCover);
    assertThat(images.subList(42, 44))
        .allMatch(Combination::isCover)
        .extracting(Combination::style)
        .containsExactly("realistic", "anime");
    assertThat(images.stream().map(i -> List.of(i.category(), i.value(), i.style())))
        .doesNotHaveDuplicates();
  }

  @Test
  void everyCategoryHasEveryValueInEveryStyle() {
    assertThat(
            catalogue
                .combinations()
                .filter(image -> !image.isCover())
                .collect(groupingBy(Combination::category, groupingBy(Combination::style))))
        .hasSize(3)
        .allSatisfy(
            (category, byStyle) ->
                assertThat(byStyle)
                    .hasSize(2)
                    .allSatisfy(
                        (style, images) ->
                            assertThat(images.stream().map(Combination::value).toList())
                                .isEqualTo(values(category))));
  }

  @Test
  void picturesAre512By768() {
    assertThat(catalogue.width()).isEqualTo(512);
    assertThat(catalogue.height()).isEqualTo(768);
  }

  @Test
  void everyPromptFitsNovitaAndNoTwoAreAlike() {
    List<String> prompts = catalogue.combinations().map(Combination::prompt).toList();

    assertThat(prompts)
        .allSatisfy(
            prompt ->
                assertThat(prompt).hasSizeBetween(1, 1024).doesNotContain("{", "}", "\n", "  "))
        .doesNotHaveDuplicates();
  }

  @Test
  void everyPromptAsksForDressedAdults() {
    assertThat(catalogue.combinations().map(Combination::prompt))
        .allSatisfy(
            prompt ->
                assertThat(prompt).containsPattern("\\badults?\\b").contains("fully dressed"));
  }

  @ParameterizedTest
  @MethodSource("styles")
  void everyStyleExcludesMinorsAndNudity(Style style) {
    Set<String> excluded = Set.of(style.negativePrompt().orElseThrow().split(",\\s*"));

    assertThat(excluded).contains("child", "minor", "teenager", "nude", "naked", "nsfw");
    assertThat(style.negativePrompt().orElseThrow()).hasSizeBetween(1, 1024);
  }

  @ParameterizedTest
  @ValueSource(strings = {"young", "girl", "boy", "teen", "child", "sexy", "nude", "shirtless"})
  void noPromptHasAWordThatWouldAskForWhatIsExcluded(String word) {
    assertThat(catalogue.combinations().map(image -> image.prompt().toLowerCase()))
        .noneMatch(prompt -> prompt.matches(".*\\b" + word + ".*"));
  }

  @Test
  void everyValueIsSaidInThePromptOfItsImages() {
    for (Category category : catalogue.categories()) {
      for (Category.Value value : category.values()) {
        assertThat(
                catalogue
                    .combinations()
                    .filter(i -> i.category().equals(category.name()))
                    .filter(i -> i.value().equals(value.name()))
                    .map(Combination::prompt))
            .hasSize(2)
            .allMatch(prompt -> prompt.contains(value.description()));
      }
    }
  }

  @Test
  void namesCanBeAskedForByCategory() {
    assertThat(catalogue.knownCategories().first())
        .containsExactly("age", "body", "ethnicity", "style");
    assertThat(catalogue.knownValues(Optional.of("style")).first()).containsExactly("cover");
    assertThat(catalogue.knownValues(Optional.of("age")).first()).isEqualTo(values("age"));
    assertThat(catalogue.knownValues(Optional.empty()).first())
        .hasSize(22)
        .contains("80s", "Cub", "cover");
    assertThat(catalogue.knowsValue(Optional.of("age"), "80s")).isTrue();
    assertThat(catalogue.knowsValue(Optional.of("age"), "Cub")).isFalse();
    assertThat(catalogue.knowsValue(Optional.of("age"), "cover")).isFalse();
    assertThat(catalogue.knowsValue(Optional.empty(), "cover")).isTrue();
    assertThat(catalogue.style("anime")).map(Style::title).hasValue("Anime");
    assertThat(catalogue.style("oil")).isEmpty();
  }

  private List<String> values(String category) {
    return catalogue.categories().stream()
        .filter(c -> c.name().equals(category))
        .flatMap(c -> c.values().stream())
        .map(Category.Value::name)
        .toList();
  }
}
