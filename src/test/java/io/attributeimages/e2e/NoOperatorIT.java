package io.attributeimages.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.attributeimages.support.Program;
import io.attributeimages.support.Services;
import io.attributeimages.support.SupabaseAuth;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.NetworkInterface;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The packaged program where nobody has said who the operator is. */
class NoOperatorIT {

  private static final String DRY_RUN = "{\"dryRun\":true}";

  @TempDir Path directory;
  @TempDir Path data;

  @Test
  void withRealAccountsNobodySpendsMoney() {
    try (Services services = Services.start(data)) {
      Map<String, String> settings = services.settings();
      settings.remove("OPERATOR_PASSWORD");
      try (Program program = Program.start(directory, settings).awaitAnswer()) {
        HttpResponse<String> answer = program.post("/api/runs", "{}");

        assertThat(answer.statusCode()).isEqualTo(403);
        assertThat(answer.headers().firstValue("Content-Type"))
            .hasValue("application/problem+json");
        assertThat(answer.body()).contains("operator.password (OPERATOR_PASSWORD)");
        assertThat(program.get("/api/login").statusCode()).as("asks for nothing").isEqualTo(403);
        assertThat(program.get("/api/session").body())
            .isEqualTo("{\"operator\":false,\"name\":null,\"required\":true,\"login\":false}");
        assertThat(post(program, SupabaseAuth.basic("operator", "operator")).statusCode())
            .isEqualTo(403);
        assertThat(program.get("/api/runs").body()).isEqualTo("{\"runs\":[]}");
        assertThat(services.novita().submits()).isEmpty();
        assertThat(program.log().split("Set OPERATOR_PASSWORD", -1)).as("said once").hasSize(2);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"prod", "staging"})
  void withoutADatabaseRealAccountsAreRefusedInEveryProfile(String profile) {
    try (Services services = Services.start(data)) {
      Map<String, String> settings = services.settings();
      settings.keySet().removeIf(name -> name.startsWith("QUARKUS_DATASOURCE"));
      settings.put("QUARKUS_PROFILE", profile);

      try (Program program = Program.start(directory, settings)) {
        assertThat(program.awaitEnd()).as(program.log()).isEqualTo(2);
        assertThat(program.log())
            .contains("The configuration is incomplete: quarkus.datasource.jdbc.url is missing")
            .doesNotContain("\tat ");
      }
      assertThat(services.novita().submits()).isEmpty();
    }
  }

  @Test
  void withAnOperatorOnlyTheOperatorDoesAndNoSecretIsLogged() {
    try (Services services = Services.start(data)) {
      Map<String, String> settings = services.settings();
      settings.put("SUPABASE_JWT_SECRET", SupabaseAuth.SECRET);
      try (Program program = Program.start(directory, settings).awaitAnswer()) {
        String token = SupabaseAuth.hs256("service_role");

        assertThat(post(program, null).statusCode()).isEqualTo(401);
        assertThat(post(program, SupabaseAuth.basic("operator", "hush-hush-hush")).statusCode())
            .isEqualTo(401);
        assertThat(post(program, "Bearer " + SupabaseAuth.hs256("anon")).statusCode())
            .isEqualTo(403);
        assertThat(post(program, "Bearer " + token).statusCode()).isEqualTo(200);
        assertThat(program.post("/api/runs", DRY_RUN).statusCode()).isEqualTo(200);
        assertThat(program.log())
            .contains("refused")
            .doesNotContain("hush-hush-hush", token, SupabaseAuth.SECRET)
            .doesNotContain(services.secrets());
      }
    }
  }

  @Test
  void onTheEmbeddedServicesThisMachineMayAndNoPageThatPretendsToBeIt() throws IOException {
    Map<String, String> settings =
        Map.of("PIPELINE_RUN_AT_START", "false", "QUARKUS_HTTP_HOST", "0.0.0.0");
    try (Program program = Program.start(directory, settings).awaitAnswer()) {
      int port = URI.create(program.baseUrl()).getPort();

      assertThat(program.post("/api/runs", DRY_RUN).statusCode()).isEqualTo(200);
      assertThat(program.get("/api/session").body())
          .isEqualTo("{\"operator\":true,\"name\":null,\"required\":false,\"login\":false}");
      for (String host : new String[] {"localhost", "LOCALHOST", "127.0.0.1", "[::1]"}) {
        assertThat(raw(port, host + ":" + port, "")).as(host).isEqualTo(200);
      }
      for (String host :
          new String[] {
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.nip.io",
            "0.0.0.0",
            "127.0.0.2",
            "localhost@evil.example",
            "evil.example#localhost"
          }) {
        assertThat(raw(port, host + ":" + port, "")).as(host).isBetween(400, 403);
      }
      assertThat(raw(port, "localhost", "X-Forwarded-For: 203.0.113.1\r\n"))
          .as("through a proxy")
          .isEqualTo(403);
      assertThat(raw(port, "localhost", "Origin: http://evil.example\r\n")).isEqualTo(403);
      assertThat(raw(port, "localhost", "Sec-Fetch-Site: cross-site\r\n")).isEqualTo(403);
      Optional<String> otherAddress = otherAddress();
      if (otherAddress.isPresent()) { // a machine without a network has none
        assertThat(status(otherAddress.get(), port, "localhost", "")).isEqualTo(403);
      }
      assertThat(program.get("/api/runs").body()).isEqualTo("{\"runs\":[]}");
    }
  }

  private static HttpResponse<String> post(Program program, String authorization) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(program.baseUrl() + "/api/runs"))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(DRY_RUN));
    if (authorization != null) {
      request.header("Authorization", authorization);
    }
    return program.call(request.build());
  }

  private static int raw(int port, String host, String headers) throws IOException {
    return status("127.0.0.1", port, host, headers);
  }

  /** What a dry run is answered with. */
  private static int status(String address, int port, String host, String headers)
      throws IOException {
    try (Socket socket = new Socket(address, port)) {
      socket.setSoTimeout(30_000);
      String call =
          "POST /api/runs HTTP/1.1\r\nHost: "
              + host
              + "\r\n"
              + headers
              + "Content-Type: application/json\r\nConnection: close\r\nContent-Length: "
              + DRY_RUN.length()
              + "\r\n\r\n"
              + DRY_RUN;
      socket.getOutputStream().write(call.getBytes(StandardCharsets.ISO_8859_1));
      String answer =
          new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
      return Integer.parseInt(answer.split(" ")[1]);
    }
  }

  /** An address of this machine by which others reach it. */
  static Optional<String> otherAddress() throws IOException {
    return NetworkInterface.networkInterfaces()
        .flatMap(NetworkInterface::inetAddresses)
        .filter(address -> address instanceof Inet4Address && !address.isLoopbackAddress())
        .map(address -> address.getHostAddress())
        .findFirst();
  }
}
