package io.attributeimages.catalog;

import de.siegmar.fastcsv.reader.CloseableIterator;
import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import java.io.BufferedInputStream;
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
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * Reads a catalogue from CSV (RFC 4180, UTF-8) and checks it, a row at a time: the memory it takes
 * grows by a few bytes for each row. The first line names the columns {@code category}, {@code
 * value}, {@code style} and {@code prompt}, in any order. A cover is the value {@code cover} of the
 * category {@code style}. Files are taken as office programs write them: with semicolons or tabs,
 * rows and columns that are empty, and lines broken within a prompt.
 */
final class CsvCatalogueReader {

  private static final List<String> COLUMNS = List.of("category", "value", "style", "prompt");
  private static final String NEEDED = "needed are " + String.join(", ", COLUMNS);
  private static final Pattern LINE_BREAK = Pattern.compile("\\s*\\R\\s*");
  private static final byte[] ZIP = {'P', 'K', 3, 4};
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

  /** What the images of a category in a style are known by, to find what is there twice. */
  private final Map<GroupName, LongStream.Builder> images = new HashMap<>();

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
    images.forEach((group, builder) -> sorted.put(group, builder.build().sorted().toArray()));
    images.clear();
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
        (images.containsKey(group) || checkGroup(line, image))
            & problems.name(line + " value", image.value(), Problems.MAX_VALUE)
            & problems.text(line + " prompt", image.prompt(), Problems.MAX_PROMPT);
    if (!good) {
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
    images.computeIfAbsent(group, g -> newGroup()).add(fingerprints.of(image.value()));
    digest.add(image);
  }

  private LongStream.Builder newGroup() {
    if (images.size() == MAX_GROUPS) {
      throw new InputFileException(
          file + ": has more than " + MAX_GROUPS + " pairs of a category and a style");
    }
    return LongStream.builder();
  }

  private boolean checkGroup(String line, Combination image) {
    String path = line + " category";
    boolean keptForCovers =
        !image.isCover() && image.category().equalsIgnoreCase(Combination.COVER_CATEGORY);
    if (keptForCovers) {
      problems.add(path, "'" + image.category() + "' is kept for the covers; choose another name");
    }
    return !keptForCovers
        & problems.name(path, image.category(), Problems.MAX_CATEGORY)
        & problems.name(line + " style", image.style(), Problems.MAX_STYLE);
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
            long fingerprint = fingerprints.of(row.image().value());
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
    // two names may have the same fingerprint
    String name = second.image().value();
    if (name.equals(first.value())) {
      problems.add(
          "line " + second.line() + ": value",
          "'" + name + "' is there already, in line " + first.line());
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
    char separator;
    try {
      text = withoutMark(Files.newInputStream(file));
      separator = separator(text);
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
            .fieldSeparator(separator)
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
  private Reader withoutMark(InputStream bytes) throws IOException {
    BufferedInputStream beginning = new BufferedInputStream(bytes);
    beginning.mark(ZIP.length);
    if (Arrays.equals(beginning.readNBytes(ZIP.length), ZIP)) {
      throw new InputFileException(
          file + ": is a workbook of an office program; save it as CSV UTF-8, and name that file");
    }
    beginning.reset();
    Reader text =
        new BufferedReader(new InputStreamReader(beginning, StandardCharsets.UTF_8.newDecoder()));
    text.mark(1);
    if (text.read() != BYTE_ORDER_MARK) {
      text.reset();
    }
    return text;
  }

  /** As the first line has it: some languages' office programs write semicolons for commas. */
  private char separator(Reader text) throws IOException {
    text.mark(MAX_ROW);
    char[] beginning = new char[MAX_ROW];
    int length = text.read(beginning);
    text.reset();
    String first =
        length < 0 ? "" : String.valueOf(beginning, 0, length).lines().findFirst().orElse("");
    return first.contains(",")
        ? ','
        : first.contains(";") ? ';' : first.contains("\t") ? '\t' : ',';
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
        List<String> fields = fields(record);
        if (fields.size() == COLUMNS.size()) {
          return new Row(record.getStartingLineNumber(), image(fields));
        }
        if (!fields.isEmpty()) {
          problems.add(
              "line " + record.getStartingLineNumber() + ":",
              "has " + fields.size() + " fields; " + NEEDED);
        }
      }
      return null;
    }

    /** Those of the columns: without empty ones beyond them, and none where all are empty. */
    private static List<String> fields(CsvRecord record) {
      List<String> fields = record.getFields();
      int end = fields.size();
      while (end > COLUMNS.size() && fields.get(end - 1).isBlank()) {
        end--;
      }
      return fields.stream().allMatch(String::isBlank) ? List.of() : fields.subList(0, end);
    }

    private Combination image(List<String> fields) {
      return new Combination(
          fields.get(places[0]),
          fields.get(places[1]),
          fields.get(places[2]),
          inOneLine(fields.get(places[3])).strip());
    }

    private static String inOneLine(String text) {
      return text.indexOf('\n') < 0 && text.indexOf('\r') < 0
          ? text
          : LINE_BREAK.matcher(text).replaceAll(" ");
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
      List<String> names = fields(header);
      if (names.size() != COLUMNS.size() || !new HashSet<>(names).containsAll(COLUMNS)) {
        throw new InputFileException(
            file + ": line 1: names the columns " + String.join(", ", names) + "; " + NEEDED);
      }
      return COLUMNS.stream().mapToInt(names::indexOf).toArray();
    }
  }

  private InputFileException notUtf8() {
    return new InputFileException(
        file + ": line " + lineNotUtf8() + ": is not UTF-8; save the file as CSV UTF-8");
  }

  /** The number of the first one, counted in bytes, as nothing else can be read. */
  private long lineNotUtf8() {
    try (BufferedReader bytes = Files.newBufferedReader(file, StandardCharsets.ISO_8859_1)) {
      long number = 1;
      for (String line = bytes.readLine(); line != null; line = bytes.readLine(), number++) {
        byte[] raw = line.getBytes(StandardCharsets.ISO_8859_1);
        if (!Arrays.equals(
            raw, new String(raw, StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_8))) {
          return number;
        }
      }
      return number;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
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
