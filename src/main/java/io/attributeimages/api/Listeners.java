package io.attributeimages.api;

import io.quarkus.runtime.ShutdownEvent;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.SocketAddress;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.camel.Exchange;

/**
 * Who listens to events: no thread waits for any of them. A call waits until the ledger was looked
 * at, so that whatever changes after its answer begins is told.
 */
@ApplicationScoped
public class Listeners {

  static final String EVENT_STREAM = "text/event-stream";

  private static final Duration HEARTBEAT = Duration.ofSeconds(15);
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Vertx vertx;
  private final ListenerPlaces places = new ListenerPlaces();
  private final Set<Listener> waiting = ConcurrentHashMap.newKeySet();
  private final Set<Listener> listening = ConcurrentHashMap.newKeySet();
  private volatile Buffer reset = Events.heartbeat();
  private volatile boolean closed;
  private long heartbeat;

  /** Listeners on that server. */
  public Listeners(Vertx vertx) {
    this.vertx = vertx;
  }

  void register(@Observes Router router) {
    // what it leaves alone goes on to the route get-events, which answers in words
    router.get("/api/events").produces(EVENT_STREAM).handler(this::accept);
    heartbeat = vertx.setPeriodic(HEARTBEAT.toMillis(), id -> write(Events.heartbeat()));
  }

  /** Streams have no end of their own: the program does not wait for them. */
  void close(@Observes ShutdownEvent event) {
    closed = true;
    vertx.cancelTimer(heartbeat);
    waiting.forEach(Listener::close);
    listening.forEach(Listener::close);
  }

  private void accept(RoutingContext call) {
    String query = call.request().query();
    if (closed || query != null && !query.isEmpty()) {
      call.next();
      return;
    }
    boolean operator = Caller.isOperator(call);
    String network = operator ? null : limitedNetwork(call);
    places.take(network, operator);
    Listener listener = new Listener(call, vertx.getOrCreateContext());
    listener.onEnd(
        () -> {
          waiting.remove(listener);
          listening.remove(listener);
          places.leave(network, operator);
        });
    waiting.add(listener);
    vertx.setTimer(
        PATIENCE.toMillis(),
        id -> {
          if (waiting.remove(listener)) {
            listener.refuse(ApiErrors.DATABASE_AWAY);
          }
        });
  }

  /** Null for this machine, as that may be a proxy before everybody. */
  private static String limitedNetwork(RoutingContext call) {
    SocketAddress address = call.request().remoteAddress();
    return Caller.isLoopback(address) ? null : Caller.network(address);
  }

  /**
   * Why a call is no stream of events.
   *
   * @throws Problem that says so
   */
  void refuse(Exchange exchange) {
    QueryString.of(exchange);
    throw new Problem(503, "Stopping", "The program is about to stop; try again in a moment");
  }

  /** Whether there is anyone to tell anything. */
  boolean isAnyone() {
    return !waiting.isEmpty() || !listening.isEmpty();
  }

  /** Those who wait and were here before. */
  List<Listener> returning() {
    return waiting.stream().filter(Listener::hasComeBack).toList();
  }

  /** Those who wait and are here for the first time. */
  List<Listener> newcomers() {
    return waiting.stream().filter(listener -> !listener.hasComeBack()).toList();
  }

  /** The listener hears that, and then what all hear. */
  void admit(Listener listener, Buffer beginning) {
    // who is gone meanwhile, or was refused, waits no more
    if (waiting.remove(listener)) {
      listener.begin(beginning);
      listening.add(listener);
      if (listener.hasEnded()) {
        listening.remove(listener);
      }
    }
  }

  /** All who listen hear that. */
  void write(Buffer events) {
    Buffer instead = reset;
    listening.forEach(listener -> listener.write(events, instead));
  }

  /** What those hear from now on who have missed something, as they read too slowly. */
  void onceBehind(Buffer event) {
    reset = event;
  }
}
