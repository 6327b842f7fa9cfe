// Small words for the DOM.

export const one = <T extends Element = HTMLElement>(within: ParentNode, selector: string): T | null =>
  within.querySelector<T>(selector);

export const all = <T extends Element = HTMLElement>(within: ParentNode, selector: string): T[] => [
  ...within.querySelectorAll<T>(selector),
];

/** Makes an element with a class and a text. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  text = "",
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text) node.textContent = text;
  return node;
}

/** Makes a button that does one thing and submits nothing. */
export function button(className: string, text: string, press: () => void): HTMLButtonElement {
  const node = make("button", className, text);
  node.type = "button";
  node.addEventListener("click", press);
  return node;
}

/** Listens on scope for events of nodes that match selector. */
export function on<T extends HTMLElement>(
  scope: HTMLElement,
  type: string,
  selector: string,
  handle: (node: T, event: Event) => void,
): void {
  scope.addEventListener(type, (event) => {
    const node = (event.target as Element).closest<T>(selector);
    if (node) handle(node, event);
  });
}

/** Whether a click asks for something else than following the link here. */
export const modified = (event: Event): boolean => {
  const mouse = event as MouseEvent;
  return mouse.ctrlKey || mouse.metaKey || mouse.shiftKey || mouse.altKey || mouse.button > 0;
};

/** Whether the reader is writing: then a letter is a letter, not a command. */
export function typing(event: Event): boolean {
  const node = event.composedPath()[0];
  return node instanceof HTMLElement && (node.isContentEditable || node.matches("input:not([type=checkbox]), textarea, select"));
}
