// @ts-check
// Modules, style sheets and HTML that reach a page after it was loaded.

const AS_IS = { createHTML: String, createScript: String };

/** Loads modules and style sheets, and parses HTML from the server. */
export class Loader {
  #document;
  #base;
  /** @type {Map<string, string>} the URLs of modules that are missing from the page's own import map */
  #urls = new Map();
  // The only place where text becomes HTML or an import map. Both come from the server.
  #policy = /** @type {any} */ (globalThis).trustedTypes?.createPolicy("livewidget", AS_IS) ?? AS_IS;

  /**
   * @param {Document} document
   * @param {URL} base the URL of `_live/`
   */
  constructor(document, base) {
    this.#document = document;
    this.#base = base;
  }

  /**
   * Add modules, so that they can be imported by name.
   * @param {Record<string, string>} modules their URLs, relative to `_live/`
   */
  addModules(modules) {
    const imports = Object.fromEntries(
      Object.entries(modules).map(([name, url]) => [name, new URL(url, this.#base).href]),
    );
    Object.entries(imports).forEach(([name, url]) => this.#urls.set(name, url));
    // For modules that import each other by name. Browsers that accept only one import map
    // load the modules by URL.
    const script = this.#document.createElement("script");
    script.type = "importmap";
    script.nonce = this.#document.querySelector("script")?.nonce ?? "";
    script.text = this.#policy.createScript(JSON.stringify({ imports }));
    this.#document.head.append(script);
  }

  /**
   * Import a module.
   * @param {string} name
   * @returns {Promise<any>} its exports
   */
  importModule(name) {
    return import(this.#urls.get(name) ?? name);
  }

  /**
   * Load a style sheet. A failure is ignored: the content is shown without it.
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
   * Parse HTML. The nodes may be table rows or options.
   * @param {string} html
   * @returns {DocumentFragment}
   */
  parse(html) {
    const template = this.#document.createElement("template");
    template.innerHTML = this.#policy.createHTML(html);
    return this.#document.importNode(template.content, true);
  }
}
