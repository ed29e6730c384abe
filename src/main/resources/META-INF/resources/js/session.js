// Who looks at the page, and whether they may spend money and change things.
import { html, nothing } from '/_static/lit-html/lit-html.js';
import { get } from './api.js';
import { notify } from './notices.js';

const NOBODY = { known: false, operator: false, required: true, login: true, name: null };
let current = NOBODY;
let changed = () => {};
let questions = 0;

/** Asks who is here; calls back now and whenever that changes. */
export async function loadSession(onChange) {
  changed = onChange ?? changed;
  const question = ++questions;
  let answer;
  let failure = null;
  try {
    answer = { known: true, ...(await get('/api/session')) };
  } catch (caught) {
    failure = caught;
    // who was here before is still here as far as is known, and every call is checked anyway
    answer =
      current.known && !failure.forbidden
        ? current
        : { ...NOBODY, known: failure.forbidden, why: failure.message };
  }
  // asked before the visitor signed in, the answer may come after that
  if (question === questions) {
    current = answer;
    changed();
  }
  if (failure) {
    throw failure;
  }
}

/** Whether verbs may be used. */
export function mayOperate() {
  return current.operator;
}

/** Whether that is known. */
export function isKnown() {
  return current.known;
}

/** Why verbs may not be used, in words; nothing where they may. */
export function whyNot(what = 'spend money or change something') {
  if (current.operator) {
    return null;
  }
  if (!current.known) {
    return current.why ?? 'It is not known yet who you are.';
  }
  return current.login
    ? `Only a signed-in operator may ${what}.`
    : `Nobody can sign in to ${what}: the program has no operator's password (OPERATOR_PASSWORD).`;
}

/** A call was refused for want of a session: the page shows it as signed out. */
export function signedOut() {
  if (current.operator) {
    current = { ...current, operator: false, required: true, name: null };
    changed();
  }
}

/** Lets the browser ask for the password. */
export async function signIn() {
  try {
    await get('/api/login');
    await loadSession();
  } catch (failure) {
    notify(failure.status === 401 ? `You are not signed in, and nothing was changed. ${failure.message}.` : failure.message, 'bad');
  }
}

function maySignIn() {
  return current.known && current.login;
}

/** Who is signed in, or the button to do so. */
export function sessionView() {
  if (current.known && !current.required) {
    return nothing;
  }
  if (current.operator) {
    return html`<span class="muted signed-in">Signed in${current.name ? html` as <strong>${current.name}</strong>` : nothing}</span>`;
  }
  return maySignIn() ? html`<button type="button" class="small" @click=${signIn}>Sign in</button>` : nothing;
}

/** Why what is nearby is closed, and the button that changes it. */
export function signInHint(what) {
  const why = current.known || current.why ? whyNot(what) : null;
  return why
    ? html`<p class="hint">${why} ${
        maySignIn() ? html`<button type="button" class="link" @click=${signIn}>Sign in</button>` : nothing
      }</p>`
    : nothing;
}
