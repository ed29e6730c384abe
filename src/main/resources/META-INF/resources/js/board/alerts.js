// What needs a person: shown above everything else, counted in the header and in the page's title, and read out once.
import { html, nothing } from '/_static/lit-html/lit-html.js';
import { repeat } from '/_static/lit-html/directives/repeat.js';
import { post } from '../api.js';
import { verb } from '../verbs.js';
import { signIn, signInHint } from '../session.js';

const TITLES = {
  HALTED: 'Halted',
  PAUSED: 'Waiting',
  OUTAGE: 'Outage',
  UNCONFIRMED: 'Unconfirmed payment',
  DEAD_LETTERS: 'Dead letters',
  CLOSED: 'Not for everybody',
};

/** The ones that stop the work. */
const URGENT = ['HALTED', 'OUTAGE'];

const title = document.title;
const spoken = document.createElement('div');
spoken.className = 'visually-hidden';
spoken.setAttribute('role', 'alert');
document.body.append(spoken);
let announced = '';

/** Whether what the page shows could not be loaded. */
export function isSilent(board) {
  return Object.keys(board.failures).length + Object.keys(board.closed).length > 0;
}

function alertsOf(board) {
  const alerts = board.status?.alerts ?? [];
  const own = [];
  const failure = Object.values(board.failures)[0];
  const closed = Object.values(board.closed)[0];
  if (closed) {
    own.push({ kind: 'CLOSED', message: closed, action: '' });
  }
  if (failure) {
    own.push({ kind: 'OUTAGE', message: failure, action: 'This page goes on trying by itself.' });
  } else if (board.connected === false && !closed) {
    own.push({
      kind: 'OUTAGE',
      message: 'The connection to the service is lost, so what you see may be out of date.',
      action: 'This page tries again by itself and catches up.',
    });
  }
  return [...own, ...alerts];
}

export function alertsView(board, deadLetters) {
  const alerts = alertsOf(board);
  if (alerts.length === 0) {
    return nothing;
  }
  return repeat(
    alerts,
    (alert) => alert.kind + (alert.runId ?? '') + alert.message,
    (alert) => html`
      <div class="alert" data-urgent=${URGENT.includes(alert.kind)}>
        <div>
          <h2>${TITLES[alert.kind] ?? alert.kind}</h2>
          <p><strong>${alert.message}</strong> ${alert.action}</p>
          ${['HALTED', 'PAUSED', 'DEAD_LETTERS'].includes(alert.kind) ? signInHint() : nothing}
        </div>
        <div class="buttons">${buttons(alert, deadLetters)}</div>
      </div>`,
  );
}

/** Why a run is as it is, where no alert says so already. */
export function reason(run, board) {
  const isSaid = board.status?.alerts.some((alert) => alert.kind === 'HALTED' && alert.runId === run.id);
  return run.reason && !isSaid ? html`<p class="reason">${run.reason}</p>` : nothing;
}

function buttons(alert, deadLetters) {
  switch (alert.kind) {
    case 'HALTED':
    case 'PAUSED':
      return alert.runId
        ? verb({
            key: `alert-resume-${alert.runId}`,
            label: 'Resume the run',
            kind: '',
            run: async () => {
              await post(`/api/runs/${alert.runId}/resume`);
              return 'The run is resumed.';
            },
          })
        : nothing;
    case 'CLOSED':
      return html`<button type="button" class="small" @click=${signIn}>Sign in</button>`;
    case 'UNCONFIRMED':
      return html`<a role="button" class="small secondary outline" href="/?state=UNCONFIRMED#images">Show the images</a>`;
    case 'DEAD_LETTERS':
      return html`<a role="button" class="small secondary outline" href="#dead-letters">Look at them</a>
        ${deadLetters.replayAll('alert-replay-all', 'Replay all')}`;
    default:
      return nothing;
  }
}

/** Reads new alerts out, and puts their number into the page's title. */
export function announceAlerts(board) {
  const alerts = alertsOf(board);
  document.title = alerts.length > 0 ? `(${alerts.length}) ${title}` : title;
  const key = alerts.map((alert) => alert.kind + (alert.runId ?? '')).join();
  if (key !== announced) {
    announced = key;
    spoken.textContent = alerts.map((alert) => `${TITLES[alert.kind] ?? alert.kind}: ${alert.message}`).join(' ');
  }
}

/** How many there are, in the header that is always in sight. */
export function alertPill(board) {
  const number = alertsOf(board).length;
  return number > 0
    ? html`<a class="pill" href="#alerts">${number} ${number === 1 ? 'alert' : 'alerts'}</a>`
    : nothing;
}
