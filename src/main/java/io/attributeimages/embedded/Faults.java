package io.attributeimages.embedded;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** What tests put between the simulated hosts and their clients; as it stands, nothing. */
public interface Faults {

  /** A call has arrived, to be carried out or not, and answered or not. */
  default void answer(SimulatedCall call) throws IOException {
    call.send(call.carryOut());
  }

  /** A submit is accepted; gives what is remembered of it, null: nothing, though it is paid for. */
  default SimulatedTask accepted(SimulatedTask task) {
    return task;
  }

  /** Whether webhooks that are due are sent, or held back. */
  default boolean sendsWebhooks() {
    return true;
  }

  /** How long to wait with a webhook after so many failures. */
  default Duration webhookPause(int failures) {
    return Duration.ofSeconds(List.of(1, 2, 5, 10, 30).get(failures - 1));
  }

  /** A webhook was answered with this status; 0: not at all. */
  default void webhookSent(SimulatedTask task, int status) {}
}
