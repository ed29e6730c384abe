// Everything the pages say about numbers, times and states.
import { html, nothing } from '/_static/lit-html/lit-html.js';

const IMAGE_STATES = {
  STORED: 'Stored',
  PLANNED: 'Planned',
  SUBMITTING: 'Submitting',
  SUBMITTED: 'Submitted',
  STORING: 'Storing',
  UNCONFIRMED: 'Unconfirmed',
  FAILED: 'Failed',
  MISSING: 'Missing',
  SKIPPED: 'Skipped',
  CANCELLED: 'Cancelled',
};

const RUN_STATES = {
  RUNNING: 'Running',
  PAUSED: 'Paused',
  HALTED: 'Halted',
  COMPLETED: 'Completed',
  CANCELLED: 'Cancelled',
};

const TRIGGERS = { SCHEDULE: 'by schedule', START: 'at start', REST: 'by hand', CLI: 'by command' };

/** The states an image can be in, in the order of its life. */
export const imageStates = ['MISSING', 'PLANNED', 'SUBMITTING', 'SUBMITTED', 'STORING', 'UNCONFIRMED', 'FAILED', 'STORED'];

/** The category of the covers, which no catalogue may use itself. */
export const COVERS = 'style';

export function imageState(state) {
  return IMAGE_STATES[state] ?? state;
}

export function runState(state) {
  return RUN_STATES[state] ?? state;
}

export function trigger(name) {
  return TRIGGERS[name] ?? name;
}

/** The state of a task as the grid shows it. */
export function taskState(task) {
  return task.state === 'SUBMITTED' && task.storingSince ? 'STORING' : task.state;
}

/** A state with its colour. */
export function chip(state, text) {
  return html`<span class="chip" data-state=${state}>${text}</span>`;
}

/** Whether what is shown follows what happens; nothing while that is not known. */
export function connectionView(connected) {
  return connected === null
    ? nothing
    : html`<span class="connection" data-connected=${connected} role="status">${connected ? 'Live' : 'Connection lost'}</span>`;
}

const dollars = new Intl.NumberFormat('en-US', {
  style: 'currency',
  currency: 'USD',
  minimumFractionDigits: 2,
  maximumFractionDigits: 4,
});

export function money(amount) {
  return dollars.format(amount ?? 0);
}

const numbers = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });

export function count(number) {
  return numbers.format(number ?? 0);
}

/** "1 image", "2 images". */
export function images(number) {
  return `${count(number)} ${number === 1 ? 'image' : 'images'}`;
}

export function duration(seconds) {
  if (seconds < 60) {
    return `${Math.max(1, Math.round(seconds))} s`;
  }
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) {
    return `${minutes} min`;
  }
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.round(hours / 24)} days`;
}

const sameDay = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
const otherDay = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

/** A point in time: the hour today, the date otherwise. */
export function time(iso) {
  if (!iso) {
    return nothing;
  }
  const date = new Date(iso);
  const format = date.toDateString() === new Date().toDateString() ? sameDay : otherDay;
  return html`<time datetime=${iso}>${format.format(date)}</time>`;
}

/** A name with a capital: "age" becomes "Age". */
export function capital(name) {
  return name ? name.charAt(0).toUpperCase() + name.slice(1) : '';
}

/** One image in words: "Age 30s, anime". */
export function imageName({ category, value, style }) {
  return category === COVERS ? `Cover, ${style}` : `${capital(category)} ${value}, ${style}`;
}

/** Which images a run is about. */
export function runFilter(run) {
  const category = run.category === COVERS ? 'Covers' : capital(run.category);
  const values = (run.values ?? []).length > 0 && run.category !== COVERS ? run.values.join(', ') : '';
  const parts = [[category, values].filter(Boolean).join(': '), run.style].filter(Boolean);
  return parts.length > 0 ? parts.join(', ') : 'All images';
}
