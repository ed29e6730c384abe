// The live view of the routes, from GET /api/routes and /api/routes/{id}.
import { html, nothing, render } from '/_static/lit-html/lit-html.js';
import { repeat } from '/_static/lit-html/directives/repeat.js';
import { get } from './api.js';
import { Loader } from './loader.js';
import { isKnown, loadSession, mayOperate, sessionView, signInHint, signedOut } from './session.js';
import { connectionView, count as number } from './words.js';

const PAUSE = 2000;
const place = document.getElementById('routes');

let routes = null;
let shown = null; // the route whose steps are shown
let words = '';
let timer = null;

const selected = () => decodeURIComponent(location.hash.slice(1));

const loader = new Loader({
  async ask() {
    const id = selected();
    return Promise.all([get('/api/routes'), id ? getRoute(id) : null]);
  },
  show: all => ([routes, shown] = all),
});

/** The route of that id, or null if there is none. */
async function getRoute(id) {
  try {
    return await get(`/api/routes/${encodeURIComponent(id)}`);
  } catch (failure) {
    if (failure.status === 404) return null;
    throw failure;
  }
}

/** Asks who looks, and then for the routes as long as that visitor may see them. */
async function look() {
  if (!isKnown()) {
    await loadSession(() => isKnown() && look()).catch(() => {}); // the page says why
  } else if (mayOperate() && !document.hidden) {
    await loader.load();
    if (loader.failure?.forbidden) signedOut();
  }
  draw();
  clearTimeout(timer);
  if (!isKnown() || mayOperate()) timer = setTimeout(look, PAUSE);
}

const millis = value => value === undefined ? '' : value >= 10000 ? `${(value / 1000).toFixed(1)} s` : `${value.toFixed(value < 10 ? 1 : 0)} ms`;
const count = value => value === undefined ? '' : number(value);
const clock = time => time ? new Date(time).toLocaleTimeString() : '–';
const failedCell = value => html`<td class="number ${value ? 'failed' : ''}">${count(value)}</td>`;

const pick = id => {
  location.hash = selected() === id ? '' : encodeURIComponent(id);
};

const matches = route => `${route.id} ${route.from} ${route.description ?? ''}`.toLowerCase().includes(words);

function routeRow(route) {
  const open = selected() === route.id;
  return html`<tr>
    <th scope="row"><button class="link" aria-expanded=${open ? 'true' : 'false'} @click=${() => pick(route.id)}>${route.id}</button>
      <small>${route.from}</small>
      ${route.description ? html`<small>${route.description}</small>` : nothing}</th>
    <td>${route.state}</td>
    <td class="number">${count(route.exchanges)}</td>
    ${failedCell(route.failed)}
    <td class="number">${count(route.inFlight)}</td>
    <td class="number">${count(route.redeliveries)}</td>
    <td class="number">${millis(route.meanMillis)}</td>
    <td class="number">${millis(route.maxMillis)}</td>
    <td class="number">${millis(route.lastMillis)}</td>
    <td>${clock(route.lastCompletedAt)}</td>
    <td class="message">${route.lastFailure ? `${clock(route.lastFailure.at)} ${route.lastFailure.message}` : '–'}</td>
  </tr>`;
}

function routeTable(title, some) {
  return some.length === 0 ? nothing : html`
    <h2>${title}</h2>
    <div class="scroll" tabindex="0" role="region" aria-label=${title}>
      <table>
        <thead><tr>
          <th scope="col">Route and where it begins</th><th scope="col">State</th>
          <th scope="col" class="number">Exchanges</th><th scope="col" class="number">Failed</th>
          <th scope="col" class="number">In flight</th><th scope="col" class="number">Redelivered</th>
          <th scope="col" class="number">Mean</th><th scope="col" class="number">Longest</th>
          <th scope="col" class="number">Last</th><th scope="col">Last ended</th><th scope="col">Last failure</th>
        </tr></thead>
        <tbody>${repeat(some, route => route.id, routeRow)}</tbody>
      </table>
    </div>`;
}

function stepRow(step) {
  return html`<tr>
    <td class="message level-${Math.min(step.level, 4)}"><code>${step.kind}</code> ${step.label === step.kind ? '' : step.label}</td>
    <td class="number">${count(step.exchanges)}</td>
    ${failedCell(step.failed)}
    <td class="number">${count(step.inFlight)}</td>
    <td class="number">${millis(step.meanMillis)}</td>
    <td class="number">${millis(step.maxMillis)}</td>
    <td class="message">${step.lastFailure ? `${clock(step.lastFailure.at)} ${step.lastFailure.message}` : ''}</td>
  </tr>`;
}

function stepTable(caption, steps) {
  return steps.length === 0 ? nothing : html`
    <div class="scroll" tabindex="0" role="region" aria-label=${caption}>
      <table>
        <caption>${caption}</caption>
        <thead><tr>
          <th scope="col">Step</th><th scope="col" class="number">Exchanges</th><th scope="col" class="number">Failed</th>
          <th scope="col" class="number">In flight</th><th scope="col" class="number">Mean</th>
          <th scope="col" class="number">Longest</th><th scope="col">Last failure</th>
        </tr></thead>
        <tbody>${steps.map(stepRow)}</tbody>
      </table>
    </div>`;
}

function draw() {
  const { failure } = loader;
  const known = mayOperate() && (routes || failure);
  render(connectionView(known ? !failure : null), document.getElementById('connection'));
  render(sessionView(), document.getElementById('session'));
  const hint = signInHint('look at the routes');
  render(hint === nothing ? view(failure) : hint, place);
}

function view(failure) {
  const some = (routes?.routes ?? []).filter(matches);
  const isCall = route => route.answers || /^(rest|rest-api|platform-http):/.test(route.from);
  return html`
    <div role="alert">${failure ? html`<p class="error">${failure.message}</p>` : nothing}</div>
    ${routes ? html`
      <label>Show only routes with
        <input type="search" placeholder="part of an id or an endpoint" .value=${words}
          @input=${event => { words = event.target.value.toLowerCase(); draw(); }}>
      </label>` : failure ? nothing : html`<p aria-busy="true">The routes are being asked for.</p>`}
    ${shown ? html`<section aria-label="Steps of ${shown.id}">
      <h2>Steps of ${shown.id} <button class="link" @click=${() => pick(shown.id)}>close</button></h2>
      ${stepTable('Steps, in order', shown.steps.filter(step => !step.afterwards))}
      ${stepTable('When it fails, or has ended', shown.steps.filter(step => step.afterwards))}
    </section>` : nothing}
    ${routeTable('Pipeline', some.filter(route => !isCall(route)))}
    ${routeTable('Calls', some.filter(isCall))}
    ${routes && some.length === 0 ? html`<p>No route has that in its id or endpoint.</p>` : nothing}`;
}

window.addEventListener('hashchange', look);
draw();
look();
