package io.attributeimages.provider;

import java.net.UnknownHostException;
import java.sql.SQLException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Texts of another program on their way into the ledger, the log or an answer. */
public final class ForeignText {

  private static final int MAX_LINE = 500;
  private static final int MAX_QUOTE = 60;
  private static final int MAX_DEPTH = 20;

  /** Control characters, line ends, direction marks and halves of characters. */
  private static final String UNPRINTABLE = "[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}]";

  /**
   * A URL up to its host, which is what a reader needs to know of it, and the rest of it; also with
   * its slashes escaped, as in JSON.
   */
  private static final Pattern URL =
      Pattern.compile(
          "\\b([A-Za-z][A-Za-z0-9+.-]*:(?:\\\\?/){2})(?:[^/\\s@\"'<>]*@)?([^/?#\\s\"'<>,)\\\\]*)([^\\s\"'<>]*)");

  private ForeignText() {}

  /**
   * The text with every URL cut after its host: paths and parameters may be signed, or be a secret
   * themselves, as those of chat webhooks are.
   */
  public static String withoutPaths(String text) {
    return text == null
        ? ""
        : URL.matcher(text)
            .replaceAll(
                url ->
                    Matcher.quoteReplacement(
                        url.group(1) + url.group(2) + (url.group(3).length() > 1 ? "/…" : "")));
  }

  /** The text as one printable line of at most 500 characters; empty where there is none. */
  public static String line(String text) {
    return text == null ? "" : cut(text.replaceAll(UNPRINTABLE + "+", " ").strip(), MAX_LINE);
  }

  /** The first 60 characters, to be quoted to the one who sent them. */
  public static String quote(String text) {
    return cut(String.valueOf(text).replaceAll(UNPRINTABLE, "?"), MAX_QUOTE);
  }

  /**
   * What is at the bottom of a failure, for people: what was said of it, in one line, with no more
   * of a URL than its host.
   */
  public static String cause(Throwable failure) {
    Throwable root = failure;
    for (int depth = 0; root.getCause() != null && depth < MAX_DEPTH; depth++) {
      root = root.getCause();
    }
    String said = String.valueOf(root.getMessage());
    if (root instanceof SQLException) {
      said = said.lines().findFirst().orElse(""); // what follows is for whoever knows the tables
    }
    if (root instanceof UnknownHostException && !said.contains(" ")) {
      return "there is no host " + line(said);
    }
    return root.getMessage() == null
        // a failure without a word says what it is by its name
        ? root.getClass()
            .getSimpleName()
            .replaceAll("(?<=[a-z])(?=[A-Z])", " ")
            .toLowerCase(Locale.ROOT)
        : line(withoutPaths(said));
  }

  /** The beginning of a text, with an ellipsis where there is more. */
  private static String cut(String line, int length) {
    if (line.length() <= length) {
      return line;
    }
    int end = Character.isHighSurrogate(line.charAt(length - 1)) ? length - 1 : length;
    return line.substring(0, end) + "…";
  }
}
