package io.attributeimages.api;

import io.attributeimages.catalog.Catalogue;
import io.attributeimages.catalog.Combination;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One call's way through the catalogue, chunk by chunk, until it has enough images. A call that
 * looks for a rare state gives up after a number of chunks, and says where to go on.
 */
final class ImageWalk {

  private static final int MAX_CHUNKS = 20;

  private final Catalogue catalogue;
  private final List<Catalogue.Range> ranges;
  private final Optional<String> state;
  private final int limit;
  private final int chunkSize;
  private final List<Map<String, Object>> rows = new ArrayList<>();
  private long next;
  private int chunks;

  /**
   * A walk.
   *
   * @param ranges what it goes through, in the catalogue's order
   * @param state of the images it looks for, or empty for all
   * @param first the first position it looks at
   * @param limit how many images are enough
   * @param chunkSize how many images are compared with the database at once
   */
  ImageWalk(
      Catalogue catalogue,
      List<Catalogue.Range> ranges,
      Optional<String> state,
      long first,
      int limit,
      int chunkSize) {
    this.catalogue = catalogue;
    this.ranges = ranges;
    this.state = state;
    this.next = first;
    this.limit = limit;
    this.chunkSize = state.isPresent() ? chunkSize : limit;
  }

  /** Whether there is another chunk to look at. */
  boolean goesOn() {
    return rows.size() < limit && chunks < MAX_CHUNKS && hasMore();
  }

  private boolean hasMore() {
    return ranges.stream().anyMatch(range -> range.end() > next);
  }

  /** The next chunk as parameters of {@code sql/select-images.sql}. */
  Map<String, Object> nextChunk() {
    List<Long> positions = new ArrayList<>();
    List<Combination> images = new ArrayList<>();
    for (Catalogue.Range range : ranges) {
      for (long position = Math.max(range.first(), next);
          position < range.end() && images.size() < chunkSize;
          position++) {
        positions.add(position);
        images.add(catalogue.combination(position));
      }
    }
    next = positions.get(positions.size() - 1) + 1;
    chunks++;
    Map<String, Object> parameters = new HashMap<>();
    parameters.put("positions", positions.toArray(Long[]::new));
    parameters.put("categories", images.stream().map(Combination::category).toArray(String[]::new));
    parameters.put("values", images.stream().map(Combination::value).toArray(String[]::new));
    parameters.put("styles", images.stream().map(Combination::style).toArray(String[]::new));
    parameters.put("state", state.orElse(null));
    parameters.put("limit", limit - rows.size());
    return parameters;
  }

  /** The rows of that chunk. */
  void found(List<Map<String, Object>> chunk) {
    rows.addAll(chunk);
    if (rows.size() == limit) {
      next = ((Number) rows.get(limit - 1).get("position")).longValue() + 1;
    }
  }

  /** All rows found. */
  List<Map<String, Object>> rows() {
    return rows;
  }

  /** The position to pass as {@code after}, or null where nothing is left to look at. */
  Long next() {
    return hasMore() ? next - 1 : null;
  }

  /** How many images the walk would go through in all, or null where it looks for a state. */
  Long total() {
    return state.isPresent()
        ? null
        : ranges.stream().mapToLong(range -> range.end() - range.first()).sum();
  }
}
