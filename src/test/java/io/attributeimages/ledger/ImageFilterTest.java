package io.attributeimages.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ImageFilterTest {

  @Test
  void anEmptyChoiceIsEverything() {
    assertThat(ImageFilter.ALL.matches("age", "30s", "anime")).isTrue();
    assertThat(ImageFilter.ALL.matches("style", "cover", "anime")).isTrue();
  }

  @Test
  void everyPartOfAChoiceNarrowsIt() {
    ImageFilter filter =
        new ImageFilter(Optional.of("age"), List.of("30s", "40s"), Optional.of("anime"));

    assertThat(filter.matches("age", "30s", "anime")).isTrue();
    assertThat(filter.matches("age", "40s", "anime")).isTrue();
    assertThat(filter.matches("body", "30s", "anime")).isFalse();
    assertThat(filter.matches("age", "50s", "anime")).isFalse();
    assertThat(filter.matches("age", "30s", "realistic")).isFalse();
  }
}
