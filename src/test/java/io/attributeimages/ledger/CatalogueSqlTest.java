package io.attributeimages.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.attributeimages.catalog.Catalogue;
import io.attributeimages.catalog.CatalogueReader;
import io.attributeimages.catalog.InputFileException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The catalogue as rows, and what they say of the pictures that are in place. */
class CatalogueSqlTest extends LedgerTest {

  private static final Catalogue BUILT_IN = CatalogueReader.builtIn();

  @TempDir Path files;

  @BeforeEach
  void forgetCatalogues() {
    database.execute("TRUNCATE ledger.catalogue CASCADE");
  }

  @Test
  void theRowsAreTheImagesInOrder() {
    int id = table(BUILT_IN).id();

    List<String> expected;
    try (var images = BUILT_IN.combinations()) {
      expected = images.map(i -> i.category() + i.value() + i.style() + i.prompt()).toList();
    }
    assertThat(
            database.queryForList(
                "SELECT category || value || style || prompt FROM ledger.catalogue_image"
                    + " WHERE catalogue_id = ? ORDER BY position",
                String.class,
                id))
        .isEqualTo(expected);
    assertThat(count("ledger.catalogue_image WHERE position BETWEEN 0 AND 43")).isEqualTo(44);
  }

  @Test
  void rowsOfACsvThatMixesItsGroupsStandGroupByGroup() throws Exception {
    String prompt = "with\ttab, \\\\ backslash \\N and 'quotes'".replace("\t", " ");
    Catalogue csv =
        csv(
            "category,value,style,prompt\n"
                + "age,30s,ink,p\nhair,red,oil,p\nage,20s,oil,p\nage,40s,ink,\""
                + prompt
                + "\"\nhair,red,ink,p\n");

    table(csv).id();

    assertThat(
            database.queryForList(
                "SELECT concat_ws('/', position, category, value, style) FROM ledger.catalogue_image"
                    + " ORDER BY position",
                String.class))
        .containsExactly(
            "0/age/30s/ink", "1/age/40s/ink", "2/hair/red/ink", "3/age/20s/oil", "4/hair/red/oil");
    assertThat(value("SELECT prompt FROM ledger.catalogue_image WHERE value = '40s'"))
        .isEqualTo(prompt);
  }

  @Test
  void aCatalogueIsWrittenOnceHoweverManyProgramsHaveIt() {
    List<CompletableFuture<Integer>> programs =
        Stream.generate(() -> CompletableFuture.supplyAsync(() -> table(BUILT_IN).id()))
            .limit(4)
            .toList();

    assertThat(programs.stream().map(CompletableFuture::join).distinct()).hasSize(1);
    assertThat(count("ledger.catalogue_image")).isEqualTo(44);
  }

  @Test
  void anotherCatalogueStandsBesideIt() throws Exception {
    int first = table(BUILT_IN).id();

    int second = table(csv("category,value,style,prompt\nage,30s,realistic,p\n")).id();

    assertThat(second).isNotEqualTo(first);
    newPicture("30s", "url", null);
    assertThat(count("ledger.catalogue_image WHERE stored")).isEqualTo(2);
  }

  @Test
  void aFileThatHasChangedMeanwhileIsNotWritten() throws Exception {
    Catalogue read = csv("category,value,style,prompt\nage,30s,realistic,p\n");
    csv("category,value,style,prompt\nage,40s,realistic,p\n");

    assertThatThrownBy(() -> table(read).id())
        .isInstanceOf(InputFileException.class)
        .hasMessageContaining("has changed since it was read");
    assertThat(count("ledger.catalogue")).isZero();
  }

  @Test
  void whatIsInPlaceBeforeIsNoted() {
    newPicture("30s", "url", null);
    newCover("anime", "https://p.supabase.co/storage/v1/object/public/assets/cover.jpg");
    newCover("realistic", "https://example.org/placeholder.jpg");

    table(BUILT_IN).id();

    assertThat(stored()).containsExactly("age/30s/realistic", "style/cover/anime");
    assertCountsAreRight();
  }

  @Test
  void whatHasChangedBehindItsBackIsNotedAtTheNextStart() {
    newPicture("30s", "url", null);
    table(BUILT_IN).id();
    database.execute(
        """
        SET session_replication_role = replica;
        DELETE FROM attribute_images;
        INSERT INTO attribute_images (category, value, style, image_url) VALUES ('age', '40s', 'anime', 'https://pictures.test/url.jpg');
        SET session_replication_role = origin""");

    table(BUILT_IN).id();

    assertThat(stored()).containsExactly("age/40s/anime");
    assertCountsAreRight();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "UPDATE attribute_images SET image_url = 'https://pictures.test/other.jpg'",
        "UPDATE attribute_images SET image_url = ' '",
        "UPDATE attribute_images SET image_url = '/images/placeholder.png', object_key = 'key'",
        "UPDATE attribute_images SET value = '40s'",
        "UPDATE attribute_images SET value = 'unheard of'",
        "DELETE FROM attribute_images",
        "TRUNCATE attribute_images",
        "INSERT INTO attribute_images (category, value, style, image_url) VALUES ('age', '30s', 'realistic', 'https://x.test/x')"
            + " ON CONFLICT (category, value, style) DO UPDATE SET image_url = 'https://x.test/x'",
        "INSERT INTO attribute_images (category, value, style, image_url)"
            + " VALUES ('age', '20s', 'anime', 'https://x.test/x'), ('body', 'Slim', 'anime', 'https://x.test/x'), ('no', 'such', 'image', 'https://x.test/x')",
        "INSERT INTO style_images (style, image_url) VALUES ('anime', 'placeholder')",
        "INSERT INTO style_images (style, image_url, object_key) VALUES ('anime', 'https://pictures.test/url.jpg', 'key')",
        "UPDATE style_images SET image_url = 'placeholder', object_key = NULL",
        "DELETE FROM style_images",
        "TRUNCATE style_images",
      })
  void whoeverChangesPicturesTheCatalogueTakesNote(String change) {
    table(BUILT_IN).id();
    newPicture("30s", "url", null);
    database.update(
        "INSERT INTO style_images (style, image_url, object_key) VALUES ('realistic', 'https://x.test/u', 'k')");
    assertThat(stored()).containsExactly("age/30s/realistic", "style/cover/realistic");

    database.execute(change);

    assertCountsAreRight();
  }

  @Test
  void aChangeThatIsTakenBackLeavesNothingBehind() throws Exception {
    table(BUILT_IN).id();
    try (Connection connection = storing()) {
      connection.rollback();
    }

    assertThat(stored()).isEmpty();
    assertCountsAreRight();
  }

  @Test
  void theCountsAreRightWhileManyStoreAndTheyAreAddedUp() throws Exception {
    table(BUILT_IN).id();
    AtomicBoolean over = new AtomicBoolean();
    ExecutorService threads = Executors.newCachedThreadPool();
    List<Future<?>> others = new ArrayList<>();
    List<Future<?>> writers = new ArrayList<>();
    try {
      for (Runnable other : List.<Runnable>of(this::fold, this::fold, () -> table(BUILT_IN).id())) {
        others.add(
            threads.submit(
                () -> {
                  while (!over.get()) {
                    other.run();
                  }
                }));
      }
      for (int i = 0; i < 4; i++) {
        long seed = i;
        writers.add(threads.submit(() -> storeAndRemove(new Random(seed))));
      }
      for (Future<?> writer : writers) {
        writer.get(60, TimeUnit.SECONDS);
      }
    } finally {
      over.set(true);
      threads.shutdown();
    }
    for (Future<?> other : others) {
      other.get(60, TimeUnit.SECONDS);
    }

    assertThat(stored()).isNotEmpty();
    assertCountsAreRight();
    run("fold-catalogue");
    assertThat(count("ledger.catalogue_delta")).isZero();
    assertCountsAreRight();
  }

  private void fold() {
    run("fold-catalogue");
  }

  private void storeAndRemove(Random random) {
    for (int i = 0; i < 100; i++) {
      String value = List.of("20s", "30s", "40s", "50s").get(random.nextInt(4));
      if (random.nextBoolean()) {
        database.update(
            "INSERT INTO attribute_images (category, value, style, image_url)"
                + " VALUES ('age', ?, 'realistic', 'https://pictures.test/url.jpg')"
                + " ON CONFLICT (category, value, style) DO UPDATE SET image_url = 'https://pictures.test/other.jpg'",
            value);
      } else {
        database.update("DELETE FROM attribute_images WHERE value = ?", value);
      }
    }
    database.update(
        "INSERT INTO attribute_images (category, value, style, image_url)"
            + " VALUES ('age', '80s', 'realistic', 'https://pictures.test/url.jpg') ON CONFLICT DO NOTHING");
  }

  /** A transaction that has stored a picture, and is not over. */
  private Connection storing() throws SQLException {
    Connection holder = database.getDataSource().getConnection();
    holder.setAutoCommit(false);
    holder
        .createStatement()
        .execute(
            "INSERT INTO attribute_images (category, value, style, image_url)"
                + " VALUES ('age', '30s', 'realistic', 'https://pictures.test/url.jpg')");
    return holder;
  }

  @Test
  void whoHoldsThePicturesForLongStopsNoProgramThatHasComparedThemBefore() throws Exception {
    table(BUILT_IN).id();
    try (Connection holder = storing()) {

      assertThat(table(BUILT_IN).id()).isPositive();

      holder.commit();
    }
    assertThat(stored()).containsExactly("age/30s/realistic");
    assertCountsAreRight();
  }

  @Test
  void whoHoldsThePicturesForLongStopsAProgramThatHasNeverComparedThem() throws Exception {
    try (Connection holder = storing()) {

      assertThatThrownBy(() -> table(BUILT_IN).id())
          .isInstanceOf(InputFileException.class)
          .hasMessageContaining("a long transaction holds attribute_images");

      holder.commit();
    }
    assertThat(table(BUILT_IN).id()).isPositive();
    assertThat(stored()).containsExactly("age/30s/realistic");
    assertCountsAreRight();
  }

  /** As tables of before have them; the next run fills the row in its place. */
  @ParameterizedTest
  @NullSource
  @ValueSource(
      strings = {
        "",
        "  ",
        "/images/placeholder.png",
        "images/30s.jpg",
        "https://via.placeholder.com/512x768",
        "https://"
      })
  void aRowWithoutAPictureIsMissing(String url) {
    database.execute("ALTER TABLE attribute_images ALTER COLUMN image_url DROP NOT NULL");
    try {
      newPicture("30s", url, null);

      table(BUILT_IN).id();
      assertThat(stored()).isEmpty();

      database.update("UPDATE attribute_images SET prompt = 'p'");
      assertThat(stored()).isEmpty();
      database.update("UPDATE attribute_images SET image_url = 'https://pictures.test/30s.jpg'");
      assertThat(stored()).containsExactly("age/30s/realistic");
      assertCountsAreRight();
    } finally {
      database.execute("DELETE FROM attribute_images");
      database.execute("ALTER TABLE attribute_images ALTER COLUMN image_url SET NOT NULL");
    }
  }

  @Test
  void aCoverIsNoPictureOfAnAttributeWhateverItIsCalled() {
    newCover("anime", "https://p.supabase.co/storage/v1/object/public/assets/cover.jpg");
    database.update(
        "INSERT INTO attribute_images (category, value, style, image_url) VALUES"
            + " ('style', 'cover', 'anime', 'https://pictures.test/url.jpg'), ('style', 'cover', 'realistic', 'https://pictures.test/url.jpg')");

    table(BUILT_IN).id();
    assertThat(stored()).containsExactly("style/cover/anime");

    database.update("UPDATE attribute_images SET image_url = 'https://pictures.test/other.jpg'");
    database.update("DELETE FROM attribute_images");
    assertThat(stored()).containsExactly("style/cover/anime");
    assertCountsAreRight();
  }

  @Test
  void whereThereAreVeryManyGroupsFewerOfEachAreNamed() throws Exception {
    StringBuilder rows = new StringBuilder("category,value,style,prompt\n");
    for (int category = 0; category < 500; category++) {
      for (int value = 0; value < 30; value++) {
        rows.append("c").append(category).append(",v").append(value).append(",oil,p\n");
      }
    }
    table(csv(rows.toString())).id();

    List<Map<String, Object>> groups =
        rows(run("select-groups.sql", Map.of(), Map.of("limit", 100), null));

    assertThat(groups)
        .hasSize(500)
        .allSatisfy(group -> assertThat(Rows.strings(group.get("missing"))).hasSize(20));
  }

  @Test
  void theGroupsSayWhatIsInPlaceAndNameTheFirstThatIsNot() throws Exception {
    CatalogueTable table = table(BUILT_IN);
    newPicture("30s", "url", null);
    bind("catalogueTable", table);

    List<Map<String, Object>> rows =
        rows(run("select-groups.sql", Map.of(), Map.of("limit", 3), null));

    assertThat(rows).hasSize(8);
    assertThat(rows.get(0))
        .containsEntry("category", "age")
        .containsEntry("style", "realistic")
        .containsEntry("required", 7L)
        .containsEntry("stored", 1L);
    assertThat(Rows.strings(rows.get(0).get("missing"))).containsExactly("20s", "40s", "50s");
    assertThat(rows.get(1)).containsEntry("category", "age").containsEntry("style", "anime");
    assertThat(rows.get(7)).containsEntry("cover", true).containsEntry("style", "anime");
  }

  @Test
  void aCatalogueThatNobodyHasUsedForAWeekIsForgotten() throws Exception {
    table(csv("category,value,style,prompt\nage,30s,realistic,p\n")).id();
    CatalogueTable table = table(BUILT_IN);
    int used = table.id();
    database.update("UPDATE ledger.catalogue SET used_at = now() - interval '8 days'");
    bind("catalogueTable", table);

    run("forget-catalogues");

    assertThat(database.queryForList("SELECT id FROM ledger.catalogue", Integer.class))
        .containsExactly(used);
    assertThat(count("ledger.catalogue_image")).isEqualTo(44);
  }

  private CatalogueTable table(Catalogue catalogue) {
    CatalogueTable table = new CatalogueTable(catalogue, database.getDataSource());
    bind("catalogueTable", table);
    return table;
  }

  private Catalogue csv(String text) throws Exception {
    return CatalogueReader.read(Files.writeString(files.resolve("catalogue.csv"), text));
  }

  private void newCover(String style, String imageUrl) {
    database.update("INSERT INTO style_images (style, image_url) VALUES (?, ?)", style, imageUrl);
  }

  private List<String> stored() {
    return database.queryForList(
        "SELECT concat_ws('/', category, value, style) FROM ledger.catalogue_image WHERE stored"
            + " ORDER BY position",
        String.class);
  }

  /** What the rows and the counts say is what a look at all pictures says. */
  private void assertCountsAreRight() {
    assertThat(
            database.queryForList(
                """
                SELECT concat_ws('/', i.category, i.value, i.style) FROM ledger.catalogue_image i
                WHERE i.stored <> EXISTS (SELECT FROM ledger.stored_image s
                  WHERE s.category = i.category AND s.value = i.value AND s.style = i.style)""",
                String.class))
        .as("noted wrongly")
        .isEmpty();
    assertThat(
            database.queryForList(
                """
                SELECT concat_ws('/', g.category, g.style) FROM ledger.catalogue_group g
                WHERE g.stored
                  + coalesce((SELECT sum(c.stored) FROM ledger.catalogue_delta c
                     WHERE c.catalogue_id = g.catalogue_id AND c.category = g.category AND c.style = g.style), 0)
                  <> (SELECT count(*) FROM ledger.catalogue_image i
                      WHERE i.catalogue_id = g.catalogue_id AND i.category = g.category AND i.style = g.style AND i.stored)""",
                String.class))
        .as("counted wrongly")
        .isEmpty();
  }

  private int count(String from) {
    return database.queryForObject("SELECT count(*) FROM " + from, Integer.class);
  }
}
