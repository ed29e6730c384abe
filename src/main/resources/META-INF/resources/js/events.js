// The live connection: what changes arrives as server-sent events. It recovers by itself, from whatever ended it.

const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 15000;
/** The service says every 15 seconds that it is there: who hears nothing for that long has lost it. */
const LONGEST_SILENCE = 40000;
const LONG_AWAY = 60000;
/** How often a page that hears nothing looks by itself. */
const LOOK_PAUSE = 10000;

/**
 * Listens until the page is left.
 *
 * @param on.task called with each task that changed
 * @param on.run called with each run that changed
 * @param on.planned called with a run once its images are planned, of which there is no event for each
 * @param on.stale called at once, when events may have been missed, and now and then while none come: the page then loads
 *   its data anew; gives the promise that it has
 * @param on.connection called with true when it is connected, with false when it is lost
 */
export function listen(on) {
  let source;
  let connected = false;
  let pause = FIRST_PAUSE;
  let timer;
  let hiddenSince;
  const planned = new Set();

  function become(now) {
    connected = now;
    on.connection(now);
  }

  function openIn(millis) {
    clearTimeout(timer);
    timer = setTimeout(() => {
      become(false);
      open();
    }, millis);
  }

  function open() {
    source?.close();
    source = new EventSource('/api/events');
    openIn(LONGEST_SILENCE);
    source.addEventListener('open', () => {
      pause = FIRST_PAUSE;
      openIn(LONGEST_SILENCE);
      become(true);
      // The server sends again what was missed, as long as it remembers; loading anew is right in any case. It is so the
      // first time, too: what the page has loaded may be older than what it hears from now on.
      on.stale();
    });
    source.addEventListener('error', () => {
      become(false);
      // Where the answer was an error, the browser gives up: the next attempt is ours.
      if (source.readyState === EventSource.CLOSED) {
        openIn(pause);
        pause = Math.min(pause * 2, LONGEST_PAUSE);
      }
    });
    hear('task', on.task);
    hear('run', (run) => {
      on.run(run);
      const plan = `${run.id} ${run.plannedAt}`;
      if (run.plannedAt && !planned.has(plan)) {
        planned.add(plan);
        on.planned(run);
      }
    });
    hear('reset', () => on.stale());
    hear('alive', () => {});
  }

  function hear(name, tell) {
    source.addEventListener(name, (event) => {
      openIn(LONGEST_SILENCE);
      tell(JSON.parse(event.data));
    });
  }

  async function look() {
    if (!connected) {
      await on.stale();
    }
    setTimeout(look, LOOK_PAUSE);
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
  addEventListener('offline', () => become(false));
  open();
  look();
}
