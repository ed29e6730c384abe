package io.attributeimages.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.attributeimages.catalog.Catalogue;
import io.attributeimages.catalog.CatalogueReader;
import io.attributeimages.catalog.Category;
import io.attributeimages.catalog.Style;
import io.attributeimages.catalog.YamlCatalogue;
import io.attributeimages.ledger.ImageFilter;
import io.attributeimages.ledger.Run;
import io.attributeimages.ledger.RunMode;
import io.attributeimages.support.TestProvider;
import io.attributeimages.support.TestSettings;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EnumerationTest {

  private static final Catalogue BUILT_IN = CatalogueReader.builtIn();

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 11, 43, 44, 45, 1000})
  void theChunksHaveEveryPositionExactlyOnceInOrder(int chunk) {
    List<Map<String, Object>> chunks = all(enumeration(BUILT_IN, chunk).chunks(ImageFilter.ALL));

    assertThat(chunks).hasSize((44 + chunk - 1) / chunk);
    assertThat(positions(chunks)).isEqualTo(LongStream.range(0, 44).boxed().toList());
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 10, 43, 44})
  void aRunThatIsPlannedUpToAPositionHasTheRest(long position) {
    Run run = new Run(UUID.randomUUID(), RunMode.MISSING, ImageFilter.ALL, null, null, position);

    assertThat(positions(all(enumeration(BUILT_IN, 10).chunks(run))))
        .isEqualTo(LongStream.range(position, 44).boxed().toList());
  }

  @Test
  void ofSeveralStretchesThoseThatArePlannedAreLeftOut() {
    ImageFilter anime = new ImageFilter(Optional.empty(), List.of(), Optional.of("anime"));
    List<Long> all = positions(all(enumeration(BUILT_IN, 10).chunks(anime)));
    long position = all.get(all.size() / 2);
    Run run = new Run(UUID.randomUUID(), RunMode.MISSING, anime, null, null, position);

    assertThat(positions(all(enumeration(BUILT_IN, 10).chunks(run))))
        .isNotEmpty()
        .isEqualTo(all.stream().filter(one -> one >= position).toList());
  }

  @Test
  void onlyTheStretchOfTheChosenImagesIsEnumerated() {
    ImageFilter filter =
        new ImageFilter(Optional.of("age"), List.of("80s", "30s"), Optional.of("anime"));

    Map<String, Object> chunk = enumeration(BUILT_IN, 1000).chunks(filter).next();

    assertThat(positions(List.of(chunk))).isEqualTo(LongStream.range(21, 28).boxed().toList());
    assertThat(chunk)
        .containsEntry("catalogue", 7)
        .containsEntry("category", "age")
        .containsEntry("values", new String[] {"80s", "30s"})
        .containsEntry("style", "anime");
  }

  @Test
  void coversCanBeChosen() {
    ImageFilter covers = new ImageFilter(Optional.of("style"), List.of(), Optional.empty());

    assertThat(positions(all(enumeration(BUILT_IN, 1000).chunks(covers))))
        .containsExactly(42L, 43L);
  }

  @Test
  void aChoiceOfNothingIsNoChunk() {
    ImageFilter filter = new ImageFilter(Optional.of("hair"), List.of(), Optional.empty());
    Iterator<Map<String, Object>> chunks = enumeration(BUILT_IN, 10).chunks(filter);

    assertThat(chunks.hasNext()).isFalse();
    assertThatThrownBy(chunks::next).isInstanceOf(NoSuchElementException.class);
  }

  @Test
  void aStyleWinsOverTheSettings() throws Exception {
    Style style =
        new Style(
            "oil",
            "Oil",
            "",
            "{value}",
            "cover",
            Optional.of("style negative"),
            Optional.of("style model"),
            Optional.of("style sampler"),
            Optional.of(11),
            Optional.of(new BigDecimal("3.25")));

    assertThat(recipes(style))
        .isEqualTo(
            json(
                """
                [{"style": "oil", "model": "txt2img", "price_usd": 0.015, "max_seed": 4294967295,
                  "recipe": {"negative_prompt": "style negative", "model": "style model",
                             "sampler": "style sampler", "steps": 11, "guidance_scale": 3.25,
                             "width": 640, "height": 960}}]
                """));
  }

  @Test
  void whatAStyleLeavesOpenComesFromTheSettings() throws Exception {
    Style style =
        new Style(
            "oil",
            "Oil",
            "",
            "{value}",
            "cover",
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());

    assertThat(recipes(style))
        .isEqualTo(
            json(
                """
                [{"style": "oil", "model": "txt2img", "price_usd": 0.015, "max_seed": 4294967295,
                  "recipe": {"negative_prompt": "set \\"negative\\"", "model": "set model",
                             "sampler": "set sampler", "steps": 22, "guidance_scale": 4.5,
                             "width": 640, "height": 960}}]
                """));
  }

  @Test
  void everyStyleHasARecipeInEveryChunk() throws Exception {
    for (Map<String, Object> chunk : all(enumeration(BUILT_IN, 5).chunks(ImageFilter.ALL))) {
      assertThat(json((String) chunk.get("recipes")).findValuesAsText("style"))
          .containsExactly("realistic", "anime");
    }
  }

  // ------------------------------------------------------------------------------- helpers

  private static Enumeration enumeration(Catalogue catalogue, int chunk) {
    return new Enumeration(
        catalogue,
        RouteTest.tableOf(catalogue),
        TestProvider.of(catalogue),
        TestSettings.of(PipelineSettings.class, "pipeline.plan-chunk=" + chunk));
  }

  private static JsonNode recipes(Style style) throws Exception {
    Category category = new Category("c", List.of(new Category.Value("v", "d")));
    Catalogue catalogue = new YamlCatalogue("test", 640, 960, List.of(category), List.of(style));
    Enumeration enumeration =
        new Enumeration(
            catalogue,
            RouteTest.tableOf(catalogue),
            TestProvider.of(
                catalogue,
                "novita.negative-prompt=set \"negative\"",
                "novita.model=set model",
                "novita.sampler=set sampler",
                "novita.steps=22",
                "novita.guidance-scale=4.5"),
            TestSettings.of(PipelineSettings.class));
    return json((String) enumeration.chunks(ImageFilter.ALL).next().get("recipes"));
  }

  private static JsonNode json(String text) throws Exception {
    return new ObjectMapper().readTree(text);
  }

  private static List<Map<String, Object>> all(Iterator<Map<String, Object>> chunks) {
    List<Map<String, Object>> all = new ArrayList<>();
    chunks.forEachRemaining(all::add);
    return all;
  }

  private static List<Long> positions(List<Map<String, Object>> chunks) {
    return chunks.stream()
        .flatMapToLong(
            chunk -> LongStream.range((Long) chunk.get("first"), (Long) chunk.get("end")))
        .boxed()
        .toList();
  }
}
