// The board: loads what there is, listens to what changes, and shows both. Each part of the page is a module of its own.
import { html, nothing, render } from '/_static/lit-html/lit-html.js';
import { get } from './api.js';
import { listen } from './events.js';
import { Loader } from './loader.js';
import { loadSession, mayOperate, sessionView } from './session.js';
import { soon } from './soon.js';
import { keepFocus, onVerbs } from './verbs.js';
import { connectionView, count, images, money } from './words.js';
import { alertPill, alertsView, announceAlerts, isSilent } from './board/alerts.js';
import { currentRunView } from './board/current-run.js';
import { DeadLetters } from './board/dead-letters.js';
import { Grid } from './board/grid.js';
import { runsView } from './board/runs.js';

const RUNS = 20;
/** The status counts the whole catalogue: after events it is asked for at most this often. */
const STATUS_PAUSE = 2000;
const STATUS_ANYWAY = 30000;
const RETRY_PAUSE = 5000;

const byId = (id) => document.getElementById(id);
const board = { status: null, catalogue: null, runs: null, connected: null, failures: {}, closed: {} };
const grid = new Grid({ draw, load: () => loadPart('images', grid), board: () => board });
const deadLetters = new DeadLetters({ draw, load: () => loadPart('dead letters', deadLetters), board: () => board });
const status = new Loader({
  ask: () => get('/api/status'),
  show: (answer) => (board.status = answer),
});
const runs = new Loader({
  ask: () => get('/api/runs', { limit: RUNS }),
  show: (answer) => (board.runs = answer.runs),
  hear: showRun,
});

// --- Show ----------------------------------------------------------------------------------------------------------

let drawing = false;

function draw() {
  // At once, for the title: a page in the background is not drawn.
  announceAlerts(board);
  if (!drawing) {
    drawing = true;
    requestAnimationFrame(() => {
      drawing = false;
      keepFocus(drawNow);
    });
  }
}

function drawNow() {
  render(sessionView(), byId('session'));
  render([alertPill(board), connectionView(board.connected)], byId('connection'));
  render(alertsView(board, deadLetters), byId('alerts'));
  part('totals', totalsView());
  part('current', currentRunView(board));
  part('images', grid.view());
  part('dead-letters', deadLetters.view());
  part('runs', runsView(board));
}

/** Replaces what the page came with, and then only what has changed. */
function part(id, view) {
  const element = byId(id);
  if (!element.dataset.live) {
    element.dataset.live = 'true';
    element.replaceChildren();
  }
  render(view, element);
}

function totalsView() {
  const status = board.status;
  if (!status) {
    return isSilent(board) ? 'The status is not known now.' : 'Loading the status …';
  }
  const possible = status.possibleCostUsd > 0 ? ` and possibly ${money(status.possibleCostUsd)} more` : '';
  return html`${count(status.stored)} of ${images(status.required)} stored, ${count(status.styles.stored)} of
    ${count(status.styles.required)} covers. Paid so far, over all runs: ${money(status.costUsd)}${possible}.
    ${status.simulated ? html`<strong>Simulated: nothing is paid, and pictures are drawn.</strong>` : nothing}`;
}

// --- Load ----------------------------------------------------------------------------------------------------------

const retrySoon = soon(loadAll, RETRY_PAUSE);
/** Whether the catalogue is that of the service as it runs now. */
let catalogueKnown = false;
/** Whether the visitor was an operator before. */
let operated = false;

/** Loads one thing; as long as that fails, the page says why, and tries again. */
async function attempt(name, load) {
  const failure = await load().then(
    () => null,
    (caught) => caught,
  );
  // what was said before holds until there is an answer
  delete board.closed[name];
  delete board.failures[name];
  if (failure?.forbidden) {
    board.closed[name] = failure.message;
  } else if (failure && !failure.refused) {
    board.failures[name] = failure.message;
    retrySoon();
  }
  draw();
}

function loadPart(name, part) {
  return attempt(name, async () => {
    await part.load();
    if (part.failure) {
      throw part.failure;
    }
  });
}

async function loadCatalogue() {
  if (!catalogueKnown) {
    board.catalogue = await get('/api/catalog');
    catalogueKnown = true;
  }
}

async function loadAll() {
  await Promise.all([
    loadPart('status', status),
    loadPart('runs', runs),
    attempt('catalogue', loadCatalogue),
    attempt('session', () => loadSession(sessionChanged)),
    loadPart('images', grid),
    loadPart('dead letters', deadLetters),
  ]);
}

/** Who has signed in may see what was closed before. */
function sessionChanged() {
  const signedIn = mayOperate() && !operated;
  operated = mayOperate();
  if (signedIn && Object.keys(board.closed).length > 0) {
    loadAll();
  }
  draw();
}

// --- Listen --------------------------------------------------------------------------------------------------------

function showRun(run) {
  if (!board.runs) {
    return;
  }
  const index = board.runs.findIndex((other) => other.id === run.id);
  if (index < 0) {
    board.runs = [run, ...board.runs].sort((a, b) => b.startedAt.localeCompare(a.startedAt)).slice(0, RUNS);
  } else {
    board.runs = board.runs.with(index, run);
  }
}

const statusSoon = soon(() => loadPart('status', status), STATUS_PAUSE);

listen({
  task(task) {
    grid.show(task);
    deadLetters.show(task);
    statusSoon();
    draw();
  },
  run(run) {
    runs.hear(run);
    statusSoon();
    draw();
  },
  planned() {
    grid.loadSoon();
  },
  stale: loadAll,
  connection(connected) {
    board.connected = connected;
    // a service that comes back may have another one
    if (connected) {
      catalogueKnown = false;
    }
    draw();
  },
});

onVerbs(draw, loadAll);
setInterval(statusSoon, STATUS_ANYWAY);
