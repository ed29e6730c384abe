package io.attributeimages.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.attributeimages.support.TestDatabases;
import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.postgresql.ds.PGSimpleDataSource;
import org.springframework.jdbc.core.JdbcTemplate;

/** Who may create in the schemas that our statements look into can have code run as our role. */
@Tag("database")
@ResourceLock(TestDatabases.ROLES)
class SchemaRightsTest {

  /** Fits a varchar exactly, which has no operator of its own in pg_catalog. */
  private static final String OPERATOR =
      """
      SET ROLE mallory;
      CREATE TABLE public.taken (role text);
      CREATE FUNCTION public.take(varchar, varchar) RETURNS boolean LANGUAGE plpgsql AS
        $$ BEGIN INSERT INTO public.taken VALUES (current_user); RETURN $1::text = $2::text; END $$;
      CREATE OPERATOR public.= (LEFTARG = varchar, RIGHTARG = varchar, FUNCTION = public.take);
      RESET ROLE;
      """;

  private PGSimpleDataSource dataSource;
  private JdbcTemplate database;

  @BeforeEach
  void createDatabase() {
    TestDatabases.admin()
        .execute("CREATE ROLE mallory; CREATE ROLE program LOGIN PASSWORD 'a-password'");
    dataSource = TestDatabases.empty();
    database = new JdbcTemplate(dataSource);
    database.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC");
  }

  @AfterEach
  void dropDatabase() {
    TestDatabases.drop(dataSource);
    TestDatabases.admin().execute("DROP ROLE mallory, program");
  }

  @Test
  void anOperatorOfAnotherRoleIsNotTakenByOurFunctions() {
    TestDatabases.flyway(dataSource).migrate();
    database.execute("GRANT CREATE ON SCHEMA public TO mallory");
    database.execute(OPERATOR);
    database.execute(
        """
        INSERT INTO ledger.catalogue (digest, source) VALUES ('digest', 'test');
        INSERT INTO ledger.catalogue_image SELECT id, 0, 'age', '30s', 'anime', 'p', false FROM ledger.catalogue;
        INSERT INTO ledger.catalogue_image SELECT id, 1, 'style', 'cover', 'anime', 'p', false FROM ledger.catalogue;
        """);

    database.execute(
        """
        INSERT INTO attribute_images (category, value, style, image_url) VALUES ('age', '30s', 'anime', 'https://pictures.test/url.jpg');
        INSERT INTO style_images (style, image_url, object_key) VALUES ('anime', 'https://pictures.test/url.jpg', 'key');
        """);
    assertThat(count("ledger.catalogue_image WHERE stored")).isEqualTo(2);
    database.execute("TRUNCATE attribute_images, style_images");

    assertThat(count("ledger.catalogue_image WHERE stored")).isZero();
    assertThat(count("taken")).isZero();
  }

  @Test
  void noFunctionLooksForAnythingInASchemaThatOthersMayCreateIn() {
    TestDatabases.flyway(dataSource).migrate();

    assertThat(
            database.queryForList(
                """
                SELECT DISTINCT setting FROM pg_proc LEFT JOIN unnest(proconfig) setting ON setting LIKE 'search_path=%'
                WHERE pronamespace IN ('public'::regnamespace, 'ledger'::regnamespace) AND proname <> 'object_of_url'
                """,
                String.class))
        .containsExactly("search_path=pg_catalog, pg_temp");
  }

  @Test
  void tablesOfOthersThatComeFirstInThePathAreNotTakenForOurs() {
    database.execute(
        """
        CREATE SCHEMA theirs;
        CREATE TABLE theirs.attribute_images (n int);
        CREATE TABLE theirs.style_images (n int);
        CREATE TABLE theirs.task (n int);
        """);
    dataSource.setCurrentSchema("theirs");

    TestDatabases.flyway(dataSource).migrate();

    database.update("INSERT INTO ledger.catalogue (digest, source) VALUES ('digest', 'test')");
    database.update(
        "INSERT INTO ledger.catalogue_image SELECT id, 0, 'age', '30s', 'anime', 'p', false FROM ledger.catalogue");
    database.update(
        "INSERT INTO public.attribute_images (category, value, style, image_url)"
            + " VALUES ('age', '30s', 'anime', 'https://pictures.test/url.jpg')");
    assertThat(count("ledger.catalogue_image WHERE stored")).isEqualTo(1);
  }

  @Test
  void theLedgersOwnSchemaIsLookedAtAsWell() {
    TestDatabases.flyway(dataSource).migrate();
    database.execute("GRANT CREATE ON SCHEMA ledger TO mallory");

    assertThatThrownBy(this::check)
        .hasMessageStartingWith(
            "ERROR: what mallory may create in the schema ledger would run with the rights of"
                + " postgres; as the owner of the schema, run: "
                + "REVOKE CREATE ON SCHEMA ledger FROM mallory\n");
  }

  /** As Postgres 14 has it. */
  @Test
  void whatNobodyUsesIsTakenAwayFromEverybody() {
    database.execute("GRANT CREATE ON SCHEMA public TO PUBLIC");

    TestDatabases.flyway(dataSource).migrate();

    assertThatThrownBy(() -> database.execute(OPERATOR))
        .rootCause()
        .hasMessageContaining("permission denied for schema public");
  }

  @Test
  void whatAnotherProgramMayNeedIsLeftToAPerson() {
    database.execute("GRANT CREATE ON SCHEMA public TO PUBLIC");
    database.execute("SET ROLE mallory; CREATE TABLE public.profile (); RESET ROLE");

    assertRefused(
        "what PUBLIC may create in the schema public would run with the rights of postgres; as the"
            + " owner of the schema, run: ",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC");
  }

  @Test
  void whatWasGrantedByNameIsLeftToAPerson() {
    database.execute("GRANT CREATE ON SCHEMA public TO mallory, program");

    assertRefused(
        "what mallory, program may create in the schema public would run with the rights of"
            + " postgres; as the owner of the schema, run: ",
        "REVOKE CREATE ON SCHEMA public FROM mallory, program");
  }

  @Test
  void whatWasCreatedBeforeTheRightWasTakenAwayIsNamed() {
    database.execute("GRANT CREATE ON SCHEMA public TO mallory");
    database.execute(OPERATOR);
    database.execute(
        """
        SET ROLE mallory;
        CREATE FUNCTION public.starts_with(varchar, varchar) RETURNS boolean LANGUAGE sql RETURN true;
        RESET ROLE;
        REVOKE CREATE ON SCHEMA public FROM mallory;
        """);

    assertRefused(
        "what others have created in the schema public would run with the rights of postgres; look"
            + " at it, and run: ",
        "DROP OPERATOR public.=(character varying,character varying);"
            + " DROP FUNCTION public.starts_with(character varying,character varying)");
    assertThat(count("taken")).isZero();
  }

  @Test
  void whoeverDoesNotOwnTheSchemaIsToldWhatItsOwnerHasToDo() {
    database.execute("GRANT CREATE ON SCHEMA public TO PUBLIC, program");
    database.execute("CREATE SCHEMA ledger AUTHORIZATION program");
    connectAs("program");

    assertRefused(
        "what PUBLIC may create in the schema public would run with the rights of program; as the"
            + " owner of the schema, run: ",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC");
  }

  @Test
  void whoCanActAsTheProgramOrTheOwnerAnywayIsLetIn() {
    database.execute(
        """
        ALTER SCHEMA public OWNER TO mallory;
        CREATE ROLE member; GRANT mallory TO member;
        GRANT CREATE ON SCHEMA public TO member, program;
        """);
    connectAs("program");
    try {
      assertThatCode(this::check).doesNotThrowAnyException();
    } finally {
      connectAs("postgres");
      database.execute("DROP OWNED BY member; DROP ROLE member");
    }
  }

  /** Its role postgres is no superuser, and its path has a second schema. */
  @Test
  void anOrdinaryProjectOnSupabaseIsLetIn() {
    database.execute(
        """
        CREATE ROLE dashboard_user CREATEROLE;
        ALTER DATABASE %1$s OWNER TO program;
        ALTER SCHEMA public OWNER TO pg_database_owner;
        GRANT USAGE ON SCHEMA public TO mallory;
        GRANT CREATE ON SCHEMA public TO PUBLIC;
        CREATE SCHEMA extensions AUTHORIZATION program;
        GRANT ALL ON SCHEMA extensions TO dashboard_user;
        ALTER ROLE program IN DATABASE %1$s SET search_path = "$user", public, extensions;
        """
            .formatted(dataSource.getDatabaseName()));
    connectAs("program");
    try {
      TestDatabases.flyway(dataSource).migrate();

      assertThat(count("ledger.run")).isZero();
      assertThatCode(this::check).doesNotThrowAnyException();
    } finally {
      connectAs("postgres");
      database.execute("DROP OWNED BY dashboard_user; DROP ROLE dashboard_user");
    }
  }

  private void connectAs(String role) {
    dataSource.setUser(role);
    dataSource.setPassword(role.equals("program") ? "a-password" : "a-password-of-the-database");
  }

  /** Nothing is migrated before the statement is run, and all of it is afterwards. */
  private void assertRefused(String reason, String statement) {
    assertThatThrownBy(() -> TestDatabases.flyway(dataSource).migrate())
        .rootCause()
        .hasMessageStartingWith("ERROR: " + reason + statement + "\n");
    assertThatThrownBy(this::check).hasMessageStartingWith("ERROR: " + reason + statement + "\n");
    assertThat(database.queryForList("SELECT to_regclass('attribute_images')", String.class))
        .containsOnlyNulls();

    String role = dataSource.getUser();
    connectAs("postgres");
    database.execute(statement);
    connectAs(role);

    assertThatCode(this::check).doesNotThrowAnyException();
  }

  private void check() throws SQLException {
    try (Connection connection = dataSource.getConnection()) {
      SchemaRights.check(connection);
    }
  }

  private long count(String from) {
    return database.queryForObject("SELECT count(*) FROM " + from, Long.class);
  }
}
