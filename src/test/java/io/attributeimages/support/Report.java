package io.attributeimages.support;

import io.attributeimages.support.Services.Sums;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A table of what the tests of reliability added up, in the file that the system property {@code
 * reliability.report} names; none where it is not set. Rows are appended.
 */
public final class Report {

  private static final String HEAD =
      """
      | fault | runs | stored | paid | of these failed by Novita | possible double payments | orphans |
      | --- | ---: | ---: | ---: | ---: | ---: | ---: |
      """;

  private Report() {}

  /**
   * A row.
   *
   * @param fault what went wrong
   * @param runs how many runs it met
   * @param failedByNovita how many paid tasks Novita itself failed
   */
  public static void add(String fault, int runs, Sums sums, int failedByNovita) {
    String file = System.getProperty("reliability.report", "");
    if (file.isEmpty()) {
      return;
    }
    String row =
        "| %s | %d | %d | %d | %d | %d | %d |%n"
            .formatted(
                fault,
                runs,
                sums.stored(),
                sums.paid(),
                failedByNovita,
                sums.possiblyPaidTwice(),
                sums.orphans().size());
    Path report = Path.of(file);
    try {
      Files.writeString(
          report,
          Files.exists(report) ? row : HEAD + row,
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
