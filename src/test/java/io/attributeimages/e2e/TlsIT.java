package io.attributeimages.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.attributeimages.support.Program;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A database that takes no connection without TLS, as one that enforces it. */
class TlsIT extends OnServices {

  private static final char[] PASSWORD = "a-password".toCharArray();

  @TempDir private static Path folder;

  @Override
  Map<String, String> settings() {
    return Map.of();
  }

  @Override
  boolean ownPostgres() {
    return true;
  }

  @Test
  void serviceCommandsAndMigrationsAreEncrypted() throws Exception {
    Path data = Path.of(services.sql().queryForObject("SHOW data_directory", String.class));
    writeKey(data);
    Path access = data.resolve("pg_hba.conf");
    Files.writeString(access, Files.readString(access).replaceAll("(?m)^host(\\s)", "hostssl$1"));
    services.sql().execute("ALTER SYSTEM SET ssl = on");
    services.sql().queryForList("SELECT pg_reload_conf()");
    awaitThat(() -> services.sql().queryForObject("SHOW ssl", String.class).equals("on"));

    startRun(AGES_IN_ANIME);
    awaitCompletion();

    assertThat(services.count("pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE ssl"))
        .isGreaterThan(1);
    assertThat(
            services.count(
                "pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE NOT ssl AND client_addr IS NOT NULL"
                    + " AND pid <> pg_backend_pid() AND backend_start > (SELECT started_at FROM ledger.run)"))
        .isZero();

    Map<String, String> required = services.settings();
    required.merge("QUARKUS_DATASOURCE_JDBC_URL", "?sslmode=require", String::concat);
    Program check = Program.command(folder, required, "check");
    assertThat(check.awaitEnd()).as(check::log).isEqualTo(1);
    assertThat(check.output()).contains("35 of 42 images and 2 of 2 covers are missing");

    required.merge("QUARKUS_DATASOURCE_JDBC_URL", "&ssl=false", String::concat);
    required.compute(
        "QUARKUS_DATASOURCE_JDBC_URL", (k, url) -> url.replaceFirst("\\?.*", "?sslmode=disable"));
    Program plain = Program.command(folder, required, "check");
    assertThat(plain.awaitEnd()).as(plain::log).isEqualTo(2);
    assertThat(plain.errors())
        .contains("The database at quarkus.datasource.jdbc.url cannot be used");
  }

  private static void writeKey(Path data)
      throws IOException, InterruptedException, GeneralSecurityException {
    Path store = folder.resolve("key.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "key",
                "-keyalg",
                "RSA",
                "-dname",
                "CN=localhost",
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                new String(PASSWORD))
            .redirectErrorStream(true)
            .start();
    assertThat(keytool.waitFor(60, TimeUnit.SECONDS)).isTrue();
    KeyStore keys = KeyStore.getInstance(store.toFile(), PASSWORD);
    write(data.resolve("server.crt"), "CERTIFICATE", keys.getCertificate("key").getEncoded());
    write(data.resolve("server.key"), "PRIVATE KEY", keys.getKey("key", PASSWORD).getEncoded());
  }

  private static void write(Path file, String kind, byte[] der) throws IOException {
    String pem =
        Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII)).encodeToString(der);
    Files.writeString(
        file, "-----BEGIN %1$s-----%n%2$s%n-----END %1$s-----%n".formatted(kind, pem));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }
}
