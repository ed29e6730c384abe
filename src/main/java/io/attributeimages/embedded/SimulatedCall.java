package io.attributeimages.embedded;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.attributeimages.embedded.HttpConnection.Request;
import java.io.IOException;
import java.util.Optional;

/** A request that has reached a simulated host. */
public final class SimulatedCall {
  static final String RESULT_PATH = "/v3/async/task-result";
  static final String PICTURE_PATH = "/images/";

  private static final ObjectMapper JSON = new ObjectMapper();

  private final HostApi api;
  private final HttpConnection connection;
  private final Request request;
  private final SimulatedModel model;
  private final JsonNode body;

  SimulatedCall(HostApi api, HttpConnection connection, Request request) {
    this.api = api;
    this.connection = connection;
    this.request = request;
    this.model = SimulatedModel.at(path()).filter(m -> is("POST", m.path())).orElse(null);
    this.body = parse(request.body());
  }

  private static JsonNode parse(byte[] body) {
    try {
      return body.length == 0 ? MissingNode.getInstance() : JSON.readTree(body);
    } catch (IOException e) {
      return MissingNode.getInstance();
    }
  }

  /** The request as it came. */
  public Request request() {
    return request;
  }

  /** Its body; a missing node where it is no JSON. */
  public JsonNode body() {
    return body;
  }

  /** Where it came from, which may be broken. */
  public HttpConnection connection() {
    return connection;
  }

  /** The model that this is a submit to. */
  public Optional<SimulatedModel> model() {
    return Optional.ofNullable(model);
  }

  /** Whether it asks for a task's result. */
  public boolean isPoll() {
    return is("GET", RESULT_PATH);
  }

  /** Whether it asks for a picture. */
  public boolean isDownload() {
    return request.method().equals("GET") && path().startsWith(PICTURE_PATH);
  }

  /** The host that it is addressed to. */
  public SimulatedHost host() {
    return SimulatedModel.at(path())
        .map(SimulatedModel::host)
        .orElse(isDownload() ? SimulatedHost.PICTURES : SimulatedHost.NOVITA);
  }

  /** The task whose result or picture it asks for; an empty text where there is none. */
  public String taskId() {
    return isDownload()
        ? path().substring(PICTURE_PATH.length()).split("[_.]", 2)[0]
        : request.parameter("task_id");
  }

  String path() {
    return request.target().getPath();
  }

  boolean is(String method, String path) {
    return request.method().equals(method) && path().equals(path);
  }

  /** Does what is asked for, if it is allowed; what is accepted is paid for when this returns. */
  public Answer carryOut() {
    return api.carryOut(this);
  }

  /** Waits until the answer may be sent. */
  public void await(Answer answer) throws IOException {
    api.await(this, answer);
  }

  /** Sends the answer when its time has come. */
  public void send(Answer answer) throws IOException {
    await(answer);
    connection.send(answer, request.keepAlive());
  }
}
