package io.attributeimages.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.attributeimages.catalog.Catalogue;
import io.attributeimages.catalog.CatalogueReader;
import io.attributeimages.storage.ObjectKeys;
import io.attributeimages.storage.StorageSettings;
import io.attributeimages.support.TestDatabases;
import io.attributeimages.support.TestSettings;
import java.sql.SQLException;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.postgresql.ds.PGSimpleDataSource;
import org.springframework.jdbc.core.JdbcTemplate;

/** Tables that somebody has changed for purposes of their own. */
@Tag("database")
@ResourceLock(TestDatabases.ROLES)
class PictureTablesTest {

  private static final Catalogue BUILT_IN = CatalogueReader.builtIn();

  private final ObjectKeys keys =
      new ObjectKeys(
          TestSettings.of(
              StorageSettings.class, "storage.public-base-url=https://pictures.test/public"));
  private PGSimpleDataSource dataSource;
  private JdbcTemplate database;

  @BeforeEach
  void migrate() {
    dataSource = TestDatabases.migrated();
    database = new JdbcTemplate(dataSource);
  }

  @AfterEach
  void drop() {
    TestDatabases.drop(dataSource);
  }

  private Optional<String> refusal() throws SQLException {
    return new PictureTables(BUILT_IN, keys, dataSource).refusal();
  }

  @Test
  void ourOwnTablesTakeEverythingAndKeepNothingOfTheTrial() throws SQLException {
    database.update(
        "INSERT INTO attribute_images (category, value, style, image_url)"
            + " VALUES ('age', '20s', 'realistic', 'https://pictures.test/20s.jpg')");
    String before =
        database.queryForObject(
            "SELECT attribute_images::text FROM attribute_images", String.class);

    assertThat(refusal()).isEmpty();

    assertThat(
            database.queryForObject(
                "SELECT attribute_images::text FROM attribute_images", String.class))
        .isEqualTo(before);
    assertThat(database.queryForObject("SELECT count(*) FROM style_images", Long.class)).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ALTER TABLE attribute_images ADD COLUMN owner_id uuid NOT NULL | column owner_id of attribute_images may not be null and has no default; run: ALTER TABLE attribute_images ALTER COLUMN owner_id DROP NOT NULL",
        "ALTER TABLE style_images ADD COLUMN \"Sort order\" int NOT NULL | column \"Sort order\" of style_images may not be null and has no default; run: ALTER TABLE style_images ALTER COLUMN \"Sort order\" DROP NOT NULL",
        "ALTER TABLE attribute_images ALTER COLUMN prompt TYPE varchar(80) | column prompt of attribute_images has room for 80 characters, and needs room for more; run: ALTER TABLE attribute_images ALTER COLUMN prompt TYPE text",
        "ALTER TABLE style_images ALTER COLUMN title TYPE varchar(3) | column title of style_images has room for 3 characters, and needs room for 100; run: ALTER TABLE style_images ALTER COLUMN title TYPE varchar(100)",
        "ALTER TABLE attribute_images ADD CHECK (category IN ('age', 'body')) | a row as the pipeline writes it is refused: new row for relation \"attribute_images\" violates check constraint \"attribute_images_category_check\" (table attribute_images)",
        "ALTER TABLE style_images ADD CHECK (image_url LIKE 'https://cdn.%') | a row as the pipeline writes it is refused: new row for relation \"style_images\" violates check constraint \"style_images_image_url_check\" (table style_images)",
        "ALTER TABLE attribute_images ALTER COLUMN seed TYPE int | a row as the pipeline writes it is refused: integer out of range",
        "ALTER TABLE attribute_images ALTER COLUMN id DROP DEFAULT | column id of attribute_images may not be null and has no default; run: ALTER TABLE attribute_images ALTER COLUMN id DROP NOT NULL",
        "CREATE RULE none AS ON INSERT TO style_images DO INSTEAD NOTHING | a row as the pipeline writes it is refused: cannot perform INSERT RETURNING on relation \"style_images\"",
      })
  void whatCannotHoldARowIsToldWithItsCure(String change, String told) throws SQLException {
    database.execute(change);

    assertThat(refusal()).hasValue(told);
  }

  @Test
  void aTriggerThatChangesRowsIsNoticed() throws SQLException {
    database.execute(
        """
        CREATE FUNCTION theirs() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN NEW.image_url := lower(NEW.image_url); NEW.object_key := 'theirs'; RETURN NEW; END $$;
        CREATE TRIGGER theirs BEFORE INSERT ON attribute_images FOR EACH ROW EXECUTE FUNCTION theirs();
        """);

    assertThat(refusal())
        .hasValue(
            "rows of attribute_images are not what was written; look at its triggers, rules and"
                + " policies");
  }

  @Test
  void aPolicyThatBindsTheProgramsRoleIsTold() throws SQLException {
    TestDatabases.admin().execute("CREATE ROLE painter LOGIN PASSWORD 'a-password'");
    try {
      database.execute(
          "GRANT ALL ON attribute_images, style_images TO painter; GRANT USAGE ON SCHEMA ledger TO painter");
      dataSource.setUser("painter");
      dataSource.setPassword("a-password");

      assertThat(refusal().orElseThrow())
          .startsWith(
              "a row as the pipeline writes it is refused: new row violates row-level security policy");
    } finally {
      dataSource.setUser("postgres");
      TestDatabases.drop(dataSource);
      TestDatabases.admin().execute("DROP ROLE painter");
      migrate();
    }
  }

  /** Whoever writes there now shows that it can be done. */
  @Test
  void whoeverHoldsTheTableIsNotWaitedForLong() throws Exception {
    try (var holder = dataSource.getConnection()) {
      holder.setAutoCommit(false);
      holder.createStatement().execute("LOCK TABLE attribute_images");

      assertThat(refusal()).isEmpty();
    }
  }
}
