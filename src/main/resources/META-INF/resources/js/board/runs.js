// The runs, newest first.
import { html } from '/_static/lit-html/lit-html.js';
import { repeat } from '/_static/lit-html/directives/repeat.js';
import { chip, count, images, money, runFilter, runState, time, trigger } from '../words.js';
import { isSilent, reason } from './alerts.js';
import { runVerbs } from './run-verbs.js';

export function runsView(board) {
  return html`
    <h2 id="runs-title">Runs</h2>
    ${list(board)}`;
}

function list(board) {
  if (!board.runs) {
    return html`<p class="muted">${isSilent(board) ? 'Not known now.' : 'Loading …'}</p>`;
  }
  if (board.runs.length === 0) {
    return html`<p class="empty">No run yet.</p>`;
  }
  return html`<ul class="entries">${repeat(board.runs, (run) => run.id, (run) => entry(run, board))}</ul>`;
}

function entry(run, board) {
  return html`<li>
    <div class="entry-head">
      <strong class="grow">${runFilter(run)}</strong>
      ${chip(run.state, runState(run.state))}
    </div>
    <p class="muted">${time(run.startedAt)}, ${trigger(run.trigger)}${run.mode === 'regenerate' ? ', made anew' : ''}</p>
    <p>${count(run.stored)} of ${images(run.planned)} stored${run.failed > 0 ? `, ${count(run.failed)} failed` : ''}${
      run.joined > 0 ? `, ${count(run.joined)} from other runs` : ''
    }, ${money(run.costUsd)} paid</p>
    ${reason(run, board)}
    <div class="buttons">${runVerbs(run, 'list')}</div>
  </li>`;
}
