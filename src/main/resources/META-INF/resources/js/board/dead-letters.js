// The images that failed for good: why, and what can be done.
import { html, nothing } from '/_static/lit-html/lit-html.js';
import { live } from '/_static/lit-html/directives/live.js';
import { repeat } from '/_static/lit-html/directives/repeat.js';
import { getRows, post, remove } from '../api.js';
import { imagePage } from '../links.js';
import { Loader } from '../loader.js';
import { signInHint } from '../session.js';
import { verb } from '../verbs.js';
import { COVERS, capital, count, imageName, images, money, time } from '../words.js';

const PAGE = 25;

export class DeadLetters {
  #draw;
  #load;
  #board;
  #filter = { category: '', style: '', reason: '' };
  /** As many are shown at most; the rest is behind "Show more". */
  #most = PAGE;
  #letters = null;
  #more = false;
  #reasons = new Set();
  #loader = new Loader({
    ask: () => {
      const { category, style } = this.#filter;
      return getRows('/api/dead-letters', 'deadLetters', { category, style }, this.#most);
    },
    show: ({ rows, more }) => this.#show(rows, more),
    hear: (task) => this.#apply(task),
  });

  /**
   * @param options.draw asks for the page to be drawn
   * @param options.load calls load(), and says why where it fails
   * @param options.board gives what else is known: status and catalogue
   */
  constructor({ draw, load, board }) {
    this.#draw = draw;
    this.#load = load;
    this.#board = board;
  }

  /** Loads those that are shown. */
  load() {
    return this.#loader.load();
  }

  /** Why the last load failed; null if it did not. */
  get failure() {
    return this.#loader.failure;
  }

  /** A task has changed. */
  show(task) {
    this.#loader.hear(task);
  }

  #show(letters, more) {
    letters.forEach((letter) => this.#reasons.add(letter.error.reason));
    this.#letters = letters.slice(0, this.#most);
    this.#more = more || letters.length > this.#most;
  }

  #apply(task) {
    if (!this.#letters) {
      return;
    }
    const others = this.#letters.filter((letter) => letter.id !== task.id);
    const { category, style } = this.#filter;
    if (task.state === 'FAILED' && (!category || category === task.category) && (!style || style === task.style)) {
      const index = this.#letters.findIndex((letter) => letter.id === task.id);
      this.#show(index < 0 ? [task, ...others] : this.#letters.with(index, task), this.#more);
    } else {
      this.#letters = others;
    }
  }

  /** The button that replays all that the filter describes. */
  replayAll(key, label, filter = {}) {
    const chosen = Object.entries(filter).filter(([, value]) => value !== '');
    const failed = this.#board().status?.failed;
    const which =
      chosen.length > 0
        ? `the dead letters with ${chosen.map(([name, value]) => `${name} ${value}`).join(' and ')}`
        : failed === undefined
          ? 'all dead letters'
          : `all ${count(failed)} dead letters`;
    return verb({
      key,
      label,
      ask: {
        title: 'Replay dead letters?',
        text: `This puts ${which} on their way again. What the host still has is fetched for nothing; everything else is submitted anew and paid, within the budgets of the runs.`,
        action: 'Replay them',
      },
      run: async () => {
        const answer = await post('/api/dead-letters/replay', Object.fromEntries(chosen));
        const left = answer.beyondBudget > 0 ? ` The budgets of their runs have no room for ${images(answer.beyondBudget)}.` : '';
        return answer.replayed === 0
          ? `None was replayed.${left || ' Other tasks make their images.'}`
          : `${images(answer.replayed)} on their way again: ${count(answer.collected)} fetched, ${count(answer.submitted)} submitted anew.${left}`;
      },
    });
  }

  #choose(name) {
    return (event) => {
      this.#filter[name] = event.target.value;
      if (name === 'reason') {
        this.#draw();
      } else {
        this.#most = PAGE;
        this.#load();
      }
    };
  }

  view() {
    const failed = this.#board().status?.failed;
    return html`
      <div class="section-head">
        <h2 id="dead-letters-title">Dead letters</h2>
        ${failed ? html`<p class="muted">${images(failed)} failed</p>` : nothing}
      </div>
      ${this.failure?.refused ? html`<p class="error" role="alert">${this.failure.message}</p>` : nothing}
      ${this.#body()}`;
  }

  #body() {
    if (!this.#letters) {
      return html`<p class="muted" aria-busy=${this.failure ? nothing : 'true'}>${this.failure ? 'Not known now.' : 'Loading …'}</p>`;
    }
    const filtered = Object.values(this.#filter).some((value) => value !== '');
    if (this.#letters.length === 0 && !this.#more && !filtered) {
      return html`<p class="empty">None. No image has failed for good.</p>`;
    }
    const { reason } = this.#filter;
    const shown = this.#letters.filter((letter) => !reason || letter.error.reason === reason);
    return html`
      ${this.#filters()}
      <div class="buttons">${this.replayAll('replay-all', filtered ? 'Replay all of these' : 'Replay all', this.#filter)}</div>
      ${signInHint()}
      ${shown.length === 0 ? html`<p class="empty">No dead letter is like that.</p>` : nothing}
      <ul class="entries">${repeat(shown, (letter) => letter.id, (letter) => this.#entry(letter))}</ul>
      ${
        this.#more
          ? html`<button type="button" class="small secondary outline" @click=${() => {
              this.#most += PAGE;
              this.#load();
            }}>Show more</button>`
          : nothing
      }`;
  }

  #filters() {
    const { categories = [], styles = [] } = this.#board().catalogue ?? {};
    const select = (name, label, options) => html`<label>${label}
      <select .value=${live(this.#filter[name])} @change=${this.#choose(name)}>
        <option value="">All</option>
        ${options.map(([value, text]) => html`<option value=${value}>${text}</option>`)}
      </select></label>`;
    return html`<form class="filters" role="search" aria-label="Filter the dead letters" @submit=${(event) => event.preventDefault()}>
      ${select('category', 'Category', [...categories.map(({ name, label }) => [name, capital(label)]), [COVERS, 'Covers']])}
      ${select('style', 'Style', styles.map(({ name, title }) => [name, title]))}
      ${select('reason', 'Reason', [...this.#reasons].sort().map((name) => [name, name]))}
    </form>`;
  }

  #entry(letter) {
    const name = imageName(letter);
    return html`<li>
      <div class="entry-head"><a class="grow" href=${imagePage(letter)}><strong>${name}</strong></a></div>
      <p><code>${letter.error.reason}${letter.error.status ? ` ${letter.error.status}` : ''}</code></p>
      <p class="foreign">${letter.error.message}</p>
      <p class="muted">${time(letter.finishedAt)}, ${count(letter.attempts)} ${letter.attempts === 1 ? 'attempt' : 'attempts'},
        ${letter.costUsd > 0 ? `${money(letter.costUsd)} paid` : 'nothing paid'}${
          letter.possibleCostUsd > 0 ? `, possibly ${money(letter.possibleCostUsd)} more` : ''
        }</p>
      <div class="buttons">
        ${replayVerb(letter, name, 'list')}
        ${discardVerb(letter, name, 'list')}
      </div>
    </li>`;
  }
}

/** Replays one. */
export function replayVerb(letter, name, place) {
  return verb({
    key: `${place}-replay-${letter.id}`,
    label: 'Replay',
    about: name,
    run: async () => {
      const task = await post(`/api/dead-letters/${letter.id}/replay`);
      return task.state === 'SUBMITTED' ? `${name} is fetched again; nothing is paid.` : `${name} is submitted anew.`;
    },
  });
}

/** Discards one. */
export function discardVerb(letter, name, place) {
  return verb({
    key: `${place}-discard-${letter.id}`,
    label: 'Discard',
    about: name,
    ask: {
      title: 'Discard this dead letter?',
      text: `${name}: nobody wants this task any more. The image stays as it is, and a later run makes it if it is missing.`,
      action: 'Discard it',
      danger: true,
    },
    run: async () => {
      await remove(`/api/dead-letters/${letter.id}`);
      return `${name} is discarded.`;
    },
  });
}
