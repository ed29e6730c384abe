package io.attributeimages.support;

import io.attributeimages.embedded.DataDirectory;
import io.attributeimages.embedded.EmbeddedPostgres;
import io.attributeimages.embedded.EmbeddedS3;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.postgresql.ds.PGSimpleDataSource;
import org.springframework.jdbc.core.JdbcTemplate;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.http.apache.ApacheHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * What the packaged program needs, as processes and ports of their own: a Novita double that counts
 * what is paid, a real Postgres and a real S3 server, the latter two behind wires that can be cut.
 * What tests ask the services themselves goes around the wires.
 */
public final class Services implements AutoCloseable {

  /** What the program pays for an image, in US dollars. */
  public static final BigDecimal PRICE = new BigDecimal("0.015");

  private static final String OPERATOR_PASSWORD = "a-password-of-tests";
  private static final String BUCKET = "assets";
  private static final String PREFIX = "attribute-images/";

  private final NovitaDouble novita;
  private final DataDirectory data;
  private final Optional<EmbeddedPostgres> postgres;
  private final EmbeddedS3 s3;
  private final Wire database;
  private final Wire store;
  private final PGSimpleDataSource dataSource;
  private final JdbcTemplate sql;
  private final S3Client objects;

  private Services(Path directory, boolean ownPostgres) {
    novita = NovitaDouble.startOn(Ports.free());
    data = DataDirectory.open(directory);
    postgres = ownPostgres ? Optional.of(EmbeddedPostgres.start(data)) : Optional.empty();
    dataSource = postgres.map(Services::dataSource).orElseGet(TestDatabases::empty);
    s3 = EmbeddedS3.start(data.path(), BUCKET);
    database = Wire.to(dataSource.getPortNumbers()[0]);
    store = Wire.to(s3.endpoint().getPort());
    sql = new JdbcTemplate(dataSource);
    objects =
        S3Client.builder()
            .endpointOverride(s3.endpoint())
            .region(Region.US_EAST_1)
            .credentialsProvider(
                StaticCredentialsProvider.create(
                    AwsBasicCredentials.create(s3.accessKeyId(), s3.secretAccessKey())))
            .forcePathStyle(true)
            .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
            .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
            .httpClientBuilder(ApacheHttpClient.builder())
            .build();
  }

  private static PGSimpleDataSource dataSource(EmbeddedPostgres postgres) {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setUrl(postgres.jdbcUrl());
    source.setUser(postgres.username());
    source.setPassword(postgres.password());
    return source;
  }

  /** Starts them in an empty directory, with an empty database of the server that tests share. */
  public static Services start(Path directory) {
    return new Services(directory, false);
  }

  /** The same with a Postgres of their own, which writes every commit to the disk. */
  public static Services startWithPostgres(Path directory) {
    return new Services(directory, true);
  }

  /** The settings of a program on these services, as environment variables; a copy to change. */
  public Map<String, String> settings() {
    Map<String, String> settings = new HashMap<>();
    settings.put("NOVITA_BASE_URL", novita.baseUrl().toString());
    settings.put("NOVITA_API_KEY", "a-key");
    settings.put("NOVITA_PRICE_USD", PRICE.toString());
    settings.put("NOVITA_IMAGES_PER_MINUTE", "6000");
    settings.put("STORAGE_ENDPOINT", "http://127.0.0.1:" + store.port());
    settings.put("STORAGE_BUCKET", BUCKET);
    settings.put("STORAGE_ACCESS_KEY_ID", s3.accessKeyId());
    settings.put("STORAGE_SECRET_ACCESS_KEY", s3.secretAccessKey());
    settings.put("STORAGE_PUBLIC_BASE_URL", "https://project.supabase.co/storage/v1/object/public");
    settings.put(
        "QUARKUS_DATASOURCE_JDBC_URL",
        "jdbc:postgresql://127.0.0.1:" + database.port() + "/" + dataSource.getDatabaseName());
    settings.put("QUARKUS_DATASOURCE_USERNAME", dataSource.getUser());
    settings.put("QUARKUS_DATASOURCE_PASSWORD", dataSource.getPassword());
    settings.put("OPERATOR_PASSWORD", OPERATOR_PASSWORD);
    return settings;
  }

  /** The same without the wires in between, which cost time of their own. */
  public Map<String, String> directSettings() {
    Map<String, String> settings = settings();
    settings.put("STORAGE_ENDPOINT", s3.endpoint().toString());
    settings.put("QUARKUS_DATASOURCE_JDBC_URL", dataSource.getUrl());
    return settings;
  }

  /** The header {@code Authorization} of the operator. */
  public static String basic() {
    String pair = "operator:" + OPERATOR_PASSWORD;
    return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
  }

  /** What must appear in no log. */
  public List<String> secrets() {
    return List.of(
        settings().get("NOVITA_API_KEY"),
        s3.secretAccessKey(),
        dataSource.getPassword(),
        OPERATOR_PASSWORD);
  }

  /** As new: no row, no object, nothing paid, every wire whole. No program may have work. */
  public void clear() {
    novita.reset();
    mendWires();
    if (sql.queryForObject("SELECT to_regclass('ledger.task')::text", String.class) != null) {
      TestDatabases.clear(sql);
    }
    objects().forEach(key -> objects.deleteObject(o -> o.bucket(BUCKET).key(key)));
  }

  /** Makes every wire whole. */
  public void mendWires() {
    for (Wire wire : List.of(database, store)) {
      wire.flow();
      wire.mend();
    }
  }

  /** The double of Novita. */
  public NovitaDouble novita() {
    return novita;
  }

  /** The program's wire to Postgres. */
  public Wire database() {
    return database;
  }

  /** The program's wire to the S3 server. */
  public Wire store() {
    return store;
  }

  /** Postgres itself, a connection for each statement. */
  public JdbcTemplate sql() {
    return sql;
  }

  /** How many rows there are {@code FROM} what is given. */
  public int count(String from) {
    return sql.queryForObject("SELECT count(*) FROM " + from, Integer.class);
  }

  /** Takes the bucket away, which has to be empty. */
  public void removeBucket() {
    objects.deleteBucket(b -> b.bucket(BUCKET));
  }

  /** Makes the bucket again. */
  public void createBucket() {
    objects.createBucket(b -> b.bucket(BUCKET));
  }

  /** The keys of all pictures in the bucket. */
  public Set<String> objects() {
    return objects.listObjectsV2Paginator(o -> o.bucket(BUCKET).prefix(PREFIX)).contents().stream()
        .map(S3Object::key)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** What is under that key; empty where nothing is. */
  public Optional<byte[]> object(String key) {
    try {
      return Optional.of(objects.getObjectAsBytes(o -> o.bucket(BUCKET).key(key)).asByteArray());
    } catch (NoSuchKeyException e) {
      return Optional.empty();
    }
  }

  /** What is still to be done, in words: no run at all, or runs and tasks that are not over. */
  public List<String> openWork() {
    return sql.queryForList(
        """
        SELECT 'no run' WHERE NOT EXISTS (SELECT FROM ledger.run)
        UNION ALL
        SELECT concat_ws(' ', 'run', state, reason) FROM ledger.run WHERE state <> 'COMPLETED'
        UNION ALL
        SELECT concat_ws(' ', category, value, style, state, claimed_by, error_message)
        FROM ledger.task WHERE state NOT IN ('STORED', 'FAILED', 'SKIPPED', 'CANCELLED')
        UNION ALL
        SELECT concat_ws(' ', 'to be removed:', obsolete_keys)
        FROM ledger.task WHERE obsolete_after <= now()
        """,
        String.class);
  }

  /**
   * What there is of everything, from where it really is.
   *
   * @param paid the submits that Novita accepted
   * @param stored the tasks that ended in a stored picture
   * @param rows the pictures that applications find
   * @param failed the dead letters
   * @param lost the paid tasks that the ledger knows to have come to nothing
   * @param cost what the ledger knows to be paid, in US dollars
   * @param possibleCost what the ledger says may have been paid beyond it, in US dollars
   * @param orphans objects that no row points to and that nobody is about to remove
   * @param dangling rows whose object does not exist
   */
  public record Sums(
      int paid,
      int stored,
      int rows,
      int failed,
      int lost,
      BigDecimal cost,
      BigDecimal possibleCost,
      Set<String> orphans,
      Set<String> dangling) {

    /** How many images the ledger says may have been paid twice. */
    public int possiblyPaidTwice() {
      return possibleCost.divideToIntegralValue(PRICE).intValueExact();
    }
  }

  /** Adds everything up. */
  public Sums sums() {
    Set<String> objects = objects();
    List<String> keys =
        sql.queryForList("SELECT object_key FROM ledger.stored_image", String.class);
    List<String> originals =
        sql.queryForList(
            """
            SELECT original_key FROM ledger.task JOIN ledger.stored_image USING (category, value, style, object_key)
            WHERE original_key IS NOT NULL
            """,
            String.class);
    Set<String> orphans = new TreeSet<>(objects);
    orphans.removeAll(Set.copyOf(keys));
    orphans.removeAll(Set.copyOf(originals));
    orphans.removeAll(
        Set.copyOf(
            sql.queryForList("SELECT unnest(obsolete_keys) FROM ledger.task", String.class)));
    Set<String> dangling = new TreeSet<>(keys);
    dangling.addAll(originals);
    dangling.removeAll(objects);
    return new Sums(
        novita.paid(),
        count("ledger.task WHERE state = 'STORED'"),
        keys.size(),
        count("ledger.task WHERE state = 'FAILED'"),
        sql.queryForObject(
            "SELECT coalesce(sum(cardinality(lost_task_ids)), 0) FROM ledger.task", Integer.class),
        usd("cost_usd"),
        usd("possible_cost_usd"),
        orphans,
        dangling);
  }

  private BigDecimal usd(String column) {
    return sql.queryForObject(
        "SELECT coalesce(sum(" + column + "), 0) FROM ledger.task", BigDecimal.class);
  }

  @Override
  public void close() {
    objects.close();
    novita.close();
    database.close();
    store.close();
    s3.close();
    postgres.ifPresent(EmbeddedPostgres::close);
    data.close();
  }
}
