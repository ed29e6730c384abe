package io.attributeimages.catalog;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;

/**
 * The values of one category, of which there may be a million: the names of the first ones, and of
 * all a number of 64 bits each, which no two of them share but by an unlikely chance.
 */
final class CsvValues {

  private final List<String> first;
  private final long[] fingerprints;

  private CsvValues(List<String> first, long[] fingerprints) {
    this.first = first;
    this.fingerprints = fingerprints;
  }

  /** The names of the first ones, in order. */
  List<String> first() {
    return first;
  }

  /** How many there are. */
  long count() {
    return fingerprints.length;
  }

  /** Whether this is one of them. */
  boolean has(String value) {
    return Arrays.binarySearch(fingerprints, new Fingerprints().of(value)) >= 0;
  }

  /** Makes a number of a text, by which it is known again. */
  static final class Fingerprints {
    private final MessageDigest digest = CatalogueDigest.sha256();

    long of(String text) {
      return ByteBuffer.wrap(digest.digest(text.getBytes(StandardCharsets.UTF_8))).getLong();
    }
  }

  /** How many names may still be kept: those of all categories together have a limit as well. */
  static final class Names {

    /** As many as a person may still look through. */
    private static final int OF_A_CATEGORY = 1000;

    private int left = 10 * OF_A_CATEGORY;

    private void keepIn(Set<String> names, String name) {
      if (left > 0 && names.size() < OF_A_CATEGORY && names.add(name)) {
        left--;
      }
    }
  }

  /** Collects values as they are read; one may come again with each style. */
  static final class Builder {
    private final Names names;
    private final Set<String> first = new LinkedHashSet<>();
    private final Fingerprints made = new Fingerprints();
    private final LongStream.Builder fingerprints = LongStream.builder();

    Builder(Names names) {
      this.names = names;
    }

    void add(String value) {
      names.keepIn(first, value);
      fingerprints.add(made.of(value));
    }

    CsvValues build() {
      return new CsvValues(List.copyOf(first), fingerprints.build().sorted().distinct().toArray());
    }
  }
}
