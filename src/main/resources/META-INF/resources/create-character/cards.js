// How an app uses the pictures: a style by its cover, then a value of every category, then a summary.
//
// It takes three public calls, which need no account:
//   GET /api/catalog                       what there is to choose, in order, with labels and the pictures' size
//   GET /api/style-images                  the covers: style, image_url, title, description
//   GET /api/attribute-images?style=anime  the pictures of one style, in pages: category, value, style, image_url
// A picture that is not made yet has no row, so what can be chosen comes from the catalogue, never from the rows.
import { html, nothing, render } from '/_static/lit-html/lit-html.js';
import { live } from '/_static/lit-html/directives/live.js';
import { repeat } from '/_static/lit-html/directives/repeat.js';
import { get } from '/js/api.js';
import { picture } from '/js/pictures.js';

const STYLE = 'style';
const SUMMARY = 'summary';
/** Milliseconds until pictures that could not be loaded are asked for again. */
const RETRY_PAUSE = 5000;
const HEADINGS = {
  style: 'Choose a style',
  age: 'Choose an age',
  body: 'Choose a body type',
  ethnicity: 'Choose an ethnicity',
};

const main = document.getElementById('main');
let catalogue;
/** The steps in order: the style, each category, the summary. */
let steps;
/** Addresses by style: of the cover, and of the pictures by category and value. */
const covers = new Map();
const pictures = new Map();
/** The styles whose pictures are there, on their way, or to be asked for again. */
const asked = new Set();

// Where the visitor is and what they chose is in the address, so that the back button, a reload and a link that is sent
// to somebody do what they are expected to: #age&style=anime&age=30s is { step: 'age', chosen: { style: 'anime', age: '30s' } }
let place = { step: STYLE, chosen: {} };

function addressOf({ step, chosen }) {
  return `#${[[step], ...Object.entries(chosen)].map((part) => part.map(encodeURIComponent).join('=')).join('&')}`;
}

function placeInAddress() {
  try {
    const [[step], ...chosen] = location.hash.slice(1).split('&').map((part) => part.split('=').map(decodeURIComponent));
    return { step, chosen: Object.fromEntries(chosen) };
  } catch {
    return { step: STYLE, chosen: {} }; // no address of ours
  }
}

// --- Load ----------------------------------------------------------------------------------------------------------

async function load() {
  try {
    const [known, styleImages] = await Promise.all([get('/api/catalog'), get('/api/style-images')]);
    styleImages.images.forEach((row) => covers.set(row.style, row.image_url));
    catalogue = known;
    steps = [STYLE, ...catalogue.categories.map(({ name }) => name), SUMMARY];
    render(known.simulated ? html`<span class="muted">Simulated: pictures are drawn</span>` : nothing, document.getElementById('simulated'));
    arrive(placeInAddress());
  } catch (failure) {
    main.replaceChildren();
    render(html`<p class="error" role="alert">${failure.message}</p>
      <p><button type="button" @click=${() => location.reload()}>Try again</button></p>`, main);
  }
}

/** Loads the pictures of a style, once. Until they are there, placeholders stand in their places. */
async function loadPictures(style) {
  if (!style || asked.has(style)) {
    return;
  }
  asked.add(style);
  try {
    const urls = new Map();
    for (let after = undefined; after !== null; ) {
      const page = await get('/api/attribute-images', { style, after });
      page.images.forEach((row) => urls.set(JSON.stringify([row.category, row.value]), row.image_url));
      after = page.next;
    }
    pictures.set(style, urls);
  } catch (failure) {
    // the cards can be chosen by their names meanwhile, and the next step tries again
    setTimeout(
      () => {
        asked.delete(style);
        if (!failure.refused) {
          loadPictures(place.chosen[STYLE]);
        }
      },
      RETRY_PAUSE,
    );
    return;
  }
  draw();
}

// --- Move ----------------------------------------------------------------------------------------------------------

/** Shows a place that was visited before, or that is new. */
function arrive({ step, chosen }) {
  const answered = Object.entries(chosen).filter(([name, value]) => optionsOf(name).some((option) => option.name === value));
  place = { step: steps.includes(step) ? step : STYLE, chosen: Object.fromEntries(answered) };
  // Nobody gets past a question that has no answer.
  const open = steps.find((name) => name !== SUMMARY && !(name in place.chosen));
  if (open && steps.indexOf(open) < steps.indexOf(place.step)) {
    place.step = open;
  }
  history.replaceState(null, '', addressOf(place));
  loadPictures(place.chosen[STYLE]);
  draw();
}

function go(step) {
  history.pushState(null, '');
  arrive({ ...place, step });
  // A new step is a new page to those who hear it: its heading is read, and the next tab is its first card.
  scrollTo(0, 0);
  document.getElementById('step-title').focus();
}

function choose(value) {
  place = { ...place, chosen: { ...place.chosen, [place.step]: value } };
  history.replaceState(null, '', addressOf(place));
  draw();
}

/** On to the next question that has no answer; after a change in the summary, that is the summary again. */
function next(event) {
  event.preventDefault();
  const rest = steps.slice(steps.indexOf(place.step) + 1);
  go(rest.find((step) => step === SUMMARY || !(step in place.chosen)));
}

addEventListener('popstate', () => {
  if (steps && location.hash === '#main') {
    history.replaceState(null, '', addressOf(place)); // the link that skips to the content
  } else if (steps) {
    arrive(placeInAddress());
    document.getElementById('step-title').focus();
  }
});

// --- Show ----------------------------------------------------------------------------------------------------------

/**
 * What can be chosen in a step, each with name, label and, for styles, a description. The address of its picture is
 * null where there is none yet, and undefined as long as that is not known.
 */
function optionsOf(step) {
  if (step === STYLE) {
    return catalogue.styles.map(({ name, title, description }) => ({ name, label: title, description, address: covers.get(name) ?? null }));
  }
  const category = catalogue.categories.find(({ name }) => name === step);
  const rows = pictures.get(place.chosen[STYLE]);
  const address = (name) => rows && (rows.get(JSON.stringify([step, name])) ?? null);
  return (category?.values ?? []).map(({ name, label }) => ({ name, label, address: address(name) }));
}

function labelOf(step) {
  const label = step === STYLE ? STYLE : (catalogue.categories.find(({ name }) => name === step)?.label ?? step);
  return label.charAt(0).toUpperCase() + label.slice(1);
}

let drawn = false;

function draw() {
  if (!drawn) {
    drawn = true;
    main.replaceChildren();
  }
  document.title = `${place.step === SUMMARY ? 'Your character' : headingOf(place.step)} · Attribute images`;
  render(html`${trail()}${place.step === SUMMARY ? summary() : question(place.step)}`, main);
}

function headingOf(step) {
  return HEADINGS[step] ?? `Choose: ${labelOf(step)}`;
}

/** The steps: those that have an answer can be gone back to. */
function trail() {
  return html`<nav class="trail" aria-label="Steps"><ol>
    ${steps.slice(0, -1).map((step) => {
      const answer = optionsOf(step).find(({ name }) => name === place.chosen[step]);
      const text = html`<span class="trail-name">${labelOf(step)}</span><span class="trail-answer">${answer?.label ?? '–'}</span>`;
      return html`<li aria-current=${step === place.step ? 'step' : nothing}>${
        answer && step !== place.step ? html`<button type="button" class="link" @click=${() => go(step)}>${text}</button>` : text
      }</li>`;
    })}
  </ol></nav>`;
}

// The cards are the radio buttons of one group: arrow keys, tab and screen readers work as everywhere else.
function question(step) {
  const number = steps.indexOf(step) + 1;
  return html`<form @submit=${next}>
    <fieldset class="choices" data-few=${step === STYLE}>
      <legend><h1 id="step-title" tabindex="-1">${headingOf(step)}
        <small class="muted">Step ${number} of ${steps.length - 1}</small></h1></legend>
      ${repeat(optionsOf(step), ({ name }) => step + name, (option) => html`
        <label class="choice">
          ${card(option)}
          <span class="choice-line">
            <input type="radio" name="choice" required value=${option.name} .checked=${live(option.name === place.chosen[step])}
              @change=${() => choose(option.name)}>
            <span class="choice-name">${option.label}${option.description ? html`<small>${option.description}</small>` : nothing}</span>
          </span>
        </label>`)}
    </fieldset>
    <div class="steps-bar">
      ${number > 1 ? html`<button type="button" class="secondary outline" @click=${() => history.back()}>Back</button>` : nothing}
      <button type="submit">Continue</button>
    </div>
  </form>`;
}

/** The picture of an option. Its name stands beside it, so it needs no text of its own. */
function card({ address }) {
  // The size is known before the picture is there: the page does not move when it comes.
  return html`<span class="card-picture">${picture(address, { width: catalogue.width, height: catalogue.height })}${
    address === null ? html`<span class="no-picture">No picture yet</span>` : nothing
  }</span>`;
}

function summary() {
  return html`
    <h1 id="step-title" tabindex="-1">Your character</h1>
    <ul class="choices summary">
      ${steps.slice(0, -1).map((step) => {
        const option = optionsOf(step).find(({ name }) => name === place.chosen[step]);
        return html`<li class="choice">
          ${card(option)}
          <span class="choice-line"><span class="choice-name"><small>${labelOf(step)}</small>${option.label}</span>
            <button type="button" class="link" @click=${() => go(step)}>Change<span class="visually-hidden"> ${labelOf(step)}</span></button></span>
        </li>`;
      })}
    </ul>
    <div class="steps-bar">
      <button type="button" class="secondary outline" @click=${() => history.back()}>Back</button>
      <button type="button" @click=${() => {
        place = { step: STYLE, chosen: {} };
        go(STYLE);
      }}>Start again</button>
    </div>`;
}

load();
