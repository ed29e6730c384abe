package io.attributeimages.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class CatalogueRangesTest {

  private final Catalogue catalogue = CatalogueReader.builtIn();
  private final List<Combination> images = catalogue.combinations().toList();

  @Test
  void theGroupsHaveEveryImageInOrder() {
    assertThat(catalogue.groups().stream().mapToLong(Catalogue.Group::required).sum())
        .isEqualTo(images.size());
    for (Catalogue.Group group : catalogue.groups()) {
      assertThat(images.subList((int) group.first(), (int) group.end()))
          .allMatch(image -> image.category().equals(group.category()))
          .allMatch(image -> image.style().equals(group.style()));
    }
  }

  static Stream<Arguments> choices() {
    return Stream.of("age", "body", "style", null)
        .flatMap(
            category ->
                Stream.of("anime", "realistic", null).map(style -> Arguments.of(category, style)));
  }

  @ParameterizedTest
  @MethodSource("choices")
  void aChoiceHasExactlyItsImagesInOrder(String category, String style) {
    List<Catalogue.Range> ranges =
        catalogue.ranges(Optional.ofNullable(category), Optional.ofNullable(style));

    assertThat(
            ranges.stream()
                .flatMapToLong(range -> LongStream.range(range.first(), range.end()))
                .mapToObj(position -> images.get((int) position)))
        .containsExactlyElementsOf(
            images.stream()
                .filter(image -> category == null || image.category().equals(category))
                .filter(image -> style == null || image.style().equals(style))
                .toList());
  }

  @Test
  void theWholeCatalogueIsOneRange() {
    assertThat(catalogue.ranges(Optional.empty(), Optional.empty()))
        .containsExactly(new Catalogue.Range(0, 44));
  }
}
