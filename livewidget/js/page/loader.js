// @ts-check
// What comes to a page after it was loaded: modules, style sheets, HTML.

/** What pages say about where their modules are, and how HTML is made of texts of the server. */
export class Loader {
  #document;
  #base;
  /** @type {Map<string, string>} the URLs of modules that the page's import map does not have */
  #urls = new Map();
  // The only place where a text becomes HTML or an import map: both are the server's.
  #policy = /** @type {any} */ (globalThis).trustedTypes?.createPolicy("livewidget", {
    createHTML: (/** @type {string} */ text) => text,
    createScript: (/** @type {string} */ text) => text,
  }) ?? { createHTML: String, createScript: String };

  /**
   * @param {Document} document
   * @param {URL} base the URL of `_live/`
   */
  constructor(document, base) {
    this.#document = document;
    this.#base = base;
  }

  /**
   * Make modules known by name.
   * @param {Record<string, string>} modules their URLs, relative to `_live/`
   */
  addModules(modules) {
    const imports = Object.fromEntries(
      Object.entries(modules).map(([name, url]) => [name, new URL(url, this.#base).href]),
    );
    Object.entries(imports).forEach(([name, url]) => this.#urls.set(name, url));
    // For modules that import them. Browsers that take one map only find those by URL.
    const script = this.#document.createElement("script");
    script.type = "importmap";
    script.nonce = this.#document.querySelector("script")?.nonce ?? "";
    script.text = this.#policy.createScript(JSON.stringify({ imports }));
    this.#document.head.append(script);
  }

  /**
   * @param {string} name
   * @returns {Promise<any>}
   */
  importModule(name) {
    return import(this.#urls.get(name) ?? name);
  }

  /**
   * Load a style sheet; one that does not come is no reason to show nothing.
   * @param {string} url relative to `_live/`
   * @returns {Promise<void>}
   */
  loadStyle(url) {
    const link = this.#document.createElement("link");
    link.rel = "stylesheet";
    link.href = new URL(url, this.#base).href;
    return new Promise((resolve) => {
      link.onload = link.onerror = () => resolve();
      this.#document.head.append(link);
    });
  }

  /**
   * The nodes of a text, which may be rows of a table or options, too.
   * @param {string} html
   * @returns {DocumentFragment}
   */
  parse(html) {
    const template = this.#document.createElement("template");
    template.innerHTML = this.#policy.createHTML(html);
    return this.#document.importNode(template.content, true);
  }
}
