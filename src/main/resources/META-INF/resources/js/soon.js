// What changes all the time is asked for again and again, but one question at a time: of questions that overtake each
// other, none would ever be the newest one that is answered.

/** What is told together is answered by one question. */
const TOGETHER = 200;

/**
 * Makes a function that has something done in a moment, and however often it is called, never twice at a time.
 *
 * @param action does it; gives a promise of when it is done
 * @param pause milliseconds from one beginning to the next, at least
 */
export function soon(action, pause) {
  let begun = 0;
  let wanted = false;
  let waiting = false;
  return async () => {
    wanted = true;
    if (waiting) {
      return;
    }
    waiting = true;
    try {
      while (wanted) {
        await new Promise((done) => setTimeout(done, Math.max(TOGETHER, begun + pause - Date.now())));
        begun = Date.now();
        wanted = false;
        await action();
      }
    } finally {
      waiting = false;
    }
  };
}
