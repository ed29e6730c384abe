package io.attributeimages.cli;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarConsumer;
import me.tongfei.progressbar.ProgressBarStyle;

/** Shows how far a run is: as a bar on a terminal, as a line now and then elsewhere. */
interface ProgressView extends AutoCloseable {

  /** The run is that far. */
  void show(Progress progress);

  /** Something to tell in between. */
  void tell(String line);

  /** Nothing more is shown. Closing twice does nothing. */
  @Override
  void close();

  /** What fits the other end. */
  static ProgressView of(Answer answer) {
    return Terminal.isInteractive()
        ? new Bar(System.err)
        : new Lines(answer.progress(), System::nanoTime);
  }

  /** A line at each tenth of the way, and when half a minute has passed with any change. */
  final class Lines implements ProgressView {

    private static final int STEPS = 10;
    private static final long AT_LEAST_EVERY = Duration.ofSeconds(30).toNanos();

    private final PrintStream out;
    private final LongSupplier clock;
    private Progress shown;
    private long shownAt;

    Lines(PrintStream out, LongSupplier clock) {
      this.out = out;
      this.clock = clock;
    }

    @Override
    public synchronized void show(Progress progress) {
      if (!progress.planned() || progress.images() == 0 || progress.equals(shown)) {
        return;
      }
      boolean step = shown == null || step(progress) != step(shown);
      if (step || clock.getAsLong() - shownAt >= AT_LEAST_EVERY) {
        out.println(progress.line());
        shown = progress;
        shownAt = clock.getAsLong();
      }
    }

    private static long step(Progress progress) {
      return progress.done() * STEPS / progress.images();
    }

    @Override
    public void tell(String line) {
      out.println(line);
    }

    @Override
    public void close() {
      // every line is complete
    }
  }

  /** A bar that is drawn again and again in the last line. */
  final class Bar implements ProgressView {

    private static final int WIDTH = 100;
    private static final int REDRAW_MILLIS = 200;
    private static final String CLEAR_LINE = "\r\u001b[2K";

    /** A bar that is wider than the terminal is cut off there, rather than leaving lines behind. */
    private static final String NO_WRAP = "\u001b[?7l";

    private static final String WRAP = "\u001b[?7h";

    private final PrintStream terminal;
    private volatile Progress latest;
    private ProgressBar bar;
    private boolean closed;

    Bar(PrintStream terminal) {
      this.terminal = terminal;
    }

    @Override
    public synchronized void show(Progress progress) {
      latest = progress;
      if (closed || !progress.planned() || progress.images() == 0) {
        return;
      }
      if (bar == null) {
        bar =
            new ProgressBarBuilder()
                .setTaskName("Images")
                .setInitialMax(progress.images())
                .setStyle(
                    Terminal.isUnicode() ? ProgressBarStyle.UNICODE_BLOCK : ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(REDRAW_MILLIS)
                .setEtaFunction(state -> Optional.of(eta()))
                .setConsumer(new LastLine())
                // an image takes a while, and time and cost go on meanwhile
                .continuousUpdate()
                .build();
      }
      bar.maxHint(progress.images());
      bar.stepTo(progress.done());
      bar.setExtraMessage(
          progress.costs() + (progress.failed() > 0 ? ", " + progress.failed() + " failed" : ""));
    }

    private Duration eta() {
      return Duration.ofSeconds(latest.etaSeconds());
    }

    @Override
    public void tell(String line) {
      synchronized (terminal) {
        terminal.print(CLEAR_LINE + line + System.lineSeparator());
        terminal.flush();
      }
    }

    @Override
    public synchronized void close() {
      if (bar != null && !closed) {
        bar.close();
        synchronized (terminal) {
          terminal.println();
          terminal.flush();
        }
      }
      closed = true;
    }

    /** Not the library's own, which sets up a terminal of its own and takes over Ctrl-C with it. */
    private final class LastLine implements ProgressBarConsumer {

      @Override
      public int getMaxRenderedLength() {
        return WIDTH;
      }

      @Override
      public void accept(String drawn) {
        synchronized (terminal) {
          terminal.print(CLEAR_LINE + NO_WRAP + drawn.stripTrailing() + WRAP);
          terminal.flush();
        }
      }

      @Override
      public void close() {
        // the library does so at a time of its own; the bar ends its line itself
      }
    }
  }
}
