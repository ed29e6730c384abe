// What can be done with a run.
import { html, nothing } from '/_static/lit-html/lit-html.js';
import { post } from '../api.js';
import { verb } from '../verbs.js';
import { runFilter } from '../words.js';

const OVER = ['COMPLETED', 'CANCELLED'];

/** The verbs that the run's state allows. The event that follows shows what they came to. */
export function runVerbs(run, place) {
  const about = `run: ${runFilter(run)}`;
  const call = (name, done) => async () => {
    await post(`/api/runs/${run.id}/${name}`);
    return done;
  };
  const key = (name) => `${place}-${name}-${run.id}`;
  const pause = verb({ key: key('pause'), label: 'Pause', about, run: call('pause', 'The run is paused.') });
  const resume = verb({ key: key('resume'), label: 'Resume', about, run: call('resume', 'The run is resumed.') });
  const cancel = verb({
    key: key('cancel'),
    label: 'Cancel',
    about,
    run: call('cancel', 'The run is cancelled.'),
    ask: {
      title: 'Cancel this run?',
      text: 'It makes nothing more, and cannot be resumed. What is paid is still collected and stored.',
      action: 'Cancel the run',
      danger: true,
    },
  });
  // One template for all states: the button that becomes another one keeps the focus.
  return OVER.includes(run.state) ? nothing : html`${run.state === 'RUNNING' ? pause : resume}${cancel}`;
}
