// All required images, a page at a time, grouped as the catalogue has them. Cells change as tasks do.
import { html, nothing } from '/_static/lit-html/lit-html.js';
import { live } from '/_static/lit-html/directives/live.js';
import { repeat } from '/_static/lit-html/directives/repeat.js';
import { get } from '../api.js';
import { imagePage, keyOf } from '../links.js';
import { Loader } from '../loader.js';
import { picture } from '../pictures.js';
import { soon } from '../soon.js';
import { focusHeading } from '../verbs.js';
import { COVERS, capital, count, imageState, imageStates, images, taskState } from '../words.js';

const PAGE = 140;
/** As many values can be chosen from a list; of more, one is found by typing. */
const LISTED_VALUES = 200;
const SUGGESTED_VALUES = 50;
/** After a change that a page cannot work out by itself, it is loaded again; at most this often. */
const RELOAD_PAUSE = 1500;
const FILTERS = ['category', 'value', 'style', 'state'];

/** States of tasks that say nothing about the image any more. */
const SETTLED = ['SKIPPED', 'CANCELLED'];

export class Grid {
  #draw;
  #load;
  #board;
  #filter;
  #starts;
  #page = null;
  #loader = new Loader({
    ask: () => this.#ask(this.#starts),
    show: ({ page, starts }) => (this.#page = page && { ...page, starts }),
    hear: (task) => this.#apply(task),
  });
  /** What is being typed to find a value; null while nothing is. */
  #typed = null;

  /**
   * @param options.draw asks for the page to be drawn
   * @param options.load calls load(), and says why where it fails
   * @param options.board gives what else is known: status and catalogue
   */
  constructor({ draw, load, board }) {
    this.#draw = draw;
    this.#load = load;
    this.#board = board;
    /** Loads the page that is shown in a moment. */
    this.loadSoon = soon(load, RELOAD_PAUSE);
    const query = new URLSearchParams(location.search);
    this.#filter = Object.fromEntries(FILTERS.map((name) => [name, query.get(name) ?? '']));
    // Where the pages up to this one start: what "Previous" goes back to.
    this.#starts = query.get('after') ? [null, query.get('after')] : [null];
  }

  /** Loads the page that is shown. */
  load() {
    return this.#loader.load();
  }

  /** A page, and the starts that lead to it. */
  async #ask(starts) {
    return { page: await get('/api/images', { ...this.#filter, after: starts.at(-1), limit: PAGE }), starts };
  }

  /** Why the last load failed; null if it did not. */
  get failure() {
    return this.#loader.failure;
  }

  /** A task has changed. */
  show(task) {
    this.#loader.hear(task);
  }

  #apply(task) {
    if (!this.#page) {
      return;
    }
    const key = keyOf(task);
    const index = this.#page.images.findIndex((image) => keyOf(image) === key);
    if (index < 0 ? this.#filter.state : this.#filter.state || SETTLED.includes(task.state)) {
      // Which images such a page shows now, and what such an image is now, only the service knows.
      this.loadSoon();
    }
    if (index < 0) {
      return;
    }
    const image = this.#page.images[index];
    if (SETTLED.includes(task.state) && image.taskId !== task.id) {
      return;
    }
    const state = SETTLED.includes(task.state) ? (image.imageUrl ? 'STORED' : 'MISSING') : taskState(task);
    const imageUrl = state === 'STORED' && task.imageUrl ? task.imageUrl : image.imageUrl;
    const changed = { ...image, state, imageUrl, taskId: task.id, runId: task.runId, error: task.error };
    this.#page = { ...this.#page, images: this.#page.images.with(index, changed) };
  }

  #choose(name) {
    return (event) => {
      this.#filter[name] = event.target.value;
      if (name === 'category') {
        this.#filter.value = '';
        this.#typed = null;
      }
      this.#go([null]);
    };
  }

  #go(starts) {
    this.#starts = starts;
    const query = new URLSearchParams(
      Object.entries({ ...this.#filter, after: starts.at(-1) ?? '' }).filter(([, value]) => value !== ''),
    );
    history.replaceState(null, '', query.size > 0 ? `?${query}` : location.pathname);
    this.#draw();
    return this.#load();
  }

  /** The next or previous page, from its top. */
  async #turn(starts) {
    await this.#go(starts);
    // who has gone elsewhere meanwhile stays there
    const { activeElement } = document;
    if (activeElement === document.body || activeElement.closest('.pager')) {
      document.getElementById('images').scrollIntoView();
      focusHeading(document.getElementById('images'));
    }
  }

  view() {
    return html`
      <div class="section-head">
        <h2 id="images-title">Images</h2>
        ${this.#summary()}
      </div>
      ${this.#filters()}
      ${this.failure?.refused ? html`<p class="error" role="alert">${this.failure.message}</p>` : nothing}
      ${this.#cells()}
      ${this.#pager()}`;
  }

  #summary() {
    if (!this.#page) {
      return nothing;
    }
    const shown = this.#page.images.length;
    const { total } = this.#page;
    const some = total === null || shown < total || this.#page.starts.length > 1;
    return html`<p class="muted" role="status">${
      some && total !== null ? `${count(shown)} of ${images(total)} on this page` : some ? `${images(shown)} on this page` : images(shown)
    }</p>`;
  }

  #filters() {
    const { categories = [], styles = [] } = this.#board().catalogue ?? {};
    const filter = this.#filter;
    const category = categories.find(({ name }) => name === filter.category);
    const select = (name, label, options) => html`<label>${label}
      <select .value=${live(filter[name])} @change=${this.#choose(name)}>
        <option value="" ?selected=${filter[name] === ''}>All</option>
        ${options.map(([value, text]) => html`<option value=${value} ?selected=${filter[name] === value}>${text}</option>`)}
      </select></label>`;
    return html`<form class="filters" role="search" aria-label="Filter the images" @submit=${(event) => event.preventDefault()}>
      ${select('category', 'Category', [...categories.map(({ name, label }) => [name, capital(label)]), [COVERS, 'Covers']])}
      ${
        !category
          ? nothing
          : category.values.length > LISTED_VALUES
            ? this.#findValue(category)
            : select('value', 'Value', category.values.map(({ name, label }) => [name, label]))
      }
      ${select('style', 'Style', styles.map(({ name, title }) => [name, title]))}
      ${select('state', 'State', imageStates.map((state) => [state, imageState(state)]))}
      ${
        FILTERS.some((name) => filter[name])
          ? html`<button type="button" class="link" @click=${() => {
              FILTERS.forEach((name) => (filter[name] = ''));
              this.#go([null]);
            }}>Show all</button>`
          : nothing
      }
    </form>`;
  }

  #findValue(category) {
    const typed = (this.#typed ?? this.#filter.value).toLowerCase();
    const found = [];
    for (const { name } of category.values) {
      if (found.length < SUGGESTED_VALUES && name.toLowerCase().includes(typed)) {
        found.push(name);
      }
    }
    return html`<label>Value
      <input type="search" list="values" placeholder="All" .value=${live(this.#typed ?? this.#filter.value)}
        @input=${(event) => {
          this.#typed = event.target.value;
          this.#draw();
        }}
        @change=${(event) => {
          this.#typed = null;
          this.#choose('value')(event);
        }}>
      <datalist id="values">${found.map((name) => html`<option value=${name}></option>`)}</datalist></label>`;
  }

  #cells() {
    if (!this.#page) {
      return html`<p class="muted" aria-busy=${this.failure ? nothing : 'true'}>${this.failure ? 'Not known now.' : 'Loading the images …'}</p>`;
    }
    if (this.#page.images.length === 0) {
      return html`<p class="empty">No image is like that${this.#filter.state ? ' now' : ''}.</p>`;
    }
    return repeat(this.#groups(), (group) => group.key, (group) => this.#group(group));
  }

  /** The images of this page, those of one category and style together. */
  #groups() {
    const groups = new Map();
    for (const image of this.#page.images) {
      const covers = image.category === COVERS;
      const key = covers ? COVERS : JSON.stringify([image.category, image.style]);
      if (!groups.has(key)) {
        groups.set(key, { key, covers, category: image.category, style: image.style, images: [] });
      }
      groups.get(key).images.push(image);
    }
    return [...groups.values()];
  }

  #group({ covers, category, style, images: shown }) {
    const { catalogue, status } = this.#board();
    const counts = covers
      ? status?.styles
      : status?.groups.find((group) => group.category === category && group.style === style);
    const label = catalogue?.categories.find(({ name }) => name === category)?.label ?? category;
    const title = catalogue?.styles.find(({ name }) => name === style)?.title ?? style;
    return html`<div class="group">
      <h3>${covers ? 'Covers' : html`${capital(label)} <span class="muted">${title}</span>`}
        ${counts ? html`<small class="muted">${count(counts.stored)} of ${count(counts.required)}</small>` : nothing}</h3>
      <ul class="cells">
        ${repeat(shown, keyOf, (image) => this.#cell(image, covers))}
      </ul>
    </div>`;
  }

  #cell(image, cover) {
    const name = cover ? image.style : image.value;
    return html`<li>
      <a class="cell" data-state=${image.state} href=${imagePage(image)} title=${image.error?.message ?? nothing}>
        ${picture(image.imageUrl)}
        <span class="cell-name">${name}</span>
        <span class="cell-state">${imageState(image.state)}</span>
      </a>
    </li>`;
  }

  #pager() {
    if (!this.#page) {
      return nothing;
    }
    const { starts, next } = this.#page;
    if (starts.length === 1 && next === null) {
      return nothing;
    }
    return html`<nav class="pager" aria-label="Pages of images">
      <button type="button" class="small secondary outline" ?disabled=${starts.length === 1}
        @click=${() => this.#turn([null])}>First</button>
      <button type="button" class="small secondary outline" ?disabled=${starts.length === 1}
        @click=${() => this.#turn(starts.slice(0, -1))}>Previous</button>
      <button type="button" class="small secondary outline" ?disabled=${next === null}
        @click=${() => this.#turn([...starts, next])}>Next</button>
    </nav>`;
  }
}
