package io.attributeimages.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
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
  void aPositionIsTheImagesPlaceInTheOrderOfAll() {
    assertThat(IntStream.range(0, images.size()).mapToObj(catalogue::combination))
        .isEqualTo(images);
  }

  static Stream<Arguments> choices() {
    return Stream.of("age", "body", "style", null)
        .flatMap(
            category ->
                Stream.of("30s", "Slim", "cover", null)
                    .flatMap(
                        value ->
                            Stream.of("anime", "realistic", null)
                                .map(style -> Arguments.of(category, value, style))));
  }

  @ParameterizedTest
  @MethodSource("choices")
  void aChoiceHasExactlyItsImagesInOrder(String category, String value, String style) {
    List<Catalogue.Range> ranges =
        catalogue.ranges(
            Optional.ofNullable(category), Optional.ofNullable(value), Optional.ofNullable(style));

    assertThat(
            ranges.stream()
                .flatMapToLong(range -> LongStream.range(range.first(), range.end()))
                .mapToObj(catalogue::combination))
        .containsExactlyElementsOf(
            images.stream()
                .filter(image -> category == null || image.category().equals(category))
                .filter(image -> value == null || image.value().equals(value))
                .filter(image -> style == null || image.style().equals(style))
                .toList());
  }
}
