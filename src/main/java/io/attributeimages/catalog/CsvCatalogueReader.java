package io.attributeimages.catalog;

import de.siegmar.fastcsv.reader.CloseableIterator;
import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * Reads a catalogue from CSV (RFC 4180, UTF-8) and checks it, a row at a time: the memory it takes
 * grows by a few bytes for each row. The first line names the columns {@code category}, {@code
 * value}, {@code style} and {@code prompt}, in any order. A cover is the value {@code cover} of the
 * category {@code style}.
 */
final class CsvCatalogueReader {

  private static final List<String> COLUMNS = List.of("category", "value", "style", "prompt");
  private static final String NEEDED = "needed are " + String.join(", ", COLUMNS);
  private static final char BYTE_ORDER_MARK = '\uFEFF';

  /** Of a row, in characters; a quote that is not closed would go on to the end of the file. */
  private static final int MAX_ROW = 64 * 1024;

  /** Each has a line in the status, with the names of some that are missing. */
  private static final int MAX_GROUPS = 1000;

  private final Path file;
  private final Problems problems;
  private final CatalogueDigest digest = new CatalogueDigest();
  private final CsvValues.Fingerprints fingerprints = new CsvValues.Fingerprints();
  private final CsvValues.Names names = new CsvValues.Names();
  private final Map<String, CsvValues.Builder> values = new LinkedHashMap<>();
  private final Set<String> styles = new LinkedHashSet<>();
  private final Map<String, String> categorySlugs = new HashMap<>();
  private final Map<String, String> styleSlugs = new HashMap<>();

  /** What the images of a category in a style are known by, to find what is there twice. */
  private final Map<GroupName, LongStream.Builder> slugs = new HashMap<>();

  private record GroupName(String category, String style) {}

  private record Row(long line, Combination image) {}

  /** What has to be remembered of a line that may have a twin. */
  private record First(long line, String value) {
    static First of(Row row) {
      return new First(row.line(), row.image().value());
    }
  }

  CsvCatalogueReader(Path file) {
    this.file = file;
    this.problems = new Problems(file.toString());
  }

  /**
   * The catalogue.
   *
   * @throws InputFileException if the file cannot be read, or is wrong
   */
  CsvCatalogue read() {
    try (Stream<Row> rows = parse()) {
      rows.forEach(this::check);
    } catch (InputFileException e) {
      // what was found before is told as well
      problems.add(e.getMessage());
      problems.throwIfAny();
    }
    problems.throwIfAny();
    if (values.isEmpty()) {
      problems.add(file + ": has no images; " + NEEDED);
    }
    problems.throwIfAny();
    Map<GroupName, long[]> sorted = new HashMap<>();
    slugs.forEach((group, builder) -> sorted.put(group, builder.build().sorted().toArray()));
    slugs.clear();
    findTwins(sorted);
    problems.throwIfAny();
    Map<String, CsvValues> known = new LinkedHashMap<>();
    values.forEach((category, builder) -> known.put(category, builder.build()));
    return new CsvCatalogue(
        file,
        styles.stream().map(CsvCatalogueReader::style).toList(),
        known,
        groups(sorted),
        digest.hex());
  }

  /**
   * The images of a file that was checked before, to be closed afterwards.
   *
   * @throws InputFileException if it cannot be read any more
   */
  Stream<Combination> rows() {
    return parse().map(Row::image);
  }

  private void check(Row row) {
    Combination image = row.image();
    String line = "line " + row.line() + ":";
    GroupName group = groupName(image);
    boolean good =
        (slugs.containsKey(group) || checkGroup(line, image))
            & problems.name(line + " value", image.value(), Problems.MAX_VALUE)
            & problems.text(line + " prompt", image.prompt(), Problems.MAX_PROMPT);
    if (!good) {
      return;
    }
    String slug = Slug.of(image.value());
    if (slug.isEmpty()) {
      problems.noSlug(line + " value", image.value());
      return;
    }
    if (image.isCover() && !image.value().equals(Combination.COVER_VALUE)) {
      problems.add(
          line + " value",
          "'" + image.value() + "' is none of a cover; the category 'style' has only 'cover'");
      return;
    }
    styles.add(image.style());
    if (!image.isCover()) {
      values
          .computeIfAbsent(image.category(), c -> new CsvValues.Builder(names))
          .add(image.value());
    }
    slugs.computeIfAbsent(group, g -> newGroup()).add(fingerprints.of(slug));
    digest.add(image);
  }

  private LongStream.Builder newGroup() {
    if (slugs.size() == MAX_GROUPS) {
      throw new InputFileException(
          file + ": has more than " + MAX_GROUPS + " pairs of a category and a style");
    }
    return LongStream.builder();
  }

  private boolean checkGroup(String line, Combination image) {
    String path = line + " category";
    boolean keptForCovers =
        !image.isCover() && Slug.of(image.category()).equals(Combination.COVER_CATEGORY);
    if (keptForCovers) {
      problems.add(path, "'" + image.category() + "' is kept for the covers; choose another name");
    }
    return !keptForCovers
        & name(path, image.category(), Problems.MAX_CATEGORY, categorySlugs)
        & name(line + " style", image.style(), Problems.MAX_STYLE, styleSlugs);
  }

  /** Whether it is a name, and no other one becomes the same part of an object key. */
  private boolean name(String path, String name, int max, Map<String, String> bySlug) {
    if (!problems.name(path, name, max)) {
      return false;
    }
    String slug = Slug.of(name);
    if (slug.isEmpty()) {
      problems.noSlug(path, name);
      return false;
    }
    String other = bySlug.putIfAbsent(slug, name);
    if (other != null && !other.equals(name)) {
      problems.sharedSlug(path, name, other, slug);
      return false;
    }
    return true;
  }

  private static GroupName groupName(Combination image) {
    return new GroupName(image.category(), image.style());
  }

  /** Names the lines whose image another line has already, which takes another look at the file. */
  private void findTwins(Map<GroupName, long[]> sorted) {
    Map<GroupName, Set<Long>> twins = new HashMap<>();
    sorted.forEach(
        (group, fingerprints) -> {
          for (int i = 1; i < fingerprints.length; i++) {
            if (fingerprints[i] == fingerprints[i - 1]) {
              twins.computeIfAbsent(group, g -> new HashSet<>()).add(fingerprints[i]);
            }
          }
        });
    if (twins.isEmpty()) {
      return;
    }
    Map<List<Object>, First> seen = new HashMap<>();
    try (Stream<Row> rows = parse()) {
      rows.forEach(
          row -> {
            long fingerprint = fingerprints.of(Slug.of(row.image().value()));
            GroupName group = groupName(row.image());
            if (twins.getOrDefault(group, Set.of()).contains(fingerprint)) {
              First first =
                  problems.areEnough()
                      ? seen.get(List.of(group, fingerprint))
                      : seen.computeIfAbsent(List.of(group, fingerprint), k -> First.of(row));
              if (first != null && first.line() != row.line()) {
                tellTwins(first, row);
              }
            }
          });
    }
  }

  private void tellTwins(First first, Row second) {
    String path = "line " + second.line() + ": value";
    String name = second.image().value();
    String other = first.value();
    if (name.equals(other)) {
      problems.add(path, "'" + name + "' is there already, in line " + first.line());
    } else {
      problems.sharedSlug(path, name, other, Slug.of(name));
    }
  }

  /** The groups by style and category, in the order in which these came first; covers last. */
  private List<Catalogue.Group> groups(Map<GroupName, long[]> sorted) {
    List<String> categories = new ArrayList<>(values.keySet());
    List<Catalogue.Group> groups = new ArrayList<>();
    long first = 0;
    for (String style : styles) {
      first = add(groups, categories, style, first, sorted);
    }
    for (String style : styles) {
      first = add(groups, List.of(Combination.COVER_CATEGORY), style, first, sorted);
    }
    return List.copyOf(groups);
  }

  private static long add(
      List<Catalogue.Group> groups,
      List<String> categories,
      String style,
      long first,
      Map<GroupName, long[]> sorted) {
    long next = first;
    for (String category : categories) {
      long[] images = sorted.get(new GroupName(category, style));
      if (images != null) {
        groups.add(new Catalogue.Group(category, style, next, images.length));
        next += images.length;
      }
    }
    return next;
  }

  /** Everything but its name is as in the settings. */
  private static Style style(String name) {
    return new Style(
        name,
        name,
        "",
        "",
        "",
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  private Stream<Row> parse() {
    Reader text;
    try {
      text = withoutMark(Files.newInputStream(file));
    } catch (CharacterCodingException e) {
      throw notUtf8();
    } catch (IOException e) {
      throw new InputFileException(
          "catalog.location: "
              + file
              + " cannot be read; name a .yaml or .csv file that this program may read");
    }
    CsvReader<CsvRecord> csv =
        CsvReader.builder()
            .skipEmptyLines(true)
            .acceptCharsAfterQuotes(false)
            .maxBufferSize(MAX_ROW)
            .ofCsvRecord(text);
    Rows rows = new Rows(csv.iterator());
    return Stream.generate(rows::next)
        .takeWhile(Objects::nonNull)
        .onClose(
            () -> {
              try {
                csv.close();
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
  }

  /** The text of the file, which Windows begins with a mark. */
  private static Reader withoutMark(InputStream file) throws IOException {
    Reader text =
        new BufferedReader(new InputStreamReader(file, StandardCharsets.UTF_8.newDecoder()));
    text.mark(1);
    if (text.read() != BYTE_ORDER_MARK) {
      text.reset();
    }
    return text;
  }

  /** Records as images; a record that has not all fields is a problem, and left out. */
  private final class Rows {
    private final CloseableIterator<CsvRecord> records;
    private int[] places;

    Rows(CloseableIterator<CsvRecord> records) {
      this.records = records;
    }

    /** The next image, or null after the last one. */
    Row next() {
      if (places == null) {
        CsvRecord header = record();
        places = header == null ? new int[0] : places(header);
      }
      for (CsvRecord record = record(); record != null; record = record()) {
        if (record.getFieldCount() == COLUMNS.size()) {
          return new Row(record.getStartingLineNumber(), image(record));
        }
        problems.add(
            "line " + record.getStartingLineNumber() + ":",
            "has " + record.getFieldCount() + " fields; " + NEEDED);
      }
      return null;
    }

    private Combination image(CsvRecord record) {
      return new Combination(
          record.getField(places[0]),
          record.getField(places[1]),
          record.getField(places[2]),
          record.getField(places[3]).strip());
    }

    private CsvRecord record() {
      try {
        return records.hasNext() ? records.next() : null;
      } catch (UncheckedIOException e) {
        throw unreadable(e);
      } catch (CsvParseException e) {
        throw unreadable(e);
      }
    }

    private int[] places(CsvRecord header) {
      List<String> names = header.getFields();
      if (names.size() != COLUMNS.size() || !new HashSet<>(names).containsAll(COLUMNS)) {
        throw new InputFileException(
            file + ": line 1: names the columns " + String.join(", ", names) + "; " + NEEDED);
      }
      return COLUMNS.stream().mapToInt(names::indexOf).toArray();
    }
  }

  private InputFileException notUtf8() {
    return new InputFileException("catalog.location: " + file + " is not UTF-8 text");
  }

  private InputFileException unreadable(RuntimeException e) {
    for (Throwable t = e; t != null; t = t.getCause()) {
      if (t instanceof CharacterCodingException) {
        return notUtf8();
      }
    }
    String sentence = e.getMessage();
    if (e.getCause() != null && e.getCause().getMessage() != null) {
      sentence += ": " + e.getCause().getMessage();
    }
    return new InputFileException(file + ": " + sentence);
  }
}
