package io.attributeimages.observe;

import static org.assertj.core.api.Assertions.assertThat;

import io.attributeimages.storage.PictureException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ReasonsTest {

  private static final Pattern REASON =
      Pattern.compile(
          "(?:Failure\\.of(?:LostTask)?\\(|new (?:ProviderFailure\\.)?(?:Retry|Halt|Reject|Lost|Ambiguous)\\(|String reason = .*?\\? )"
              + "\"([A-Z_]{2,}[A-Z])\"");

  @ParameterizedTest
  @CsvSource({
    "UNREACHABLE, UNREACHABLE",
    "HTTP_503, HTTP_5XX",
    "HTTP_418, HTTP_4XX",
    "HTTP_301, HTTP_3XX",
    "HTTP_999, OTHER",
    "SOMETHING_NEW_AT_NOVITA, OTHER",
    "'evil\"} 1\n', OTHER",
    ", OTHER"
  })
  void onlyKnownReasonsAreLabels(String reason, String label) {
    assertThat(Reasons.label(reason)).isEqualTo(label);
    assertThat(Reasons.ALL).contains(label);
  }

  @ParameterizedTest
  @EnumSource
  void theReasonsOfPicturesAreKnown(PictureException.Reason reason) {
    assertThat(Reasons.ALL).contains(reason.name());
  }

  @Test
  void everyReasonInTheSourceIsKnown() throws IOException {
    Set<String> reasons = new TreeSet<>();
    try (Stream<Path> files = Files.walk(Path.of("src/main/java/io/attributeimages"))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
        REASON
            .matcher(Files.readString(file))
            .results()
            .map((MatchResult match) -> match.group(1))
            .forEach(reasons::add);
      }
    }

    assertThat(reasons).contains("TASK_TIMEOUT", "UNREACHABLE", "ANSWER_LOST");
    assertThat(Reasons.ALL).containsAll(reasons);
  }
}
