package io.attributeimages.support;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

/** Listens to server-sent events as a browser does, and keeps what it heard. */
public final class EventListener implements AutoCloseable {

  /**
   * An event.
   *
   * @param id the id of the stream when the event came
   */
  public record Event(String id, String name, JsonNode data) {}

  private final HttpResponse<InputStream> answer;
  private final List<Event> events = new CopyOnWriteArrayList<>();
  private volatile String lastId;
  private volatile boolean ended;

  private EventListener(URI address, String lastEventId, String... headers) {
    lastId = lastEventId;
    HttpRequest.Builder request =
        HttpRequest.newBuilder(address).header("Accept", "text/event-stream");
    if (headers.length > 0) {
      request.headers(headers);
    }
    if (lastEventId != null) {
      request.header("Last-Event-ID", lastEventId);
    }
    try {
      answer =
          HttpClient.newBuilder()
              .version(HttpClient.Version.HTTP_1_1)
              .build()
              .send(request.build(), BodyHandlers.ofInputStream());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /**
   * Listens, once the answer has begun.
   *
   * @param lastEventId the last id that an earlier listener heard, or null
   * @param headers further ones, name and value in turn
   */
  public static EventListener to(URI address, String lastEventId, String... headers) {
    EventListener listener = new EventListener(address, lastEventId, headers);
    if (listener.status() == 200) {
      Thread thread = new Thread(listener::read, "event-listener");
      thread.setDaemon(true);
      thread.start();
    }
    return listener;
  }

  private void read() {
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8))) {
      String name = null;
      String data = null;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("id: ")) {
          lastId = line.substring(4);
        } else if (line.startsWith("event: ")) {
          name = line.substring(7);
        } else if (line.startsWith("data: ")) {
          data = line.substring(6);
        } else if (line.isEmpty() && data != null) {
          events.add(new Event(lastId, name, new ObjectMapper().readTree(data)));
          data = null;
        }
      }
    } catch (IOException e) {
      // said by hasEnded
    }
    ended = true;
  }

  /** What it heard so far. */
  public List<Event> events() {
    return List.copyOf(events);
  }

  /** The data of the events of that name. */
  public Stream<JsonNode> data(String name) {
    return events.stream().filter(event -> event.name().equals(name)).map(Event::data);
  }

  /** The last id it heard, or was given. */
  public String lastId() {
    return lastId;
  }

  /** Whether the other side has ended the stream. */
  public boolean hasEnded() {
    return ended;
  }

  /** The HTTP status. */
  public int status() {
    return answer.statusCode();
  }

  /** A header of the answer, or null. */
  public String header(String name) {
    return answer.headers().firstValue(name).orElse(null);
  }

  /** What was answered instead of events. */
  public String refusal() {
    try {
      return new String(answer.body().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      answer.body().close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
