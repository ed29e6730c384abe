package io.attributeimages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.attributeimages.support.TestSettings;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsCheckTest {

  @Test
  void theShippedDefaultsPass() {
    assertThatCode(() -> check()).doesNotThrowAnyException();
  }

  @Test
  void settingsThatAreNotThereAreNotWrong() {
    assertThatCode(() -> new SettingsCheck(name -> null).run()).doesNotThrowAnyException();
  }

  @Test
  void aPasswordInTheAddressOfTheDatabaseIsRefusedAndNotTold() {
    assertThat(problem("quarkus.datasource.jdbc.url=jdbc:postgresql://me:pass@host/db"))
        .isEqualTo(
            "Setting quarkus.datasource.jdbc.url is 'jdbc:postgresql://***@host/db'; allowed is"
                + " jdbc:postgresql://host:5432/database, with its user and password in"
                + " quarkus.datasource.username and quarkus.datasource.password.");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          novita.base-url             | ftp://host             | an http:// or https:// URL without user, query, fragment and slash at its end
          novita.base-url             | api.novita.ai          | an http:// or https:// URL without user, query, fragment and slash at its end
          novita.base-url             | https:///v3            | an http:// or https:// URL without user, query, fragment and slash at its end
          novita.base-url             | https://a b            | an http:// or https:// URL without user, query, fragment and slash at its end
          novita.base-url             | https://host?          | an http:// or https:// URL without user, query, fragment and slash at its end
          novita.base-url             | https://host#a         | an http:// or https:// URL without user, query, fragment and slash at its end
          novita.webhook-spool        | data?recursive         | a directory's path of at most 300 characters, without ?, &, %, #, braces and spaces
          novita.webhook-url          | localhost:8080         | an http:// or https:// URL without user, query, fragment and slash at its end
          storage.endpoint            | s3.example.org         | an http:// or https:// URL without user, query, fragment and slash at its end
          storage.public-base-url     | /public                | an http:// or https:// URL without user, query, fragment and slash at its end
          novita.images-per-minute    | 0                      | a whole number from 1 to 100000
          novita.images-per-minute    | 100001                 | a whole number from 1 to 100000
          novita.images-per-minute    | 2.5                    | a whole number from 1 to 100000
          novita.images-per-minute    | many                   | a whole number from 1 to 100000
          novita.images-per-minute    | 99999999999999999999   | a whole number from 1 to 100000
          novita.price-usd            | 0                      | an amount in US dollars above 0 with at most four decimals, such as 0.015
          novita.price-usd            | -0.015                 | an amount in US dollars above 0 with at most four decimals, such as 0.015
          novita.price-usd            | 0.01234                | an amount in US dollars above 0 with at most four decimals, such as 0.015
          novita.price-usd            | $0.015                 | an amount in US dollars above 0 with at most four decimals, such as 0.015
          novita.price-usd            | 0,015                  | an amount in US dollars above 0 with at most four decimals, such as 0.015
          novita.price-usd            | NaN                    | an amount in US dollars above 0 with at most four decimals, such as 0.015
          pipeline.max-cost-usd       | 1000000.01             | an amount in US dollars above 0 with at most four decimals, such as 0.015
          pipeline.max-cost-usd       | 1e999999999            | an amount in US dollars above 0 with at most four decimals, such as 0.015
          novita.poll-interval        | 9ms                    | a duration from 10ms to 1h, such as 500ms, 10s, 5m
          novita.poll-interval        | 2h                     | a duration from 10ms to 1h, such as 500ms, 10s, 5m
          novita.poll-interval        | soon                   | a duration from 10ms to 1h, such as 500ms, 10s, 5m
          novita.poll-interval        | 2 seconds              | a duration from 10ms to 1h, such as 500ms, 10s, 5m
          novita.unconfirmed-grace    | PT-5S                  | a duration from 0s to 24h, such as 500ms, 10s, 5m
          novita.response-timeout     | 6m                     | a duration from 100ms to 5m, such as 500ms, 10s, 5m
          novita.unconfirmed-policy   | ignore                 | resubmit or park
          novita.steps                | 0                      | a whole number from 1 to 100
          novita.steps                | 101                    | a whole number from 1 to 100
          novita.guidance-scale       | 0.5                    | a number from 1 to 30
          novita.guidance-scale       | 30.5                   | a number from 1 to 30
          novita.guidance-scale       | 7,5                    | a number from 1 to 30
          storage.bucket              | my bucket              | a bucket's name of letters, digits, '.', '_' and '-'
          storage.bucket              | a/b                    | a bucket's name of letters, digits, '.', '_' and '-'
          storage.bucket              | -a                     | a bucket's name of letters, digits, '.', '_' and '-'
          storage.prefix              | 'cards '                | letters, digits, '.', '_', '-' and '/', at most 200 characters
          storage.prefix              | cards?                 | letters, digits, '.', '_', '-' and '/', at most 200 characters
          storage.max-image-bytes     | 9999                   | a whole number from 10000 to 100000000
          storage.max-image-bytes     | 10MB                   | a whole number from 10000 to 100000000
          storage.fit                 | stretch                | cover or contain
          storage.jpeg-quality        | 0.49                   | a number from 0.5 to 1
          storage.jpeg-quality        | 88                     | a number from 0.5 to 1
          storage.keep-originals      | yes                    | true or false
          quarkus.datasource.jdbc.url | jdbc:mysql://host/db   | jdbc:postgresql://host:5432/database, with its user and password in quarkus.datasource.username and quarkus.datasource.password
          pipeline.schedule           | daily                  | off, or a Quartz cron expression (second minute hour day month weekday), such as 0 0 3 * * ?
          pipeline.schedule-zone      | Berlin                 | a time zone, such as Europe/Berlin or UTC
          pipeline.max-lost-answers   | 0                      | a whole number from 1 to 100000
          pipeline.max-unstored-pictures | many                | a whole number from 1 to 100000
          pipeline.max-gateway-errors | 1001                   | a whole number from 1 to 1000
          pipeline.schedule           | 0 3 * * *              | off, or a Quartz cron expression (second minute hour day month weekday), such as 0 0 3 * * ?
          pipeline.schedule           | 0 0 25 * * ?           | off, or a Quartz cron expression (second minute hour day month weekday), such as 0 0 3 * * ?
          pipeline.run-at-start       | maybe                  | true or false
          pipeline.instance           | one two                | letters, digits, '.', '_', ':' and '-'
          pipeline.queue              | kafka:images           | ledger, or amqp:queue:NAME with a name of letters, digits, '.', '_', '-' and '/', at most 100 characters
          pipeline.queue              | amqp:queue:my images   | ledger, or amqp:queue:NAME with a name of letters, digits, '.', '_', '-' and '/', at most 100 characters
          broker.url                  | broker:5672            | amqp://host:port or amqps://host:port, without user and password
          broker.url                  | http://broker:5672     | amqp://host:port or amqps://host:port, without user and password
          pipeline.submit-concurrency | 0                      | a whole number from 1 to 200
          pipeline.collect-concurrency | 201                   | a whole number from 1 to 200
          pipeline.lease              | 500ms                  | a duration from 1s to 1h, such as 500ms, 10s, 5m
          pipeline.plan-chunk         | 0                      | a whole number from 1 to 10000
          pipeline.max-attempts       | 0                      | a whole number from 1 to 100
          pipeline.give-up-after      | 31d                    | a duration from 1s to 720h, such as 500ms, 10s, 5m
          ledger.keep-finished        | 23h                    | off, or a duration from 1d to 3650d, such as 90d
          ledger.keep-finished        | 3651d                  | off, or a duration from 1d to 3650d, such as 90d
          ledger.keep-finished        | never                  | off, or a duration from 1d to 3650d, such as 90d
          pipeline.heartbeat          | 16s                    | at most half of pipeline.lease, which is 30s
          embedded.novita.image-url-ttl | 0s                   | a duration from 1s to 168h, such as 500ms, 10s, 5m
          embedded.novita.gone        | txt2img,dall-e         | a list of txt2img, qwen-image, flux-1-schnell, seedream-4.0, seedream-4.5, seedream-5.0-lite, openai-images, stable-diffusion-webui
          operator.username           | a:b                    | 1 to 100 printable ASCII characters without spaces and ':'
          operator.username           | ''                     | 1 to 100 printable ASCII characters without spaces and ':'
          operator.username           | José                   | 1 to 100 printable ASCII characters without spaces and ':'
          supabase.jwks-url           | project.supabase.co    | an http:// or https:// URL without user, query, fragment and slash at its end
          supabase.jwks-url           | file:///etc/keys.json  | an http:// or https:// URL without user, query, fragment and slash at its end
          access.public-reads         | yes                    | true or false
          extensions.keep-for         | 10s                    | a duration from 1m to 720h, such as 500ms, 10s, 5m
          metrics.measure-interval    | 0s                     | a duration from 1s to 10m, such as 500ms, 10s, 5m
          metrics.total-interval      | 2h                     | a duration from 1s to 1h, such as 500ms, 10s, 5m
          quarkus.otel.sdk.disabled   | no                     | true or false
          quarkus.http.port           | 65536                  | a whole number from 0 to 65535
          quarkus.http.port           | http                   | a whole number from 0 to 65535
          http.max-connections        | 5                      | a whole number from 10 to 100000
          quarkus.http.proxy.allow-forwarded    | true        | false
          quarkus.http.proxy.use-proxy-protocol | true        | false
          quarkus.http.proxy.trusted-proxies | 10.0.0.0/33    | addresses and networks, such as 10.0.0.5,192.168.0.0/16
          quarkus.http.proxy.trusted-proxies | 10.0.0.0/abc   | addresses and networks, such as 10.0.0.5,192.168.0.0/16
          quarkus.http.proxy.trusted-proxies | 10.0.0.5,caddy | addresses and networks, such as 10.0.0.5,192.168.0.0/16
          """)
  void aBadValueIsOneSentenceWithItsNameItsValueAndWhatIsAllowed(
      String name, String value, String allowed) {
    assertThat(problem(name + "=" + value))
        .isEqualTo("Setting " + name + " is '" + value + "'; allowed is " + allowed + ".");
  }

  @Test
  void aQueueWithoutABrokerIsRefused() {
    assertThat(problem("pipeline.queue=amqp:queue:images"))
        .isEqualTo(
            "Setting pipeline.queue is 'amqp:queue:images', but broker.url is not set; set"
                + " it to where the broker is, such as amqps://host:5671, or pipeline.queue to"
                + " ledger.");
  }

  @Test
  void thePasswordOfABrokerIsNotShown() {
    assertThat(problem("broker.url=amqp://me:secret@broker:5672"))
        .doesNotContain("secret")
        .contains("without user and password");
    assertThat(problem("broker.password=my secret\n")).doesNotContain("secret\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "novita.base-url=http://127.0.0.1:8081/novita",
        "novita.images-per-minute=1",
        "novita.images-per-minute=100000",
        "novita.price-usd=0.0001",
        "novita.poll-interval=10ms",
        "novita.poll-interval=PT2S",
        "novita.poll-interval=5",
        "novita.unconfirmed-grace=0s",
        "novita.unconfirmed-policy=PARK",
        "novita.guidance-scale=30",
        "novita.api-key=sk_abc-DEF/123+456=",
        "storage.prefix=a/b-c_d.e",
        "storage.endpoint=https://abc.storage.supabase.co/storage/v1/s3",
        "quarkus.datasource.jdbc.url=jdbc:postgresql://host:5432/postgres?sslmode=require",
        "pipeline.schedule=0 0 3 * * ?",
        "pipeline.schedule=0 0/15 9-17 ? * MON-FRI",
        "pipeline.run-at-start=TRUE",
        "pipeline.heartbeat=15s",
        "pipeline.max-cost-usd=1000000",
        "operator.username=jane.doe@example.org",
        "operator.password=correct horse battery: staple",
        "supabase.jwks-url=https://abc.supabase.co/auth/v1/.well-known/jwks.json",
        "access.public-reads=false",
        "quarkus.http.port=0",
        "quarkus.http.proxy.trusted-proxies=10.0.0.5, 192.168.0.0/16,2001:db8::/32,::1"
      })
  void aGoodValuePasses(String setting) {
    assertThatCode(() -> check(setting)).doesNotThrowAnyException();
  }

  @Test
  void severalProblemsAreListedTogetherOneALine() {
    assertThat(problem("novita.steps=0", "storage.bucket=a b", "pipeline.schedule=never").lines())
        .hasSize(3)
        .allMatch(line -> line.startsWith("Setting ") && line.endsWith("."))
        .satisfiesExactlyInAnyOrder(
            line -> assertThat(line).contains("novita.steps"),
            line -> assertThat(line).contains("storage.bucket"),
            line -> assertThat(line).contains("pipeline.schedule"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "novita.api-key",
        "storage.secret-access-key",
        "quarkus.datasource.password",
        "operator.password",
        "supabase.jwt-secret"
      })
  void aSecretIsNeverInAMessage(String name) {
    Map<String, String> settings =
        TestSettings.properties(name + "=hush\u0007hush", "novita.steps=0");

    assertThatThrownBy(() -> new SettingsCheck(settings::get).run())
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("novita.steps")
        .hasMessageNotContaining("hush");
  }

  @ParameterizedTest
  @ValueSource(strings = {"novita.api-key", "storage.secret-access-key"})
  void aSecretThatFitsIntoNoHeaderIsRefusedUnseen(String name) {
    for (String value : new String[] {"hush\n", " hush", "hush\u0000", "hush…", "“hush”"}) {
      Map<String, String> settings = TestSettings.properties(name + "=" + value);

      assertThatThrownBy(() -> new SettingsCheck(settings::get).run())
          .hasMessage(
              "Setting "
                  + name
                  + " has a value that cannot be right; allowed is printable ASCII characters"
                  + " without spaces around them.");
    }
  }

  @ParameterizedTest
  @CsvSource({"operator.password, 1", "supabase.jwt-secret, 32"})
  void aSecretThatCannotBeRightIsRefusedUnseen(String name, int min) {
    String right = "x".repeat(min);
    assertThatCode(() -> check(name + "=" + right)).doesNotThrowAnyException();

    for (String value : List.of(" " + right, right + "\n", right + "…", "x".repeat(1025))) {
      assertThat(problem(name + "=" + value)).isEqualTo(refusal(name, min));
    }
  }

  @Test
  void aSecretThatTokensCannotBeSignedWithIsRefusedUnseen() {
    assertThat(problem("supabase.jwt-secret=" + "x".repeat(31)))
        .isEqualTo(refusal("supabase.jwt-secret", 32));
  }

  private static String refusal(String name, int min) {
    return "Setting "
        + name
        + " has a value that cannot be right; allowed is "
        + min
        + " to 1024 printable ASCII characters without spaces around them.";
  }

  @ParameterizedTest
  @CsvSource({
    "quarkus.datasource.jdbc.url, postgresql://postgres:hush@db.abc.supabase.co:5432/postgres",
    "quarkus.datasource.jdbc.url, postgres://postgres:hu@sh@host/db",
    "quarkus.datasource.jdbc.url, postgresql://host/db?user=u&password=hush",
    "storage.endpoint, https://key:hush@s3.example.org",
    "novita.base-url, https://:hush@api.novita.ai",
    "novita.webhook-url, https://host/?token=hush",
  })
  void aPasswordInAUrlIsNotRepeatedInTheMessage(String name, String value) {
    assertThat(problem(name + "=" + value))
        .startsWith("Setting " + name + " is '")
        .contains("; allowed is ")
        .doesNotContain("hu@", "sh@", "hush");
  }

  @Test
  void controlCharactersDoNotReachTheTerminal() {
    assertThat(problem("storage.bucket=a\u001b[31m\nb"))
        .startsWith("Setting storage.bucket is 'a?[31m?b'; ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"novita.model", "novita.sampler", "novita.negative-prompt", "storage.region"})
  void aTextIsPrintableAndBounded(String name) {
    String allowed = "allowed is a text of 1 to 1024 printable characters.";

    assertThat(problem(name + "=a\tb")).isEqualTo("Setting " + name + " is 'a?b'; " + allowed);
    assertThat(problem(name + "= ")).endsWith(allowed);
    assertThat(problem(name + "=" + "x".repeat(1025))).endsWith(allowed);
    assertThatCode(() -> check(name + "=" + "x".repeat(1024))).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "novita.api-key",
        "novita.webhook-url",
        "storage.endpoint",
        "storage.public-base-url",
        "quarkus.datasource.jdbc.url",
        "pipeline.max-cost-usd",
        "pipeline.instance",
        "operator.password",
        "supabase.jwt-secret",
        "supabase.jwks-url"
      })
  void anOptionalSettingMayBeEmpty(String name) {
    assertThatCode(() -> check(name + "=")).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @CsvSource({
    "novita.base-url, an http:// or https:// URL without user",
    "novita.model, a text of 1 to 1024 printable characters",
    "novita.poll-interval, a duration from 10ms to 1h",
    "storage.bucket, a bucket's name",
    "storage.prefix, 'letters, digits'",
    "pipeline.schedule, off",
    "pipeline.lease, a duration from 1s to 1h",
  })
  void aSettingThatIsNeededMayNotBeEmpty(String name, String allowed) {
    assertThat(problem(name + "=")).startsWith("Setting " + name + " is ''; allowed is " + allowed);
  }

  private static void check(String... settings) {
    new SettingsCheck(TestSettings.properties(settings)::get).run();
  }

  private static String problem(String... settings) {
    SettingsException problem =
        catchThrowableOfType(SettingsException.class, () -> check(settings));
    assertThat(problem).as("the problem with %s", List.of(settings)).isNotNull();
    return problem.getMessage();
  }
}
