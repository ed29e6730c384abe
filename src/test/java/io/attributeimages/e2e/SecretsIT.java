package io.attributeimages.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.attributeimages.support.Fault;
import io.attributeimages.support.HttpDouble;
import io.attributeimages.support.SupabaseAuth;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * What the packaged program writes and sends out has no secret, however much it is asked to say.
 */
class SecretsIT extends OnServices {

  private static final String KEY = "novita/key+of-tests==";
  private static final String PASSWORD = "the operator's password?";
  private static final String DATABASE_PASSWORD = "password of the database";

  private final HttpDouble collector = HttpDouble.start();

  @Override
  Map<String, String> settings() {
    return Map.of(
        "QUARKUS_LOG_LEVEL",
        "DEBUG",
        "QUARKUS_HTTP_ACCESS_LOG_ENABLED",
        "true",
        "QUARKUS_OTEL_SDK_DISABLED",
        "false",
        "QUARKUS_OTEL_EXPORTER_OTLP_ENDPOINT",
        collector.baseUrl(),
        "NOVITA_API_KEY",
        KEY,
        "OPERATOR_PASSWORD",
        PASSWORD,
        "SUPABASE_JWT_SECRET",
        SupabaseAuth.SECRET,
        "QUARKUS_DATASOURCE_PASSWORD",
        DATABASE_PASSWORD);
  }

  @Test
  void neitherTheLogAtDebugNorTracesNorMetricsHaveASecret() {
    String token = SupabaseAuth.hs256("service_role");
    String expired = SupabaseAuth.hs256(SupabaseAuth.expired("service_role"), SupabaseAuth.SECRET);
    novita.onlyKey(KEY);
    novita.nextSubmits(Fault.resetAfterAccept(), Fault.status(429, "RATE_LIMIT_EXCEEDED"));
    novita.nextPolls(Fault.gateway(502));
    novita.nextDownloads(Fault.gateway(503));
    novita.deliverWebhooks(true);

    startRun("{}");
    awaitCompletion();
    assertNothingIsLostOrPaidTwice(REQUIRED);
    assertThat(novita.webhooks()).extracting("status").contains(204);
    URI webhook = novita.webhooks().get(0).url();
    URI login = URI.create(program.baseUrl() + "/api/login");
    assertThat(get(login, "Bearer " + token)).isEqualTo(204);
    assertThat(get(login, "Bearer " + expired)).isEqualTo(401);
    assertThat(get(login, "Basic " + base64("operator: " + PASSWORD))).isEqualTo(401);
    assertThat(get(webhook, "Bearer " + token)).isEqualTo(405);
    String metrics = program.get("/q/metrics").body();
    program.stop();

    String log = program.log();
    assertThat(log).contains("DEBUG", "/api/login");
    List<String> texts = new ArrayList<>(List.of(log, metrics));
    collector.calls().forEach(call -> texts.add(new String(call.body(), StandardCharsets.UTF_8)));
    assertThat(String.join("", texts)).contains("call-provider", "/api/runs");
    for (String secret : secrets(token, expired)) {
      for (String form : forms(secret)) {
        assertThat(texts.stream().flatMap(String::lines).filter(line -> line.contains(form)))
            .as("where %s stands", secret)
            .isEmpty();
      }
    }
  }

  private List<String> secrets(String... more) {
    List<String> secrets = new ArrayList<>(List.of(more));
    secrets.addAll(List.of(KEY, PASSWORD, DATABASE_PASSWORD, SupabaseAuth.SECRET));
    secrets.add(services.settings().get("STORAGE_SECRET_ACCESS_KEY"));
    secrets.add(services.sql().queryForObject("SELECT key FROM ledger.webhook_key", String.class));
    novita.webhooks().forEach(call -> secrets.add(call.url().getPath().replaceFirst(".*/", "")));
    assertThat(secrets).hasSizeGreaterThan(REQUIRED).allMatch(secret -> secret.length() > 10);
    return secrets;
  }

  /** The secret as it is, in a URL, and in base64 wherever it stands in what is encoded. */
  private static List<String> forms(String secret) {
    return Stream.concat(
            Stream.of(secret, URLEncoder.encode(secret, StandardCharsets.UTF_8)),
            IntStream.range(0, 3)
                .mapToObj(before -> base64(" ".repeat(before) + secret).replace("=", ""))
                .map(text -> text.substring(4, text.length() - 1)))
        .toList();
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private int get(URI url, String authorization) {
    HttpRequest call = HttpRequest.newBuilder(url).header("Authorization", authorization).build();
    return program.call(call).statusCode();
  }
}
