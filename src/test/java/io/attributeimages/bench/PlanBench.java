package io.attributeimages.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.attributeimages.support.Program;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;

/**
 * A catalogue of a million images of which half exist: what it takes to plan the other half, over
 * what Postgres takes to copy the catalogue in and insert what is absent, on the same tables with
 * their indexes and triggers; and what it costs to plan when nothing is left to do.
 */
class PlanBench extends Bench {

  private static final int IMAGES = size(1_000_000, 100_000);
  private static final int ASKED = 200;

  private static final String ABSENT =
      """
      INSERT INTO ledger.task (run_id, category, value, style, replaces, model, price_usd, recipe)
      SELECT ?::uuid, c.category, c.value, c.style, false, 'txt2img', 0.015,
             jsonb_build_object('prompt', c.prompt, 'negative_prompt', 'nude', 'model', 'a-model.safetensors',
                                'sampler', 'DPM++ 2M Karras', 'steps', 25, 'guidance_scale', 7, 'width', 512, 'height', 768)
      FROM bare_catalogue c
      WHERE NOT EXISTS (SELECT FROM attribute_images a
                        WHERE a.category = c.category AND a.value = c.value AND a.style = c.style)""";

  @Test
  void halfOfAllImages() throws Exception {
    Path csv = csv();
    start(Map.of()).awaitAnswer().close(); // creates the tables
    services
        .sql()
        .update(
            "INSERT INTO attribute_images (category, value, style, image_url)"
                + " SELECT 'look', 'v' || lpad(n::text, 7, '0'), 'plain', 'https://pictures.test/' || n"
                + " FROM generate_series(0, ? - 1, 2) n",
            IMAGES);
    services.sql().execute("VACUUM ANALYZE attribute_images");
    double bare = bare(csv);
    services.sql().execute("TRUNCATE ledger.task, ledger.run CASCADE");

    Map<String, String> settings =
        Map.of(
            "CATALOG_LOCATION", csv.toString(),
            "NOVITA_IMAGES_PER_MINUTE", "1",
            "PIPELINE_SCHEDULE", "off");
    long launched = System.nanoTime();
    try (Program program = start(settings, "-Xmx256m").awaitAnswer()) {
      double started = seconds(launched);
      double written =
          services
              .sql()
              .queryForObject(
                  "SELECT extract(epoch FROM now() - used_at) FROM ledger.catalogue"
                      + " ORDER BY id DESC LIMIT 1",
                  Double.class);
      long begin = System.nanoTime();
      String run = startRun(program, "{}");
      awaitPlanned(run);
      double planned = seconds(begin);
      assertThat(services.count("ledger.task WHERE run_id = '" + run + "'")).isEqualTo(IMAGES / 2);
      double status = medianMillis(program, "/api/status");
      double runs = medianMillis(program, "/api/runs");
      double images = medianMillis(program, "/api/images?limit=140&after=" + IMAGES / 10 * 7);
      assertThat(program.post("/api/runs/" + run + "/cancel", "").statusCode()).isEqualTo(200);
      new Result("plan")
          .with("images", IMAGES)
          .with("bareSeconds", bare)
          .with("startSeconds", started)
          .with("idleSecondsBefore", written)
          .with("planSeconds", planned)
          .atMost("ratioOfPlanning", planned / bare, 2)
          .with("ratioWithTheStart", (planned + started) / bare)
          .atMost("statusMillis", status, 50)
          .with("runsMillis", runs)
          .with("imagesMillis", images)
          .print();
    }
    nothingToDo(settings);
  }

  private void nothingToDo(Map<String, String> settings) {
    services.sql().execute("TRUNCATE ledger.task, ledger.run CASCADE");
    services
        .sql()
        .update(
            "INSERT INTO attribute_images (category, value, style, image_url)"
                + " SELECT category, value, style, 'https://pictures.test/' || position FROM ledger.catalogue_image"
                + " WHERE NOT stored AND category = 'look' ON CONFLICT DO NOTHING");
    services.sql().execute("VACUUM ANALYZE");
    long launched = System.nanoTime();
    try (Program program = start(settings, "-Xmx256m").awaitAnswer()) {
      double started = seconds(launched);
      long begin = System.nanoTime();
      awaitComplete(startRun(program, "{}"));
      new Result("nothing to do")
          .with("images", IMAGES)
          .with("startSeconds", started)
          .with("seconds", seconds(begin))
          .print();
    }
  }

  private double bare(Path csv) throws Exception {
    UUID run =
        services
            .sql()
            .queryForObject(
                "INSERT INTO ledger.run (trigger, mode, planned_at) VALUES ('REST', 'missing', now())"
                    + " RETURNING id",
                UUID.class);
    long begin = System.nanoTime();
    try (Connection connection = services.sql().getDataSource().getConnection()) {
      connection
          .createStatement()
          .execute(
              "CREATE TABLE bare_catalogue (category varchar(50), value varchar(100), style varchar(20),"
                  + " prompt text)");
      try (var rows = Files.newInputStream(csv)) {
        connection
            .unwrap(PGConnection.class)
            .getCopyAPI()
            .copyIn("COPY bare_catalogue FROM STDIN WITH (FORMAT csv, HEADER)", rows);
      }
      try (var insert = connection.prepareStatement(ABSENT)) {
        insert.setString(1, run.toString());
        assertThat(insert.executeUpdate()).isEqualTo(IMAGES / 2);
      }
      double taken = seconds(begin);
      connection.createStatement().execute("DROP TABLE bare_catalogue");
      return taken;
    }
  }

  private static double medianMillis(Program program, String path) {
    List<Double> taken = new ArrayList<>();
    for (int i = 0; i < ASKED; i++) {
      long begin = System.nanoTime();
      assertThat(program.get(path).statusCode()).isEqualTo(200);
      taken.add(seconds(begin) * 1000);
    }
    Collections.sort(taken);
    return taken.get(ASKED / 2);
  }

  private Path csv() throws IOException {
    Path csv = directory.resolve("million.csv");
    try (Writer rows = Files.newBufferedWriter(csv)) {
      rows.write("category,value,style,prompt\n");
      for (int i = 0; i < IMAGES; i++) {
        rows.write(
            ("look,v%07d,plain,\"Portrait photograph of adult number %d, dressed, looking into the"
                    + " camera, soft light, plain background\"\n")
                .formatted(i, i));
      }
    }
    return csv;
  }
}
