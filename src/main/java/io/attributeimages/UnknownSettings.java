package io.attributeimages;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Names that look like settings of this program and are none: a budget that is misspelt is no
 * budget. The settings there are stand in {@code application.properties}, those without a default
 * as comments.
 */
final class UnknownSettings {

  private static final Pattern SETTING = Pattern.compile("#?(?:%\\w+\\.)?([a-z][a-z0-9.-]+)=.*");

  /** Names of other programs begin with these as well: only what is near to one of ours is told. */
  private static final Set<String> COMMON =
      Set.of("access", "catalog", "metrics", "openai", "storage", "supabase");

  private final Set<String> known = new TreeSet<>();

  UnknownSettings() {
    try (InputStream in =
        UnknownSettings.class.getClassLoader().getResourceAsStream("application.properties")) {
      new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .map(SETTING::matcher)
          .filter(line -> line.matches() && !line.group(1).matches("(quarkus|camel|http)\\..*"))
          .forEach(line -> known.add(line.group(1)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A sentence for each of the names, of settings or of environment variables, that is unknown. */
  List<String> among(List<String> names) {
    Set<String> variables =
        known.stream().map(UnknownSettings::variable).collect(Collectors.toSet());
    Set<String> roots =
        known.stream().map(name -> name.replaceFirst("\\..*", "")).collect(Collectors.toSet());
    Set<String> told = new HashSet<>(); // a variable is a name with dots as well
    List<String> sentences = new ArrayList<>();
    for (String name : new TreeSet<>(names)) {
      boolean isVariable = name.equals(name.toUpperCase(Locale.ROOT));
      String separator = isVariable ? "_" : ".";
      Optional<String> root =
          roots.stream()
              .filter(r -> name.startsWith((isVariable ? variable(r) : r) + separator))
              .findFirst();
      // each host of a models' file has those two
      boolean ofHost = variable(name).matches(".*_(API_KEY|BASE_URL)");
      if (root.isPresent()
          && !ofHost
          && !variables.contains(variable(name))
          && told.add(variable(name))) {
        String nearest = nearest(name);
        if (!COMMON.contains(root.get()) || isNear(variable(name), variable(nearest))) {
          sentences.add(
              "There is no setting %s; the nearest is %s"
                  .formatted(name, isVariable ? variable(nearest) : nearest));
        }
      }
    }
    return sentences;
  }

  private static String variable(String name) {
    return name.replaceAll("[^A-Za-z0-9]", "_").toUpperCase(Locale.ROOT);
  }

  private String nearest(String name) {
    String sought = variable(name);
    return known.stream()
        .min(
            Comparator.comparing((String other) -> !variable(other).startsWith(sought))
                .thenComparing(other -> distance(sought, variable(other))))
        .orElseThrow();
  }

  private static boolean isNear(String name, String other) {
    return other.startsWith(name) || distance(name, other) <= name.length() / 4;
  }

  /** How many letters have to be added, taken away or changed. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(change, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
