package io.attributeimages.api;

import io.attributeimages.ledger.Snapshot;
import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Somebody who listens to events. What is written but not read yet is bounded: to who reads too
 * slowly nothing is written until the rest is read, and then that something was missed; who reads
 * nothing at all is dropped. All that concerns the connection happens on its own event loop.
 */
final class Listener {

  private static final int MAX_UNREAD = 256 * 1024;
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final RoutingContext call;
  private final HttpServerResponse response;
  private final Context eventLoop;
  private final boolean comesBack;
  private final Optional<Snapshot> seen;
  private final AtomicBoolean ended = new AtomicBoolean();
  private boolean behind;
  private long behindSince;

  /** Who made that call. */
  Listener(RoutingContext call, Context eventLoop) {
    this.call = call;
    this.response = call.response();
    this.eventLoop = eventLoop;
    String lastEventId = call.request().getHeader("Last-Event-ID");
    this.comesBack = lastEventId != null && !lastEventId.isEmpty();
    this.seen = Snapshot.parse(lastEventId);
  }

  /** Whether it was here before. */
  boolean hasComeBack() {
    return comesBack;
  }

  /** What it has seen; empty where that cannot be told. */
  Optional<Snapshot> seen() {
    return seen;
  }

  /** Begins the answer. */
  void begin(Buffer events) {
    onEventLoop(
        () -> {
          response
              .setWriteQueueMaxSize(MAX_UNREAD)
              .setChunked(true)
              .putHeader("Content-Type", Listeners.EVENT_STREAM)
              .putHeader("Cache-Control", "no-store")
              .putHeader("X-Accel-Buffering", "no")
              .write(events);
        });
  }

  /**
   * Writes events.
   *
   * @param reset what is written instead, once there is room again, where there was none
   */
  void write(Buffer events, Buffer reset) {
    onEventLoop(
        () -> {
          if (!response.writeQueueFull()) {
            response.write(behind ? reset : events);
            behind = false;
          } else if (!behind) {
            behind = true;
            behindSince = System.nanoTime();
          } else if (System.nanoTime() - behindSince > PATIENCE.toNanos()) {
            response.reset();
          }
        });
  }

  /** Answers a call that has waited in vain. */
  void refuse(Problem problem) {
    onEventLoop(() -> problem.send(response));
  }

  /** Ends the stream; the other side may come back. */
  void close() {
    onEventLoop(response::end);
  }

  private void onEventLoop(Runnable step) {
    eventLoop.runOnContext(
        nothing -> {
          if (!response.ended() && !response.closed()) {
            step.run();
          }
        });
  }

  /** Calls back once, when the connection is gone or the answer has ended. */
  void onEnd(Runnable end) {
    call.addEndHandler(
        result -> {
          if (ended.compareAndSet(false, true)) {
            end.run();
          }
        });
  }

  /** Whether the connection is gone or the answer has ended. */
  boolean hasEnded() {
    return ended.get();
  }
}
