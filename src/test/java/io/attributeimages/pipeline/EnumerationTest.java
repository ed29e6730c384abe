package io.attributeimages.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.attributeimages.catalog.Catalogue;
import io.attributeimages.catalog.CatalogueReader;
import io.attributeimages.catalog.Category;
import io.attributeimages.catalog.Combination;
import io.attributeimages.catalog.Style;
import io.attributeimages.ledger.ImageFilter;
import io.attributeimages.novita.NovitaSettings;
import io.attributeimages.support.TestSettings;
import java.math.BigDecimal;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EnumerationTest {

  private static final Catalogue BUILT_IN = CatalogueReader.builtIn();

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 11, 43, 44, 45, 1000})
  void theChunksHaveEveryImageExactlyOnceInOrder(int chunk) {
    List<Map<String, Object>> chunks = all(enumeration(BUILT_IN, chunk).chunks(ImageFilter.ALL));

    assertThat(chunks).hasSize((44 + chunk - 1) / chunk);
    assertThat(chunks.subList(0, chunks.size() - 1))
        .allSatisfy(parameters -> assertThat(column(parameters, "values")).hasSize(chunk));
    assertThat(images(chunks)).isEqualTo(BUILT_IN.combinations().toList());
  }

  @Test
  void onlyTheChosenImagesAreEnumerated() {
    ImageFilter filter =
        new ImageFilter(Optional.of("age"), List.of("80s", "30s"), Optional.of("anime"));

    assertThat(images(all(enumeration(BUILT_IN, 1000).chunks(filter))))
        .extracting(i -> i.category() + "/" + i.value() + "/" + i.style())
        .containsExactly("age/30s/anime", "age/80s/anime");
  }

  @Test
  void coversCanBeChosen() {
    ImageFilter covers = new ImageFilter(Optional.of("style"), List.of(), Optional.empty());

    assertThat(images(all(enumeration(BUILT_IN, 1000).chunks(covers))))
        .hasSize(2)
        .allMatch(Combination::isCover);
  }

  @Test
  void aChoiceOfNothingIsNoChunk() {
    ImageFilter filter = new ImageFilter(Optional.of("age"), List.of("Cub"), Optional.empty());
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
                [{"style": "oil", "negative_prompt": "style negative", "model": "style model",
                  "sampler": "style sampler", "steps": 11, "guidance_scale": 3.25,
                  "width": 640, "height": 960}]
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
                [{"style": "oil", "negative_prompt": "set \\"negative\\"", "model": "set model",
                  "sampler": "set sampler", "steps": 22, "guidance_scale": 4.5,
                  "width": 640, "height": 960}]
                """));
  }

  @Test
  void everyStyleHasARecipeInEveryChunk() throws Exception {
    for (Map<String, Object> chunk : all(enumeration(BUILT_IN, 5).chunks(ImageFilter.ALL))) {
      assertThat(json((String) chunk.get("recipes")).findValuesAsText("style"))
          .containsExactly("realistic", "anime");
    }
  }

  @Test
  void theFirstChunkOfAHugeCatalogueReadsNoMoreThanItNeeds() {
    List<Integer> read = new ArrayList<>();
    List<Category.Value> values =
        new AbstractList<>() {
          @Override
          public Category.Value get(int index) {
            read.add(index);
            assertThat(read).as("values read for one chunk").hasSizeLessThan(1_000);
            return new Category.Value("v" + index, "number " + index);
          }

          @Override
          public int size() {
            return 2_000_000_000;
          }
        };
    Catalogue huge =
        new Catalogue("huge", 512, 768, List.of(new Category("n", values)), BUILT_IN.styles());

    Map<String, Object> first = enumeration(huge, 100).chunks(ImageFilter.ALL).next();

    assertThat(column(first, "values")).hasSize(100).startsWith("v0").endsWith("v99");
  }

  // ------------------------------------------------------------------------------- helpers

  private static Enumeration enumeration(Catalogue catalogue, int chunk) {
    return new Enumeration(
        catalogue,
        TestSettings.of(NovitaSettings.class),
        TestSettings.of(PipelineSettings.class, "pipeline.plan-chunk=" + chunk));
  }

  private static JsonNode recipes(Style style) throws Exception {
    Category category = new Category("c", List.of(new Category.Value("v", "d")));
    Enumeration enumeration =
        new Enumeration(
            new Catalogue("test", 640, 960, List.of(category), List.of(style)),
            TestSettings.of(
                NovitaSettings.class,
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

  private static List<Combination> images(List<Map<String, Object>> chunks) {
    List<Combination> images = new ArrayList<>();
    for (Map<String, Object> chunk : chunks) {
      for (int i = 0; i < column(chunk, "values").length; i++) {
        images.add(
            new Combination(
                column(chunk, "categories")[i],
                column(chunk, "values")[i],
                column(chunk, "styles")[i],
                column(chunk, "prompts")[i]));
      }
    }
    return images;
  }

  private static String[] column(Map<String, Object> parameters, String name) {
    return (String[]) parameters.get(name);
  }
}
