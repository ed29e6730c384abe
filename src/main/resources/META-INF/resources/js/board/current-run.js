// The run that is under way: how far it is, how fast, how long it still takes, and what it costs.
import { html, nothing, svg } from '/_static/lit-html/lit-html.js';
import { signInHint, whyNot } from '../session.js';
import { chip, count, duration, images, money, runFilter, runState, time, trigger } from '../words.js';
import { isSilent, reason } from './alerts.js';
import { runVerbs } from './run-verbs.js';
import { startRun } from './start-run.js';

const OPEN = ['RUNNING', 'HALTED', 'PAUSED'];

/** The newest run that is not over, a running one first. */
export function currentRun(runs) {
  return OPEN.map((state) => runs?.find((run) => run.state === state)).find(Boolean) ?? null;
}

export function currentRunView(board) {
  if (!board.runs || !board.status) {
    return html`<h2 id="current-title">Current run</h2>
      <p class="muted" aria-busy=${isSilent(board) ? nothing : 'true'}>${isSilent(board) ? 'Not known now.' : 'Loading …'}</p>`;
  }
  const run = currentRun(board.runs);
  // The dialog offers what the catalogue has: before that is known, it would offer nothing.
  const closed = whyNot() ?? (board.catalogue ? null : 'The catalogue is not known yet.');
  return html`
    <div class="card-head">
      <h2 id="current-title">${run ? 'Current run' : 'No run is under way'}</h2>
      ${run ? chip(run.state, runState(run.state)) : nothing}
      <div class="buttons">
        ${run ? runVerbs(run, 'current') : nothing}
        <button type="button" class="small" ?disabled=${closed !== null} title=${closed ?? nothing}
          @click=${() => startRun(board)}>Start a run …</button>
      </div>
    </div>
    ${run ? details(run, board) : idle(board)}
    ${signInHint()}`;
}

function idle(board) {
  const { status } = board;
  const missing = status.missing + status.styles.required - status.styles.stored;
  const last = board.runs[0];
  return html`
    <p>${
      missing === 0
        ? 'Every image of the catalogue is stored.'
        : html`${images(missing)} of the catalogue ${missing === 1 ? 'is' : 'are'} missing, covers included. A run makes
          them; you see its price before anything is spent.`
    }</p>
    ${
      last
        ? html`<p class="muted">The last run was ${runState(last.state).toLowerCase()} ${time(last.finishedAt)}:
          ${count(last.stored)} of ${images(last.planned)} stored, ${count(last.failed)} failed, ${money(last.costUsd)} paid.</p>`
        : nothing
    }`;
}

function details(run, board) {
  const planning = !run.plannedAt && run.state === 'RUNNING';
  const done = run.stored + run.skipped;
  return html`
    <p class="muted">${runFilter(run)}${run.mode === 'regenerate' ? ', made anew' : ''}. Started ${trigger(run.trigger)}, ${time(run.startedAt)}.</p>
    ${reason(run, board)}
    ${bar(run, done)}
    <p class="bar-text">
      <span>${planning ? 'Planning: comparing the catalogue with what is stored.' : html`<strong>${count(done)}</strong> of ${images(run.planned)} done`}</span>
      ${run.failed > 0 ? html`<span class="bad">${count(run.failed)} failed</span>` : nothing}
      ${run.skipped > 0 ? html`<span>${count(run.skipped)} turned up meanwhile</span>` : nothing}
      ${run.joined > 0 ? html`<span>${count(run.joined)} come from other runs</span>` : nothing}
    </p>
    <dl class="figures">
      ${figure('Images a minute', `${count(run.imagesPerMinute)} of ${count(board.status.imagesPerMinuteLimit)}`)}
      ${figure('Time left', eta(run))}
      ${figure('Paid', money(run.costUsd), run.possibleCostUsd > 0 ? `possibly ${money(run.possibleCostUsd)} more` : null)}
      ${figure('Still to come', money(run.costToComeUsd))}
      ${figure('Budget', run.maxCostUsd === null ? 'No limit' : money(run.maxCostUsd), run.beyondBudget > 0 ? `${images(run.beyondBudget)} left out` : null)}
    </dl>`;
}

function eta(run) {
  if (run.state !== 'RUNNING') {
    return runState(run.state);
  }
  return run.etaSeconds === null || run.etaSeconds === undefined ? 'Not known yet' : `About ${duration(run.etaSeconds)}`;
}

function figure(name, value, note) {
  return html`<div><dt>${name}</dt><dd>${value}${note ? html`<small>${note}</small>` : nothing}</dd></div>`;
}

/** Drawn, as a progress element has one colour only. */
function bar(run, done) {
  const share = (number) => (run.planned > 0 ? (100 * number) / run.planned : 0);
  const inFlight = Math.max(0, Math.min(run.planned, run.submitted) - done - run.failed);
  return html`<div class="progress" role="progressbar" aria-label="Progress of the run" aria-valuemin="0"
      aria-valuemax=${Math.max(1, run.planned)} aria-valuenow=${done + run.failed}
      aria-valuetext="${count(done)} of ${images(run.planned)} done, ${count(run.failed)} failed">
    <svg aria-hidden="true" width="100%" height="100%">
      ${svg`<rect class="part-done" height="100%" width="${share(done)}%"></rect>
        <rect class="part-failed" height="100%" x="${share(done)}%" width="${share(run.failed)}%"></rect>
        <rect class="part-busy" height="100%" x="${share(done + run.failed)}%" width="${share(inFlight)}%"></rect>`}
    </svg>
  </div>`;
}
