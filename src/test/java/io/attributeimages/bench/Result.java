package io.attributeimages.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a benchmark found: said as a line of JSON, and as a table for people. */
final class Result {

  private static final Path FILE = Path.of("target", "bench", "results.jsonl");
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Map<String, Object> values = new LinkedHashMap<>();
  private final List<String> goals = new ArrayList<>();

  Result(String benchmark) {
    values.put("benchmark", benchmark);
    if (Bench.QUICK) {
      values.put("quick", true);
    }
  }

  /** A figure, rounded to four significant digits where it is a fraction. */
  Result with(String name, Object value) {
    values.put(name, value instanceof Double number ? rounded(number) : value);
    return this;
  }

  /** A figure that should be at most that. */
  Result atMost(String name, double value, double goal) {
    goals.add((value <= goal ? "met: " : "MISSED: ") + name + " ≤ " + goal);
    return with(name, value);
  }

  /** A figure that should be at least that. */
  Result atLeast(String name, double value, double goal) {
    goals.add((value >= goal ? "met: " : "MISSED: ") + name + " ≥ " + goal);
    return with(name, value);
  }

  private static double rounded(double number) {
    return new java.math.BigDecimal(number).round(new java.math.MathContext(4)).doubleValue();
  }

  /** Prints it, and adds the line to {@code target/bench/results.jsonl}. */
  void print() {
    if (!goals.isEmpty()) {
      values.put("goals", goals);
    }
    try {
      String line = JSON.writeValueAsString(values);
      StringBuilder table = new StringBuilder("\n");
      values.forEach((name, value) -> table.append("  %-28s %s%n".formatted(name, value)));
      System.out.println(table);
      System.out.println(line);
      Files.createDirectories(FILE.getParent());
      Files.writeString(FILE, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
