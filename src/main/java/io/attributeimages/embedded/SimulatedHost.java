package io.attributeimages.embedded;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** The hosts that are simulated; each has errors in words of its own. */
public enum SimulatedHost {
  /** Novita's API. */
  NOVITA,
  /** OpenAI's image API. */
  OPENAI,
  /** A WebUI of Stable Diffusion. */
  WEBUI,
  /** The object store that Novita's picture addresses lead to. */
  PICTURES;

  /** The host's error answer. */
  public Answer error(int status, String reason, String message) {
    ObjectNode error = JsonNodeFactory.instance.objectNode();
    switch (this) {
      case NOVITA -> {
        error.put("code", status).put("reason", reason).put("message", message);
        error.putObject("metadata");
      }
      case OPENAI ->
          error
              .putObject("error")
              .put("message", message)
              .put("type", status < 500 ? "invalid_request_error" : "server_error")
              .putNull("param")
              .put("code", reason);
      case WEBUI -> {
        if (status == 422) {
          error.putArray("detail").addObject().put("msg", message).put("type", reason);
        } else if (status == 500) {
          error.put("error", reason).put("detail", message).put("errors", message);
        } else {
          error.put("detail", message);
        }
      }
      default -> {
        String xml = "<?xml version=\"1.0\"?>\n<Error><Code>%s</Code><Message>%s</Message></Error>";
        return Answer.of(status, "application/xml", xml.formatted(reason, message));
      }
    }
    return Answer.json(status, error);
  }
}
