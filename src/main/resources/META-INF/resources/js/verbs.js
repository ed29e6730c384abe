// Buttons that change something: they wait for the answer, say what it came to, and ask before what cannot be undone.
import { html, nothing, render } from '/_static/lit-html/lit-html.js';
import { mayOperate, signedOut, whyNot } from './session.js';
import { notify } from './notices.js';

const busy = new Set();
let redraw = () => {};
let changed = () => {};

/**
 * Connects the verbs with their page.
 *
 * @param draw called when a button becomes busy or is done
 * @param load called when a verb has changed something
 */
export function onVerbs(draw, load) {
  redraw = draw;
  changed = load;
}

/**
 * A button for a verb.
 *
 * @param options.key tells it from all others on the page
 * @param options.label what it says
 * @param options.about what it is about, for those who do not see what is around it
 * @param options.run does it; returns the sentence to show, if any
 * @param options.ask what to ask first: title, text, action
 */
export function verb({ key, label, about, run, ask, kind = 'secondary outline' }) {
  const execute = () => (ask ? confirm({ ...ask, run }) : perform(key, run));
  // A busy button is not disabled: it would lose the focus.
  return html`<button
    type="button"
    class="small ${kind}"
    ?disabled=${!mayOperate()}
    aria-busy=${busy.has(key) ? 'true' : nothing}
    title=${whyNot() ?? nothing}
    @click=${execute}
  >${label}${about ? html`<span class="visually-hidden"> ${about}</span>` : nothing}</button>`;
}

/** Does what changes something, and lets the page look at what it came to. */
export async function carryOut(run) {
  const outcome = await run();
  changed();
  return outcome;
}

async function perform(key, run) {
  if (busy.has(key)) {
    return;
  }
  busy.add(key);
  redraw();
  try {
    const sentence = await carryOut(run);
    if (sentence) {
      notify(sentence);
    }
  } catch (failure) {
    refused(failure);
    notify(failure.message, 'bad');
  } finally {
    busy.delete(key);
    redraw();
  }
}

function refused(failure) {
  if (failure.status === 401) {
    signedOut();
  }
}

/** Asks, and does it if the answer is yes. What fails is said in the dialog, which stays open. */
export function confirm({ title, text, action, danger = false, run }) {
  const dialog = document.createElement('dialog');
  dialog.setAttribute('aria-labelledby', 'dialog-title');
  const state = { working: false, failure: null };

  const decide = async (event) => {
    event.preventDefault();
    if (state.working) {
      return;
    }
    state.working = true;
    state.failure = null;
    draw();
    try {
      const sentence = await carryOut(run);
      dialog.close();
      if (sentence) {
        notify(sentence);
      }
    } catch (failure) {
      refused(failure);
      state.working = false;
      state.failure = failure.message;
      draw();
      sayIfClosed(dialog, failure);
    }
  };

  function draw() {
    render(
      html`<article>
        <form @submit=${decide}>
          <h2 id="dialog-title">${title}</h2>
          <p>${text}</p>
          <div role="alert">${state.failure ? html`<p class="error">${state.failure}</p>` : nothing}</div>
          <footer>
            <button type="button" class="secondary outline" @click=${() => dialog.close()}>Keep it as it is</button>
            <button type="submit" class=${danger ? 'danger' : ''} aria-busy=${state.working ? 'true' : nothing}>${action}</button>
          </footer>
        </form>
      </article>`,
      dialog,
    );
  }

  draw();
  openDialog(dialog);
}

/** Opens a dialog that goes from the page when it is closed. */
export function openDialog(dialog) {
  const opener = document.activeElement;
  const section = opener?.closest('section');
  dialog.addEventListener('close', () => {
    dialog.remove();
    if (opener?.isConnected && !opener.disabled) {
      opener.focus();
    } else {
      focusHeading(section);
    }
  });
  document.body.append(dialog);
  dialog.showModal();
}

/** What a closed dialog cannot say any more is said at the foot of the page. */
export function sayIfClosed(dialog, failure) {
  if (!dialog.open) {
    notify(failure.message, 'bad');
  }
}

/** Draws; if what had the focus is gone by that, or cannot have it any more, the heading of its section gets it. */
export function keepFocus(draw) {
  const focused = document.activeElement;
  const section = focused.closest('section');
  draw();
  if (!focused.isConnected || focused.disabled) {
    focusHeading(section);
  }
}

/**
 * Where the focus goes when what had it is gone: otherwise it would be sent to the top of the page. What is in no section,
 * or in one that has become empty, was in the main part of the page.
 */
export function focusHeading(section) {
  const heading = section?.querySelector('h2') ?? document.querySelector('main');
  heading.setAttribute('tabindex', '-1');
  heading.focus({ preventScroll: true });
}
