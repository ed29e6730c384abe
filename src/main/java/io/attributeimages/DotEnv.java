package io.attributeimages;

import io.smallrye.config.EnvConfigSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.microprofile.config.spi.ConfigSource;
import org.eclipse.microprofile.config.spi.ConfigSourceProvider;

/**
 * Reads the file {@code .env} where the program is started, as dotenv does: {@code export}, quotes,
 * comments behind values, and whatever mark an editor has put before the first line. The platform's
 * own reader takes it for a Java properties file and skips what it does not understand.
 */
public final class DotEnv implements ConfigSourceProvider {

  /** Just above the platform's own reading of the file, and below environment variables. */
  private static final int ORDINAL = 296;

  private static final Pattern LINE =
      Pattern.compile("(?:export\\s+)?([A-Za-z_][A-Za-z0-9_.-]*)\\s*=\\s*(.*)", Pattern.DOTALL);

  private static final Pattern SINGLE_QUOTED = Pattern.compile("'([^']*)'\\s*(#.*)?");
  private static final Pattern DOUBLE_QUOTED =
      Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*)\"\\s*(#.*)?", Pattern.DOTALL);
  private static final Pattern ESCAPED = Pattern.compile("\\\\([n\"\\\\$])");
  private static final Pattern COMMENT = Pattern.compile("^#(\\s.*|$)|\\s+#.*");

  @Override
  public Iterable<ConfigSource> getConfigSources(ClassLoader loader) {
    Path file = Path.of(".env");
    if (!StartupConfig.isRunTime() || !Files.isRegularFile(file)) {
      return List.of();
    }
    try {
      return List.of(new EnvConfigSource(read(file.toString(), Files.readAllBytes(file)), ORDINAL));
    } catch (IOException e) {
      throw new SettingsException("The file .env cannot be read: " + e.getMessage());
    }
  }

  /**
   * The values by their names.
   *
   * @throws SettingsException if a line is none of a dotenv file, with its number
   */
  static Map<String, String> read(String name, byte[] bytes) {
    Map<String, String> values = new LinkedHashMap<>();
    String[] lines = text(name, bytes).split("\\R", -1);
    for (int i = 0; i < lines.length; i++) {
      String entry = lines[i].strip();
      if (entry.isEmpty() || entry.startsWith("#")) {
        continue;
      }
      int number = i + 1;
      Matcher matcher = LINE.matcher(entry);
      String value = matcher.matches() ? value(matcher.group(2)) : null;
      while (value == null && matcher.matches() && i + 1 < lines.length) {
        entry += "\n" + lines[++i]; // a quoted value may go on
        matcher = LINE.matcher(entry);
        value = matcher.matches() ? value(matcher.group(2)) : null;
      }
      if (value == null) {
        throw new SettingsException(
            "The file %s, line %d, is not NAME=value%s."
                .formatted(
                    name,
                    number,
                    matcher.matches() ? ": put a value with quotes or # into quotes" : ""));
      }
      values.put(matcher.group(1), value);
    }
    return values;
  }

  /** Null where a quote is not closed, or the value may be meant as a comment. */
  private static String value(String written) {
    Matcher literal = SINGLE_QUOTED.matcher(written);
    if (literal.matches()) {
      return literal.group(1);
    }
    Matcher escaped = DOUBLE_QUOTED.matcher(written);
    if (escaped.matches()) {
      return ESCAPED
          .matcher(escaped.group(1))
          .replaceAll(c -> c.group(1).equals("n") ? "\n" : Matcher.quoteReplacement(c.group(1)));
    }
    String plain = COMMENT.matcher(written).replaceFirst("").strip();
    return plain.matches("(?s)['\"#].*") ? null : plain;
  }

  private static String text(String name, byte[] bytes) {
    Charset charset =
        bytes.length > 1 && (bytes[0] & 0xFF) == 0xFE && (bytes[1] & 0xFF) == 0xFF
                || bytes.length > 1 && (bytes[0] & 0xFF) == 0xFF && (bytes[1] & 0xFF) == 0xFE
            ? StandardCharsets.UTF_16
            : StandardCharsets.UTF_8;
    try {
      String text = charset.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return text.startsWith("\uFEFF") ? text.substring(1) : text;
    } catch (CharacterCodingException e) {
      throw new SettingsException("The file " + name + " is not UTF-8; save it as such.");
    }
  }
}
