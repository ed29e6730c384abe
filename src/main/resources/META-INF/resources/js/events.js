// The live connection: what changes arrives as server-sent events. It recovers by itself, from whatever ended it.

const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 15000;
const LONG_AWAY = 60000;

/**
 * Listens until the page is left.
 *
 * @param on.task called with each task that changed
 * @param on.run called with each run that changed
 * @param on.stale called when events may have been missed: the page then loads its data anew
 * @param on.connection called with true when it is connected, with false when it is lost
 */
export function listen(on) {
  let source;
  let pause = FIRST_PAUSE;
  let timer;
  let hiddenSince;

  function open() {
    clearTimeout(timer);
    source?.close();
    source = new EventSource('/api/events');
    source.addEventListener('open', () => {
      pause = FIRST_PAUSE;
      on.connection(true);
      // The server sends again what was missed, as long as it remembers; loading anew is right in any case. It is so the
      // first time, too: what the page has loaded may be older than what it hears from now on.
      on.stale();
    });
    source.addEventListener('error', () => {
      on.connection(false);
      // Where the answer was an error, the browser gives up: the next attempt is ours.
      if (source.readyState === EventSource.CLOSED) {
        clearTimeout(timer);
        timer = setTimeout(open, pause);
        pause = Math.min(pause * 2, LONGEST_PAUSE);
      }
    });
    source.addEventListener('task', (event) => on.task(JSON.parse(event.data)));
    source.addEventListener('run', (event) => on.run(JSON.parse(event.data)));
    source.addEventListener('reset', () => on.stale());
  }

  // A machine that slept, or changed its network, may hold a connection that is dead and does not know it.
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) {
      hiddenSince = Date.now();
    } else if (hiddenSince && Date.now() - hiddenSince > LONG_AWAY) {
      open();
    }
  });
  addEventListener('online', open);
  addEventListener('offline', () => on.connection(false));
  open();
}
