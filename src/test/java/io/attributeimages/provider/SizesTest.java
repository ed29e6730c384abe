package io.attributeimages.provider;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SizesTest {

  private static final Models MODELS = ModelsReader.builtIn(name -> null);

  @ParameterizedTest
  @CsvSource({
    "txt2img, 512x768, 512x768",
    "qwen-image, 512x768, 512x768",
    "flux-1-schnell, 512x768, 512x768",
    "seedream-4.0, 512x768, 838x1257",
    "seedream-4.5, 512x768, 1568x2352",
    "seedream-5.0-lite, 512x768, 1568x2352",
    "openai-images, 512x768, 1024x1536",
    "openai-images, 768x512, 1536x1024",
    "openai-images, 512x512, 1024x1024",
    "stable-diffusion-webui, 512x768, 512x768",
    "stable-diffusion-webui, 500x750, 512x768",
    "txt2img, 128x128, 128x128",
    "txt2img, 2048x2048, 2048x2048",
    "qwen-image, 2048x2048, 1536x1536",
    "qwen-image, 128x192, 256x384",
    "seedream-4.5, 2048x2048, 2048x2048",
    "seedream-4.5, 511x767, 2044x3068",
    "seedream-4.5, 1021x1531, 2042x3062",
  })
  void askedForIsTheSmallestSizeWithTheSameProportions(String model, String wanted, String asked) {
    assertThat(sizes(model).atLeast(size(wanted))).contains(size(asked));
  }

  @Test
  void whereNoSizeHasTheProportionsToThePixelTheClosestOneIsAskedFor() {
    // 1021 and 1531 have no common divisor, and twice that is too large
    Sizes sizes = new Sizes(List.of(), 8, 1600, 1, 1L << 40, 16, 8);

    assertThat(sizes.atLeast(new Size(1021, 1531)))
        .hasValueSatisfying(
            size -> {
              assertThat(size.width() % 8 + size.height() % 8).isZero();
              assertThat(size.covers(new Size(1021, 1531))).isTrue();
              assertThat(size.strangeness(new Size(1021, 1531))).isLessThan(0.01);
            });
  }

  @Test
  void aLongStripIsNotPaintedByAModelThatAllowsOnlySixteenToOne() {
    Sizes sizes = new Sizes(List.of(), 1, 4096, 1, 1L << 40, 16, 1);

    assertThat(sizes.atLeast(new Size(100, 2000))).isEmpty();
    assertThat(sizes.atLeast(new Size(100, 1600))).contains(new Size(100, 1600));
  }

  @Test
  void proportionsMayBeAllThatIsAskedFor() {
    Sizes sizes =
        new Sizes(List.of(new Size(1, 1), new Size(2, 3), new Size(3, 2)), 1, 9, 1, 99, 16, 1);

    assertThat(sizes.atLeast(new Size(512, 768))).contains(new Size(2, 3));
    assertThat(sizes.atLeast(new Size(512, 750))).contains(new Size(2, 3));
  }

  private static Sizes sizes(String model) {
    return MODELS.named(model).orElseThrow().sizes();
  }

  private static Size size(String text) {
    return Size.parse(text).orElseThrow();
  }
}
