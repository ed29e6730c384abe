package io.attributeimages.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.attributeimages.support.Services;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.apache.ApacheHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * The calls of an image and nothing else: submit, write the task id down, ask for the result,
 * download, upload, and write row and ledger, on the tables of the program with their indexes and
 * triggers. No claim, no lease, no throttle, no retry: what dies here is lost.
 *
 * <p>It is a program of its own, as the one it is compared with: it has a JVM to warm as well.
 */
final class BareLoop implements AutoCloseable {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String BUCKET = "assets";

  private static final String PLAN =
      """
      WITH run AS (
        INSERT INTO ledger.run (trigger, mode, state, planned_at)
        VALUES ('REST', 'missing', 'RUNNING', now()) RETURNING id)
      INSERT INTO ledger.task (run_id, category, value, style, replaces, model, price_usd, recipe)
      SELECT run.id, ?, 'v' || n, 'plain', false, 'txt2img', 0.015,
             jsonb_build_object('prompt', 'portrait of adult number ' || n, 'negative_prompt', 'nude',
                                'model', 'a-model.safetensors', 'sampler', 'DPM++ 2M Karras', 'steps', 25,
                                'guidance_scale', 7, 'width', 512, 'height', 768)
      FROM run, generate_series(1, ?) n RETURNING id, value, recipe ->> 'prompt' AS prompt""";

  private static final String ACCEPTED =
      """
      UPDATE ledger.task
      SET state = 'SUBMITTED', attempts = 1, provider_task_id = ?, submitted_at = now(), collecting_since = now(),
          next_poll_at = now(), cost_usd = 0.015
      WHERE id = ?::uuid""";

  private static final String STORING =
      "UPDATE ledger.task SET storing_since = now() WHERE id = ?::uuid";

  private static final String STORED =
      """
      WITH stored AS (
        INSERT INTO attribute_images (category, value, style, image_url, seed, width, height, prompt, object_key)
        SELECT category, value, style, ?, ?, (recipe ->> 'width')::int, (recipe ->> 'height')::int, recipe ->> 'prompt', ? FROM ledger.task WHERE id = ?::uuid)
      UPDATE ledger.task SET state = 'STORED', finished_at = now(), recipe = recipe || jsonb_build_object('seed', ?::bigint), image_url = ?, object_key = ?
      WHERE id = ?::uuid""";

  private final Map<String, String> settings;
  private final int concurrency;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final BlockingQueue<Connection> connections;
  private final S3Client s3;

  private BareLoop(Map<String, String> settings, int concurrency) throws SQLException {
    this.settings = settings;
    this.concurrency = concurrency;
    this.s3 = s3(settings);
    this.connections = new ArrayBlockingQueue<>(2 * concurrency);
    for (int i = 0; i < 2 * concurrency; i++) {
      connections.add(
          DriverManager.getConnection(
              settings.get("QUARKUS_DATASOURCE_JDBC_URL"),
              settings.get("QUARKUS_DATASOURCE_USERNAME"),
              settings.get("QUARKUS_DATASOURCE_PASSWORD")));
    }
  }

  /**
   * Makes so many images, in a JVM with these options, after others to warm up, and returns how
   * many seconds that took.
   */
  static double seconds(
      Services services, List<String> jvmOptions, int concurrency, int warmUp, int images)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(jvmOptions);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), BareLoop.class.getName()));
    for (int argument : new int[] {concurrency, warmUp, images}) {
      command.add(String.valueOf(argument));
    }
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(Redirect.INHERIT);
    builder.environment().putAll(services.directSettings());
    Process process = builder.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException("the loop broke off: " + said);
    }
    return Double.parseDouble(said.lines().reduce((first, last) -> last).orElseThrow());
  }

  /** Prints the seconds that the images took, in the last line. */
  public static void main(String[] arguments) throws Exception {
    int concurrency = Integer.parseInt(arguments[0]);
    try (BareLoop loop = new BareLoop(System.getenv(), concurrency)) {
      loop.make(Integer.parseInt(arguments[1]), "warm-up");
      System.out.println(loop.make(Integer.parseInt(arguments[2]), "look"));
    }
  }

  /** As the program's own. */
  private static S3Client s3(Map<String, String> settings) {
    return S3Client.builder()
        .endpointOverride(URI.create(settings.get("STORAGE_ENDPOINT")))
        .region(Region.US_EAST_1)
        .credentialsProvider(
            StaticCredentialsProvider.create(
                AwsBasicCredentials.create(
                    settings.get("STORAGE_ACCESS_KEY_ID"),
                    settings.get("STORAGE_SECRET_ACCESS_KEY"))))
        .forcePathStyle(true)
        .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
        .serviceConfiguration(c -> c.chunkedEncodingEnabled(false))
        .httpClientBuilder(ApacheHttpClient.builder())
        .build();
  }

  private record Image(String id, String value, String prompt) {}

  private record Submitted(Image image, String taskId) {}

  /** Makes so many images and returns how many seconds that took. */
  private double make(int number, String category) throws Exception {
    ExecutorService submitting = Executors.newFixedThreadPool(concurrency);
    ExecutorService collecting = Executors.newFixedThreadPool(concurrency);
    try {
      long begin = System.nanoTime();
      List<Future<Future<?>>> all = new ArrayList<>();
      for (Image image : plan(number, category)) {
        all.add(
            submitting.submit(
                () -> {
                  Submitted submitted = submit(image);
                  return collecting.submit(() -> collect(submitted, category));
                }));
      }
      for (Future<Future<?>> one : all) {
        one.get().get();
      }
      return Bench.seconds(begin);
    } finally {
      submitting.shutdown();
      collecting.shutdown();
    }
  }

  private List<Image> plan(int number, String category) throws SQLException, InterruptedException {
    Connection connection = connections.take();
    try (PreparedStatement plan = connection.prepareStatement(PLAN)) {
      plan.setString(1, category);
      plan.setInt(2, number);
      List<Image> images = new ArrayList<>();
      try (ResultSet row = plan.executeQuery()) {
        while (row.next()) {
          images.add(
              new Image(row.getString("id"), row.getString("value"), row.getString("prompt")));
        }
      }
      return images;
    } finally {
      connections.add(connection);
    }
  }

  private Submitted submit(Image image) throws IOException, InterruptedException, SQLException {
    String body =
        JSON.writeValueAsString(
            Map.of(
                "extra",
                Map.of("response_image_type", "jpeg"),
                "request",
                Map.ofEntries(
                    Map.entry("model_name", "a-model.safetensors"),
                    Map.entry("prompt", image.prompt()),
                    Map.entry("negative_prompt", "nude"),
                    Map.entry("width", 512),
                    Map.entry("height", 768),
                    Map.entry("image_num", 1),
                    Map.entry("steps", 25),
                    Map.entry("seed", -1),
                    Map.entry("clip_skip", 1),
                    Map.entry("guidance_scale", 7),
                    Map.entry("sampler_name", "DPM++ 2M Karras"))));
    HttpResponse<byte[]> answer =
        send(
            request("/v3/async/txt2img")
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body)));
    String taskId = JSON.readTree(answer.body()).path("task_id").asText();
    update(ACCEPTED, taskId, image.id());
    return new Submitted(image, taskId);
  }

  private Void collect(Submitted submitted, String category) throws Exception {
    HttpResponse<byte[]> result =
        send(request("/v3/async/task-result?task_id=" + submitted.taskId()).GET());
    var images = JSON.readTree(result.body()).path("images");
    update(STORING, submitted.image().id());
    byte[] picture =
        send(HttpRequest.newBuilder(URI.create(images.path(0).path("image_url").asText())).GET())
            .body();
    String key =
        "attribute-images/%s/plain/%s-%s.jpg"
            .formatted(category, submitted.image().value(), submitted.taskId());
    String etag =
        s3.putObject(
                put -> put.bucket(BUCKET).key(key).contentType("image/jpeg"),
                RequestBody.fromBytes(picture))
            .eTag();
    String md5 = HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(picture));
    if (!etag.contains(md5)) {
      throw new IOException("stored differently");
    }
    String url = settings.get("STORAGE_PUBLIC_BASE_URL") + "/" + BUCKET + "/" + key;
    String id = submitted.image().id();
    update(STORED, url, 1L, key, id, 1L, url, key, id);
    return null;
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(settings.get("NOVITA_BASE_URL") + path))
        .header("Authorization", "Bearer " + settings.get("NOVITA_API_KEY"));
  }

  private HttpResponse<byte[]> send(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    HttpResponse<byte[]> answer = http.send(request.build(), BodyHandlers.ofByteArray());
    if (answer.statusCode() != 200) {
      throw new IOException(answer.statusCode() + " " + new String(answer.body()));
    }
    return answer;
  }

  private void update(String statement, Object... parameters)
      throws SQLException, InterruptedException {
    Connection connection = connections.take();
    try (PreparedStatement prepared = connection.prepareStatement(statement)) {
      for (int i = 0; i < parameters.length; i++) {
        prepared.setObject(i + 1, parameters[i]);
      }
      if (prepared.executeUpdate() != 1) {
        throw new SQLException("not one row");
      }
    } finally {
      connections.add(connection);
    }
  }

  @Override
  public void close() throws SQLException {
    s3.close();
    for (Connection connection : connections) {
      connection.close();
    }
  }
}
