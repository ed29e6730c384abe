package io.attributeimages.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.attributeimages.support.TestDatabases;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.postgresql.ds.PGSimpleDataSource;
import org.springframework.jdbc.core.JdbcTemplate;

/** The migrations on an empty database, and on those that earlier scripts left behind. */
@Tag("database")
@ResourceLock(TestDatabases.ROLES)
class MigrationTest {

  private static final String PUBLIC_URL =
      "https://x.supabase.co/storage/v1/object/public/assets/attribute-images/";

  /** The tables as the scripts' own migration made them. */
  private static final String OWN_TABLES =
      """
      CREATE TABLE attribute_images (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(), category varchar(50) NOT NULL, value varchar(100) NOT NULL,
        style varchar(20) NOT NULL, image_url text NOT NULL, seed integer, width integer DEFAULT 512,
        height integer DEFAULT 768, prompt text, created_at timestamptz DEFAULT now(), updated_at timestamptz DEFAULT now(),
        UNIQUE (category, value, style));
      CREATE TABLE style_images (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(), style varchar(20) NOT NULL UNIQUE, image_url text NOT NULL,
        title varchar(100), description text, created_at timestamptz DEFAULT now(), updated_at timestamptz DEFAULT now());
      """;

  /**
   * Names as enumerations, short texts, ids that nobody makes, and a policy that binds the owner.
   */
  private static final String NARROW =
      """
      CREATE TYPE image_style AS ENUM ('realistic', 'anime', 'cartoon');
      CREATE TYPE image_category AS ENUM ('age', 'body');
      CREATE TABLE attribute_images (
        id text NOT NULL PRIMARY KEY, category image_category NOT NULL, value varchar(10) NOT NULL,
        style image_style NOT NULL DEFAULT 'realistic', image_url varchar(100), prompt varchar(80),
        width smallint, object_key char(40));
      ALTER TABLE attribute_images ENABLE ROW LEVEL SECURITY;
      ALTER TABLE attribute_images FORCE ROW LEVEL SECURITY;
      CREATE TABLE style_images (id bigint NOT NULL UNIQUE, style image_style PRIMARY KEY, image_url varchar(100), title varchar(10));
      ALTER TABLE style_images FORCE ROW LEVEL SECURITY;
      """;

  private static final String WITHOUT_IDS =
      """
      CREATE TABLE attribute_images (category text, value text, style text, image_url text, PRIMARY KEY (category, value, style));
      CREATE TABLE style_images (style text PRIMARY KEY, image_url text);
      """;

  /** Once on the Postgres that comes with the program, and once on the oldest that will do. */
  @Test
  void theServerIsTheOneThatTheBuildMeans() {
    String meant = System.getProperty("postgres.version");
    assumeThat(meant).as("set by Maven").isNotNull();

    assertThat(TestDatabases.admin().queryForObject("SHOW server_version", String.class) + ".0")
        .isEqualTo(meant);
  }

  private static final String OWN_TRIGGERS =
      """
      CREATE FUNCTION update_updated_at_column() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN NEW.updated_at = now(); RETURN NEW; END $$;
      CREATE TRIGGER update_attribute_images_updated_at BEFORE UPDATE ON attribute_images
        FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
      CREATE TRIGGER update_style_images_updated_at BEFORE UPDATE ON style_images
        FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
      """;

  private static final String OWN_POLICIES =
      """
      ALTER TABLE attribute_images ENABLE ROW LEVEL SECURITY;
      CREATE POLICY "Anyone can read" ON attribute_images FOR SELECT USING (true);
      CREATE POLICY "Anyone can write" ON attribute_images FOR ALL USING (true) WITH CHECK (true);
      CREATE POLICY "Only realistic" ON style_images FOR SELECT USING (style = 'realistic');
      """;

  private static final String BARE_TABLES =
      """
      CREATE TABLE attribute_images (
        id uuid PRIMARY KEY, category text, value text, style text, image_url text);
      CREATE TABLE style_images (id uuid PRIMARY KEY, style text, image_url text);
      """;

  private static final String KEYLESS_TABLES =
      """
      CREATE TABLE attribute_images (id uuid, category text, value text, style text, image_url text);
      CREATE TABLE style_images (id uuid, style text, image_url text);
      """;

  private static final String OTHER_ORDER =
      """
      CREATE TABLE attribute_images (
        updated_at timestamptz, image_url text NOT NULL, style varchar(20) NOT NULL, seed bigint,
        value varchar(100) NOT NULL, prompt text, category varchar(50) NOT NULL, created_at timestamptz,
        id uuid DEFAULT gen_random_uuid() PRIMARY KEY, extra jsonb DEFAULT '{"theirs": true}');
      CREATE UNIQUE INDEX ON attribute_images (style, value, category);
      CREATE TABLE style_images (
        description text, style varchar(20), image_url text, id uuid PRIMARY KEY DEFAULT gen_random_uuid());
      CREATE UNIQUE INDEX ON style_images (style);
      """;

  private static final String NUMBERED =
      """
      CREATE TABLE attribute_images (
        id serial PRIMARY KEY, category varchar(50), value varchar(100), style varchar(20), image_url text, seed integer,
        created_at timestamptz DEFAULT now());
      CREATE UNIQUE INDEX partial_key ON attribute_images (category, value, style) WHERE seed IS NOT NULL;
      CREATE TABLE style_images (id serial PRIMARY KEY, style varchar(20), image_url text, UNIQUE (id, style));
      """;

  private DataSource dataSource;
  private JdbcTemplate database;

  @BeforeEach
  void createDatabase() {
    dataSource = TestDatabases.empty();
    database = new JdbcTemplate(dataSource);
  }

  @Test
  void anEmptyDatabaseGetsAllTables() {
    migrate();

    assertThat(relations("ledger"))
        .containsExactlyInAnyOrder(
            "run",
            "task",
            "run_join",
            "brake_cause",
            "catalogue",
            "catalogue_group",
            "catalogue_image",
            "catalogue_delta",
            "permit",
            "image_event",
            "handed_task",
            "run_halt",
            "webhook_hint",
            "webhook_key",
            "stored_image",
            "run_count",
            "total_count",
            "count_delta",
            "run_count_now",
            "total_count_now",
            "schema_history");
    assertThat(relations("public")).containsExactlyInAnyOrder("attribute_images", "style_images");
    assertThat(
            database.queryForList(
                "SELECT proname::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
                String.class))
        .containsExactly("attribute_images_touch");
  }

  @Test
  void thePicturesLiveOnWithoutTheLedger() {
    migrate();
    database.execute("DROP SCHEMA ledger CASCADE");

    String picture = "attribute_images (category, value, style, image_url)";
    database.execute(
        "INSERT INTO "
            + picture
            + " VALUES ('age', '30s', 'anime', 'https://pictures.test/url.jpg')");
    database.execute(
        "INSERT INTO "
            + picture
            + " VALUES ('age', '40s', 'anime', 'https://pictures.test/url.jpg')");
    database.execute(
        "INSERT INTO style_images (style, image_url) VALUES ('anime', 'https://pictures.test/url.jpg')");
    database.update(
        "UPDATE attribute_images SET image_url = 'https://pictures.test/other.jpg' WHERE value = '30s'");
    database.update("DELETE FROM attribute_images WHERE value = '40s'");
    database.execute("TRUNCATE style_images");
    assertThat(
            count(
                "attribute_images WHERE image_url = 'https://pictures.test/other.jpg' AND updated_at > created_at"))
        .isEqualTo(1);

    migrate();
    assertThat(count("ledger.stored_image")).isEqualTo(1);
  }

  /** Replication and Supabase's realtime have one. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("shapes")
  void aPublicationOfAllTablesKeepsNobodyFromChangingThem(String name, String script) {
    adopt(script);
    migrate();
    database.execute("CREATE PUBLICATION everything FOR ALL TABLES");
    List<String> tables =
        database.queryForList(
            """
            SELECT oid::regclass::text FROM pg_class
            WHERE relnamespace IN ('ledger'::regnamespace, 'public'::regnamespace) AND relkind = 'r'
            """,
            String.class);
    assertThat(tables).hasSize(20);

    for (String table : tables) {
      database.execute("DELETE FROM " + table + " WHERE false");
      String column =
          database.queryForObject(
              "SELECT attname::text FROM pg_attribute WHERE attrelid = ?::regclass AND attnum > 0"
                  + " AND attidentity = '' ORDER BY attnum LIMIT 1",
              String.class,
              table);
      database.execute("UPDATE %s SET %s = %s WHERE false".formatted(table, column, column));
    }

    database.execute("CREATE TABLE public.without_a_key (n int)");
    assertThatThrownBy(() -> database.execute("DELETE FROM without_a_key WHERE false"))
        .hasMessageContaining("does not have a replica identity");
  }

  /** As far as it matters: where its tables were, and what it had hung on those of the pictures. */
  @Test
  void theLedgerOfAnEarlierVersionIsRefusedUntilItIsTakenAway() {
    adopt(OWN_TABLES);
    database.execute(
        """
        CREATE TABLE generation_run (id uuid);
        CREATE TABLE generation_task (id uuid);
        CREATE TABLE catalogue (id int);
        CREATE TABLE attribute_images_schema_history (installed_rank int);
        CREATE VIEW stored_image AS SELECT image_url FROM attribute_images;
        CREATE FUNCTION object_of_url(url text) RETURNS text LANGUAGE sql IMMUTABLE RETURN url;
        CREATE INDEX attribute_images_adopted ON attribute_images (object_of_url(image_url));
        CREATE FUNCTION catalogue_note_images() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN DELETE FROM public.catalogue; RETURN NULL; END $$;
        CREATE TRIGGER attribute_images_come AFTER INSERT ON attribute_images
          FOR EACH STATEMENT EXECUTE FUNCTION catalogue_note_images();
        """);
    List<String> before = rows();

    Throwable refused = catchThrowable(this::migrate);

    assertThat(refused)
        .rootCause()
        .message()
        .startsWith(
            "ERROR: this database has the ledger of an earlier version: let its runs finish with"
                + " that version, stop it, and run what leaves the pictures as they are: DROP ");
    assertThat(count("generation_run")).isZero();
    assertThat(relations("ledger")).containsExactly("schema_history");

    String message = rootCause(refused).getMessage();
    database.execute(message.substring(message.indexOf("DROP "), message.indexOf('\n')));
    assertThat(rows()).isEqualTo(before);
    migrate();
    assertThat(relations("public")).containsExactlyInAnyOrder("attribute_images", "style_images");
    database.update(
        "INSERT INTO attribute_images (category, value, style, image_url)"
            + " VALUES ('age', '70s', 'anime', 'https://pictures.test/url.jpg')");
    assertThat(rows()).hasSize(before.size() + 1);
  }

  @Test
  void theTablesThatApplicationsReadAreAsPromised() {
    migrate();

    assertThat(columns("attribute_images"))
        .contains(
            "id uuid",
            "category character varying(50)",
            "value character varying(100)",
            "style character varying(20)",
            "image_url text",
            "seed bigint",
            "width integer",
            "height integer",
            "prompt text",
            "created_at timestamp with time zone",
            "updated_at timestamp with time zone");
    assertThat(columns("style_images"))
        .contains(
            "id uuid",
            "style character varying(20)",
            "image_url text",
            "title character varying(100)",
            "description text",
            "created_at timestamp with time zone",
            "updated_at timestamp with time zone");
  }

  @Test
  void migratingTwiceChangesNothing() {
    migrate();
    List<String> before = dump();

    migrate();

    assertThat(dump()).isEqualTo(before);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("shapes")
  void tablesOfEarlierScriptsKeepEveryRowAndValue(String name, String script) {
    adopt(script);
    List<String> before = rows();

    migrate();

    // every column that was there has the same value; columns may have been added
    assertThat(rows()).hasSameSizeAs(before);
    for (String row : before) {
      assertThat(
              database.queryForObject(
                  """
                  SELECT count(*) FROM (SELECT to_jsonb(a) j FROM attribute_images a
                                        UNION ALL SELECT to_jsonb(s) FROM style_images s) x
                  WHERE j @> ?::jsonb
                  """,
                  Long.class,
                  row))
          .as(row)
          .isEqualTo(1);
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("shapes")
  void adoptedTablesTakeWhatTheProgramWrites(String name, String script) {
    adopt(script);

    migrate();

    String image =
        "INSERT INTO attribute_images (category, value, style, image_url, seed, width, height, prompt, object_key)"
            + " VALUES ('age', '70s', 'anime', 'https://pictures.test/url.jpg', 5000000000, 512, 768, 'p', 'key')"
            + " ON CONFLICT (category, value, style) DO UPDATE SET seed = EXCLUDED.seed + 1";
    String cover =
        "INSERT INTO style_images (style, image_url, title, description, object_key)"
            + " VALUES ('cartoon', 'https://pictures.test/url.jpg', 't', 'd', 'key')"
            + " ON CONFLICT (style) DO UPDATE SET title = 'again'";
    for (int i = 0; i < 2; i++) {
      database.update(image);
      database.update(cover);
    }
    assertThat(
            database.queryForMap(
                "SELECT id IS NOT NULL AS id, seed, created_at IS NOT NULL AS created FROM attribute_images WHERE value = '70s'"))
        .isEqualTo(Map.of("id", true, "seed", 5_000_000_001L, "created", true));
    assertThat(
            database.queryForMap(
                "SELECT id IS NOT NULL AS id, title, placeholder FROM style_images WHERE style = 'cartoon'"))
        .isEqualTo(Map.of("id", true, "title", "again", "placeholder", false));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("shapes")
  void anUpdateIsDated(String name, String script) {
    adopt(script);
    migrate();
    for (String table : List.of("attribute_images", "style_images")) {
      database.execute("ALTER TABLE " + table + " DISABLE TRIGGER USER");
      database.update("UPDATE " + table + " SET updated_at = '2020-01-01'");
      database.execute("ALTER TABLE " + table + " ENABLE TRIGGER USER");

      database.update("UPDATE " + table + " SET image_url = image_url || '?1'");

      assertThat(count(table + " WHERE updated_at < now() - interval '1 h'")).isZero();
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("shapes")
  void migratingAdoptedTablesTwiceChangesNothing(String name, String script) {
    adopt(script);
    migrate();
    List<String> before = dump();

    migrate();

    assertThat(dump()).isEqualTo(before);
  }

  static Stream<Arguments> shapes() {
    return Stream.of(
        Arguments.of("no tables yet", ""),
        Arguments.of("the scripts' own tables", OWN_TABLES),
        Arguments.of("with triggers and policies", OWN_TABLES + OWN_TRIGGERS + OWN_POLICIES),
        Arguments.of("bare tables without defaults and constraints", BARE_TABLES),
        Arguments.of("without any key", KEYLESS_TABLES),
        Arguments.of("columns in another order, unique indexes", OTHER_ORDER),
        Arguments.of("numbered rows, no usable unique index", NUMBERED),
        Arguments.of("enumerations, short texts, ids that nobody makes", NARROW),
        Arguments.of("without ids", WITHOUT_IDS),
        Arguments.of(
            "one table only",
            "CREATE TABLE style_images (id uuid PRIMARY KEY, style text UNIQUE, image_url text);"));
  }

  @Test
  void aUniqueConstraintIsNotDoubled() {
    for (String script : List.of(OWN_TABLES, OTHER_ORDER)) {
      createDatabase();
      adopt(script);
      String unique = "pg_index WHERE indisunique AND indrelid = 'attribute_images'::regclass";
      long before = count(unique);

      migrate();

      assertThat(count(unique)).isEqualTo(before);
    }
  }

  /** One of that name would be taken for ours, and every picture for missing. */
  @Test
  void aColumnPlaceholderOfSomebodysOwnIsRefused() {
    adopt(OWN_TABLES);
    database.execute("ALTER TABLE attribute_images ADD COLUMN placeholder text");

    assertThatThrownBy(this::migrate)
        .hasMessageContaining(
            "the column placeholder of attribute_images has another meaning here");

    database.execute("ALTER TABLE attribute_images RENAME COLUMN placeholder TO blur");
    migrate();
    assertThat(count("ledger.stored_image")).isEqualTo(4);
  }

  @Test
  void policiesThatLetAnyoneWriteAreReplaced() {
    adopt(OWN_TABLES + OWN_POLICIES);

    migrate();

    assertThat(
            database.queryForList(
                "SELECT tablename || ' ' || policyname || ' ' || cmd || ' ' || qual FROM pg_policies ORDER BY 1",
                String.class))
        .containsExactly(
            "attribute_images attribute_images_read SELECT true",
            "style_images style_images_read SELECT true");
  }

  @ParameterizedTest
  @CsvSource({
    "/images/placeholder.png, true",
    "https://via.placeholder.com/512x768, true",
    "https://images.unsplash.com/photo-1, true",
    "'', true",
    PUBLIC_URL + "style-Placeholder.jpg, true",
    PUBLIC_URL + "style-realistic.jpg, false",
    "https://self.hosted.test/storage/v1/object/public/other/cover.png, false"
  })
  void placeholdersAreToldFromCovers(String url, boolean placeholder) {
    database.execute(OWN_TABLES);
    database.update("INSERT INTO style_images (style, image_url) VALUES ('realistic', ?)", url);

    migrate();

    assertThat(count("style_images WHERE placeholder = " + placeholder)).isEqualTo(1);
    assertThat(count("ledger.stored_image WHERE category = 'style' AND value = 'cover'"))
        .isEqualTo(placeholder ? 0 : 1);
  }

  @Test
  void duplicatesAreNamedAndNothingIsChanged() {
    database.execute(BARE_TABLES);
    for (String value : List.of("20s", "20s", "30s")) {
      database.update(
          "INSERT INTO attribute_images VALUES (gen_random_uuid(), 'age', ?, 'realistic', 'https://pictures.test/url.jpg')",
          value);
    }
    List<String> before = dump();

    assertThatThrownBy(this::migrate)
        .isInstanceOf(FlywayException.class)
        .hasMessageContaining("table attribute_images has several rows for age/20s/realistic")
        .hasMessageContaining("Keep one row for each (category, value, style), then start again");

    assertThat(dump()).filteredOn(line -> !line.contains("schema_history")).isEqualTo(before);
  }

  @Test
  void withoutItsDuplicatesTheDatabaseIsAdopted() {
    database.execute(BARE_TABLES);
    for (int i = 0; i < 2; i++) {
      database.update(
          "INSERT INTO style_images VALUES (gen_random_uuid(), 'realistic', 'https://pictures.test/url.jpg')");
    }
    assertThatThrownBy(this::migrate).hasMessageContaining("several rows for realistic");
    database.update("DELETE FROM style_images WHERE ctid = (SELECT min(ctid) FROM style_images)");

    migrate();

    assertThat(count("style_images")).isEqualTo(1);
    assertThat(count("ledger.schema_history WHERE success AND version IN ('1', '2', '3')"))
        .isEqualTo(3);
  }

  @Test
  void otherTablesAndOtherMigrationsAreNobodysBusiness() {
    database.execute(
        """
        CREATE TABLE flyway_schema_history (installed_rank int PRIMARY KEY, version text);
        INSERT INTO flyway_schema_history VALUES (1, '7');
        CREATE TABLE profiles (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text);
        INSERT INTO profiles (name) VALUES ('Ada'), ('Grace');
        CREATE POLICY theirs ON profiles FOR ALL USING (true);
        """);
    List<String> before = dump();

    migrate();

    assertThat(dump())
        .filteredOn(line -> line.contains("profiles") || line.contains("flyway_schema_history"))
        .isEqualTo(before);
  }

  /** The program's statements have a time-out in the database; a migration takes its time. */
  @Test
  void aMigrationOfALargeLedgerIsNotGivenUp(@TempDir Path folder) throws Exception {
    Files.writeString(folder.resolve("V9999__slow.sql"), "SELECT pg_sleep(1);");
    PGSimpleDataSource impatient = dataSource.unwrap(PGSimpleDataSource.class);
    impatient.setOptions("-c statement_timeout=500");
    assertThatThrownBy(() -> new JdbcTemplate(impatient).execute("SELECT pg_sleep(1)"))
        .hasMessageContaining("statement timeout");

    Flyway.configure()
        .configuration(TestDatabases.flyway(impatient).getConfiguration())
        .locations("filesystem:migrations", "filesystem:" + folder)
        .load()
        .migrate();

    assertThat(count("ledger.schema_history WHERE version = '9999' AND success")).isEqualTo(1);
  }

  private List<String> relations(String schema) {
    return database.queryForList(
        "SELECT table_name::text FROM information_schema.tables WHERE table_schema = ?",
        String.class,
        schema);
  }

  private static Throwable rootCause(Throwable failure) {
    return failure.getCause() == null ? failure : rootCause(failure.getCause());
  }

  private void migrate() {
    TestDatabases.flyway(dataSource).migrate();
  }

  /** Makes tables as a script left them, with a few rows. */
  private void adopt(String script) {
    if (script.isEmpty()) {
      return;
    }
    database.execute(script);
    boolean withId = !script.equals(NUMBERED) && !script.equals(WITHOUT_IDS);
    String id = withId ? "id, " : "";
    String newId = withId ? "gen_random_uuid(), " : "";
    String newCoverId = script.equals(NARROW) ? "(random() * 1000000)::bigint, " : newId;
    if (script.contains("TABLE attribute_images")) {
      for (String value : List.of("20s", "it's", "100%")) {
        database.update(
            "INSERT INTO attribute_images (%scategory, value, style, image_url) VALUES (%s'age', ?, 'realistic', ?)"
                .formatted(id, newId),
            value,
            PUBLIC_URL + value + ".jpg");
      }
      if (script.contains("seed")) {
        database.update("UPDATE attribute_images SET seed = 2147483647 WHERE value = '20s'");
      }
    }
    for (String style : List.of("realistic", "anime")) {
      database.update(
          "INSERT INTO style_images (%sstyle, image_url) VALUES (%s?%s, ?)"
              .formatted(id, newCoverId, script.equals(NARROW) ? "::image_style" : ""),
          style,
          style.equals("anime") ? "/placeholder.svg" : PUBLIC_URL + "cover.jpg");
    }
  }

  private List<String> columns(String table) {
    return database.queryForList(
        "SELECT attname || ' ' || format_type(atttypid, atttypmod) FROM pg_attribute"
            + " WHERE attrelid = ?::regclass AND attnum > 0 AND NOT attisdropped",
        String.class,
        table);
  }

  /** All rows of the two tables as JSON, as far as the tables are there. */
  private List<String> rows() {
    return Stream.of("attribute_images", "style_images")
        .filter(
            table -> database.queryForObject("SELECT to_regclass(?)", String.class, table) != null)
        .flatMap(
            table ->
                database
                    .queryForList("SELECT to_jsonb(t)::text FROM " + table + " t", String.class)
                    .stream())
        .toList();
  }

  private long count(String from) {
    return database.queryForObject("SELECT count(*) FROM " + from, Long.class);
  }

  /** Everything that a migration could change, one line each. */
  private List<String> dump() {
    List<String> catalog =
        database.queryForList(
            """
            WITH schemas AS (SELECT ARRAY(SELECT oid FROM pg_namespace WHERE nspname IN ('public', 'ledger')) AS ours)
            SELECT line FROM schemas CROSS JOIN LATERAL (
              SELECT concat_ws(' ', 'column', attrelid::regclass, attnum, attname, format_type(atttypid, atttypmod),
                               attnotnull, attgenerated, pg_get_expr(adbin, adrelid), col_description(attrelid, attnum))
              FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
              LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
              WHERE relnamespace = ANY (ours) AND relkind IN ('r', 'v') AND attnum > 0 AND NOT attisdropped
              UNION ALL
              SELECT concat_ws(' ', 'table', relname, relkind, relrowsecurity, relforcerowsecurity, relacl)
              FROM pg_class WHERE relnamespace = ANY (ours) AND relkind IN ('r', 'v')
              UNION ALL
              SELECT concat_ws(' ', 'index', tablename, indexdef) FROM pg_indexes WHERE schemaname IN ('public', 'ledger')
              UNION ALL
              SELECT concat_ws(' ', 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid))
              FROM pg_constraint WHERE connamespace = ANY (ours)
              UNION ALL
              SELECT concat_ws(' ', 'trigger', tgrelid::regclass, pg_get_triggerdef(oid)) FROM pg_trigger WHERE NOT tgisinternal
              UNION ALL
              SELECT concat_ws(' ', 'policy', tablename, policyname, cmd, roles, qual, with_check) FROM pg_policies
              UNION ALL
              SELECT concat_ws(' ', 'function', pg_get_functiondef(oid))
              FROM pg_proc WHERE pronamespace = ANY (ours)
            ) AS x (line)
            ORDER BY line
            """,
            String.class);
    List<String> tables =
        database.queryForList(
            "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
                + " WHERE nspname IN ('public', 'ledger') AND relkind = 'r' ORDER BY 1",
            String.class);
    return Stream.concat(
            catalog.stream(),
            tables.stream()
                .flatMap(
                    table ->
                        database
                            .queryForList(
                                "SELECT to_jsonb(t)::text FROM " + table + " t ORDER BY 1",
                                String.class)
                            .stream()
                            .map(row -> "row " + table + " " + row)))
        .toList();
  }
}
