package io.attributeimages.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.attributeimages.support.TestDatabases;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;

/**
 * Who may do what on Supabase, whose REST layer lets anyone speak SQL of a kind as {@code anon} and
 * grants every new table to its roles.
 */
@Tag("database")
@ResourceLock(TestDatabases.ROLES)
class SupabaseMigrationTest {

  private static final List<String> PUBLIC = List.of("attribute_images", "style_images");
  private static final List<String> PRIVATE =
      List.of(
          "generation_run",
          "generation_task",
          "submit_permit",
          "catalogue",
          "catalogue_image",
          "catalogue_delta",
          "generation_run_join",
          "webhook_hint",
          "webhook_key",
          "image_event",
          "generation_count",
          "generation_total",
          "generation_count_delta",
          "generation_count_now",
          "generation_total_now",
          "stored_image",
          "attribute_images_schema_history");
  private static final List<String> VIEWS =
      List.of("stored_image", "generation_count_now", "generation_total_now");

  private static PGSimpleDataSource project;
  private static PGSimpleDataSource filled;

  private PGSimpleDataSource dataSource;
  private JdbcTemplate owner;

  @BeforeAll
  static void createProject() {
    project = TestDatabases.empty();
    new JdbcTemplate(project)
        .execute(
            """
            CREATE ROLE anon; CREATE ROLE authenticated; CREATE ROLE service_role BYPASSRLS;
            GRANT USAGE ON SCHEMA public TO anon, authenticated, service_role;
            ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO anon, authenticated, service_role;
            ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON SEQUENCES TO anon, authenticated, service_role;
            ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON FUNCTIONS TO anon, authenticated, service_role;
            """);
    filled = TestDatabases.copyOf(project.getDatabaseName());
    migrateAndFill(filled);
  }

  /** Other tests migrate databases of servers that have no such roles. */
  @AfterAll
  static void dropProject() {
    TestDatabases.drop(filled);
    TestDatabases.drop(project);
    TestDatabases.admin().execute("DROP ROLE anon, authenticated, service_role");
  }

  private void use(PGSimpleDataSource template) {
    dataSource = TestDatabases.copyOf(template.getDatabaseName());
    owner = new JdbcTemplate(dataSource);
  }

  @AfterEach
  void dropDatabase() {
    TestDatabases.drop(dataSource);
  }

  @ParameterizedTest
  @MethodSource("publicTables")
  void anyoneMayReadThePictures(String role, String table) {
    use(filled);

    assertThat(as(role, "SELECT count(*) FROM " + table)).isEqualTo("1");
  }

  @ParameterizedTest
  @MethodSource("publicTables")
  void nobodyMayChangeThePictures(String role, String table) {
    use(filled);

    assertUnwritable(role, table);
  }

  @ParameterizedTest
  @MethodSource("publicTables")
  void nobodyMayChangeThePicturesOfAnAdoptedTableThatAnyoneCouldChange(String role, String table) {
    use(project);
    owner.execute(
        """
        CREATE TABLE attribute_images (
          id uuid PRIMARY KEY, category text, value text, style text, image_url text);
        CREATE TABLE style_images (id uuid PRIMARY KEY, style text, image_url text);
        ALTER TABLE attribute_images ENABLE ROW LEVEL SECURITY;
        CREATE POLICY everything ON attribute_images FOR ALL USING (true) WITH CHECK (true);
        CREATE POLICY everything ON style_images FOR ALL TO anon, authenticated USING (true) WITH CHECK (true);
        """);

    migrateAndFill(dataSource);

    assertThat(as(role, "SELECT count(*) FROM " + table)).isEqualTo("1");
    assertUnwritable(role, table);
  }

  static Stream<Arguments> publicTables() {
    return Stream.of("anon", "authenticated")
        .flatMap(role -> PUBLIC.stream().map(table -> Arguments.of(role, table)));
  }

  @ParameterizedTest
  @MethodSource("privateTables")
  void theLedgerIsNobodysBusiness(String role, String table) {
    use(filled);

    assertThatThrownBy(() -> as(role, "SELECT count(*) FROM " + table))
        .rootCause()
        .hasMessageContaining("permission denied for");
    if (!VIEWS.contains(table)) {
      assertThatThrownBy(() -> as(role, "TRUNCATE " + table + " CASCADE"))
          .rootCause()
          .hasMessageContaining("permission denied for");
    }
  }

  static Stream<Arguments> privateTables() {
    return Stream.of("anon", "authenticated")
        .flatMap(role -> PRIVATE.stream().map(table -> Arguments.of(role, table)));
  }

  /** Whatever the project gives to its roles by default. */
  @ParameterizedTest
  @ValueSource(strings = {"an empty database", "one that an older version has migrated"})
  void whatIsNotThePicturesIsTheOwnersAlone(String database) {
    use(database.startsWith("one") ? project : filled);
    if (database.startsWith("one")) {
      Flyway.configure()
          .configuration(TestDatabases.flyway(dataSource).getConfiguration())
          .target("12")
          .skipDefaultCallbacks(true)
          .load()
          .migrate();
      TestDatabases.flyway(dataSource).migrate();
    }

    assertThat(
            owner.queryForList(
                """
                SELECT concat_ws(' ', CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END, privilege_type, object)
                FROM (SELECT oid::regclass::text, relacl FROM pg_class WHERE relnamespace = 'public'::regnamespace
                      UNION ALL
                      SELECT proname, coalesce(proacl, acldefault('f', proowner)) FROM pg_proc
                      WHERE pronamespace = 'public'::regnamespace AND proname <> 'object_of_url') o (object, acl),
                     aclexplode(acl)
                WHERE grantee = 0 OR grantee::regrole::text IN ('anon', 'authenticated')
                """,
                String.class))
        .containsExactlyInAnyOrder(
            "anon SELECT attribute_images",
            "anon SELECT style_images",
            "authenticated SELECT attribute_images",
            "authenticated SELECT style_images");
  }

  @ParameterizedTest
  @ValueSource(strings = {"anon", "authenticated"})
  void theNumbersOfEventsAreNobodysBusiness(String role) {
    use(filled);

    assertThatThrownBy(() -> as(role, "SELECT setval('image_event_id_seq', 1)"))
        .rootCause()
        .hasMessageContaining("permission denied for sequence image_event_id_seq");
  }

  /** The second time with the right to it, which somebody may give them again. */
  @ParameterizedTest
  @CsvSource({
    "catalogue_note_truncation, AFTER TRUNCATE ON mine, TRUNCATE mine",
    "catalogue_note_images, AFTER INSERT ON mine, INSERT INTO mine TABLE made_up",
    "catalogue_note_images, AFTER INSERT ON mine REFERENCING NEW TABLE AS changed, INSERT INTO mine TABLE made_up",
    "catalogue_note_covers, AFTER INSERT ON mine REFERENCING NEW TABLE AS changed, INSERT INTO mine TABLE made_up"
  })
  void aTriggerOfOursOnATableOfTheirsChangesNothing(
      String function, String event, String statement) {
    use(filled);
    owner.execute(
        """
        INSERT INTO catalogue (digest, source) VALUES ('digest', 'test');
        INSERT INTO catalogue_image SELECT id, 0, 'age', '20s', 'realistic', 'p', true FROM catalogue;
        INSERT INTO catalogue_image SELECT id, 1, 'age', '30s', 'realistic', 'p', true FROM catalogue;
        INSERT INTO catalogue_image SELECT id, 2, 'style', 'cover', 'realistic', 'p', true FROM catalogue;
        """);
    String attack =
        """
        CREATE TEMP TABLE made_up AS VALUES ('age', '30s', 'realistic');
        CREATE TEMP TABLE mine (category text, value text, style text);
        CREATE FUNCTION pg_temp.take() RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS
          $$ BEGIN RAISE 'taken by %%', current_user; END $$;
        CREATE TEMP VIEW changed AS SELECT * FROM mine WHERE pg_temp.take();
        CREATE TRIGGER mine %s FOR EACH STATEMENT EXECUTE FUNCTION %s();
        %s
        """
            .formatted(event, function, statement);
    assertThatThrownBy(() -> as("anon", attack))
        .rootCause()
        .hasMessageContaining("permission denied for function " + function);
    owner.execute("GRANT EXECUTE ON FUNCTION " + function + "() TO anon");

    as("anon", attack);

    assertThat(
            owner.queryForList("SELECT value FROM catalogue_image WHERE NOT stored", String.class))
        .isEmpty();
  }

  @Test
  void everyTableHasRowLevelSecurity() {
    use(filled);

    assertThat(
            owner.queryForList(
                "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace"
                    + " AND relkind = 'r' AND NOT relrowsecurity",
                String.class))
        .isEmpty();
  }

  @Test
  void theServiceRoleMayReadAndWriteThePictures() {
    use(filled);

    assertThatCode(
            () -> {
              as(
                  "service_role",
                  "INSERT INTO attribute_images (category, value, style, image_url)"
                      + " VALUES ('age', '30s', 'realistic', 'url') RETURNING id");
              as("service_role", "UPDATE style_images SET title = 'T' RETURNING id");
              as("service_role", "DELETE FROM attribute_images WHERE value = '20s' RETURNING id");
            })
        .doesNotThrowAnyException();
    assertThat(as("service_role", "SELECT count(*) FROM attribute_images WHERE value = '30s'"))
        .isEqualTo("1");
  }

  @Test
  void theServiceRoleMayReadTheLedger() {
    use(filled);

    assertThat(as("service_role", "SELECT count(*) FROM generation_run")).isEqualTo("1");
  }

  /** Every start migrates, and Flyway's own table was made long before. */
  @Test
  void migratingAgainChangesNothingAboutIt() {
    use(filled);
    List<String> before = privileges();

    TestDatabases.flyway(dataSource).migrate();

    assertThat(privileges()).isEqualTo(before);
  }

  private static void migrateAndFill(DataSource database) {
    TestDatabases.flyway(database).migrate();
    new JdbcTemplate(database)
        .execute(
            """
            INSERT INTO attribute_images (id, category, value, style, image_url)
              VALUES (gen_random_uuid(), 'age', '20s', 'realistic', 'url');
            INSERT INTO style_images (id, style, image_url) VALUES (gen_random_uuid(), 'realistic', 'url');
            INSERT INTO generation_run (trigger, mode) VALUES ('REST', 'missing');
            """);
  }

  private void assertUnwritable(String role, String table) {
    String insert =
        table.equals("attribute_images")
            ? "INSERT INTO attribute_images (category, value, style, image_url) VALUES ('a', 'b', 'c', 'd')"
            : "INSERT INTO style_images (style, image_url) VALUES ('c', 'd')";
    for (String statement :
        List.of(
            insert,
            "UPDATE " + table + " SET image_url = 'theirs'",
            "DELETE FROM " + table,
            "TRUNCATE " + table)) {
      assertThatThrownBy(() -> as(role, statement))
          .as(statement)
          .rootCause()
          .hasMessageContaining("permission denied for table " + table);
    }
  }

  /** The first column of the first row that the statement returns to that role. */
  private String as(String role, String statement) {
    try (Connection opened = dataSource.getConnection()) {
      JdbcTemplate jdbc = new JdbcTemplate(new SingleConnectionDataSource(opened, true));
      jdbc.execute("SET ROLE " + role);
      if (statement.startsWith("SELECT") || statement.contains("RETURNING")) {
        return jdbc.queryForObject(statement, String.class);
      }
      jdbc.execute(statement);
      return null;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private List<String> privileges() {
    return owner.queryForList(
        "SELECT concat_ws(' ', relname, relrowsecurity, relacl) FROM pg_class"
            + " WHERE relnamespace = 'public'::regnamespace ORDER BY 1",
        String.class);
  }
}
