package io.attributeimages.embedded;

import java.io.IOException;
import java.util.Optional;

/** Where the accepted tasks are kept. */
public interface SimulatedTasks {

  /** When this returns, the task can be found. */
  void add(SimulatedTask task) throws IOException;

  /** Empty for an unknown task, and for a text that is no task id. */
  Optional<SimulatedTask> find(String taskId) throws IOException;
}
