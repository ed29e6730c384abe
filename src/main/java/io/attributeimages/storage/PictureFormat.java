package io.attributeimages.storage;

import io.attributeimages.storage.PictureException.Reason;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** What a picture may come as. */
public enum PictureFormat {
  JPEG("jpg", "\u00FF\u00D8\u00FF.*"),
  PNG("png", "\u0089PNG\r\n\u001A\n.*"),
  WEBP("webp", "RIFF....WEBP");

  private static final int LONGEST_START = 12;

  private final String extension;
  private final String start;

  PictureFormat(String extension, String start) {
    this.extension = extension;
    this.start = "(?s)" + start;
  }

  /**
   * What the bytes are, whatever they are called.
   *
   * @throws PictureException if they are none of these
   */
  public static PictureFormat of(byte[] bytes) {
    return find(bytes)
        .orElseThrow(
            () ->
                new PictureException(
                    Reason.NOT_A_PICTURE, "the download is neither JPEG nor PNG nor WebP"));
  }

  /** The same; empty where they are none of these. */
  public static Optional<PictureFormat> find(byte[] bytes) {
    int length = Math.min(bytes.length, LONGEST_START);
    String start = new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
    return Stream.of(values()).filter(format -> start.matches(format.start)).findFirst();
  }

  /** The end of a file's name, without the dot. */
  public String extension() {
    return extension;
  }

  /** The media type. */
  public String contentType() {
    return "image/" + name().toLowerCase(Locale.ROOT);
  }
}
