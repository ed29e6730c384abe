package io.attributeimages.e2e;

import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.interceptor.Interceptor;
import org.apache.camel.quarkus.core.CamelRuntime;

/** Starts Camel as the program's main method does, which tests in the JVM do not run. */
@ApplicationScoped
public class CamelStarter {

  void onStart(
      @Observes @Priority(Interceptor.Priority.LIBRARY_AFTER) StartupEvent event,
      CamelRuntime runtime) {
    runtime.start(new String[0]);
  }
}
