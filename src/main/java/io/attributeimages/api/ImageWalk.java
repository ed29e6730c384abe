package io.attributeimages.api;

import io.attributeimages.catalog.Catalogue;
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

  private final List<Catalogue.Range> ranges;
  private final Optional<String> value;
  private final Optional<String> state;
  private final int limit;
  private final long chunkSize;
  private final List<Map<String, Object>> rows = new ArrayList<>();
  private long next;
  private int chunks;

  /**
   * A walk.
   *
   * @param ranges what it goes through, in the catalogue's order
   * @param value of the images it looks for, or empty for all
   * @param state of the images it looks for, or empty for all
   * @param first the first position it looks at
   * @param limit how many images are enough
   * @param chunkSize how many images are looked at at once for their state
   */
  ImageWalk(
      List<Catalogue.Range> ranges,
      Optional<String> value,
      Optional<String> state,
      long first,
      int limit,
      int chunkSize) {
    this.ranges = ranges;
    this.value = value;
    this.state = state;
    this.next = first;
    this.limit = limit;
    // the images of one value are found by an index
    this.chunkSize = value.isPresent() ? Long.MAX_VALUE : state.isPresent() ? chunkSize : limit;
  }

  /** Whether there is another chunk to look at. */
  boolean goesOn() {
    return rows.size() < limit && chunks < MAX_CHUNKS && hasMore();
  }

  private boolean hasMore() {
    return ranges.stream().anyMatch(range -> range.end() > next);
  }

  /** The next chunk as parameters of {@code sql/read/select-images.sql}. */
  Map<String, Object> nextChunk() {
    List<Long> firsts = new ArrayList<>();
    List<Long> ends = new ArrayList<>();
    long room = chunkSize;
    for (Catalogue.Range range : ranges) {
      long first = Math.max(range.first(), next);
      if (first < range.end() && room > 0) {
        long size = Math.min(range.end() - first, room);
        firsts.add(first);
        ends.add(first + size);
        room -= size;
      }
    }
    next = ends.get(ends.size() - 1);
    chunks++;
    Map<String, Object> parameters = new HashMap<>();
    parameters.put("firsts", firsts.toArray(Long[]::new));
    parameters.put("ends", ends.toArray(Long[]::new));
    parameters.put("value", value.orElse(null));
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

  /**
   * How many images there are of the choice in all, or null where only a look at each would tell.
   */
  Long total() {
    if (state.isPresent()) {
      return null;
    }
    if (value.isPresent()) {
      return next() == null ? (long) rows.size() : null;
    }
    return ranges.stream().mapToLong(range -> range.end() - range.first()).sum();
  }
}
