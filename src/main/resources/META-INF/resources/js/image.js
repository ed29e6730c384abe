// One image: the picture, how it was made, and all that was ever asked for it.
import { html, nothing, render } from '/_static/lit-html/lit-html.js';
import { repeat } from '/_static/lit-html/directives/repeat.js';
import { get, getRows, newKey, post } from './api.js';
import { discardVerb, replayVerb } from './board/dead-letters.js';
import { listen } from './events.js';
import { keyOf, webAddress } from './links.js';
import { Loader } from './loader.js';
import { picture } from './pictures.js';
import { loadSession, mayOperate, sessionView, signInHint, whyNot } from './session.js';
import { soon } from './soon.js';
import { confirm, keepFocus, onVerbs } from './verbs.js';
import { chip, connectionView, count, imageName, imageState, money, taskState, time } from './words.js';
import { notify } from './notices.js';

const HISTORY = 50;
const RELOAD_PAUSE = 500;
const RETRY_PAUSE = 5000;

const query = new URLSearchParams(location.search);
const wanted = { category: query.get('category') ?? '', value: query.get('value') ?? '', style: query.get('style') ?? '' };
const page = {
  image: null,
  tasks: [],
  more: false,
  /** As many tasks are shown at most. */
  most: HISTORY,
  size: { width: 512, height: 768 },
  failure: null,
  connected: null,
  asking: false,
};
const title = document.title;

const SETBACKS = {
  FAILED: ['Failed', 'Replay it, or discard it if nobody wants the image any more.'],
  UNCONFIRMED: [
    'It may be paid for',
    'Wait: a webhook may clear it up; if none does, the image is submitted again, or becomes a dead letter.',
  ],
  PLANNED: ['The last attempt failed', 'It is tried again by itself; nothing that is paid is lost.'],
};

/** States in which what is known of a submit is that of an earlier one. */
const BEFORE_THE_ANSWER = ['PLANNED', 'SUBMITTING', 'UNCONFIRMED'];

const loader = new Loader({
  ask: () =>
    Promise.all([
      get('/api/images', wanted),
      getRows('/api/tasks', 'tasks', wanted, page.most),
      get('/api/catalog'),
      loadSession(draw),
    ]),
  show([{ images }, { rows, more }, { width, height }]) {
    page.image = images[0] ?? null;
    page.tasks = rows;
    page.more = more;
    page.size = { width, height };
  },
});

const reloadSoon = soon(load, RELOAD_PAUSE);
const retrySoon = soon(load, RETRY_PAUSE);

async function load() {
  if (!wanted.category || !wanted.value || !wanted.style) {
    page.failure = 'This address names no image: it needs category, value and style. Choose one on the board.';
    draw();
    return;
  }
  await loader.load();
  const { failure } = loader;
  if (failure) {
    page.failure = failure.message;
    if (!failure.refused) {
      retrySoon();
    }
  } else {
    page.failure = page.image ? null : 'The catalogue requires no such image. Choose one on the board.';
  }
  draw();
}

function loadMore() {
  page.most += HISTORY;
  load();
}

// --- Show ----------------------------------------------------------------------------------------------------------

function draw() {
  keepFocus(drawNow);
}

function drawNow() {
  render(sessionView(), document.getElementById('session'));
  render(connectionView(page.connected), document.getElementById('connection'));
  const main = document.getElementById('image');
  if (!main.dataset.live) {
    main.dataset.live = 'true';
    main.replaceChildren();
  }
  document.title = page.image ? `${imageName(page.image)} · ${title}` : title;
  render(view(), main);
}

function view() {
  if (!page.image) {
    return page.failure
      ? html`<h1>Image</h1><p class="error" role="alert">${page.failure}</p><p><a href="/">To the board</a></p>`
      : html`<p class="muted" aria-busy="true">Loading the image …</p>`;
  }
  const { image } = page;
  const latest = page.tasks[0] ?? null;
  const maker = page.tasks.find((task) => task.imageUrl && task.imageUrl === image.imageUrl) ?? null;
  const shown = maker ?? latest;
  return html`
    <p class="crumbs"><a href="/">Board</a></p>
    <div class="title-row">
      <h1>${imageName(image)}</h1>
      ${chip(image.state, imageState(image.state))}
    </div>
    ${page.failure ? html`<p class="error" role="alert">${page.failure}</p>` : nothing}
    <div class="image-page">
      <div class="image-side">
        <div class="frame" data-state=${image.state}>${picture(image.imageUrl, { alt: imageName(image), eager: true, ...page.size })}</div>
        ${webAddress(image.imageUrl) ? html`<p><a href=${webAddress(image.imageUrl)} rel="noreferrer">Open the picture</a></p>` : nothing}
        <div class="buttons">${make(image)}${latest?.state === 'FAILED' ? letterVerbs(latest) : nothing}</div>
        ${signInHint()}
      </div>
      <div class="image-facts">
        ${image.error ? setback(image) : nothing}
        <section class="card" aria-labelledby="provenance">
          <h2 id="provenance">${maker || !shown ? 'How it was made' : 'How it was asked for'}</h2>
          ${shown ? provenance(shown, maker, image) : unknown(image)}
        </section>
      </div>
    </div>
    <section class="history">
      <h2 id="history">History</h2>
      ${history()}
    </section>`;
}

/** What went wrong last, and what becomes of it. */
function setback({ state, error }) {
  const [heading, action] = SETBACKS[state] ?? SETBACKS.PLANNED;
  return html`<div class="alert" data-urgent=${state === 'FAILED'}><div>
    <h2>${heading}</h2>
    <p><strong>${error.reason}${error.status ? ` ${error.status}` : ''}</strong> <span class="foreign">${error.message}</span></p>
    <p>${action}</p>
  </div></div>`;
}

function unknown(image) {
  return image.imageUrl
    ? html`<p class="muted">The ledger does not know: the picture was there before it.</p>`
    : html`<p class="muted">Nobody has asked for this image yet.</p>`;
}

/** What is known of a task; what is not is left out. */
function provenance(task, maker, image) {
  const earlier = BEFORE_THE_ANSWER.includes(task.state) ? ', an earlier attempt' : '';
  const rows = [
    ['Prompt', task.prompt],
    ['Negative prompt', task.negativePrompt],
    ['Model', html`<code>${task.model}</code>`],
    ['Sampler', task.sampler],
    ['Steps', task.steps],
    ['Guidance scale', task.guidanceScale],
    task.seed === null ? null : ['Seed', html`<code>${task.seed}</code>`],
    ['Size', `${task.width} × ${task.height}`],
    ['Attempts', count(task.attempts)],
    ['Cost', money(task.costUsd)],
    task.possibleCostUsd > 0 ? ['Possible cost', `${money(task.possibleCostUsd)} more, for answers that were lost`] : null,
    ['Asked for', time(task.createdAt)],
    task.submittedAt ? [`Submitted${earlier}`, time(task.submittedAt)] : null,
    task.finishedAt ? ['Finished', time(task.finishedAt)] : null,
    task.providerTaskId ? [`Task at the host${earlier}`, html`<code>${task.providerTaskId}</code>`] : null,
    ['Run', html`<code>${task.runId}</code>`],
    ['Task', html`<code>${task.id}</code>`],
    task.objectKey ? ['Object key', html`<code>${task.objectKey}</code>`] : null,
  ].filter((row) => row && row[1] !== null);
  return html`
    ${!maker && image.imageUrl ? html`<p class="muted">The picture was there before the ledger; this is the latest task for it.</p>` : nothing}
    <dl class="facts">${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd class="foreign">${value}</dd></div>`)}</dl>`;
}

function history() {
  if (page.tasks.length === 0) {
    return html`<p class="empty">No task yet.</p>`;
  }
  return html`
    <div class="scroll" tabindex="0" role="region" aria-labelledby="history">
      <table>
        <thead><tr><th scope="col">Asked for</th><th scope="col">State</th><th scope="col">Attempts</th><th scope="col">Cost</th>
          <th scope="col">Seed</th><th scope="col">Finished</th><th scope="col">Task at the host</th><th scope="col">Error</th></tr></thead>
        <tbody>${repeat(page.tasks, (task) => task.id, (task) => html`<tr>
          <td>${time(task.createdAt)}</td>
          <td>${chip(taskState(task), imageState(taskState(task)))}</td>
          <td>${count(task.attempts)}</td>
          <td>${money(task.costUsd)}${task.possibleCostUsd > 0 ? html`<br><small>possibly ${money(task.possibleCostUsd)} more</small>` : nothing}</td>
          <td>${task.seed ?? ''}</td>
          <td>${time(task.finishedAt)}</td>
          <td><code>${task.providerTaskId ?? ''}</code></td>
          <td class="foreign">${task.error ? `${task.error.reason}: ${task.error.message}` : ''}</td>
        </tr>`)}</tbody>
      </table>
    </div>
    ${page.more ? html`<button type="button" class="small secondary outline" @click=${loadMore}>Show more</button>` : nothing}`;
}

// --- Verbs ---------------------------------------------------------------------------------------------------------

/** Makes the image, or makes it anew; its price is asked for first. */
function make(image) {
  const underWay = !['STORED', 'MISSING', 'FAILED'].includes(image.state);
  const label = image.imageUrl ? 'Regenerate …' : 'Generate …';
  return html`<button type="button" class="small" ?disabled=${!mayOperate() || underWay}
    aria-busy=${page.asking ? 'true' : nothing} title=${whyNot() ?? (underWay ? 'The image is under way.' : nothing)}
    @click=${() => askAndMake(image)}>${label}</button>
    ${underWay ? html`<span class="muted">It is under way.</span>` : nothing}`;
}

async function askAndMake(image) {
  if (page.asking) {
    return;
  }
  const request = {
    category: image.category,
    values: [image.value],
    style: image.style,
    mode: image.imageUrl ? 'regenerate' : 'missing',
  };
  page.asking = true;
  draw();
  try {
    const dry = await post('/api/runs', { ...request, dryRun: true });
    if (dry.planned === 0) {
      notify(
        dry.beyondBudget > 0
          ? 'The budget in the settings has no room for this image.'
          : 'There is nothing to make: the image is stored or under way.',
        'bad',
      );
    } else {
      const key = newKey();
      confirm({
        title: image.imageUrl ? 'Make this picture anew?' : 'Make this picture?',
        text: `${imageName(image)} costs ${money(dry.costUsd)}.${image.imageUrl ? ' The old picture stays until the new one is in place, and is removed then.' : ''}`,
        action: `${image.imageUrl ? 'Regenerate' : 'Generate'} for ${money(dry.costUsd)}`,
        run: async () => {
          await post('/api/runs', request, key);
          return 'It is on its way.';
        },
      });
    }
  } catch (failure) {
    notify(failure.message, 'bad');
  }
  page.asking = false;
  draw();
}

function letterVerbs(task) {
  return html`${replayVerb(task, imageName(task), 'image')}${discardVerb(task, imageName(task), 'image')}`;
}

// --- Listen --------------------------------------------------------------------------------------------------------

/** Whether the image is one of those that the run was asked for. */
function isAbout(run, { category, value, style }) {
  return (
    [null, category].includes(run.category) &&
    (run.values.length === 0 || run.values.includes(value)) &&
    [null, style].includes(run.style)
  );
}

listen({
  task(task) {
    if (keyOf(task) === keyOf(wanted)) {
      reloadSoon();
    }
  },
  run() {},
  planned(run) {
    if (isAbout(run, wanted)) {
      reloadSoon();
    }
  },
  stale: load,
  connection(connected) {
    page.connected = connected;
    draw();
  },
});

onVerbs(draw, load);
