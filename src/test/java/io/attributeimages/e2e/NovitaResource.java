package io.attributeimages.e2e;

import io.attributeimages.support.NovitaDouble;
import io.attributeimages.support.Program;
import io.attributeimages.support.TestDatabases;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.postgresql.ds.PGSimpleDataSource;

/** The program under test on a Novita double, a Postgres and an embedded S3 server. */
public class NovitaResource implements QuarkusTestResourceLifecycleManager {

  private NovitaDouble novita;

  @Override
  public Map<String, String> start() {
    novita = NovitaDouble.start();
    Map<String, String> settings = new HashMap<>();
    settings.put("novita.base-url", novita.baseUrl().toString());
    settings.put("novita.api-key", "test-key");
    settings.put("novita.images-per-minute", "5000");
    settings.put("novita.poll-interval", "50ms");
    settings.put("novita.webhook-poll-interval", "50ms");
    settings.put("novita.unconfirmed-grace", "1s");
    settings.put("novita.response-timeout", "12s");
    settings.put("pipeline.claim-interval", "20ms");
    settings.put("pipeline.redelivery-delay", "20ms");
    settings.put("pipeline.max-redelivery-delay", "2s");
    settings.put("pipeline.max-pause", "100ms");
    settings.put("pipeline.lease", "20s");
    settings.put("pipeline.heartbeat", "500ms");
    settings.put("storage.remove-replaced-after", "1s");
    settings.put("storage.max-image-bytes", "2000000");
    settings.put("metrics.measure-interval", "1s");
    settings.put("metrics.total-interval", "1s");
    int port = Program.freePort();
    settings.put("quarkus.http.test-port", String.valueOf(port));
    // the public URLs of the embedded store are made with this one
    settings.put("quarkus.http.port", String.valueOf(port));
    settings.put("novita.webhook-url", "http://127.0.0.1:" + port);
    settings.put("embedded.data-dir", dataDirectory());
    PGSimpleDataSource database = TestDatabases.empty();
    settings.put("quarkus.datasource.jdbc.url", database.getUrl());
    settings.put("quarkus.datasource.username", database.getUser());
    settings.put("quarkus.datasource.password", database.getPassword());
    return settings;
  }

  private static String dataDirectory() {
    try {
      return Files.createTempDirectory(Path.of("target"), "embedded").toAbsolutePath().toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void inject(TestInjector injector) {
    injector.injectIntoFields(novita, new TestInjector.MatchesType(NovitaDouble.class));
  }

  @Override
  public void stop() {
    novita.close();
  }
}
