package io.attributeimages.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.PrintStream;
import picocli.CommandLine.Help.Ansi;

/**
 * Where a command answers: on standard output, as text or as one JSON object. What is no answer,
 * such as a problem, goes to standard error.
 */
final class Answer {

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private final PrintStream out;
  private final PrintStream err;
  private final boolean json;
  private final Ansi ansi;

  private Answer(PrintStream out, PrintStream err, boolean json, Ansi ansi) {
    this.out = out;
    this.err = err;
    this.json = json;
    this.ansi = ansi;
  }

  /** An answer as those options ask for it. */
  static Answer to(OutputOptions options) {
    return new Answer(System.out, System.err, options.isJson(), Terminal.ansi());
  }

  /** Whether it is JSON. */
  boolean isJson() {
    return json;
  }

  /** A line for people; nothing where the answer is JSON. */
  void line(String text) {
    if (!json) {
      out.println(text);
    }
  }

  /** The answer for scripts; nothing where it is text. */
  void json(Object object) {
    if (json) {
      try {
        out.println(JSON.writeValueAsString(object));
      } catch (JsonProcessingException e) {
        throw new IllegalStateException("an answer cannot be written as JSON", e);
      }
    }
  }

  /** A line on standard error, in both cases. */
  void problem(String text) {
    err.println(text);
  }

  /** Where lines go that tell of progress: beside the answer where that is JSON. */
  PrintStream progress() {
    return json ? err : out;
  }

  /** A word that tells of something good, or of something bad. */
  String word(boolean good, String word) {
    return ansi.string("@|bold," + (good ? "green " : "red ") + word + "|@");
  }
}
