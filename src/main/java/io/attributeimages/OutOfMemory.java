package io.attributeimages;

import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/**
 * Ends the program when the JVM reports that its memory is used up, because what it leaves behind
 * may never answer again. {@code -XX:+ExitOnOutOfMemoryError} does so at once; where nobody has
 * given it, this looks at what threads die of and at what is logged.
 */
final class OutOfMemory extends Handler {

  /** As with the JVM's own option. */
  private static final int EXIT_CODE = 3;

  /** Causes may go round in a circle. */
  private static final int MAX_CAUSES = 20;

  private OutOfMemory() {}

  /** From now on. */
  static void endsTheProgram() {
    Thread.UncaughtExceptionHandler others = Thread.getDefaultUncaughtExceptionHandler();
    Thread.setDefaultUncaughtExceptionHandler(
        (thread, failure) -> {
          look(failure);
          if (others == null) {
            failure.printStackTrace();
          } else {
            others.uncaughtException(thread, failure);
          }
        });
    Logger.getLogger("").addHandler(new OutOfMemory());
  }

  private static void look(Throwable failure) {
    Throwable cause = failure;
    for (int i = 0; cause != null && i < MAX_CAUSES; i++) {
      if (cause instanceof OutOfMemoryError) {
        try {
          System.err.println("The memory of the JVM is used up: the program ends");
        } finally {
          Runtime.getRuntime().halt(EXIT_CODE);
        }
      }
      cause = cause.getCause();
    }
  }

  @Override
  public void publish(LogRecord record) {
    look(record.getThrown());
  }

  @Override
  public void flush() {}

  @Override
  public void close() {}
}
