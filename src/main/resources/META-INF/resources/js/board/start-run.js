// The dialog that starts a run. Nothing is spent before its price has been seen: the first button only asks for it.
import { html, nothing, render } from '/_static/lit-html/lit-html.js';
import { live } from '/_static/lit-html/directives/live.js';
import { repeat } from '/_static/lit-html/directives/repeat.js';
import { newKey, post } from '../api.js';
import { notify } from '../notices.js';
import { signedOut } from '../session.js';
import { carryOut, openDialog, sayIfClosed } from '../verbs.js';
import { COVERS, capital, count, imageName, images, money } from '../words.js';

/** As many values are shown at once; more are found by typing. */
const SHOWN_VALUES = 60;
const SHOWN_IMAGES = 50;

/** Opens the dialog, which needs the board's catalogue. */
export function startRun(board) {
  const dialog = document.createElement('dialog');
  dialog.className = 'wide';
  dialog.setAttribute('aria-labelledby', 'start-title');
  const form = { category: '', values: new Set(), find: '', style: '', mode: 'missing', maxCostUsd: '' };
  /** dry: what was asked, what the dry run of just that answered, and the key of the run it may become. */
  const state = { working: false, failure: null, dry: null };

  /** What the calls get: only what was chosen. */
  function request() {
    const body = { mode: form.mode };
    if (form.category) {
      body.category = form.category;
    }
    if (form.values.size > 0) {
      body.values = [...form.values];
    }
    if (form.style) {
      body.style = form.style;
    }
    if (form.maxCostUsd !== '') {
      body.maxCostUsd = Number(form.maxCostUsd);
    }
    return body;
  }

  /** A price that was seen holds only for what was asked. */
  function change(apply) {
    return (event) => {
      apply(event.target);
      state.dry = null;
      state.failure = null;
      draw();
    };
  }

  async function attempt(action) {
    if (state.working) {
      return;
    }
    state.working = true;
    state.failure = null;
    draw();
    try {
      await action();
    } catch (failure) {
      if (failure.status === 401) {
        signedOut();
      }
      state.failure = failure.message;
    }
    state.working = false;
    draw();
  }

  const ask = (event) => {
    event.preventDefault();
    attempt(async () => {
      const asked = request();
      const answer = await post('/api/runs', { ...asked, dryRun: true });
      // the form may say something else by now
      state.dry = JSON.stringify(asked) === JSON.stringify(request()) ? { asked, answer, key: newKey() } : null;
    }).then(() => dialog.querySelector('.result')?.focus());
  };

  const start = () =>
    attempt(async () => {
      try {
        await carryOut(() => post('/api/runs', state.dry.asked, state.dry.key));
      } catch (failure) {
        sayIfClosed(dialog, failure);
        throw failure;
      }
      dialog.close();
      notify('The run is started.');
    });

  function draw() {
    const dry = state.dry?.answer;
    render(
      html`<article>
        <h2 id="start-title">Start a run</h2>
        <form @submit=${ask}>
          ${fields(board, form, change, draw)}
          <div role="alert">${state.failure ? html`<p class="error">${state.failure}</p>` : nothing}</div>
          ${dry ? price(dry) : nothing}
          <footer>
            <button type="button" class="secondary outline" @click=${() => dialog.close()}>Close</button>
            ${
              dry?.planned > 0
                ? html`<button type="button" aria-busy=${state.working ? 'true' : nothing}
                    @click=${start}>Start: ${images(dry.planned)} for ${money(dry.costUsd)}</button>`
                : html`<button type="submit" aria-busy=${state.working ? 'true' : nothing}>Dry run: show the price</button>`
            }
          </footer>
        </form>
      </article>`,
      dialog,
    );
  }

  draw();
  openDialog(dialog);
}

function fields(board, form, change, draw) {
  const { categories, styles } = board.catalogue;
  const limit = board.status?.maxCostUsd ?? null;
  const category = categories.find((candidate) => candidate.name === form.category);
  return html`
    <div class="pair">
      <label>Category
        <select .value=${live(form.category)} @change=${change((select) => {
          form.category = select.value;
          form.values = new Set();
          form.find = '';
        })}>
          <option value="">All, covers included</option>
          ${categories.map(({ name, label }) => html`<option value=${name}>${capital(label)}</option>`)}
          <option value=${COVERS}>Covers of the styles</option>
        </select>
      </label>
      <label>Style
        <select .value=${live(form.style)} @change=${change((select) => (form.style = select.value))}>
          <option value="">All</option>
          ${styles.map(({ name, title }) => html`<option value=${name}>${title}</option>`)}
        </select>
      </label>
    </div>
    ${category ? values(category, form, change, draw) : nothing}
    <fieldset>
      <legend>Which of them</legend>
      <label><input type="radio" name="mode" value="missing" .checked=${live(form.mode === 'missing')}
        @change=${change(() => (form.mode = 'missing'))}> Only what is missing</label>
      <label><input type="radio" name="mode" value="regenerate" .checked=${live(form.mode === 'regenerate')}
        @change=${change(() => (form.mode = 'regenerate'))}> All, made anew; each old picture stays until its new one is in place</label>
    </fieldset>
    <label>Budget in US dollars
      <input type="number" min="0" step="any" inputmode="decimal" placeholder=${limit === null ? 'No limit' : limit} .value=${live(form.maxCostUsd)}
        aria-describedby="budget-help" @input=${change((input) => (form.maxCostUsd = input.value))}>
      <small id="budget-help">The run never commits itself to more. Empty: ${
        limit === null ? 'no limit, as the settings have none' : `${money(limit)}, the limit from the settings`
      }.</small>
    </label>`;
}

function values(category, form, change, draw) {
  const wanted = form.find.toLowerCase();
  const found = category.values.filter(({ name, label }) => `${name} ${label}`.toLowerCase().includes(wanted));
  // of a great many values only the first ones are listed: any other can be named
  const unlisted =
    form.find !== '' && category.valueCount > category.values.length && !found.some(({ name }) => name === form.find)
      ? [{ name: form.find, label: form.find }]
      : [];
  const shown = [...unlisted, ...found.slice(0, SHOWN_VALUES)];
  const more = found.length + unlisted.length - shown.length;
  const search = category.values.length > SHOWN_VALUES;
  return html`<fieldset class="values">
    <legend>Values ${form.values.size > 0 ? `(${count(form.values.size)} chosen)` : '(none chosen: all of them)'}</legend>
    ${
      search
        ? html`<input type="search" aria-label="Find a value" placeholder="Find a value" .value=${live(form.find)}
            @input=${(event) => {
              form.find = event.target.value;
              draw();
            }}>`
        : nothing
    }
    <div class="checks">
      ${repeat(
        shown,
        ({ name }) => name,
        ({ name, label }) => html`<label><input type="checkbox" .checked=${live(form.values.has(name))}
          @change=${change((box) => (box.checked ? form.values.add(name) : form.values.delete(name)))}> ${label}</label>`,
      )}
    </div>
    ${more > 0 ? html`<small>${count(more)} more: type to find them.</small>` : nothing}
    ${shown.length === 0 ? html`<small>No value is called that.</small>` : nothing}
  </fieldset>`;
}

/** What the dry run says. */
function price(dry) {
  if (dry.planned === 0) {
    return html`<div class="result" tabindex="-1"><p><strong>Nothing to do.</strong> ${
      dry.beyondBudget > 0
        ? `The budget leaves out all ${images(dry.beyondBudget)}.`
        : 'None of these images is missing, or they are under way already.'
    }</p></div>`;
  }
  const more = dry.images.length - SHOWN_IMAGES;
  return html`<div class="result" tabindex="-1">
    <p><strong>${images(dry.planned)} for ${money(dry.costUsd)}.</strong> ${
      dry.beyondBudget > 0 ? `The budget leaves out ${count(dry.beyondBudget)} more.` : 'Nothing is spent yet.'
    }</p>
    <details>
      <summary>Which images</summary>
      <ul class="plain" tabindex="0" aria-label="The images of this run">
        ${dry.images.slice(0, SHOWN_IMAGES).map((image) => html`<li>${imageName(image)}</li>`)}
        ${more > 0 ? html`<li>and ${count(more)} more</li>` : nothing}
      </ul>
    </details>
  </div>`;
}
