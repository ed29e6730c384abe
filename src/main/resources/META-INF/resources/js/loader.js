// What a page loads and goes on hearing of. Of several answers under way only that of the newest question counts, and what
// was heard meanwhile, which that answer may not know, is put on top of it.

export class Loader {
  #ask;
  #show;
  #hear;
  #newest;
  /** What was heard since the newest question; null once that is answered. */
  #meanwhile = null;

  /** Why the newest question was not answered; null if it was. */
  failure = null;

  /**
   * @param options.ask gives the promise of an answer
   * @param options.show takes the answer
   * @param options.hear takes a change that was heard
   */
  constructor({ ask, show, hear = () => {} }) {
    this.#ask = ask;
    this.#show = show;
    this.#hear = hear;
  }

  /** Asks anew; the promise is kept once the newest question is answered, and never broken: see failure. */
  load() {
    const meanwhile = [];
    this.#meanwhile = meanwhile;
    this.#newest = this.#answer(meanwhile);
    return this.#newest;
  }

  async #answer(meanwhile) {
    let answer;
    let failure = null;
    try {
      answer = await this.#ask();
    } catch (caught) {
      failure = caught;
    }
    if (meanwhile !== this.#meanwhile) {
      return this.#newest;
    }
    this.#meanwhile = null;
    this.failure = failure;
    if (!failure) {
      this.#show(answer);
      meanwhile.forEach((change) => this.#hear(change));
    }
  }

  /** Something has changed. */
  hear(change) {
    this.#meanwhile?.push(change);
    this.#hear(change);
  }
}
