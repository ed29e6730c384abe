package io.attributeimages.cli;

import java.nio.charset.Charset;
import java.util.Locale;
import picocli.CommandLine.Help.Ansi;

/** What the other end of the output can show. */
final class Terminal {

  private Terminal() {}

  /**
   * Whether a person is watching: input and output are a terminal that understands more than text.
   */
  static boolean isInteractive() {
    return System.console() != null
        && !"dumb".equals(System.getenv("TERM"))
        && isTerminal(System.console());
  }

  /** From JDK 22 on there is a console also where there is no terminal; the console knows. */
  private static boolean isTerminal(Object console) {
    try {
      return (boolean) java.io.Console.class.getMethod("isTerminal").invoke(console);
    } catch (ReflectiveOperationException e) {
      return true;
    }
  }

  /** Colours, on a terminal and unless {@code NO_COLOR} is set to anything. */
  static Ansi ansi() {
    String noColor = System.getenv("NO_COLOR");
    boolean refused = noColor != null && !noColor.isEmpty();
    return isInteractive() && !refused ? Ansi.ON : Ansi.OFF;
  }

  /** Whether it shows what is not ASCII. */
  static boolean isUnicode() {
    String encoding =
        System.getProperty("stderr.encoding", System.getProperty("native.encoding", ""));
    return (encoding.isEmpty() ? Charset.defaultCharset().name() : encoding)
        .toUpperCase(Locale.ROOT)
        .startsWith("UTF");
  }
}
