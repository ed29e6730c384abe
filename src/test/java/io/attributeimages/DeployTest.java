package io.attributeimages;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.attributeimages.cli.Arguments;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What stands in {@code deploy/} has to agree with the program, and one file with another. */
class DeployTest {

  private static final Path DEPLOY = Path.of("deploy");
  private static final Duration TO_END = Duration.ofSeconds(10);
  private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
  private static final Pattern SETTING = Pattern.compile("(?m)^#?([a-z][a-zA-Z0-9.-]+)=");
  private static final Pattern VARIABLE = Pattern.compile("(?m)^([A-Z0-9_]+)=(.*)$");
  private static final Set<String> SECRETS =
      Set.of(
          "NOVITA_API_KEY",
          "STORAGE_ACCESS_KEY_ID",
          "STORAGE_SECRET_ACCESS_KEY",
          "QUARKUS_DATASOURCE_PASSWORD",
          "OPERATOR_PASSWORD");

  private final String dockerfile = text("Dockerfile");
  private final JsonNode compose = yaml("compose.yaml").path("services").path("attribute-images");
  private final JsonNode deployment = yaml("kubernetes/deployment.yaml");
  private final JsonNode pod = deployment.at("/spec/template/spec");
  private final JsonNode container = pod.at("/containers/0");
  private final JsonNode migration = pod.at("/initContainers/0");

  @ParameterizedTest
  @ValueSource(strings = {"settings.env", "secret.env.example"})
  void everyVariableOfAFileIsASetting(String file) {
    assertThat(settings()).containsAll(variables(file));
  }

  @Test
  void everyVariableOfImageAndComposeFileIsASetting() {
    List<String> ofImage = matches("(?m)^(?:ENV| ) *([A-Z0-9_]+)=", dockerfile);
    List<String> ofCompose = new ArrayList<>();
    compose.path("environment").fieldNames().forEachRemaining(ofCompose::add);

    assertThat(ofImage).isNotEmpty();
    assertThat(ofCompose).isNotEmpty();
    assertThat(settings()).containsAll(ofImage).containsAll(ofCompose);
  }

  @Test
  void secretsAreNamedInTheTemplateAndGivenNowhere() {
    assertThat(variables("secret.env.example")).containsAll(SECRETS);
    assertThat(matches("(?m)^[A-Z0-9_]+=(.+)$", text("secret.env.example"))).isEmpty();
    assertThat(variables("settings.env")).doesNotContainAnyElementsOf(SECRETS);
    assertThat(compose.path("environment").toString()).doesNotContain(SECRETS);
    assertThat(text(".gitignore", Path.of("."))).contains("\nsecret.env\n");
  }

  @Test
  void everythingMeetsAtThePortOfTheProgram() throws IOException {
    String port = own().getProperty("quarkus.http.port");

    assertThat(matches("(?m)^EXPOSE (.*)$", dockerfile)).containsExactly(port);
    assertThat(compose.at("/ports/0").asText()).endsWith(":" + port);
    assertThat(container.at("/ports/0/containerPort").asText()).isEqualTo(port);
    String name = container.at("/ports/0/name").asText();
    assertThat(yaml("kubernetes/service.yaml").at("/spec/ports/0/targetPort").asText())
        .isEqualTo(name);
    assertThat(yaml("kubernetes/network-policy.yaml").at("/spec/ingress/0/ports/0/port").asText())
        .isEqualTo(name);
    for (String probe : List.of("startupProbe", "livenessProbe", "readinessProbe")) {
      assertThat(container.at("/" + probe + "/httpGet/port").asText()).as(probe).isEqualTo(name);
    }
  }

  @Test
  void theProbesAskForTheirPartOfTheHealth() {
    assertThat(container.at("/startupProbe/httpGet/path").asText()).isEqualTo("/q/health/live");
    assertThat(container.at("/livenessProbe/httpGet/path").asText()).isEqualTo("/q/health/live");
    assertThat(container.at("/readinessProbe/httpGet/path").asText()).isEqualTo("/q/health/ready");
  }

  @Test
  void theProgramHasTheTimeToFinishWhatItHasClaimed() throws IOException {
    Duration shutdown =
        Duration.ofSeconds(Long.parseLong(own().getProperty("camel.main.shutdown-timeout")));
    Duration before =
        Duration.ofSeconds(container.at("/lifecycle/preStop/exec/command/1").asLong());

    assertThat(Duration.ofSeconds(pod.path("terminationGracePeriodSeconds").asLong()))
        .isGreaterThanOrEqualTo(before.plus(shutdown).plus(TO_END));
    assertThat(Duration.parse("PT" + compose.path("stop_grace_period").asText()))
        .isGreaterThanOrEqualTo(shutdown.plus(TO_END));
  }

  @Test
  void theImageStartsWhatIsCopiedIntoItAsTheUserOfThePod() {
    String home = matches("(?m)^COPY --from=archive --chown=0:0 (\\S+) \\S+$", dockerfile).get(0);

    assertThat(dockerfile)
        .contains("COPY --chown=postgres target/quarkus-app " + home + "/")
        .contains("class-archive " + home + "\n")
        .contains("\"-jar\", \"" + home + "/quarkus-run.jar\"")
        .contains(
            "-XX:SharedArchiveFile=" + home + "/classes.jsa",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC");
    assertThat(text("class-archive.sh")).contains("-XX:ArchiveClassesAtExit=\"$app/classes.jsa\"");
    assertThat(text("Dockerfile.dockerignore").lines())
        .contains("!target/quarkus-app", "!deploy/class-archive.sh");
    assertThat(matches("(?m)^USER (\\d+:\\d+)$", dockerfile))
        .containsExactly(
            pod.at("/securityContext/runAsUser").asText()
                + ":"
                + pod.at("/securityContext/runAsGroup").asText());
  }

  /** The program refuses to start where it is told of a folder of routes that is not there. */
  @Test
  void theFolderOfRoutesIsThereAndNotWritten() {
    String routes = matches("EXTENSIONS_ROUTES=(\\S+)", dockerfile).get(0);

    assertThat(dockerfile).contains("install --directory " + routes + "\n");
    container
        .path("volumeMounts")
        .forEach(v -> assertThat(routes).doesNotStartWith(v.path("mountPath").asText()));
  }

  @Test
  void onlyWhatIsMountedIsWritten() {
    String spool = matches("NOVITA_WEBHOOK_SPOOL=(\\S+)", dockerfile).get(0);
    List<String> mounted = new ArrayList<>();
    container.path("volumeMounts").forEach(v -> mounted.add(v.path("mountPath").asText()));

    assertThat(mounted).contains("/tmp").anyMatch(path -> spool.startsWith(path + "/"));
    assertThat(migration.path("volumeMounts")).isEqualTo(container.path("volumeMounts"));
    assertThat(compose.path("tmpfs").asText()).isEqualTo("/tmp");
    assertThat(spool).startsWith(compose.at("/volumes/0").asText() + "/");
    assertThat(compose.path("read_only").asBoolean()).isTrue();
    for (JsonNode each : List.of(container, migration)) {
      assertThat(each.at("/securityContext/readOnlyRootFilesystem").asBoolean()).isTrue();
      assertThat(each.at("/securityContext/allowPrivilegeEscalation").asBoolean(true)).isFalse();
      assertThat(each.at("/securityContext/capabilities/drop/0").asText()).isEqualTo("ALL");
    }
  }

  @Test
  void theFirstContainerOfAPodRunsACommandOfTheProgram() {
    String[] arguments =
        StreamSupport.stream(migration.path("args").spliterator(), false)
            .map(JsonNode::asText)
            .toArray(String[]::new);

    assertThat(Arguments.read(arguments, System.out, System.err).isCommand()).isTrue();
    assertThat(migration.path("image")).isEqualTo(container.path("image"));
    assertThat(migration.path("envFrom")).isEqualTo(container.path("envFrom"));
  }

  @Test
  void theKustomizationNamesWhatIsThereAndWhatThePodsAskFor() throws IOException {
    JsonNode kustomization = yaml("kustomization.yaml");
    List<String> listed = new ArrayList<>();
    kustomization.path("resources").forEach(resource -> listed.add(resource.asText()));
    try (var files = Files.list(DEPLOY.resolve("kubernetes"))) {
      assertThat(files.map(file -> "kubernetes/" + file.getFileName()))
          .containsExactlyInAnyOrderElementsOf(listed);
    }

    assertThat(container.at("/envFrom/0/configMapRef/name"))
        .isEqualTo(kustomization.at("/configMapGenerator/0/name"));
    assertThat(container.at("/envFrom/1/secretRef/name"))
        .isEqualTo(kustomization.at("/secretGenerator/0/name"));
    assertThat(kustomization.at("/images/0/name")).isEqualTo(container.path("image"));
    JsonNode labels = deployment.at("/spec/template/metadata/labels");
    assertThat(labels.size()).isPositive();
    assertThat(deployment.at("/spec/selector/matchLabels")).isEqualTo(labels);
    assertThat(yaml("kubernetes/service.yaml").at("/spec/selector")).isEqualTo(labels);
    assertThat(yaml("kubernetes/pod-disruption-budget.yaml").at("/spec/selector/matchLabels"))
        .isEqualTo(labels);
    assertThat(yaml("kubernetes/network-policy.yaml").at("/spec/podSelector/matchLabels"))
        .isEqualTo(labels);
  }

  /** The settings of the operator's page, as environment variables. */
  private static Set<String> settings() {
    return matches(SETTING, text("application.properties", Path.of("."))).stream()
        .map(name -> name.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]", "_"))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Properties own() throws IOException {
    Properties properties = new Properties();
    try (var in = Files.newBufferedReader(Path.of("application.properties"))) {
      properties.load(in);
    }
    return properties;
  }

  private static List<String> variables(String file) {
    return matches(VARIABLE, text(file));
  }

  private static List<String> matches(String pattern, String text) {
    return matches(Pattern.compile(pattern), text);
  }

  /** The first group of each match. */
  private static List<String> matches(Pattern pattern, String text) {
    return pattern.matcher(text).results().map((MatchResult m) -> m.group(1)).toList();
  }

  /** The one document of the file. */
  private static JsonNode yaml(String file) {
    try (var parser = YAML.createParser(text(file))) {
      Iterator<JsonNode> documents = YAML.readValues(parser, JsonNode.class);
      JsonNode document = documents.next();
      assertThat(documents.hasNext()).as(file + " has one document").isFalse();
      return document;
    } catch (IOException e) {
      throw new IllegalStateException(file, e);
    }
  }

  private static String text(String file) {
    return text(file, DEPLOY);
  }

  private static String text(String file, Path folder) {
    try {
      return Files.readString(folder.resolve(file));
    } catch (IOException e) {
      throw new IllegalStateException(file, e);
    }
  }
}
