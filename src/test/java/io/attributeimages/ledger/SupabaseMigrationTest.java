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
        GRANT ALL ON attribute_images, style_images TO PUBLIC;
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
  @ValueSource(strings = {"anon", "authenticated", "service_role"})
  void theLedgerIsNobodysBusiness(String role) {
    use(filled);

    for (String statement :
        List.of(
            "SELECT count(*) FROM ledger.run",
            "TRUNCATE ledger.task CASCADE",
            "SELECT setval('ledger.image_event_id_seq', 1)",
            "CREATE TABLE ledger.mine ()")) {
      assertThatThrownBy(() -> as(role, statement))
          .as(statement)
          .rootCause()
          .hasMessageContaining("permission denied for schema ledger");
    }
  }

  /** Whatever the project gives to its roles by default. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "ALTER DEFAULT PRIVILEGES %s; ALTER DEFAULT PRIVILEGES GRANT ALL ON SCHEMAS TO anon, authenticated;",
        "CREATE SCHEMA ledger; ALTER DEFAULT PRIVILEGES IN SCHEMA ledger %s;"
      })
  void whatIsNotThePicturesIsTheOwnersAlone(String more) {
    use(project);
    for (String kind : List.of("TABLES", "SEQUENCES", "FUNCTIONS")) {
      owner.execute(
          more.formatted("GRANT ALL ON " + kind + " TO anon, authenticated, service_role")
              .replace("CREATE SCHEMA", "CREATE SCHEMA IF NOT EXISTS"));
    }

    migrateAndFill(dataSource);

    assertThat(rights())
        .containsExactlyInAnyOrder(
            "anon SELECT attribute_images",
            "anon SELECT style_images",
            "authenticated SELECT attribute_images",
            "authenticated SELECT style_images");
  }

  @Test
  void whatWasGivenMeanwhileIsTakenBackAtTheNextStart() {
    use(filled);
    List<String> before = rights();
    owner.execute(
        """
        GRANT ALL ON SCHEMA ledger TO anon;
        GRANT ALL ON ALL TABLES IN SCHEMA ledger TO authenticated;
        GRANT ALL ON ALL ROUTINES IN SCHEMA ledger TO PUBLIC;
        REVOKE CREATE ON SCHEMA ledger FROM anon;
        """);

    TestDatabases.flyway(dataSource).migrate();

    assertThat(rights()).isEqualTo(before);
  }

  /** What those who are nobody, and the project's roles, may do with what is ours. */
  private List<String> rights() {
    return owner.queryForList(
        """
        SELECT concat_ws(' ', CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END, privilege_type, object)
        FROM (SELECT nspname::text, nspacl FROM pg_namespace WHERE nspname = 'ledger'
              UNION ALL
              SELECT oid::regclass::text, relacl FROM pg_class
              WHERE relnamespace IN ('public'::regnamespace, 'ledger'::regnamespace)
              UNION ALL
              SELECT proname, coalesce(proacl, acldefault('f', proowner)) FROM pg_proc
              WHERE pronamespace IN ('public'::regnamespace, 'ledger'::regnamespace) AND proname <> 'object_of_url') o (object, acl),
             aclexplode(acl)
        WHERE grantee = 0 OR grantee::regrole::text IN ('anon', 'authenticated')
           OR grantee::regrole::text = 'service_role' AND object NOT IN ('attribute_images', 'style_images', 'attribute_images_touch')
        ORDER BY 1
        """,
        String.class);
  }

  /** The last time with the right to it, which somebody may give them. */
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
        INSERT INTO ledger.catalogue (digest, source) VALUES ('digest', 'test');
        INSERT INTO ledger.catalogue_image SELECT id, 0, 'age', '20s', 'realistic', 'p', true FROM ledger.catalogue;
        INSERT INTO ledger.catalogue_image SELECT id, 1, 'age', '30s', 'realistic', 'p', true FROM ledger.catalogue;
        INSERT INTO ledger.catalogue_image SELECT id, 2, 'style', 'cover', 'realistic', 'p', true FROM ledger.catalogue;
        """);
    String attack =
        """
        CREATE TEMP TABLE made_up AS VALUES ('age', '30s', 'realistic');
        CREATE TEMP TABLE mine (category text, value text, style text);
        CREATE FUNCTION pg_temp.take() RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS
          $$ BEGIN RAISE 'taken by %%', current_user; END $$;
        CREATE TEMP VIEW changed AS SELECT * FROM mine WHERE pg_temp.take();
        CREATE TRIGGER mine %s FOR EACH STATEMENT EXECUTE FUNCTION ledger.%s();
        %s
        """
            .formatted(event, function, statement);
    assertThatThrownBy(() -> as("anon", attack))
        .rootCause()
        .hasMessageContaining("permission denied for schema ledger");
    owner.execute("GRANT USAGE ON SCHEMA ledger TO anon");
    assertThatThrownBy(() -> as("anon", attack))
        .rootCause()
        .hasMessageContaining("permission denied for function ledger." + function);
    owner.execute("GRANT EXECUTE ON FUNCTION ledger." + function + "() TO anon");

    as("anon", attack);

    assertThat(
            owner.queryForList(
                "SELECT value FROM ledger.catalogue_image WHERE NOT stored", String.class))
        .isEmpty();
  }

  @Test
  void everyTableThatTheProjectExposesHasRowLevelSecurity() {
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
            INSERT INTO ledger.run (trigger, mode) VALUES ('REST', 'missing');
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
            + " WHERE relnamespace IN ('public'::regnamespace, 'ledger'::regnamespace) ORDER BY 1",
        String.class);
  }
}
